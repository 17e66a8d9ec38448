#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/report/analysis_figures.hpp>

namespace {

std::string all_text(const std::string& html) {
    std::string text;
    for (const auto& element : read_markup(html)) text += element.text + "\n";
    return text;
}
std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("attributions are drawn with the components in the order of their features") {
    // Feature 0 has component 2, feature 1 component 0; component 1 has none, and comes last.
    const xt::xtensor<float, 2> a{{0, 0, 1}, {1, 0, 0}};
    const auto drawing = with_class(read_markup(apd::attribution_figure(a)), "matrix")[0];
    CHECK(drawing["viewBox"] == "0 0 3 2");
    const std::string figure = apd::attribution_figure(a), html = figure.substr(0, figure.find("legend"));
    CHECK(count(html, "M0 0h1v1h-1z") == 1);
    CHECK(count(html, "M1 1h1v1h-1z") == 1);
    CHECK(count(html, "M2 ") == 0);
    CHECK(texts(with_class(read_markup(figure), "tick-x")) == std::vector<std::string>{"2", "0", "1"});
    CHECK(texts(with_class(read_markup(figure), "tick-y")) == std::vector<std::string>{"0", "1"});
    CHECK(texts(with_class(read_markup(figure), "axis-x")) == std::vector<std::string>{"component"});
}
TEST_CASE("scrubbed losses are rows of histograms, with further ones below") {
    const apd::scrubbing_result found{{1e-3, 2e-3}, {1e-3}, {1e-2}, {1e-2}, {1e-1}, "attribution_share(…)"};
    const auto text = all_text(apd::scrubbing_figure(found, {{"another", {0.5}}}));
    for (const char* name : {"attribution_share(…)", "scrubbed", "anti-scrubbed", "random half", "output 0", "another"})
        CHECK_THAT(text, Catch::Contains(name));
    CHECK_THAT(text, Catch::Contains("median 0.5"));
}
TEST_CASE("losses and active components of every feature are two charts") {
    const apd::per_feature_result one{{1e-3, 1e-2, 1e-3}, {1, 1, 1}}, some{{1e-4, 1e-4, 1e-4}, {1, 2, 3}};
    const std::string html = apd::per_feature_figure({{"one component", one}, {"batch top-k", some}});
    CHECK(count(html, "<figure") == 2);
    CHECK_THAT(all_text(html), Catch::Contains("one component (3 points)") && Catch::Contains("active components"));
}
TEST_CASE("neurons are drawn for the first features and against each other for all") {
    const apd::neuron_contributions_result found{{{0.1, 0.9}, {-0.8, 0}, {0, 0.5}},
                                                 {{0.05, 0.45}, {-0.4, 0}, {0, 0.25}}};
    const std::string html = apd::neuron_figure(found, 2);
    CHECK(count(html, "<figure") == 3);
    CHECK_THAT(all_text(html), Catch::Contains("the correlation is 1, the slope 0.5"));
    CHECK(with_class(read_markup(html), "point-label").size() == 4);  // one for each feature shown, twice
}
TEST_CASE("singular values are drawn with their mean effective rank, dead components aside") {
    const auto text = all_text(apd::singular_value_figure("W", {{1, 1}, {2, 0}, {0, 0}}));
    CHECK_THAT(text, Catch::Contains("mean effective rank is 1.5"));
}
TEST_CASE("where components have one singular value each, those are a histogram") {
    CHECK_THAT(all_text(apd::singular_value_figure("W", {{1}, {2}, {4}})),
               Catch::Contains("3 values") && Catch::Contains("the one singular value") && Catch::Contains("median 2"));
}
TEST_CASE("active components have a bar for every number of them") {
    const std::string html = apd::active_components_figure({0, 1, 1, 4});
    CHECK_THAT(all_text(html), Catch::Contains("4 values") && Catch::Contains("5 bins"));
    CHECK_THAT(all_text(apd::active_components_figure({})), Catch::Contains("no values"));
}
TEST_CASE("a component that is ever active is listed with its top samples, their largest inputs first") {
    const apd::component_activity_result found{
        "lp(…)", 8, 2, {0.25, 0}, {{{0, 0.5, -1}, {1, 2, 3, 4, 5, 0}}, {{1, 0, 0}}}};
    const std::string html = apd::activity_figure(found);
    CHECK(texts(with_tag(read_markup(html), "td")) ==
          std::vector<std::string>{"0", "25 %", "2: −1, 1: 0.5", "4: 5, 3: 4, 2: 3, 1: 2, …"});
    CHECK_THAT(all_text(html), Catch::Contains("active on no sample: 1 of 2") && Catch::Contains("of 8 samples") &&
                                   Catch::Contains("by lp(…)"));
    CHECK(with_tag(read_markup(html), "details").empty());
}
TEST_CASE("a long list of active components is folded") {
    apd::component_activity_result found{"lp(…)", 8, 1, std::vector<double>(30, 0.5), {}};
    found.top.resize(30, {{1.0}});
    CHECK(with_tag(read_markup(apd::activity_figure(found)), "details").size() == 1);
}
TEST_CASE("an ablation curve is a line for every combination") {
    const auto text = all_text(apd::ablation_figure({{1, 0.5, 0}, {{1, 2, 3}, {1, 1, 1}}}));
    CHECK_THAT(text, Catch::Contains("combination 1") && Catch::Contains("combination 2"));
}
TEST_CASE("importances are drawn in the order that is asked for, with the numbers of subcomponents") {
    const xt::xtensor<double, 2> g{{0, 0, 1}, {1, 0, 0}};
    const std::string figure = apd::importance_figure("in", g, {2, 0, 1});
    CHECK(with_class(read_markup(figure), "matrix")[0]["viewBox"] == "0 0 3 2");
    CHECK(texts(with_class(read_markup(figure), "tick-x")) == std::vector<std::string>{"2", "0", "1"});
    CHECK_THAT(all_text(figure), Catch::Contains("each subcomponent of 'in' matters"));
}
TEST_CASE("mean importances are drawn from the largest to the smallest") {
    const std::string up = apd::importance_spectrum_figure({{"in", {0.1, 0.5, 1e-3}}, {"out", {0.2, 0.3}}});
    CHECK(up == apd::importance_spectrum_figure({{"in", {0.5, 0.1, 1e-3}}, {"out", {0.3, 0.2}}}));
    CHECK_THAT(all_text(up), Catch::Contains("in") && Catch::Contains("out") && Catch::Contains("mean importance"));
}
TEST_CASE("what subcomponents read and write are two pictures with as many columns as are shown") {
    using pair = apd::network<apd::linear<"A", 4, 3>, apd::linear<"B", 3, 4>>;
    apd::decomposition<pair, apd::subcomponents<5, 2>> result;
    result.learned = decltype(result.learned)::random(1, 1);
    const std::string figure = apd::subcomponents_figure<0>(result, {4, 1, 0, 2, 3}, 2);
    const auto drawings = with_class(read_markup(figure), "matrix");
    REQUIRE(drawings.size() >= 2);  // and the scale
    CHECK(drawings[0]["viewBox"] == "0 0 2 4");
    CHECK(drawings[1]["viewBox"] == "0 0 2 3");
    CHECK(texts(with_class(read_markup(figure), "tick-x")) == std::vector<std::string>{"4", "1", "4", "1"});
}
