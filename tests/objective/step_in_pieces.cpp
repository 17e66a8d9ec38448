// A step whose losses are computed for one piece of the rows after the other has the values and gradients of one that
// computes them for all rows at once.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using apd_test::tested_backend;

/// The values of all losses, then the gradients of all that is learned, of two steps.
template <class Net, class Shape>
std::vector<std::vector<double>> values_and_gradients(const auto& sum, std::size_t batch, std::size_t rows_at_once,
                                                      bool has_zeros) {
    apd_test::small_problem_of<Net, Shape, tested_backend> small(batch);
    auto& problem = small.problem;
    problem.rows_at_once = rows_at_once;
    if (has_zeros) {
        for (std::size_t b = 0; b < batch; b += 3) std::fill_n(small.x.begin() + b * Net::inputs, Net::inputs, 0.0);
        small.device.upload(std::span<const double>(small.x), *problem.x);
    }
    apd::ext::objective_step run(problem, sum);
    apd_test::lay_between_0_and_1(problem);
    if (has_zeros) problem.sort_rows(run.rows_of_zeros);
    std::vector<std::vector<double>> found;
    for (std::size_t step = 0; step < 2; ++step) {
        run.evaluate();
        run.pullback();
        for (const auto& part : problem.parts) found.push_back(apd_test::on_host(small.device, part.gradient));
        const auto values = run.values();
        found.emplace_back(values.begin(), values.end());
        CHECK(problem.piece.begin == 0);
        CHECK(problem.piece.count == problem.rows.present);
    }
    return found;
}
template <class Net, class Shape>
void pieces_are_the_whole(const auto& sum, std::size_t piece, bool has_zeros = false) {
    INFO(sum.describe());
    constexpr std::size_t batch = 48;
    const auto whole = values_and_gradients<Net, Shape>(sum, batch, batch, has_zeros),
               pieces = values_and_gradients<Net, Shape>(sum, batch, piece, has_zeros);
    REQUIRE(pieces.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        double largest = 1e-9;
        for (const double each : whole[i]) largest = std::max(largest, std::abs(each));
        INFO("array " << i);
        REQUIRE(pieces[i].size() == whole[i].size());
        for (std::size_t j = 0; j < whole[i].size(); ++j)
            CHECK(pieces[i][j] == Approx(whole[i][j]).epsilon(1e-10).margin(1e-11 * largest));
    }
}

auto drawn(const auto& ci) {
    const auto masks = apd::stochastic(ci);
    return 1 * apd::reconstruction(masks) + 0.7 * apd::reconstruction(masks.times(2), apd::each_site) +
           0.4 * apd::reconstruction(masks, apd::random_sites) + 0.1 * apd::importance_minimality(ci, 1.5);
}
// Some that need all rows at once, before and behind.
auto mixed(const auto& ci) {
    return 0.2 * apd::importance_minimality(ci, 1.5, 0.5) + drawn(ci) +
           0.5 * apd::reconstruction(apd::shared_adversary(ci, {.steps = 2, .rate = 0.1}), apd::random_sites) +
           apd::annealed{1, 2, 0, 4} * apd::reconstruction(apd::masked_by(ci), apd::some_sites(0.5)) +
           2 * apd::faithfulness();
}

// A stack with residual streams, which passes leave out, and one of sequences.
template <apd::static_string In, apd::static_string Out>
using mlp =
    apd::residual<apd::linear<apd::static_string(In), 16, 3>, apd::gelu, apd::linear<apd::static_string(Out), 3, 16>>;
using streams =
    apd::network<apd::frozen<apd::linear<"E", 4, 16>>, mlp<"in0", "out0">, mlp<"in1", "out1">, apd::transposed<"E">>;
using sequences = apd::network<apd::learned_positions<"p", 3, 4>,
                               apd::residual<apd::rms_norm<"n", 4>, apd::linear<"qkv", 4, 12>,
                                             apd::causal_attention<3, 2, 2>, apd::linear<"out", 4, 4>>>;

}  // namespace

TEST_CASE("a step in pieces of a batch is one of the whole batch") {
    using network = apd_test::two_sites;
    using shape = apd_test::two_kinds;
    pieces_are_the_whole<network, shape>(drawn(apd::private_importances<3>()), 16);
    pieces_are_the_whole<network, shape>(mixed(apd::private_importances<3>()), 32);  // 32 and 16 rows, or 24 and 24
    pieces_are_the_whole<network, shape>(mixed(apd::shared_importances<3>()), 16);
}
TEST_CASE("what is compared, and noise, go in pieces") {
    using network = apd_test::two_sites;
    using shape = apd_test::two_kinds;
    const auto ci = apd::shared_importances<3>();
    const auto masks = apd::stochastic(ci);
    pieces_are_the_whole<network, shape>(
        1 * apd::reconstruction(masks, apd::kl_divergence) + 1 * apd::reconstruction(masks, apd::site_inputs) +
            1 * apd::reconstruction(masks.without_delta(), apd::random_sites, apd::site_outputs),
        16);
    const auto blurred = apd::vector_importances<3>().blurred();
    pieces_are_the_whole<network, shape>(
        1 * apd::reconstruction(apd::stochastic(blurred, apd::coin_source{}), apd::each_site), 16);
}
TEST_CASE("rows of zeros count in pieces as often as they stand for others") {
    using network = apd_test::two_sites;
    using shape = apd_test::two_kinds;
    pieces_are_the_whole<network, shape>(drawn(apd::private_importances<3>()), 16, true);
}
TEST_CASE("passes that leave streams out go in pieces") {
    pieces_are_the_whole<streams, apd::subcomponents<5>>(mixed(apd::private_importances<3>()), 16);
    pieces_are_the_whole<streams, apd::subcomponents<5>>(mixed(apd::global_importances<3>()), 16);
}
TEST_CASE("pieces are whole sequences") {
    pieces_are_the_whole<sequences, apd::subcomponents<5>>(mixed(apd::private_importances<3>()), 15);
}
