#pragma once
// An observer that shows how far a run is and how long it will take.

#include <cstddef>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <apd/core/requirements.hpp>
#include <apd/training/observer.hpp>

namespace apd::ext {

/// Whether a bar is drawn over itself, as on a terminal, or a line is written now and then, as in a file: after 10
/// seconds, after twice as many, and so on, but at least every ten minutes, and at the end.
enum class bar_style { redrawn, lines };

/// One line: the label, a bar, the loss, the time that has passed and an estimate of what is left. Of several plans
/// that are learned together, the loss is that of the first that has not failed; what has no terms has none.
///
/// Example: `apd::decompose<5>(device, target, data, objective, options, apd::progress_bar("seed 0"));`
class progress_bar {
  public:
    /// In the style of a terminal where `out` is the standard output or error and that is one, else in lines.
    explicit progress_bar(std::string label = {}, std::ostream& out = std::cerr);
    progress_bar(std::string label, std::ostream& out, bar_style style);

    void operator()(const progress& p);

  private:
    static constexpr double first_line = 10, longest_wait = 600;  // seconds

    static bar_style style_of(const std::ostream& out);
    // One of several is told at once; what is alone says it by its result or an exception.
    void tell_failure(const progress& p);
    void write(const std::string& text, bool ends);
    static std::string bar(double share);
    // "0.4 s", "12 s", "3 min 20 s", "2 h 05 min"
    static std::string duration(double seconds);

    struct line_break {
        void operator()(std::ostream* out) const { *out << '\n' << std::flush; }
    };

    std::string label_;
    std::ostream* out_;
    bar_style style_;
    std::optional<std::size_t> drawn_;
    std::size_t failed_ = 0;
    double due_ = first_line;
    std::unique_ptr<std::ostream, line_break> open_line_;  // broken at the end, also where an exception ends the run
};

}  // namespace apd::ext

namespace apd {
using ext::bar_style, ext::progress_bar;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/progress_bar.ipp>
#endif
