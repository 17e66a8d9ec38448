#pragma once
// The options of every example that say where it computes.

#include <cstddef>
#include <string>

#include <CLI/CLI.hpp>

#include <apd/backend/on_device.hpp>

struct device_options {
    std::string device = "cpu";
    std::size_t threads = 0;

    void add_to(CLI::App& app) {
        app.add_option("--device", device, "Where to compute: cpu, or cuda for a GPU");
        app.add_option("--threads", threads, "Threads of the cpu, 0 for all processors");
    }
    /// f(device)
    auto run(const auto& f) const { return apd::on_device(device, {.threads = threads}, f); }
};
