#pragma once
// The options of every example that say where it computes.

#include <cstddef>
#include <string>

#include <apd/backend/on_device.hpp>

#include "support/arguments.hpp"

struct device_options {
    std::string device = "cpu";
    std::size_t threads = 0;

    void add_to(arguments& line) {
        line.add("--device", device, "Where to compute: cpu, or cuda for a GPU");
        line.add("--threads", threads, "Threads of the cpu, 0 for all processors");
    }
    /// f(device)
    auto run(const auto& f) const { return apd::on_device(device, {.threads = threads}, f); }
};
