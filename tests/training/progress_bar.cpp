#include <array>
#include <sstream>
#include <string_view>

#include <catch2/catch.hpp>

#include <apd/training/progress_bar.hpp>

namespace {

constexpr std::array<std::string_view, 1> names{"faithfulness"};
constexpr std::array<double, 1> values{0.25};

std::string drawn(apd::progress_bar& bar, std::ostringstream& out, std::size_t step, double seconds) {
    out.str("");
    bar({step, 1000, 1e-3, seconds, 0.25, names, values});
    return out.str();
}

}  // namespace

TEST_CASE("a bar is redrawn on its line with the time that is left") {
    std::ostringstream out;
    apd::progress_bar bar("seed 3", out, apd::bar_style::redrawn);
    CHECK(drawn(bar, out, 250, 2.0) ==
          "\r\033[Kseed 3  [━━━━━━                  ]  25 %  loss 0.25  2.0 s, 6.0 s left");
    CHECK(drawn(bar, out, 1000, 75.0) == "\r\033[Kseed 3  [━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  loss 0.25  1 min 15 s\n");
}
TEST_CASE("in a file only the end is written") {
    std::ostringstream out;
    apd::progress_bar bar("", out, apd::bar_style::last_line);
    CHECK(drawn(bar, out, 250, 2.0).empty());
    CHECK(drawn(bar, out, 1000, 7260.0) == "[━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  loss 0.25  2 h 01 min\n");
}
TEST_CASE("of several plans that are learned together, a bar is drawn once for all") {
    std::ostringstream out;
    apd::progress_bar bar("three", out, apd::bar_style::last_line);
    for (std::size_t run = 0; run < 3; ++run) bar({1000, 1000, 1e-3, 12, 0.25, names, values, run, 3});
    CHECK(out.str() == "three  [━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  loss 0.25  12 s\n");
}
TEST_CASE("what has no terms has no loss") {
    std::ostringstream out;
    apd::progress_bar bar("runs", out, apd::bar_style::last_line);
    bar({.step = 8, .steps = 8, .learning_rate = 0, .seconds = 3, .total = 0, .names = {}, .values = {}});
    CHECK(out.str() == "runs  [━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  3.0 s\n");
}
