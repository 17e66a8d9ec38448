#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <support/toy.hpp>

using Catch::Matchers::Contains;

namespace {

auto run(std::uint64_t seed) {
    return apd_test::toy_decomposition({.steps = 20, .batch = 16, .learning_rate = 1e-2, .seed = seed});
}

}  // namespace

TEST_CASE("a report shows all runs, the components, the losses and the method") {
    const scratch_folder folder;
    const std::vector runs{run(11), run(12)};
    apd::write_report(runs, folder.path / "report.html",
                      {.title = "A <toy>", .subtitle = "Two runs", .columns = {{"MMCS", {0.5, 0.75}}}, .shown = 1});
    const std::string html = apd::read_file(folder.path / "report.html");
    CHECK_THAT(html, Contains("<title>A &lt;toy&gt;</title>") && Contains("Two runs"));
    CHECK_THAT(html, Contains(">MMCS<") && Contains(">0.75<") && Contains(">11<") && Contains(">12<"));
    CHECK_THAT(html, Contains("Components of the run with seed 12"));
    for (const char* panel : {"W (target)", ">sum<", "component 0", "component 4"}) CHECK_THAT(html, Contains(panel));
    for (const char* term : {"faithfulness", "minimality", "simplicity", "weighted sum"})
        CHECK_THAT(html, Contains(term));
    CHECK_THAT(html, Contains("batch_top_k(gradient_attribution(of_target), 1)"));
    CHECK_THAT(html, !Contains("<script") && !Contains("http:") && !Contains("https:"));
}
TEST_CASE("one run is a report too") {
    const scratch_folder folder;
    apd::write_report(run(5), folder.path / "report.html");
    CHECK_THAT(apd::read_file(folder.path / "report.html"), Contains("Parameter components") && Contains("seed 5"));
}
TEST_CASE("a report tells of runs that failed") {
    const scratch_folder folder;
    std::vector runs{run(11), run(12)};
    runs[1].failure = "the term 'faithfulness' became NaN by step 3", runs[1].completed_steps = 3;
    runs[1].learned.left[0][4] = std::numeric_limits<float>::quiet_NaN();
    apd::write_report(runs, folder.path / "report.html", {.shown = 1});
    const std::string html = apd::read_file(folder.path / "report.html");
    CHECK_THAT(html, Contains(">3, failed<") && Contains(">20<") && Contains("The run with seed 12 failed: the term") &&
                         Contains("became NaN by step 3.") && Contains("not finite"));
    CHECK_THAT(html, !Contains("The run with seed 11"));
}
TEST_CASE("a report without a run, or with columns of another length, is refused") {
    const scratch_folder folder;
    const std::vector runs{run(1)};
    CHECK_THROWS_WITH(apd::write_report(runs, folder.path / "r.html", {.shown = 1}),
                      "write_report: run 1 of 1 is to be shown; give at least one run, and a number below theirs");
    CHECK_THROWS_WITH(apd::write_report(runs, folder.path / "r.html", {.columns = {{"MMCS", {}}}}),
                      "write_report: the column 'MMCS' has 0 values for 1 runs; give one for each run");
    CHECK_THROWS_AS(apd::write_report(runs, "/proc/apd/r.html"), apd::error);
    CHECK_FALSE(std::filesystem::exists(folder.path / "r.html"));
}
