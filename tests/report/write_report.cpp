#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>
#include <support/scratch_folder.hpp>
#include <support/toy.hpp>

#include <apd/report.hpp>

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
    CHECK_THAT(html, Contains(">3, failed<") && Contains(">20<") &&
                         Contains("<b>Warning:</b> The run failed: the term") && Contains("became NaN by step 3.") &&
                         Contains("not finite"));
    const auto verdicts = texts(with_class(read_markup(html), "verdict"));
    REQUIRE(verdicts.size() == 2);
    CHECK(verdicts[0] == "Seed 12: The run failed after 3 of 20 steps.");  // before runs that did not
    CHECK_THAT(verdicts[1], Catch::StartsWith("Seed 11: 5 of 5 components in use"));
}
TEST_CASE("a report says first what came out, and warns of it") {
    const scratch_folder folder;
    auto result = run(5);
    result.learned = {};
    result.without_components = {0.5, 0.5, 0.5}, result.history.back().values = {0.4, 0.1, 0};
    result.gains = {{0.5}, {0.4, 0.3}};
    apd::write_report(result, folder.path / "report.html");
    const std::string html = apd::read_file(folder.path / "report.html");
    const auto page = read_markup(html);
    CHECK(texts(with_class(page, "verdict")) == std::vector<std::string>{"0 of 5 components in use."});
    const auto warnings = texts(with_class(page, "warning"));
    REQUIRE(warnings.size() >= 2);
    CHECK_THAT(warnings[0], Contains("The components miss 80 % of the weights' square"));
    CHECK(html.find("class=\"warning\"") < html.find("<table"));
    CHECK_THAT(html, Contains("5 components are zero here: 0 to 4.") && !Contains("component 3<"));
    CHECK_THAT(html, Contains(">80 %<") && Contains("left over"));
}
TEST_CASE("runs of one verdict share a line, those that are warned of come first") {
    const scratch_folder folder;
    std::vector runs{run(1), run(2), run(3), run(4)};
    for (auto& each : runs) each.without_components.clear(), each.gains = {};
    runs[2].gains = {{0.5}, {0.4}};
    apd::write_report(runs, folder.path / "report.html");
    CHECK(texts(with_class(read_markup(apd::read_file(folder.path / "report.html")), "verdict")) ==
          std::vector<std::string>{"Seed 3: 5 of 5 components in use.", "Seeds 1, 2, 4: 5 of 5 components in use."});
}
TEST_CASE("with a device and data, a report has the map and how often each component is active") {
    const scratch_folder folder;
    apd::cpu device;
    const auto result = run(5);
    apd::write_report(device, result, apd_test::toy_data, folder.path / "report.html", {.title = "A toy"},
                      apd::per_sample_top_k(apd::gradient_attribution(), 5));
    const std::string html = apd::read_file(folder.path / "report.html");
    CHECK_THAT(html, Contains("<h1>A toy") && Contains("Which component each feature has") && Contains(">feature<") &&
                         Contains("per_sample_top_k(gradient_attribution(of_target), 5)") && Contains("top sample 3"));
    apd::evaluator answers(device, result, 5);
    const auto verdict = apd::verdict(result, apd::attribution_matrix(answers));
    CHECK(texts(with_class(read_markup(html), "verdict")) == std::vector{verdict});
}
TEST_CASE("with a device and data, a run that failed is reported without them") {
    const scratch_folder folder;
    apd::cpu device;
    auto failed = run(5);
    failed.failure = "the term 'faithfulness' became NaN by step 3", failed.completed_steps = 3;
    apd::write_report(device, failed, apd_test::toy_data, folder.path / "report.html");
    const std::string html = apd::read_file(folder.path / "report.html");
    CHECK_THAT(html, Contains("The run failed after 3 of 20 steps.") && !Contains("Which component each feature has"));
}
TEST_CASE("of inputs too many to look at each alone, the map is left out with a word") {
    const scratch_folder folder;
    apd::cpu device;
    apd::decomposition<apd::network<apd::linear<"W", 300, 2>>, apd::shared_components<2, 1>> result{};
    result.learned.left[0][0] = 1, result.learned.right[0][0] = 1;
    apd::write_report(device, result, apd::sparse_features<300>{}, folder.path / "report.html");
    const std::string html = apd::read_file(folder.path / "report.html");
    CHECK_THAT(html, Contains("1 of 2 components in use;") && Contains("300 inputs are too many") &&
                         Contains("How often each component is active"));
}
TEST_CASE("a report without a run, or with columns of another length, is refused") {
    const scratch_folder folder;
    const std::vector runs{run(1)};
    CHECK_THROWS_WITH(apd::write_report(runs, folder.path / "r.html", {.shown = 1}),
                      "write_report: run 1 of 1 is to be shown; give at least one run, and a number below theirs");
    CHECK_THROWS_WITH(apd::write_report(runs, folder.path / "r.html", {.columns = {{"MMCS", {}}}}),
                      "write_report: the column 'MMCS' has 0 values for 1 runs; give one for each run");
    CHECK_THROWS_WITH(apd::write_report(runs, folder.path / "r.html",
                                        {.attributions = {xt::zeros<double>({5, 5}), xt::zeros<double>({5, 5})}}),
                      "write_report: there are attributions of 2 runs of 1; give those of each run, or none");
    CHECK_THROWS_AS(apd::write_report(runs, "/proc/apd/r.html"), apd::error);
    CHECK_FALSE(std::filesystem::exists(folder.path / "r.html"));
}
