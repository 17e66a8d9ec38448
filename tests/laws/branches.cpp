// Networks in which several layers read the same.

#include <array>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

// At once, with a branch of several layers and one that is frozen; and in a block, behind a frozen one, into attention.
using at_once =
    apd::network<apd::beside<apd::frozen<apd::linear<"f", 4, 2>>,
                             apd::chain<apd::linear<"k", 4, 3>, apd::bias<"b", 3>, apd::gelu>, apd::linear<"q", 4, 2>>,
                 apd::gelu, apd::linear<"out", 7, 4>>;
using in_a_block = apd::network<apd::linear<"E", 4, 4>, apd::gelu,
                                apd::residual<apd::beside<apd::linear<"q", 4, 4>, apd::linear<"k", 4, 2>,
                                                          apd::chain<apd::linear<"v", 4, 2>, apd::bias<"b", 2>>>,
                                              apd::causal_attention<3, 2, 2, 1>, apd::linear<"o", 4, 4>>>;

template <class Net>
std::vector<double> attributions(auto mode) {
    apd_test::small_problem<Net, 3, 2, apd_test::tested_backend> small(6);
    const auto attribution = apd::gradient_attribution(apd::of_decomposed, mode);
    const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
    apd::ext::objective_step<typename decltype(small)::problem_type, std::decay_t<decltype(objective)>> run(
        small.problem, objective);
    run.evaluate();
    return apd_test::on_host(small.device, run(attribution).value());
}

}  // namespace

static_assert(at_once::outputs == 4 && at_once::sizes[6] == 7 && at_once::start == 0);
static_assert(at_once::reads == std::array<std::size_t, 8>{0, 0, 2, 3, 0, 5, 6, 7});
static_assert(!apd::ext::links<at_once>::are_complete);

TEST_CASE("branches give what each would alone, one behind the other") {
    apd_test::tested_backend device;
    const auto target = apd_test::random_parameters<at_once>(1);
    const apd::ext::device_parameters<apd_test::tested_backend, double, at_once> weights(device, target);
    apd::ext::activation_arrays<apd_test::tested_backend, double, at_once> x(device, 1);
    const apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 4>> input(device, 1);
    const std::vector<double> given{0.3, -1, 2, 0.5};
    device.upload(std::span(given), *input);
    x.set<0>(*input);
    apd::ext::forward<at_once>(
        device, [&](auto layer) { return weights.view_of(layer); }, x);
    const auto product = [&](std::span<const double> w, std::size_t out) {
        std::vector<double> z(out, 0.0);
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t o = 0; o < out; ++o) z[o] += given[i] * w[i * out + o];
        return z;
    };
    const auto f = product(target.get<"f">(), 2), k = product(target.get<"k">(), 3), q = product(target.get<"q">(), 2);
    const auto joined = apd_test::on_host(device, x.at<6>());
    for (std::size_t i = 0; i < 2; ++i) CHECK(joined[i] == Approx(f[i]));
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(joined[2 + i] == Approx(apd::ext::gelu_function()(k[i] + target.get<"b">()[i])));
    for (std::size_t i = 0; i < 2; ++i) CHECK(joined[5 + i] == Approx(q[i]));
}

TEMPLATE_TEST_CASE("losses and attributions are differentiated through branches", "", at_once, in_a_block) {
    const auto mask = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    apd_test::gradients_are_right<TestType, 3, 2, apd_test::tested_backend>(
        apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction(mask) +
        apd::sparsity(apd::lp(apd::gradient_attribution(), 1.2)));
    apd_test::training_gradients_are_right<TestType>();
}
TEST_CASE("branches do not change with the way attributions are computed") {
    const auto forward = attributions<at_once>(apd::forward_mode), back = attributions<at_once>(apd::reverse_mode);
    for (std::size_t i = 0; i < forward.size(); ++i) CHECK(forward[i] == Approx(back[i]).epsilon(1e-11).margin(1e-14));
}
