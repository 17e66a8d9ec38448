#pragma once
// Adam (Kingma, Ba, arXiv 1412.6980) and, with weight decay, AdamW (Loshchilov, Hutter, arXiv 1711.05101).

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <apd/array/elementwise.hpp>
#include <apd/array/view.hpp>
#include <apd/backend/array.hpp>

namespace apd {

/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², x ← (1 − η·weight_decay)x − η m̂/(√v̂ + ε), hats for bias correction.
struct adam {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;

    /// An update of an array x with gradient g and moments m, v, all [A…] alike, at the rates that are set.
    template <class T, class E>
    void operator()(auto& device, const auto& rates, view<T, E> x, view<T, E> g, view<T, E> m, view<T, E> v) const {
        update(device, rates, x.flat()["i"_i], g.flat()["i"_i], m.flat()["i"_i], v.flat()["i"_i]);
    }

  private:
    void update(auto& device, const auto& rates, const auto& x, const auto& g, const auto& m, const auto& v) const {
        device(m = m * beta1 + g * (1 - beta1), v = v * beta2 + square(g) * (1 - beta2),
               x = x * rates.kept() - m * rates.scale() / (sqrt(v) * rates.root() + epsilon));
    }
};

namespace detail {
template <class T, class Rate>
struct adam_scale {
    double beta1;
    Rate rate;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        return static_cast<T>(rate(step) / (1 - std::pow(beta1, static_cast<double>(step) + 1)));
    }
};
template <class T>
struct adam_root {
    double beta2;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        return static_cast<T>(1 / std::sqrt(1 - std::pow(beta2, static_cast<double>(step) + 1)));
    }
};
template <class T, class Rate>
struct adam_kept {
    double weight_decay;
    Rate rate;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const { return static_cast<T>(1 - rate(step) * weight_decay); }
};
}  // namespace detail

/// The numbers that all updates of a step share, in a backend's memory: η/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), 1 − η·weight_decay.
template <backend Device, class T>
class adam_rates {
  public:
    explicit adam_rates(Device& device) : scale_(device), root_(device), kept_(device) {}

    /// `step`, held in memory, is the number of the update, 0 at first; rate(step) is its learning rate η.
    template <class Rate>
    void set(Device& device, const adam& optimiser, view<const std::uint32_t, extents<>> step, const Rate& rate) {
        const auto t = step[""_i];
        device(scale_[""_i] = map(detail::adam_scale<T, Rate>{optimiser.beta1, rate}, t),
               root_[""_i] = map(detail::adam_root<T>{optimiser.beta2}, t),
               kept_[""_i] = map(detail::adam_kept<T, Rate>{optimiser.weight_decay, rate}, t));
    }
    auto scale() const { return scale_[""_i]; }
    auto root() const { return root_[""_i]; }
    auto kept() const { return kept_[""_i]; }

  private:
    array<Device, T, extents<>> scale_, root_, kept_;
};

}  // namespace apd
