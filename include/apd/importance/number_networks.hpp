#pragma once
// Many small networks from a number to a number, each with one hidden layer of gelu.

#include <algorithm>
#include <cstddef>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext::detail {

/// The networks of a site, one for every subcomponent: q[b, c] = b′_c + Σ_j w′_cj gelu(w_cj h[b, c] + b_cj). Nothing of
/// [B, C, Width] is stored on the way.
///
/// A network is a smooth function of one number, and a batch has thousands of these: where the backend can, it is
/// evaluated at a few nodes in their range, and read off polynomials between. |∂⁸q/∂h⁸| ≤ 48 Σ_j |w′_cj| w_cj⁸ says how
/// many nodes are enough for what is left out to be less than is rounded.
template <class Device, class T, std::size_t Width>
class number_networks {
    using memory = array_memory<Device, T>;

  public:
    /// W, b of the hidden layer, then of the last.
    struct layers {
        typename trainable_parts<Device, T>::part weights, biases, last_weights, last_biases;
    };

    number_networks() = default;
    number_networks(Device& device, std::size_t count, std::size_t capacity, const layers& of)
        : layers_(of), slope_(device, count, capacity), most_nodes_(std::min<std::size_t>(256, capacity)) {
        if constexpr (has_nodes<1>) {
            for (memory* const each : {&nodes_, &at_nodes_, &d_nodes_}) *each = {device, count, most_nodes_};
            bound_ = {device, count}, ranges_ = {device, 2 * count};
        }
    }
    /// q from h, both [B, C].
    template <std::size_t C>
    void evaluate(Device& device, view<T, extents<dynamic, C>> h, view<T, extents<dynamic, C>> q) {
        slope_.resize(h.batch);
        lay_nodes(device, h);
        if (count_ == 0) return apply(device, h, q);
        if constexpr (has_nodes<C>) {
            apply(device, of<C>(nodes_), of<C>(at_nodes_));
            device.interpolate(h, ranges<C>(), of<C>(at_nodes_), q, of<C>(slope_));
        }
    }
    /// Adds to the gradients of the layers; `add(dh)` gets that with respect to h, an expression in b and c.
    template <std::size_t C>
    void pullback(Device& device, view<T, extents<dynamic, C>> h, view<T, extents<dynamic, C>> dq, auto&& add) {
        const auto slope = of<C>(slope_);
        if (count_ == 0) {
            pull_back(device, h, dq, slope);
            add(slope["bc"_i]);
        } else if constexpr (has_nodes<C>) {
            device.spread(h, ranges<C>(), dq, of<C>(at_nodes_));
            pull_back(device, of<C>(nodes_), of<C>(at_nodes_), of<C>(d_nodes_));
            add(slope["bc"_i] * dq["bc"_i]);
        }
    }

  private:
    static constexpr double largest_derivative = 48;  // the eighth, of gelu
    template <std::size_t C>
    static constexpr bool has_nodes = requires(Device& device, view<T, extents<dynamic, C>> x,
                                               view<T, extents<C>> bound, view<T, extents<2, C>> ranges) {
        device.lay_nodes(x, bound, ranges, x);
    };

    template <std::size_t C>
    void lay_nodes([[maybe_unused]] Device& device, [[maybe_unused]] view<T, extents<dynamic, C>> h) {
        if constexpr (has_nodes<C>) {
            const view<T, extents<C>> bound{bound_.template as<extents<C>>()};
            const auto power = square(square(square(weights<C>()["cj"_i])));
            device(bound["c"_i] = power * sqrt(square(last_weights<C>()["cj"_i])) * largest_derivative);
            nodes_.resize(most_nodes_);
            count_ = device.lay_nodes(h, bound, ranges<C>(), of<C>(nodes_));
            for (memory* const each : {&nodes_, &at_nodes_, &d_nodes_}) each->resize(count_);
        }
    }
    template <std::size_t C>
    void apply(Device& device, view<T, extents<dynamic, C>> h, view<T, extents<dynamic, C>> q) {
        device(q["bc"_i] = numbers_of<C, 1>(layers_.last_biases.value)["cj"_i]);
        device(q["bc"_i] += gelu::value(hidden(h)) * last_weights<C>()["cj"_i]);
    }
    template <std::size_t C>
    void pull_back(Device& device, view<T, extents<dynamic, C>> h, view<T, extents<dynamic, C>> dq,
                   view<T, extents<dynamic, C>> dh) {
        const auto g = dq["bc"_i];
        const auto z = hidden(h);
        const auto y = common<0>(gelu::value(z));
        const auto dz = common<1>(g * last_weights<C>()["cj"_i] * gelu::derivative(z));
        device(numbers_of<C, 1>(layers_.last_biases.gradient)["cj"_i] += dq.template split<1>()["bcj"_i]);
        device(dh["bc"_i] = T(0));
        device(numbers_of<C, Width>(layers_.last_weights.gradient)["cj"_i] += g * y,
               numbers_of<C, Width>(layers_.biases.gradient)["cj"_i] += dz,
               numbers_of<C, Width>(layers_.weights.gradient)["cj"_i] += dz * h["bc"_i],
               dh["bc"_i] += dz * weights<C>()["cj"_i]);
    }
    // What goes into gelu, "bcj".
    template <std::size_t C>
    auto hidden(view<T, extents<dynamic, C>> h) const {
        return h["bc"_i] * weights<C>()["cj"_i] + numbers_of<C, Width>(layers_.biases.value)["cj"_i];
    }
    template <std::size_t C>
    auto weights() const {
        return numbers_of<C, Width>(layers_.weights.value);
    }
    template <std::size_t C>
    auto last_weights() const {
        return numbers_of<C, Width>(layers_.last_weights.value);
    }
    template <std::size_t C, std::size_t N>
    static view<T, extents<C, N>> numbers_of(view<T, extents<dynamic>> flat) {
        return {flat.data};
    }
    template <std::size_t C>
    static view<T, extents<dynamic, C>> of(const memory& rows) {
        return rows.template as<extents<dynamic, C>>();
    }
    template <std::size_t C>
    view<T, extents<2, C>> ranges() const {
        return ranges_.template as<extents<2, C>>();
    }

    layers layers_;
    memory slope_;                       // ∂q/∂h; where there are no nodes, the gradient of h
    memory nodes_, at_nodes_, d_nodes_;  // [N, C]: where networks are evaluated, what they give, or is asked of it
    memory bound_, ranges_;              // [C], [2, C]: see `backend`
    std::size_t most_nodes_ = 0;
    std::size_t count_ = 0;  // N; 0: at every number itself
};

}  // namespace apd::ext::detail
