#pragma once
// The concept `importance_node`: how much every subcomponent matters on every row, as a network has learned to say it.

#include <concepts>
#include <cstddef>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/component/component_gradient.hpp>
#include <apd/component/method_node.hpp>
#include <apd/core/annotations.hpp>
#include <apd/importance/source.hpp>

namespace apd::ext {

/// Marks a type as causal importances, so that masks and losses take it.
struct importance_base {
    bool operator==(const importance_base&) const = default;
};

/// Concept: causal importances (Bushnaq et al., arXiv 2506.20790): a raw number q[b, c] for every row and component,
/// from what goes into the sites in the target.
///
/// A node (see `method_node`) that derives from `importance_base`, and whose state has, all [B, C], as arrays or as
/// `mapped_view`s:
/// * `lower()`: g = q within [0, 1], of which masks are made, and `lower_gradient()`, a `component_gradient` to which
///   they add;
/// * `upper()`: g⁺, q within [0, 1] that above 1 still rises a little, which is kept small, and `upper_gradient()`.
///
/// The gradient of g goes on to q where 0 < q ≤ 1; where q ≤ 0 a hundredth of it does, if it asks for a larger g: the
/// sum of what all losses ask for decides, so it is gated once, when all have added.
///
/// Models: private_importances, vector_importances, shared_importances, global_importances, transformer_importances. A
/// state of one's own derives from `importance_state`: its `evaluate` says `resize(rows)`, writes `raw()` and says
/// `blur(step)`; its `pullback` begins with `raw_gradient(step)`.
template <class N>
concept importance_node = method_node<N> && std::derived_from<N, importance_base>;

/// What the two squashings leak, below 0 and above 1.
inline constexpr double importance_leak = 0.01;

namespace detail {
// What of a gradient G goes on to q.
struct lower_leak {
    template <class T>
    APD_HOST_DEVICE T operator()(T q, T gradient) const {
        if (q > T(1)) return T(0);
        if (q > T(0)) return gradient;
        return gradient < T(0) ? gradient * T(importance_leak) : T(0);
    }
};
struct upper_squashing {
    template <class T>
    APD_HOST_DEVICE T operator()(T q) const {
        return q < T(0) ? T(0) : q > T(1) ? T(1) + T(importance_leak) * (q - T(1)) : q;
    }
};
struct upper_slope {
    template <class T>
    APD_HOST_DEVICE T operator()(T q) const {
        return q < T(0) ? T(0) : q > T(1) ? T(importance_leak) : T(1);
    }
};
}  // namespace detail

/// What the states of importances share: q, the two squashings of it, and the gradients that come back. `Noise` is a
/// source of numbers v in [0, 1): masks are then made of 1.05 q − 0.05 v in the place of q.
template <class Problem, mask_source Noise = no_noise>
class importance_state {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using array_type = array<device_type, T, extents<dynamic, Problem::components>>;
    static constexpr bool has_noise = !std::is_same_v<Noise, no_noise>;
    static constexpr double stretch = has_noise ? 1.05 : 1;

  public:
    importance_state(const Noise& noise, Problem& p)
        : noise_(noise, p), raw_(p.device, p.rows.capacity), lower_gradient_(p), upper_gradient_(p) {
        if constexpr (has_noise) blurred_ = {p.device, p.rows.capacity};
    }
    auto raw() const { return *raw_; }
    auto lower() const { return mapped_view<detail::cut_to_unit, numbers>{for_masks()}; }
    auto upper() const { return mapped_view<detail::upper_squashing, numbers>{*raw_}; }
    auto& lower_gradient() { return lower_gradient_; }
    auto& upper_gradient() { return upper_gradient_; }
    void begin_piece(auto&) { lower_gradient_.begin_piece(), upper_gradient_.begin_piece(); }

  protected:
    /// A step begins: nobody has added to the gradients.
    void resize(std::size_t rows) {
        raw_.resize(rows);
        for (auto* const each : {&lower_gradient_, &upper_gradient_}) each->resize(rows), each->begin();
        if constexpr (has_noise) blurred_.resize(rows);
    }
    /// Where masks are made of q with noise, when q is there.
    void blur(auto& step) {
        if constexpr (has_noise) {
            noise_.draw(step, *blurred_);
            step.problem.device(blurred_["bc"_i] = raw_["bc"_i] * stretch - blurred_["bc"_i] * (stretch - 1));
        }
    }
    /// ∂loss/∂q, when all have added to the gradients; these are lost.
    auto raw_gradient(auto& step) {
        auto& device = step.problem.device;
        const auto by_upper = upper_gradient_.complete(device), by_lower = lower_gradient_.complete(device);
        device(by_upper["bc"_i] = map(detail::upper_slope{}, raw_["bc"_i]) * by_upper["bc"_i] +
                                  map(detail::lower_leak{}, for_masks()["bc"_i], by_lower["bc"_i]) * stretch);
        return by_upper;
    }

  private:
    using numbers = view<T, extents<dynamic, Problem::components>>;
    numbers for_masks() const {
        if constexpr (has_noise) return *blurred_;
        else return *raw_;
    }
    typename Noise::template state<Problem> noise_;
    array_type raw_, blurred_;
    component_gradient<Problem> lower_gradient_, upper_gradient_;
};

}  // namespace apd::ext
