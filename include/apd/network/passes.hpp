#pragma once
// The passes over a stack of layers: forward, pushforward of tangents, pullback of cotangents.

#include <cstddef>
#include <type_traits>

#include <apd/backend/array.hpp>
#include <apd/core/pack.hpp>
#include <apd/network/network.hpp>

namespace apd {

namespace detail {
template <class Layer>
constexpr std::size_t workspace_of(std::size_t inputs) {
    if constexpr (layer_with_workspace<Layer>) return Layer::workspace(inputs);
    else return 1;
}
// Where the block begins that the skip at layer L ends.
template <class Net, std::size_t L>
constexpr std::size_t skips_from = L - Net::template layer_at<L>::layers_back;
template <class Layer>
inline constexpr bool is_skip = requires {
    Layer::layers_back;
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
    /// Of the workspace of layer L, where it needs some.
    template <std::size_t L>
    using workspace_shape =
        extents<dynamic, K..., detail::workspace_of<typename Net::template layer_at<L>>(Net::sizes[L])>;

    layer_arrays() = default;
    /// Position 0, the network's input, is left to the caller: it belongs to the data, or has no tangent.
    layer_arrays(Device& device, std::size_t batch) {
        repeat<Net::depth>([&](auto l) {
            constexpr std::size_t after = l + 1;
            constexpr bool shared = Contents == layer_contents::tangents &&
                                    detail::is_translation<typename Net::template layer_at<l>> && l > 0;
            if constexpr (shared) {
                set<after>(at<l>());
            } else {
                set<after>(arrays_.template make<after>(device, batch));
            }
            if constexpr (layer_with_workspace<typename Net::template layer_at<l>>)
                workspaces_.template set<l>(workspace_arrays_.template make<l>(device, batch));
        });
    }
    /// From now on the arrays are their first `samples` samples.
    void resize(std::size_t samples) {
        views_.resize(samples);
        workspaces_.resize(samples);
    }
    template <std::size_t L>
    view<T, shape<L>> at() const {
        return views_.template at<L>();
    }
    /// Puts another array, such as the batch, in the place of that at position L.
    template <std::size_t L>
    void set(const view<T, shape<L>>& other) {
        views_.template set<L>(other);
    }
    template <std::size_t L>
    view<T, workspace_shape<L>> workspace() const {
        return workspaces_.template at<L>();
    }
    /// Samples [begin, begin + count) of every array; the views do not own.
    layer_arrays rows(std::size_t begin, std::size_t count) const {
        layer_arrays part;
        part.views_ = views_.rows(begin, count);
        part.workspaces_ = workspaces_.rows(begin, count);
        return part;
    }

  private:
    array_list<Device, T, shape, Net::depth + 1> arrays_;
    view_list<T, shape, Net::depth + 1> views_;
    array_list<Device, T, workspace_shape, Net::depth> workspace_arrays_;
    view_list<T, workspace_shape, Net::depth> workspaces_;
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
        else return others.template view_of<L>();
    }
};
template <class Net, class Sites, class Parameters>
auto choose_weights(Sites sites, const Parameters& others) {
    return weight_choice<Net, Sites, Parameters>{sites, others};
}

/// The matrix of each layer that multiplies by one: `sites(l)` for uses of sites, else the target's.
template <class Net>
auto choose_matrices(auto sites, const auto& others) {
    return [sites, &others](auto l) {
        using chosen = decltype(others.template view_of<l>().value);
        if constexpr (site_use<typename Net::template layer_at<l>>) return chosen(sites(l));
        else return others.template view_of<l>().value;
    };
}

/// x.at<l + 1>() = layer l of x.at<l>(), for the layers from First on; `weights(l)` gives what stands in the place of a
/// parameter.
template <class Net, std::size_t First = 0>
void forward(auto& device, const auto& weights, const auto& x) {
    repeat<Net::depth - First>([&](auto i) {
        constexpr std::size_t l = First + i;
        using layer = typename Net::template layer_at<l>;
        const auto parameter = weights(std::integral_constant<std::size_t, l>{});
        const auto from = x.template at<l>();
        const auto to = x.template at<l + 1>();
        if constexpr (detail::is_skip<layer>)
            device(to["bi"_i] = from["bi"_i] + x.template at<detail::skips_from<Net, l>>()["bi"_i]);
        else if constexpr (layer_with_workspace<layer>)
            layer::forward(device, parameter, from, to, x.template workspace<l>());
        else layer::forward(device, parameter, from, to);
    });
}

/// Tangents t at the activations x; the input's tangent is zero, and so are all before the first use of a site.
template <class Net>
void pushforward(auto& device, const auto& weights, const auto& x, const auto& t) {
    constexpr std::size_t first = Net::uses.front();
    repeat<Net::depth - first>([&](auto i) {
        constexpr std::size_t l = first + i;
        using layer = typename Net::template layer_at<l>;
        const auto parameter = weights(std::integral_constant<std::size_t, l>{});
        const auto from = t.template at<l>();
        const auto to = t.template at<l + 1>();
        if constexpr (l == first) {
            layer::pushforward(device, parameter, x.template at<l>(), no_tangent{}, to);
        } else if constexpr (detail::is_skip<layer>) {
            constexpr std::size_t begin = detail::skips_from<Net, l>;
            if constexpr (begin > first) device(along<"i">(to) = along<"i">(from) + along<"i">(t.template at<begin>()));
            else device(along<"i">(to) = along<"i">(from));
        } else if constexpr (layer_with_workspace<layer>) {
            layer::pushforward(device, parameter, x.template at<l>(), from, to, x.template workspace<l>(),
                               t.template workspace<l>());
        } else if constexpr (!detail::is_translation<layer>) {
            layer::pushforward(device, parameter, x.template at<l>(), from, to);
        }
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
        const auto from = g.template at<l + 1>();
        const auto to = g.template at<l>();
        constexpr bool one_cotangent = std::remove_cvref_t<decltype(from)>::shape::rank == 2;
        if constexpr (one_cotangent && parametrised_layer<layer> && !matrix_use<layer>) {
            if (parameter.gradient.data != nullptr)
                layer::pullback_parameter(device, parameter, x.template at<l>(), from);
        }
        if constexpr (l == First) {
            if constexpr (matrix_use<layer>) layer::pullback(device, parameter, x.template at<l>(), from, no_tangent{});
        } else if constexpr (detail::is_skip<layer>) {
            device(along<"i">(to) = along<"i">(from));
        } else if constexpr (layer_with_workspace<layer>) {
            layer::pullback(device, parameter, x.template at<l>(), from, to, x.template workspace<l>(),
                            g.template workspace<l>());
        } else if constexpr (!detail::is_translation<layer>) {
            layer::pullback(device, parameter, x.template at<l>(), from, to);
        }
        // What every block that begins here passes on unchanged.
        if constexpr (l > First)
            repeat<Net::depth - l>([&](auto i) {
                constexpr std::size_t end = l + i;
                if constexpr (detail::is_skip<typename Net::template layer_at<end>>) {
                    if constexpr (detail::skips_from<Net, end> == l)
                        device(along<"i">(to) += along<"i">(g.template at<end + 1>()));
                }
            });
    });
}

}  // namespace apd
