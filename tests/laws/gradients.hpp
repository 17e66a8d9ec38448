#pragma once
// Gradients against central differences, in double.

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <support/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace apd_test {

/// Every term alone, then all together with unequal weights: each entry of each factor's gradient against
/// (L(x + h) − L(x − h))/2h.
template <class Net, std::size_t C, std::size_t Rank, class Device, class... Terms>
void gradients_are_right(apd::objective<Terms...> sum) {
    small_problem<Net, C, Rank, Device> small(6);
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

/// The gradients by which a target is trained, of every parameter.
template <class network>
void training_gradients_are_right() {
    constexpr std::size_t B = 6;
    apd_test::tested_backend device;
    auto host = random_parameters<network>(9);
    const auto batch = random_numbers(B * network::inputs, 11);
    apd::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, network::inputs>> x(device, B);
    device.upload(std::span(batch), *x);
    apd::device_parameters<apd_test::tested_backend, double, network> gradients(device);
    const auto loss = [&](const apd::parameters<network, double>& at) {
        const apd::device_parameters<apd_test::tested_backend, double, network> weights(device, at);
        apd::training_pass<apd_test::tested_backend, double, network> pass(device, B, weights, gradients);
        pass.differentiate(*x);
        return pass.loss(*x);
    };
    loss(host);
    auto found = host;
    gradients.download(device, found);
    apd::for_each_trained<network>([&](auto p) {
        for (std::size_t i = 0; i < host.template at<p>().size(); ++i) {
            double& entry = host.template at<p>()[i];
            const double h = 1e-6, middle = entry;
            entry = middle + h;
            const double above = loss(host);
            entry = middle - h;
            const double below = loss(host);
            entry = middle;
            CHECK(found.template at<p>()[i] == Approx((above - below) / (2 * h)).epsilon(1e-6).margin(1e-9));
        }
    });
}

}  // namespace apd_test
