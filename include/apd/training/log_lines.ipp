#pragma once
// Bodies of what log_lines.hpp declares.

#include <chrono>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/json_writer.hpp>
#include <apd/io/locked_lines.hpp>
#include <apd/training/log_lines.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {

APD_INLINE log_lines::log_lines(std::filesystem::path path) : path_(std::move(path)) {
    detail::check_file_name("log_lines", path_, "give one for the lines");
}

APD_INLINE void log_lines::operator()(const progress& p) {
    if (p.begins) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const double started = std::chrono::duration<double>(now).count() - p.seconds;
        // The runs of a list began together, whichever of them is recorded first.
        if (p.run == 0 || std::abs(started - started_) > 0.5) started_ = started;
        fails_ = false;
    }
    try {
        detail::locked_lines(path_, "{\"run\":").append(line_of(p));
        fails_ = false;
    } catch (const error& problem) {
        if (p.begins) throw;
        if (!std::exchange(fails_, true))
            std::cerr << "\nlog_lines: " << problem.what() << "; the run goes on" << std::endl;
    }
}

APD_INLINE std::string log_lines::line_of(const progress& p) const {
    std::vector<std::string> names{"run", "started", "step", "steps", "seconds", "rate", "total", "failure"};
    const std::size_t own = names.size();
    names.insert(names.end(), p.names.begin(), p.names.end());
    names = detail::distinct_names(names);
    const std::string source = path_.string();
    detail::compact_json json(source);
    json.add("run", p.run);
    json.add("started", started_);
    json.add("step", p.step);
    json.add("steps", p.steps);
    json.add("seconds", p.seconds);
    json.add("rate", p.learning_rate);
    json.add("total", p.total);
    for (std::size_t i = 0; i < p.values.size(); ++i) json.add(names[own + i], p.values[i]);
    if (!p.failure.empty()) json.add("failure", p.failure);
    return json.text() + '\n';
}

}  // namespace apd::ext
