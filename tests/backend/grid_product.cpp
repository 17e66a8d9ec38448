#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/array/elementwise.hpp>
#include <apd/array/view.hpp>
#include <apd/backend/grid_product.hpp>

using namespace apd::ext::literals;

namespace {

template <std::size_t... Sizes>
using view = apd::ext::view<double, apd::extents<Sizes...>>;
constexpr std::size_t B = 32;
template <std::size_t... Sizes>
view<apd::dynamic, Sizes...> batched() {
    return {nullptr, B, B};
}

/// The matrix products that a statement is, and its plan.
template <class Statement>
auto products_of(const Statement& statement) {
    std::size_t count = 0;
    const auto axes = apd::ext::detail::axes_of_product(statement, B, count);
    const auto plan = apd::ext::detail::plan_matrices(axes, count);
    std::vector<apd::ext::detail::matrix_product<double>> products;
    if (plan) {
        apd::ext::detail::run_matrix_plan<double>(*plan, nullptr, nullptr, nullptr, false,
                                                  [&](const auto& product) { products.push_back(product); });
        CHECK(products.size() == plan->calls());
    }
    return products;
}

}  // namespace

TEST_CASE("a linear map of a batch is one multiplication, with samples as rows") {
    const auto products = products_of(batched<7>()["bo"_i] = batched<5>()["bi"_i] * view<5, 7>{}["io"_i]);
    REQUIRE(products.size() == 1);
    const auto& p = products[0];
    CHECK(p.rows == B);
    CHECK(p.columns == 7);
    CHECK(p.terms == 5);
    CHECK(p.count == 1);
    CHECK_FALSE(p.left_is_transposed);
    CHECK(p.right_is_transposed);  // [i, o] by rows is [o, i] by columns
    CHECK(p.left_lead == B);
    CHECK(p.right_lead == 7);
    CHECK(p.target_lead == B);
}
TEST_CASE("letters that are one axis in every array are joined") {
    // Components and outputs lie behind each other in the target and in the weights.
    const auto products = products_of(batched<3, 4>()["bco"_i] = batched<5>()["bi"_i] * view<5, 3, 4>{}["ico"_i]);
    REQUIRE(products.size() == 1);
    CHECK(products[0].columns == 12);
    CHECK(products[0].count == 1);
}
TEST_CASE("a product for every component is one strided-batched multiplication") {
    const auto products = products_of(view<3, 5, 7>{}["cio"_i] = view<3, 5, 2>{}["cir"_i] * view<3, 2, 7>{}["cro"_i]);
    REQUIRE(products.size() == 1);
    const auto& p = products[0];
    CHECK(p.count == 3);
    CHECK(p.target_distance == 35);
    // The transposed equation, as the target lies by rows: P_cᵀ = V_cᵀ U_cᵀ.
    CHECK(p.rows == 7);
    CHECK(p.columns == 5);
    CHECK(p.terms == 2);
    CHECK(p.left_distance == 14);
    CHECK(p.right_distance == 10);
}
TEST_CASE("further summed axes are multiplications that add up") {
    const auto products = products_of(batched<7>()["bo"_i] = batched<3, 5>()["bci"_i] * view<3, 7, 5>{}["coi"_i]);
    REQUIRE(products.size() == 3);
    CHECK_FALSE(products[0].accumulates);
    CHECK(products[1].accumulates);
    CHECK(products[2].accumulates);
}
TEST_CASE("what is summed over one array alone is no product of matrices") {
    CHECK(products_of(batched<7>()["bo"_i] = batched<5>()["bi"_i] * view<7>{}["o"_i]).empty());
}
