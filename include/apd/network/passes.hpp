#pragma once
// The passes over a stack of layers: forward, pushforward of tangents, pullback of cotangents.

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/backend/array.hpp>
#include <apd/network/network.hpp>

namespace apd {

namespace detail {
template <template <std::size_t> class Of, class Indices>
struct tuple_over;
template <template <std::size_t> class Of, std::size_t... I>
struct tuple_over<Of, std::index_sequence<I...>> {
    using type = std::tuple<Of<I>...>;
};
}  // namespace detail

/// What `layer_arrays` hold: values of their own, or tangents, which a layer may leave as they are.
enum class layer_contents { activations, tangents };

/// Arrays between the layers of a network: [B, d_l], or [B, K, d_l] for K tangents, l = 0, …, depth.
///
/// Behind a layer that keeps tangents (a bias), tangents are the same array as before it.
template <class Device, class T, class Net, layer_contents Contents, std::size_t... K>
class layer_arrays {
    static_assert(sizeof...(K) <= 1, "apd::layer_arrays: at most one number of tangents.");

  public:
    template <std::size_t L>
    using shape = extents<dynamic, K..., Net::sizes[L]>;

    layer_arrays() = default;
    /// Position 0, the network's input, is left to the caller: it belongs to the data, or has no tangent.
    layer_arrays(Device& device, std::size_t batch) {
        repeat<Net::depth>([&](auto l) {
            constexpr std::size_t after = l + 1;
            constexpr bool shared = Contents == layer_contents::tangents &&
                                    detail::keeps_tangents<typename Net::template layer_at<l>> && l > 0;
            if constexpr (shared) {
                std::get<after>(views_) = std::get<l>(views_);
            } else {
                std::get<after>(arrays_) = array<Device, T, shape<after>>(device, batch);
                std::get<after>(views_) = *std::get<after>(arrays_);
            }
        });
    }
    template <std::size_t L>
    auto& at() {
        return std::get<L>(views_);
    }
    template <std::size_t L>
    const auto& at() const {
        return std::get<L>(views_);
    }
    /// Samples [begin, begin + count) of every array; the views do not own.
    layer_arrays rows(std::size_t begin, std::size_t count) const {
        layer_arrays part;
        repeat<Net::depth + 1>([&](auto l) {
            if (at<l>().data != nullptr) part.template at<l>() = at<l>().rows(begin, count);
        });
        return part;
    }

  private:
    template <std::size_t L>
    using array_at = array<Device, T, shape<L>>;
    template <std::size_t L>
    using view_at = view<T, shape<L>>;
    typename detail::tuple_over<array_at, std::make_index_sequence<Net::depth + 1>>::type arrays_;
    typename detail::tuple_over<view_at, std::make_index_sequence<Net::depth + 1>>::type views_;
};

template <class Device, class T, class Net>
using activation_arrays = layer_arrays<Device, T, Net, layer_contents::activations>;
template <class Device, class T, class Net, std::size_t... K>
using tangent_arrays = layer_arrays<Device, T, Net, layer_contents::tangents, K...>;

/// What stands in the place of each layer's parameter: `sites(l)` for uses of sites, else the target's value.
template <class Net, class Sites, class Parameters>
struct weight_choice {
    Sites sites;
    const Parameters& others;

    template <std::size_t L>
    auto operator()(std::integral_constant<std::size_t, L> l) const {
        using layer = typename Net::template layer_at<L>;
        if constexpr (site_use<layer>) return sites(l);
        else if constexpr (parametrised_layer<layer>) return others.template view_of<L>();
        else return no_parameter{};
    }
};
template <class Net, class Sites, class Parameters>
auto choose_weights(Sites sites, const Parameters& others) {
    return weight_choice<Net, Sites, Parameters>{sites, others};
}

/// x.at<l + 1>() = layer l of x.at<l>(), for all layers; `weights(l)` gives what stands in the place of a parameter.
template <class Net>
void forward(auto& device, const auto& weights, const auto& x) {
    repeat<Net::depth>([&](auto l) {
        Net::template layer_at<l>::forward(device, weights(l), x.template at<l>(), x.template at<l + 1>());
    });
}

/// Tangents t at the activations x; the input's tangent is zero, and so are all before the first use of a site.
template <class Net>
void pushforward(auto& device, const auto& weights, const auto& x, const auto& t) {
    repeat<Net::depth>([&](auto l) {
        using layer = typename Net::template layer_at<l>;
        if constexpr (l == Net::uses.front())
            layer::pushforward(device, weights(l), x.template at<l>(), no_tangent{}, t.template at<l + 1>());
        else if constexpr (l > Net::uses.front() && !detail::keeps_tangents<layer>)
            layer::pushforward(device, weights(l), x.template at<l>(), t.template at<l>(), t.template at<l + 1>());
    });
}

/// Cotangents g at the activations x, from g.at<depth>() back to layer First, the first use of a site unless said
/// otherwise.
///
/// `arrived(l)` is called when g.at<l>() is complete as far as the layers behind l determine it: the place to add what
/// else depends on the activation.
template <class Net, std::size_t First = Net::uses.front()>
void pullback(auto& device, const auto& weights, const auto& x, const auto& g, auto&& arrived) {
    repeat<Net::depth - First>([&](auto back) {
        constexpr std::size_t l = Net::depth - 1 - back;
        using layer = typename Net::template layer_at<l>;
        arrived(std::integral_constant<std::size_t, l + 1>{});
        const auto parameter = weights(std::integral_constant<std::size_t, l>{});
        constexpr bool one_cotangent = std::remove_cvref_t<decltype(g.template at<l + 1>())>::shape::rank == 2;
        if constexpr (one_cotangent && parametrised_layer<layer> && !site_use<layer>) {
            if (parameter.gradient.data != nullptr)
                layer::pullback_parameter(device, parameter, x.template at<l>(), g.template at<l + 1>());
        }
        if constexpr (l == First && site_use<layer>)
            layer::pullback(device, parameter, x.template at<l>(), g.template at<l + 1>(), no_tangent{});
        else if constexpr (l > First && !detail::keeps_tangents<layer>)
            layer::pullback(device, parameter, x.template at<l>(), g.template at<l + 1>(), g.template at<l>());
    });
}

}  // namespace apd
