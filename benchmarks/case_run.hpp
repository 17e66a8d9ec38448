#pragma once
// A decomposition that can be stepped on any backend: what every benchmark of a step runs. The cases are those of
// apd_torch.py: random targets and factors.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <apd/apd.hpp>

namespace timed {

/// The rows of W_E or, without one, of the first site have length 1; every other matrix [d_in, d_out] has deviation
/// 1/√d_in.
template <class Net>
apd::parameters<Net> random_target() {
    apd::parameters<Net> target;
    std::uint32_t stream = 0;
    apd::repeat<Net::parametrised.size()>([&](auto p) {
        if constexpr (apd::ext::matrix_use<typename Net::template parameter_at<p>>) {
            constexpr auto sizes = Net::template parameter_at<p>::shape::sizes;
            const auto w = target.template at<p>();
            apd::ext::detail::fill_normal<float>(w, 1 / std::sqrt(static_cast<double>(sizes[0])), 1, stream++);
            if (p != 0) return;
            for (std::size_t row = 0; row < w.size(); row += sizes[1]) {
                double length = 0;
                for (std::size_t o = 0; o < sizes[1]; ++o) length += std::pow(w[row + o], 2);
                for (std::size_t o = 0; o < sizes[1]; ++o) w[row + o] /= static_cast<float>(std::sqrt(length));
            }
        }
    });
    return target;
}

/// A decomposition that can be stepped. Case: `network`, `components`, `rank`, `columns`, `data(seed)`, `objective()`.
template <class Case, class Device>
class run {
    using network = typename Case::network;
    using problem_type =
        apd::ext::problem<Device, float, network, apd::shared_components<Case::components, Case::rank>>;
    using objective_type = decltype(Case::objective());
    using host_factors = apd::factors<network, apd::shared_components<Case::components, Case::rank>, float>;

  public:
    run(Device& device, std::uint64_t seed, std::size_t batch = 2048)
        : data_(Case::data(seed)),
          problem_(device, random_target<network>(), batch),
          run_(problem_, Case::objective(), Case::columns) {
        host_factors factors;
        for (auto* side : {&factors.left, &factors.right})
            for (auto& factor : *side) apd::ext::detail::fill_normal<float>(factor, 0.3, 2 + seed, 0);
        problem_.factors.upload(device, factors);
    }
    void step() {
        run_.fill(data_, apd::ext::step_number((*problem_.step).data));
        run_.differentiate();
        run_.update(apd::schedule{.learning_rate = 1e-3}.over(1'000'000));
    }
    /// Waits for all steps.
    void finish() {
        std::uint32_t steps = 0;
        problem_.device.download(*problem_.step, std::span(&steps, 1));
    }

  private:
    decltype(Case::data(0)) data_;
    problem_type problem_;
    apd::ext::decomposition_run<problem_type, objective_type> run_;
};

}  // namespace timed
