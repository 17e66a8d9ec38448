// Passes that leave residual streams out give the numbers, and the gradients, of those that compute them.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/importances.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using apd_test::tested_backend;

template <apd::static_string In, apd::static_string Out>
using mlp =
    apd::residual<apd::linear<apd::static_string(In), 16, 3>, apd::gelu, apd::linear<apd::static_string(Out), 3, 16>>;
// With a frozen block among the others; `Between` makes the residual stream one, or not.
template <class... Between>
using blocks = apd::network<apd::frozen<apd::linear<"E", 4, 16>>, Between..., mlp<"in0", "out0">,
                            apd::frozen<mlp<"in1", "out1">>, mlp<"in2", "out2">, apd::transposed<"E">>;
using network = blocks<>;
using without_streams = blocks<apd::identity>;
using shape = apd::subcomponents<5>;

template <class Net>
using state_of_maps = apd::ext::stream_maps::state<apd::ext::problem<tested_backend, double, Net, shape>>;
static_assert(state_of_maps<network>::are_there);
static_assert(!state_of_maps<without_streams>::are_there);

// The values of all losses, then the gradients of all that is learned.
template <class Net>
std::vector<std::vector<double>> values_and_gradients(const auto& sum) {
    apd_test::small_problem_of<Net, shape, tested_backend> small(9);
    apd::ext::objective_step run(small.problem, sum);
    apd_test::lay_between_0_and_1(small.problem);
    std::vector<std::vector<double>> found;
    for (std::size_t step = 0; step < 2; ++step) {
        small.problem.begin_step();
        run.evaluate();
        const auto values = run.values();
        found.emplace_back(values.begin(), values.end());
        run.pullback();
        for (const auto& part : small.problem.parts) found.push_back(apd_test::on_host(small.device, part.gradient));
    }
    return found;
}
void check_equal(const auto& sum) {
    INFO(sum.describe());
    const auto with = values_and_gradients<network>(sum), without = values_and_gradients<without_streams>(sum);
    REQUIRE(with.size() == without.size());
    for (std::size_t i = 0; i < with.size(); ++i) {
        REQUIRE(with[i].size() == without[i].size());
        double largest = 1e-9;
        for (const double each : without[i]) largest = std::max(largest, std::abs(each));
        INFO("array " << i);
        for (std::size_t j = 0; j < with[i].size(); ++j)
            CHECK(with[i][j] == Approx(without[i][j]).epsilon(1e-10).margin(1e-11 * largest));
    }
}
auto every_kind_of_pass(const auto& ci) {
    const auto masks = apd::stochastic(ci);
    return 1 * apd::reconstruction(masks) + 0.7 * apd::reconstruction(masks, apd::each_site) +
           0.3 * apd::reconstruction(masks.without_delta(), apd::random_sites) +
           0.4 * apd::reconstruction(masks, apd::random_sites) + 0.2 * apd::reconstruction(apd::masked_by(ci)) +
           0.1 * apd::importance_minimality(ci, 1.5) + 2 * apd::faithfulness();
}

}  // namespace

TEST_CASE("losses and gradients are the same, whatever importances read and sites write") {
    check_equal(every_kind_of_pass(apd::private_importances<4>()));
    check_equal(every_kind_of_pass(apd::shared_importances<3>()));
    check_equal(1 * apd::reconstruction(apd::stochastic(apd::global_importances<3>())) + apd::faithfulness());
    check_equal(1 * apd::reconstruction(apd::stochastic(apd::vector_importances<2>())) + apd::faithfulness());
}
TEST_CASE("so they are under adversaries, and beside losses that do look into the stream") {
    const auto ci = apd::shared_importances<3>();
    check_equal(1 * apd::reconstruction(apd::adversary(ci), apd::random_sites) +
                apd::reconstruction(apd::shared_adversary(ci)));
    check_equal(1 * apd::reconstruction(apd::stochastic(ci), apd::site_inputs) +
                apd::reconstruction(apd::stochastic(ci)) + apd::output_reconstruction());
}
TEST_CASE("what leaves streams out has the gradient of its value") {
    const auto ci = apd::private_importances<2>();
    apd_test::gradients_of_shape_are_right<network, shape, tested_backend>(
        1 * apd::reconstruction(apd::stochastic(ci)), [](auto& problem) {
            apd_test::lay_between_0_and_1(problem);
            for (const auto& part : problem.parts) {  // or what goes into importances is large
                if (!part.name.starts_with("U.")) continue;
                auto numbers = apd_test::on_host(problem.device, part.value);
                for (double& u : numbers) u *= 0.1;
                problem.device.upload(std::span<const double>(numbers), part.value);
            }
        });
}
TEST_CASE("attributions of the target, which threads compute, stand beside passes that leave streams out") {
    const auto ci = apd::private_importances<4>();
    const auto active = apd::batch_top_k(apd::gradient_attribution(apd::of_target), 1.5);
    const auto losses_of = [&](std::size_t threads) {
        apd::cpu device({.threads = threads});
        const auto result = apd::decompose<shape>(
            device, apd_test::random_parameters<network, float>(1), apd::sparse_features<4>{.probability = 0.5},
            1 * apd::reconstruction(apd::stochastic(ci)) + apd::minimality(active) + apd::faithfulness(),
            {.steps = 4, .batch = 4096, .log_every = 1});
        std::vector<double> totals;
        for (const auto& entry : result.history) totals.push_back(entry.total);
        return totals;
    };
    CHECK(losses_of(1) == losses_of(3));
}
TEST_CASE("streams that are no wider than what is written there are computed") {
    using narrow =
        apd::network<apd::frozen<apd::linear<"E", 4, 6>>,
                     apd::residual<apd::linear<"in", 6, 3>, apd::gelu, apd::linear<"out", 3, 6>>, apd::transposed<"E">>;
    STATIC_REQUIRE(!state_of_maps<narrow>::are_there);
}
