#pragma once
// Adam (Kingma, Ba, arXiv 1412.6980) and, with weight decay, AdamW (Loshchilov, Hutter, arXiv 1711.05101).

#include <cmath>
#include <cstddef>

#include <apd/array/elementwise.hpp>
#include <apd/array/view.hpp>

namespace apd {

/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², x ← (1 − η·weight_decay)x − η m̂/(√v̂ + ε), hats for bias correction.
struct adam {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;

    /// Update number `step` (the first is 0) of an array x with gradient g and moments m, v, all [A…] alike.
    template <class T, class E>
    void operator()(auto& device, double rate, std::size_t step, view<T, E> x, view<T, E> g, view<T, E> m,
                    view<T, E> v) const {
        static constexpr auto letters = detail::array_letters<E::rank>;
        const auto t = static_cast<double>(step + 1);
        const double scale = rate / (1 - std::pow(beta1, t)), root = 1 / std::sqrt(1 - std::pow(beta2, t));
        device(m[letters] = m[letters] * beta1 + g[letters] * (1 - beta1),
               v[letters] = v[letters] * beta2 + square(g[letters]) * (1 - beta2),
               x[letters] =
                   x[letters] * (1 - rate * weight_decay) - m[letters] * scale / (sqrt(v[letters]) * root + epsilon));
    }
};

}  // namespace apd
