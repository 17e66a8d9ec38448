#pragma once
// Whether a layer has all that the passes call, found out before they are compiled.

#include <cstddef>

#include <apd/array/view.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

// Variables over the layer, so that the compiler's message carries it.
template <class Layer, bool Found>
inline constexpr bool layer_has_forward = Found;
template <class Layer, bool Found>
inline constexpr bool layer_has_pushforward = Found;
template <class Layer, bool Found>
inline constexpr bool layer_has_pullback = Found;
template <class Layer, bool Found>
inline constexpr bool layer_has_pullback_parameter = Found;

namespace detail {

template <class L>
inline constexpr bool is_translation = requires {
    requires L::is_translation;
};

// Stands for a backend: any statement.
struct any_device {
    void operator()(const auto&...) const;
};
template <class L>
struct parameter_given {
    using type = no_parameter;
};
template <parametrised_layer L>
struct parameter_given<L> {
    using type = parameter_view<float, typename L::shape>;
};

template <std::size_t Size>
using activation_of = view<float, extents<dynamic, Size>>;
template <std::size_t Size>
using tangents_of = view<float, extents<dynamic, 1, Size>>;
template <class L>
using parameter_of = typename parameter_given<L>::type;

// What the passes call, as they call it, of a layer of In inputs that multiplies by no matrix.
template <class L, std::size_t In, std::size_t Out = L::outputs(In)>
consteval bool calls_forward() {
    if constexpr (layer_with_workspace<L>)
        return requires(any_device d, parameter_of<L> p, activation_of<In> x, activation_of<Out> y,
                        activation_of<L::workspace(In)> workspace) {
            L::forward(d, p, x, y, workspace);
        };
    else return requires(any_device d, parameter_of<L> p, activation_of<In> x, activation_of<Out> y) {
            L::forward(d, p, x, y);
        };
}
template <class L, std::size_t In, std::size_t Out = L::outputs(In)>
consteval bool calls_pushforward() {
    if constexpr (is_translation<L>) return true;
    else if constexpr (layer_with_workspace<L>)
        return requires(any_device d, parameter_of<L> p, activation_of<In> x, tangents_of<In> tx, tangents_of<Out> ty,
                        activation_of<L::workspace(In)> workspace, tangents_of<L::workspace(In)> t) {
            L::pushforward(d, p, x, tx, ty, workspace, t);
        };
    else
        return requires(any_device d, parameter_of<L> p, activation_of<In> x, tangents_of<In> tx, tangents_of<Out> ty) {
            L::pushforward(d, p, x, tx, ty);
        };
}
template <class L, std::size_t In, std::size_t Out = L::outputs(In)>
consteval bool calls_pullback() {
    if constexpr (is_translation<L>) return true;
    else if constexpr (layer_with_workspace<L>)
        return requires(any_device d, parameter_of<L> p, activation_of<In> x, activation_of<Out> gy,
                        activation_of<In> gx, activation_of<L::workspace(In)> workspace) {
            L::pullback(d, p, x, gy, gx, workspace, workspace);
        };
    else
        return requires(any_device d, parameter_of<L> p, activation_of<In> x, activation_of<Out> gy,
                        activation_of<In> gx) {
            L::pullback(d, p, x, gy, gx);
        };
}
template <class L, std::size_t In, std::size_t Out = L::outputs(In)>
consteval bool calls_pullback_parameter() {
    if constexpr (parametrised_layer<L>)
        return requires(any_device d, parameter_of<L> p, activation_of<In> x, activation_of<Out> gy) {
            L::pullback_parameter(d, p, x, gy);
        };
    else return true;
}

/// Whether layer L of In inputs has its members; the compiler says which is missing, with the layer's label.
template <class L, class Label, std::size_t In>
consteval bool has_its_members() {
    if constexpr (
        matrix_use<L> || requires { L::layers_back; } || requires { L::widths; })
        return true;
    else {
        constexpr bool forward = calls_forward<L, In>(), pushforward = calls_pushforward<L, In>(),
                       pullback = calls_pullback<L, In>(), pullback_parameter = calls_pullback_parameter<L, In>();
        static_assert(
            layer_has_forward<Label, forward>,
            "apd::network: a layer has no forward(device, parameter, x, y); see the concept apd::ext::layer.");
        static_assert(layer_has_pushforward<Label, pushforward>,
                      "apd::network: a layer has no pushforward(device, parameter, x, tx, ty), and does not say "
                      "is_translation; see the concept apd::ext::layer.");
        static_assert(layer_has_pullback<Label, pullback>,
                      "apd::network: a layer has no pullback(device, parameter, x, gy, gx), and does not say "
                      "is_translation; see the concept apd::ext::layer.");
        static_assert(layer_has_pullback_parameter<Label, pullback_parameter>,
                      "apd::network: a layer with a parameter has no pullback_parameter(device, parameter, x, gy); see "
                      "the concept apd::ext::layer.");
        return forward && pushforward && pullback && pullback_parameter;
    }
}

}  // namespace detail

}  // namespace apd::ext
