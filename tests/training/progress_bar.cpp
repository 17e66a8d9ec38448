#include <array>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/training/progress_bar.hpp>

namespace {

constexpr std::array<std::string_view, 1> names{"faithfulness"};
constexpr std::array<double, 1> values{0.25};

apd::progress at(std::size_t step, double seconds, std::size_t steps = 1000) {
    return {.step = step,
            .steps = steps,
            .learning_rate = 1e-3,
            .seconds = seconds,
            .total = 0.25,
            .names = names,
            .values = values};
}
std::string drawn(apd::progress_bar& bar, std::ostringstream& out, std::size_t step, double seconds) {
    out.str("");
    bar(at(step, seconds));
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
TEST_CASE("in a file a line is written now and then, at growing intervals, and at the end") {
    std::ostringstream out;
    apd::progress_bar bar("", out, apd::bar_style::lines);
    std::vector<int> told;
    for (int second = 0; second <= 3000; ++second)
        if (!drawn(bar, out, 100 + static_cast<std::size_t>(second) / 10, second).empty()) told.push_back(second);
    CHECK(told == std::vector<int>{10, 20, 40, 80, 160, 320, 640, 1240, 1840, 2440});
    CHECK(drawn(bar, out, 500, 3600.0) == "[━━━━━━━━━━━━            ]  50 %  loss 0.25  1 h 00 min, 1 h 00 min left\n");
    CHECK(drawn(bar, out, 1000, 7260.0) == "[━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  loss 0.25  2 h 01 min\n");
}
TEST_CASE("a run that ends early ends its line") {
    std::ostringstream out;
    {
        apd::progress_bar bar("", out, apd::bar_style::redrawn);
        drawn(bar, out, 250, 2.0);
        out.str("");
        apd::progress last = at(260, 3);
        last.ends = true;
        bar(last);
        CHECK(out.str() == "\r\033[K[━━━━━━                  ]  26 %  loss 0.25  3.0 s, stopped\n");
        drawn(bar, out, 300, 2.0);
        out.str("");
    }
    CHECK(out.str() == "\n");  // an exception has ended it
}
TEST_CASE("a bar serves run after run") {
    std::ostringstream out;
    apd::progress_bar bar("", out, apd::bar_style::lines);
    for (const int run : {0, 1}) {
        apd::progress p = at(1, 30, 1);
        p.begins = p.ends = true;
        out.str("");
        bar(p);
        CHECK(out.str() == "[━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  loss 0.25  30 s\n");
        p.step = 1, p.steps = 1000, p.seconds = 10, p.ends = false;
        out.str("");
        bar(p);
        INFO(run);
        CHECK(out.str() == "[                        ]   0 %  loss 0.25  10 s, 2 h 46 min left\n");
    }
}
TEST_CASE("of several plans, the first that has not failed is shown, and a failure is told at once") {
    std::ostringstream out;
    apd::progress_bar bar("two", out, apd::bar_style::redrawn);
    apd::progress p = at(1, 1);
    p.runs = 2, p.begins = true;
    bar(p);
    p.run = 1;
    bar(p);
    out.str("");
    p.step = 500, p.begins = false, p.run = 0, p.failure = "the term 'faithfulness' became NaN by step 499";
    bar(p);
    CHECK(out.str() == "\r\033[Ktwo  run 0 failed: the term 'faithfulness' became NaN by step 499\n");
    out.str("");
    p.run = 1, p.failure = {}, p.total = 0.5;
    bar(p);
    CHECK(out.str() == "\r\033[Ktwo  [━━━━━━━━━━━━            ]  50 %  loss 0.5  1.0 s, 1.0 s left");
    out.str("");
    p.step = 600, p.failure = "the sum of the terms became infinite by step 599";
    bar(p);
    CHECK(out.str() == "\r\033[Ktwo  run 1 failed: the sum of the terms became infinite by step 599\n");
}
TEST_CASE("a run alone that fails ends its line without a word, as its result says it") {
    std::ostringstream out;
    apd::progress_bar bar("", out, apd::bar_style::redrawn);
    drawn(bar, out, 250, 2.0);
    out.str("");
    apd::progress last = at(260, 3);
    last.ends = true, last.failure = "NaN";
    bar(last);
    CHECK(out.str() == "\n");
}
TEST_CASE("a bar on what is no terminal is written in lines") {
    std::ostringstream out;
    apd::progress_bar bar("", out);
    CHECK(drawn(bar, out, 250, 20.0).back() == '\n');
}
TEST_CASE("of several plans that are learned together, a bar is drawn once for all") {
    std::ostringstream out;
    apd::progress_bar bar("three", out, apd::bar_style::lines);
    for (std::size_t run = 0; run < 3; ++run) bar({1000, 1000, 1e-3, 12, 0.25, names, values, run, 3});
    CHECK(out.str() == "three  [━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  loss 0.25  12 s\n");
}
TEST_CASE("what has no terms has no loss") {
    std::ostringstream out;
    apd::progress_bar bar("runs", out, apd::bar_style::lines);
    bar({.step = 8, .steps = 8, .learning_rate = 0, .seconds = 3, .total = 0, .names = {}, .values = {}});
    CHECK(out.str() == "runs  [━━━━━━━━━━━━━━━━━━━━━━━━] 100 %  3.0 s\n");
}
