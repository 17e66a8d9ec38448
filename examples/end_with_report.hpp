#pragma once
// How an example ends that has written a report.

#include <filesystem>
#include <iostream>

#include <apd/training/stop_on_interrupt.hpp>

/// Says where the report is. The exit code: that of a run that was stopped, 1 if it failed, else 0.
inline int end_with_report(const auto& result, const std::filesystem::path& report, bool is_stopped) {
    std::cout << "Wrote " << report.string() << " (open it in a browser).\n";
    if (is_stopped) return apd::stopped_exit_code;
    return result.failure.empty() ? 0 : 1;
}
