#pragma once
// Bodies of what progress_bar.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <string>
#include <utility>

#include <unistd.h>

#include <apd/core/annotations.hpp>
#include <apd/core/number_text.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/progress_bar.hpp>

namespace apd::ext {

APD_INLINE progress_bar::progress_bar(std::string label, std::ostream& out)
    : progress_bar(std::move(label), out, style_of(out)) {}

APD_INLINE progress_bar::progress_bar(std::string label, std::ostream& out, bar_style style)
    : label_(std::move(label)), out_(&out), style_(style) {
    if (!label_.empty()) label_ += "  ";
}

APD_INLINE void progress_bar::operator()(const progress& p) {
    if (p.begins && p.run == 0) drawn_.reset(), failed_ = 0, due_ = first_line;
    if (!p.failure.empty()) return tell_failure(p);
    if (std::exchange(drawn_, p.step) == p.step) return;
    const bool ends = p.ends || p.step == p.steps;
    if (style_ == bar_style::lines && !ends && p.seconds < due_) return;
    due_ = p.seconds + std::clamp(p.seconds, first_line, longest_wait);
    const double share = p.steps == 0 ? 1 : static_cast<double>(p.step) / static_cast<double>(p.steps);
    const double left = p.step > p.steps_before ? p.seconds * static_cast<double>(p.steps - p.step) /
                                                      static_cast<double>(p.step - p.steps_before)
                                                : 0;
    char percent[32];
    std::snprintf(percent, sizeof percent, "%3ld %%  ", std::lround(100 * share));
    const std::string loss = p.names.empty() ? "" : "loss " + number_text(p.total, 4) + "  ";
    write(bar(share) + ' ' + percent + loss + duration(p.seconds) +
              (!ends              ? ", " + duration(left) + " left"
               : p.step < p.steps ? ", stopped"
                                  : ""),
          ends);
}

APD_INLINE bar_style progress_bar::style_of(const std::ostream& out) {
    const int file = &out == &std::cout ? STDOUT_FILENO : &out == &std::cerr || &out == &std::clog ? STDERR_FILENO : -1;
    return ::isatty(file) == 1 ? bar_style::redrawn : bar_style::lines;
}

APD_INLINE void progress_bar::tell_failure(const progress& p) {
    if (p.runs > 1) write("run " + std::to_string(p.run) + " failed: " + std::string(p.failure), true);
    if (++failed_ == p.runs) open_line_.reset();
}

APD_INLINE void progress_bar::write(const std::string& text, bool ends) {
    if (style_ == bar_style::redrawn) *out_ << "\r\033[K";
    *out_ << label_ << text;
    if (!open_line_) open_line_.reset(out_);
    if (ends || style_ == bar_style::lines) open_line_.reset();
    out_->flush();
}

APD_INLINE std::string progress_bar::bar(double share) {
    constexpr std::size_t width = 24;
    const auto full = std::min(width, static_cast<std::size_t>(share * width));
    std::string text = "[";
    for (std::size_t i = 0; i < width; ++i) text += i < full ? "━" : " ";
    return text + "]";
}

APD_INLINE std::string progress_bar::duration(double seconds) {
    char text[48];
    const auto whole = static_cast<unsigned long>(std::lround(seconds));
    const long tenths = std::lround(10 * seconds);
    if (tenths < 100) std::snprintf(text, sizeof text, "%ld.%ld s", tenths / 10, tenths % 10);
    else if (whole < 60) std::snprintf(text, sizeof text, "%lu s", whole);
    else if (whole < 3600) std::snprintf(text, sizeof text, "%lu min %02lu s", whole / 60, whole % 60);
    else std::snprintf(text, sizeof text, "%lu h %02lu min", whole / 3600, whole % 3600 / 60);
    return text;
}

}  // namespace apd::ext
