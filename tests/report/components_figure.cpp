#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>

#include <catch2/catch.hpp>
#include <support/toy.hpp>

#include <apd/report/components_figure.hpp>

using Catch::Matchers::Contains;

namespace {

/// A result with random components, without a run.
template <class Net, std::size_t C>
auto some_components() {
    apd::decomposition<Net, apd::shared_components<C, 1>, double> result;
    result.target = apd_test::random_parameters<Net>(1);
    result.learned = apd::factors<Net, apd::shared_components<C, 1>, double>::random(2, 1);
    return result;
}
std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("a matrix with two columns is drawn as a vector for each row") {
    const auto html = apd::components_figure<0>(some_components<apd::network<apd::linear<"W", 4, 2>>, 3>());
    CHECK(count(html, "class=\"panel-title\"") == 5);  // target, sum, three components
    CHECK(count(html, "class=\"vector\"") == 5 * 4);
    CHECK_THAT(html, Contains("Each arrow is one row"));
}
TEST_CASE("a matrix with two rows is drawn as a vector for each column") {
    const auto html = apd::components_figure<0>(some_components<apd::network<apd::linear<"W", 2, 3>>, 3>());
    CHECK(count(html, "class=\"vector\"") == 5 * 3);
    CHECK_THAT(html, Contains("Each arrow is one column"));
}
TEST_CASE("a larger matrix is drawn as a heat map") {
    const auto html = apd::components_figure<0>(some_components<apd::network<apd::linear<"W", 4, 3>>, 2>());
    CHECK(count(html, "class=\"matrix\"") == 4 + 1);  // and the colour scale
    CHECK_THAT(html, Contains("W (target)") && Contains("component 1"));
}
TEST_CASE("of very many components only the largest are drawn, and the caption says so") {
    auto many = some_components<apd::network<apd::linear<"W", 700, 500>>, 5>();
    for (std::size_t i = 0; i < 700; ++i) many.learned.left[0][3 * 700 + i] *= 10;  // component 3 becomes the largest
    const auto html = apd::components_figure<0>(many);
    CHECK(count(html, "class=\"panel-title\"") == 4);
    CHECK_THAT(html, Contains("component 3") && Contains("Of 5 components the 2 largest are drawn."));
}
TEST_CASE("components that are zero, or nearly so, are named and not drawn") {
    auto some = some_components<apd::network<apd::linear<"W", 4, 3>>, 12>();
    for (const std::size_t c : {1, 3, 6, 7, 8, 9}) std::fill_n(some.learned.left[0].begin() + 4 * c, 4, 0.0);
    some.learned.left[0][4 * 3] = 1e-4;
    const auto html = apd::components_figure<0>(some);
    CHECK(count(html, "class=\"panel-title\"") == 2 + 6);
    CHECK_THAT(html, Contains("6 components are zero here: 1, 3, 6 to 9.") && !Contains("component 3"));
}
TEST_CASE("a component that is not finite is drawn") {
    auto some = some_components<apd::network<apd::linear<"W", 4, 3>>, 2>();
    some.learned.left[0][0] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THAT(apd::components_figure<0>(some), Contains("component 0") && !Contains("zero here"));
}
