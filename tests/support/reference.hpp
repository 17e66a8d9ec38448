#pragma once
// Every step of a small decomposition against numbers of an independent float64 implementation.

#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace apd_test {

/// ‖a − b‖/‖b‖, or ‖a‖ where b is 0.
template <class T>
double distance(const std::vector<T>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
        norm += b[i] * b[i];
    }
    return std::sqrt(norm == 0 ? difference : difference / norm);
}

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-9 : 1e-3;

/// Runs all steps of a fixture. `loss_names` are its names of the objective's terms, in order.
template <class T, class Net, std::size_t C, std::size_t Rank, class Device = tested_backend, class Attribution,
          class Mask, class... Terms>
void agrees(const std::string& name, Attribution attribution, Mask mask, const apd::ext::objective<Terms...>& sum,
            const std::vector<std::string>& loss_names, const apd::schedule& rates, apd::column_norm columns = {}) {
    const auto file = apd::load(APD_REFERENCE_DIR "/" + name + ".safetensors");
    const auto numbers = [&](const std::string& tensor) {
        const auto array = file.get<double>(tensor);
        return std::vector<double>(array.begin(), array.end());
    };
    const auto shape = file.shape("batches");
    const std::size_t steps = shape[0], batch = shape[1];
    const auto batches = file.get<T>("batches");

    Device device;
    using problem = apd::ext::problem<Device, T, Net, apd::shared_components<C, Rank>>;
    problem p(device, apd::parameters<Net, T>(file), batch);
    using host_factors = apd::factors<Net, apd::shared_components<C, Rank>, T>;
    host_factors host;
    const auto site = [](auto s) {
        std::string weight(Net::template site_at<s>::name.view());  // target.⟨site⟩.weight
        return weight.substr(7, weight.size() - 14);
    };
    apd::repeat<Net::sites.size()>([&](auto s) {
        const auto u = file.get<T>("init." + site(s) + ".U"), v = file.get<T>("init." + site(s) + ".V");
        host.left[s].assign(u.begin(), u.end());
        host.right[s].assign(v.begin(), v.end());
    });
    p.factors.upload(device, host);
    apd::ext::decomposition_run<problem, apd::ext::objective<Terms...>> run(p, sum, columns);

    for (std::size_t step = 0; step < steps; ++step) {
        INFO(name << ", step " << step);
        const std::string at = "step." + std::to_string(step) + ".";
        device.upload(std::span<const T>(batches.data() + step * batch * Net::inputs, batch * Net::inputs), *p.x);
        run.differentiate();
        auto& objective = run.objective();

        std::vector<T> a(batch * C), y(batch * Net::outputs);
        device.download(objective(attribution).value(), std::span(a));
        constexpr bool is_gradient = !std::is_same_v<Attribution, apd::ext::activation_attribution_node>;
        if constexpr (is_gradient)
            for (T& value : a) value *= static_cast<T>(Net::outputs);
        CHECK(distance(a, numbers(at + "attribution_sum_of_squares")) < tolerance<T>);

        using mask_state = typename Mask::template state<problem>;
        if constexpr (apd::ext::binary_mask_state<mask_state> && sizeof(T) == 8) {
            const std::vector<double> expected = numbers(at + "mask");
            const auto samples = samples_of(device, objective(mask).pairs());
            std::vector<double> found(expected.size(), 0.0);
            for (std::size_t c = 0; c < mask_state::ranked; ++c)
                for (const auto b : samples[c]) found[b * mask_state::ranked + c] += 1;
            CHECK(found == expected);
            for (std::size_t c = mask_state::ranked; c < C; ++c) CHECK(samples[c].size() == batch);
        }
        const auto losses = objective.values();
        double total = 0;
        std::size_t i = 0;
        std::apply([&](const auto&... each) { ((total += each.weight * losses[i++]), ...); }, sum.terms);
        for (i = 0; i < losses.size(); ++i) {
            INFO(loss_names[i]);
            CHECK(distance(std::vector{losses[i]}, numbers(at + loss_names[i])) < tolerance<T>);
        }
        CHECK(distance(std::vector{total}, numbers(at + "total_loss")) < tolerance<T>);

        const double rate = rates.at(step, steps);
        CHECK(rate == Approx(numbers(at + "lr")[0]).epsilon(1e-12));
        p.gradients.download(device, host);
        apd::repeat<Net::sites.size()>([&](auto s) {
            CHECK(distance(host.left[s], numbers(at + "grad." + site(s) + ".U")) < tolerance<T>);
            CHECK(distance(host.right[s], numbers(at + "grad." + site(s) + ".V")) < tolerance<T>);
        });
        run.update(rates.over(steps));
        p.factors.download(device, host);
        apd::repeat<Net::sites.size()>([&](auto s) {
            CHECK(distance(host.left[s], numbers(at + "after." + site(s) + ".U")) < tolerance<T>);
            CHECK(distance(host.right[s], numbers(at + "after." + site(s) + ".V")) < tolerance<T>);
        });
    }
}

}  // namespace apd_test
