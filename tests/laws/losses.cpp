// The law of loss_term and mask_node: pullback is the gradient of measure, by central differences in double.

#include <cmath>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <support/serial.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace {

/// Every term alone, then all together with unequal weights: each entry of each factor's gradient against
/// (L(x + h) − L(x − h))/2h.
template <class Net, std::size_t C, std::size_t Rank, class Device, class... Terms>
void gradients_are_right(apd::objective<Terms...> sum) {
    apd_test::small_problem<Net, C, Rank, Device> small(6);
    constexpr std::size_t count = sizeof...(Terms);
    for (std::size_t only = 0; only <= count; ++only) {
        std::size_t i = 0;
        std::apply(
            [&](auto&... each) {
                ((each.weight = only == count ? 0.5 + static_cast<double>(i) : only == i ? 1 : 0, ++i), ...);
            },
            sum.terms);
        apd::objective_step<typename decltype(small)::problem_type, apd::objective<Terms...>> run(small.problem, sum);
        const auto loss = [&] {
            small.problem.factors.upload(small.device, small.factors);
            run.evaluate();
            const auto values = run.values();
            double total = 0;
            std::size_t at = 0;
            std::apply([&](const auto&... each) { ((total += each.weight * values[at++]), ...); }, sum.terms);
            return total;
        };
        loss();
        run.pullback();
        auto gradient = small.factors;
        small.problem.gradients.download(small.device, gradient);

        const auto check = [&](std::vector<double>& factor, const std::vector<double>& found) {
            double norm = 0;
            for (const double g : found) norm += g * g;
            for (std::size_t entry = 0; entry < factor.size(); ++entry) {
                const double h = 1e-5, middle = factor[entry];
                factor[entry] = middle + h;
                const double above = loss();
                factor[entry] = middle - h;
                const double below = loss();
                factor[entry] = middle;
                INFO("term " << only << ", entry " << entry);
                CHECK(found[entry] ==
                      Approx((above - below) / (2 * h)).epsilon(1e-5).margin(1e-8 * (1 + std::sqrt(norm))));
            }
        };
        for (std::size_t s = 0; s < Net::sites.size(); ++s) {
            check(small.factors.left[s], gradient.left[s]);
            check(small.factors.right[s], gradient.right[s]);
        }
    }
}

template <class Mask>
auto every_loss_of(Mask mask) {
    return apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction(mask) +
           apd::simplicity(mask, apd::schatten(0.9)) + apd::output_reconstruction();
}

}  // namespace

TEMPLATE_TEST_CASE("losses of a binary mask have the gradient of their value", "", apd::cpu, apd_test::serial) {
    const auto mask = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    gradients_are_right<apd_test::small_network<apd::gelu>, 3, 2, TestType>(every_loss_of(mask));
}
TEST_CASE("losses of a mask with an always active component have the gradient of their value") {
    const auto mask = apd::per_sample_top_k(apd::gradient_attribution(), 1, apd::distil);
    gradients_are_right<apd_test::small_network<apd::relu>, 3, 2, apd::cpu>(every_loss_of(mask));
}
TEMPLATE_TEST_CASE("losses of a real mask have the gradient of their value", "", apd::cpu, apd_test::serial) {
    const auto mask = apd::lp(apd::gradient_attribution(), 0.9);
    gradients_are_right<apd_test::small_network<apd::gelu>, 3, 2, TestType>(apd::sparsity(mask) +
                                                                            apd::simplicity(mask, apd::schatten(1.0)));
}
TEST_CASE("a real mask of reverse-mode attributions has the same gradient") {
    const auto mask = apd::lp(apd::gradient_attribution(apd::of_target, apd::reverse_mode), 1.2);
    gradients_are_right<apd_test::small_network<apd::relu>, 2, 1, apd::cpu>(apd::sparsity(mask) +
                                                                            apd::simplicity(mask, apd::schatten(0.8)));
}
