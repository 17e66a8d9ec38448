#pragma once
// An observer that shows how far a run is and how long it will take.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <string>
#include <utility>

#include <unistd.h>

#include <apd/core/requirements.hpp>
#include <apd/training/progress.hpp>

namespace apd {

/// Whether a bar is drawn over itself, as on a terminal, or only its end is written, as in a file.
enum class bar_style { redrawn, last_line };

/// One line: the label, a bar, the loss, the time that has passed and an estimate of what is left. Of several plans
/// that are learned together, the loss is that of the first; what has no terms has none.
///
/// Example: `apd::decompose<5>(device, target, data, objective, options, apd::progress_bar("seed 0"));`
class progress_bar {
  public:
    explicit progress_bar(std::string label = {})
        : progress_bar(std::move(label), std::cerr,
                       ::isatty(STDERR_FILENO) == 1 ? bar_style::redrawn : bar_style::last_line) {}
    progress_bar(std::string label, std::ostream& out, bar_style style)
        : label_(std::move(label)), out_(&out), style_(style) {}

    void operator()(const progress& p) {
        if (std::exchange(drawn_, p.step) == p.step) return;
        const bool is_last = p.step == p.steps;
        if (style_ == bar_style::last_line && !is_last) return;
        const double share = p.steps == 0 ? 1 : static_cast<double>(p.step) / static_cast<double>(p.steps);
        const double left = share > 0 ? p.seconds * (1 - share) / share : 0;
        const std::string time = is_last ? duration(p.seconds) : duration(p.seconds) + ", " + duration(left) + " left";
        char numbers[64];
        if (p.names.empty()) std::snprintf(numbers, sizeof numbers, "%3.0f %%  ", 100 * share);
        else std::snprintf(numbers, sizeof numbers, "%3.0f %%  loss %.4g  ", 100 * share, p.total);
        if (style_ == bar_style::redrawn) *out_ << "\r\033[K";
        *out_ << label_ << (label_.empty() ? "" : "  ") << bar(share) << ' ' << numbers << time;
        if (style_ == bar_style::last_line || is_last) *out_ << '\n';
        out_->flush();
    }

  private:
    static std::string bar(double share) {
        constexpr std::size_t width = 24;
        const auto full = std::min(width, static_cast<std::size_t>(share * width));
        std::string text = "[";
        for (std::size_t i = 0; i < width; ++i) text += i < full ? "━" : " ";
        return text + "]";
    }
    // "0.4 s", "12 s", "3 min 20 s", "2 h 05 min"
    static std::string duration(double seconds) {
        char text[48];
        const auto whole = static_cast<unsigned long>(std::lround(seconds));
        if (seconds < 9.95) std::snprintf(text, sizeof text, "%.1f s", seconds);
        else if (whole < 60) std::snprintf(text, sizeof text, "%lu s", whole);
        else if (whole < 3600) std::snprintf(text, sizeof text, "%lu min %02lu s", whole / 60, whole % 60);
        else std::snprintf(text, sizeof text, "%lu h %02lu min", whole / 3600, whole % 3600 / 60);
        return text;
    }

    std::string label_;
    std::ostream* out_;
    bar_style style_;
    std::size_t drawn_ = 0;
};

}  // namespace apd
