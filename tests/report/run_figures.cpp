#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/report/run_figures.hpp>

TEST_CASE("losses stand beside those without components, as shares where these are not next to nothing") {
    apd::run_record run{};
    run.terms = {"faithfulness", "simplicity", "sparsity"};
    run.without_components = {0.5, 1e-9, 0};
    run.history = {{0, 0, 9, {9, 9, 9}}, {1, 0, 3, {0.01, 0.25, 2}}};
    const auto cells = texts(with_tag(read_markup(apd::ext::detail::losses_table(run)), "td"));
    CHECK(cells == std::vector<std::string>{"faithfulness", "0.01", "0.5", "2 %", "simplicity", "0.25", "10⁻⁹", "–",
                                            "sparsity", "2", "0", "–"});
    run.without_components.clear();  // of a file of an earlier version
    CHECK(apd::ext::detail::losses_table(run).empty());
}
TEST_CASE("gains are drawn in the order of choice, those left over apart") {
    const auto figure = read_markup(apd::ext::detail::gains_chart({{0.5, 0.4, 0.3}, {0.01, 0.001}}));
    CHECK(texts(with_class(figure, "curve-name")) ==
          std::vector<std::string>{"components start from these", "left over"});
    const auto curves = with_class(figure, "curve");
    REQUIRE(curves.size() == 2);
    const auto lines = [](const markup_element& curve) { return std::ranges::count(curve["d"], 'L'); };
    CHECK(lines(curves[0]) == 2);  // three points
    CHECK(lines(curves[1]) == 2);  // the two left over, from where the others end
    const auto x = [](const markup_element& curve, char mark) {
        return std::stod(curve["d"].substr(curve["d"].rfind(mark) + 1));
    };
    CHECK(x(curves[0], 'L') == x(curves[1], 'M'));
}
