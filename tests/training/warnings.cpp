#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/training/warnings.hpp>

namespace {

apd::run_record good() {
    apd::run_record run;
    run.terms = {"minimality", "faithfulness"};
    run.without_components = {0.5, 2};
    run.history = {{0, 1e-3, 1, {0.4, 1}}, {9, 1e-3, 1, {0.1, 0.004}}};
    run.gains = {{0.4, 0.03, 0.02}, {0.001, 0.0009}};
    return run;
}
using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a run whose numbers are good has no warnings, and one that knows less has none either") {
    CHECK(apd::warnings(good()).empty());
    CHECK(apd::warnings({}).empty());
    auto old = good();  // a file of version 0.1
    old.without_components = {}, old.gains = {};
    CHECK(apd::warnings(old).empty());
}
TEST_CASE("components that do not add up to the weights are told") {
    auto run = good();
    run.history.back().values[1] = 0.06;
    CHECK(apd::warnings(run) == texts{"the components miss 3 % of the weights' square; take more steps, or a larger "
                                      "coefficient of faithfulness"});
}
TEST_CASE("more mechanisms than components are told") {
    auto run = good();
    run.gains = {{0.4, 0.03, 0.029}, {0.028}};
    CHECK(apd::warnings(run) == texts{"there seem to be more mechanisms than components: the next sample would gain "
                                      "0.028, the components' gain 0.03 in the median; give more components"});
    run.gains = {{0.4}, {0.03, 0.029, 0.028, 0.02, 0.02, 0.015}};  // where choosing ended too early
    CHECK(apd::warnings(run) ==
          texts{"the samples that components start from hold 74 % of all gains; choose a smaller max_left_over"});
}
TEST_CASE("a failure is told first") {
    auto run = good();
    run.failure = "the term 'minimality' became nan by step 9";
    CHECK(apd::warnings(run) == texts{"the run failed: the term 'minimality' became nan by step 9"});
}
TEST_CASE("values of terms are also shares of those without components") {
    CHECK(apd::ext::detail::shares_of_nothing(good()) == std::vector<double>{0.2, 0.002});
    auto run = good();
    run.without_components = {0, 2};
    CHECK(apd::ext::detail::shares_of_nothing(run) == std::vector<double>{0, 0.002});
}
