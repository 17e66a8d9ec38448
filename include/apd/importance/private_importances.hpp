#pragma once
// Importances by a small network of every subcomponent's own.

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include <apd/backend/array.hpp>
#include <apd/component/target_inner.hpp>
#include <apd/importance/network_importances.hpp>
#include <apd/importance/number_networks.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext {

namespace detail {

// The networks of all subcomponents, layer k from widths[k] to widths[k + 1] numbers each, with gelu between layers:
// hidden arrays are [B, count, width] of a site. Their input is one number of each subcomponent, x U_c, or the vector
// x, the same for all of a site.
template <class Problem, bool TakesVector, std::size_t... Hidden>
class private_networks {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using part = typename trainable_parts<device_type, T>::part;
    static constexpr std::size_t sites = Problem::network_type::sites.size(), depth = sizeof...(Hidden) + 1;
    static constexpr std::array<std::size_t, depth + 1> widths{1, Hidden..., 1};

    // From a number to a number by one hidden layer.
    static constexpr bool is_small = !TakesVector && depth == 2;
    struct no_networks {};
    using small_networks = std::conditional_t<is_small, number_networks<device_type, T, widths[1]>, no_networks>;

  public:
    explicit private_networks(Problem& p) {
        for_each_input<Problem>([&]<class Layer>(Layer layer) {
            const auto site = Problem::site_of(layer);
            for (std::size_t k = 0; k < depth; ++k) {
                const std::size_t in = k == 0 && TakesVector ? Layer::inputs : widths[k];
                const auto name = [&](std::string_view what) {
                    return part_of_importance<Problem>(site.number, k, what);
                };
                weights_[k][site.number] =
                    p.parts.add(name("W"), {site.count, in, widths[k + 1]}, first_deviation(in, k + 1 == depth));
                biases_[k][site.number] = p.parts.add(name("b"), {site.count, widths[k + 1]});
            }
            const auto room = [&](std::size_t width) {
                return array_memory<device_type, T>(p.device, site.count * width, p.rows.capacity);
            };
            if constexpr (is_small)
                small_[site.number] = {p.device,
                                       site.count,
                                       p.rows.capacity,
                                       {weights_[0][site.number], biases_[0][site.number], weights_[1][site.number],
                                        biases_[1][site.number]}};
            else
                for (std::size_t k = 0; k + 1 < depth; ++k)
                    before_[k][site.number] = room(widths[k + 1]), behind_[k][site.number] = room(widths[k + 1]);
        });
    }
    void evaluate(auto& step, const auto& q) {
        for_each_input<Problem>([&](auto layer) {
            const auto site = Problem::site_of(layer);
            evaluate(step, layer, q.template slice<site.count>(site.first));
        });
    }
    void pullback(auto& step, const auto& dq) {
        for_each_input<Problem>([&](auto layer) {
            const auto site = Problem::site_of(layer);
            pullback(step, layer, dq.template slice<site.count>(site.first));
        });
    }

  private:
    void evaluate(auto& step, auto layer, const auto& q) {
        const auto site = Problem::site_of(layer);
        auto& device = step.problem.device;
        const std::size_t rows = step.problem.rows.present;
        if constexpr (is_small) return small_[site.number].evaluate(device, inner(step, layer), q);
        repeat<depth>([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
            const auto bias = bias_of<K>(site, &part::value)["cj"_i];
            if constexpr (K + 1 == depth) {
                device(q["bc"_i] = bias);
                add_product<K>(step, layer, q["bc"_i]);
            } else {
                before_[K][site.number].resize(rows), behind_[K][site.number].resize(rows);
                const auto z = numbers<K>(before_, site);
                device(z["bcj"_i] = bias);
                add_product<K>(step, layer, z["bcj"_i]);
                device(numbers<K>(behind_, site)["bcj"_i] = gelu::value(z["bcj"_i]));
            }
        });
    }
    // The gradient of what a layer gives lies where its outputs were.
    void pullback(auto& step, auto layer, const auto& dq) {
        const auto site = Problem::site_of(layer);
        auto& device = step.problem.device;
        if constexpr (is_small)
            return small_[site.number].pullback(device, inner(step, layer), dq,
                                                [&](const auto& dh) { d_inner(step, layer).add(device, dh); });
        repeat_back<depth>([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
            const auto w = weight_of<K>(site, &part::value)["cij"_i], dw = weight_of<K>(site, &part::gradient)["cij"_i];
            const auto g = [&] {
                if constexpr (K + 1 == depth) return dq.template split<1>()["bcj"_i];
                else return numbers<K>(behind_, site)["bcj"_i];
            }();
            device(bias_of<K>(site, &part::gradient)["cj"_i] += g);
            if constexpr (K > 0) {
                const auto y = numbers<K - 1>(behind_, site)["bci"_i];
                device(dw += y * g);
                device(y = g * w);
                device(y = y * gelu::derivative(numbers<K - 1>(before_, site)["bci"_i]));
            } else if constexpr (TakesVector) {
                device(dw += input_of(step, layer)["bi"_i] * g);
            } else {
                device(dw += inner(step, layer)["bc"_i] * g);
                d_inner(step, layer).add(device, g * w);
            }
        });
    }
    template <std::size_t K>
    void add_product(auto& step, auto layer, const auto& z) const {
        auto& device = step.problem.device;
        const auto site = Problem::site_of(layer);
        const auto w = weight_of<K>(site, &part::value)["cij"_i];
        if constexpr (K > 0) device(z += numbers<K - 1>(behind_, site)["bci"_i] * w);
        else if constexpr (TakesVector) device(z += input_of(step, layer)["bi"_i] * w);
        else device(z += inner(step, layer)["bc"_i] * w);
    }
    // W [count, in, out] and b [count, out] of layer K, or their gradients.
    template <std::size_t K, class Site>
    auto weight_of(Site site, auto member) const {
        constexpr std::size_t in = K == 0 && TakesVector ? Site::in : widths[K];
        return view<T, extents<Site::count, in, widths[K + 1]>>{(weights_[K][site.number].*member).data};
    }
    template <std::size_t K, class Site>
    auto bias_of(Site site, auto member) const {
        return view<T, extents<Site::count, widths[K + 1]>>{(biases_[K][site.number].*member).data};
    }
    // What layer K gives, before gelu or behind it.
    template <std::size_t K, class Site>
    static auto numbers(const auto& arrays, Site site) {
        return arrays[K][site.number].template as<extents<dynamic, Site::count, widths[K + 1]>>();
    }
    // x U_c, [B, count], and the gradient with respect to it.
    template <class Layer>
    static auto inner(auto& step, Layer layer) {
        return of_subcomponents(layer, step(target_inner{}).numbers(step, layer));
    }
    template <class Layer>
    static auto d_inner(auto& step, Layer layer) {
        const auto gradient = step(target_inner{}).gradient(step, layer);
        const auto flat = of_subcomponents(layer, gradient.array);
        return shared_gradient<std::remove_const_t<decltype(flat)>>{flat, gradient.has_begun};
    }
    template <class Layer>
    static auto of_subcomponents(Layer layer, const auto& numbers) {
        using shape = decltype(Problem::site_of(layer));
        static_assert(shape::rank == 1, "apd: importances are of subcomponents, of rank one.");
        return view<T, extents<dynamic, shape::count>>{numbers.data, numbers.batch, numbers.stride};
    }

    std::array<std::array<part, sites>, depth> weights_{}, biases_{};
    std::array<std::array<array_memory<device_type, T>, sites>, depth - 1> before_, behind_;
    std::array<small_networks, sites> small_;
};

template <bool TakesVector>
struct private_kind {
    static constexpr std::string_view name = TakesVector ? "vector_importances" : "private_importances";
    template <class Problem, std::size_t... Hidden>
    using networks = private_networks<Problem, TakesVector, Hidden...>;
};

}  // namespace detail

/// A network of its own for every subcomponent, from x U_c, a single number: `private_importances<16>()`, one hidden
/// layer of 16. (`mlp` in the published code.) What the networks want of x U_c is a gradient of U too.
template <std::size_t... Hidden>
constexpr auto private_importances() {
    return network_importances<detail::private_kind<false>, no_noise, Hidden...>{};
}
/// A network of its own for every subcomponent, from x, all that goes into the site. (`vector_mlp`.)
template <std::size_t... Hidden>
constexpr auto vector_importances() {
    return network_importances<detail::private_kind<true>, no_noise, Hidden...>{};
}

}  // namespace apd::ext

namespace apd {
using ext::private_importances, ext::vector_importances;
}  // namespace apd
