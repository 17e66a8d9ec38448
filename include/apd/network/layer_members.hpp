#pragma once
// Whether a layer has all that the passes call, found out before they are compiled.

#include <cstddef>

#include <apd/array/view.hpp>
#include <apd/network/layer.hpp>

namespace apd {

// Variables over the layer, so that the compiler's message carries it.
template <class Layer, bool Found>
inline constexpr bool has_forward = Found;
template <class Layer, bool Found>
inline constexpr bool has_pushforward = Found;
template <class Layer, bool Found>
inline constexpr bool has_pullback = Found;
template <class Layer, bool Found>
inline constexpr bool has_pullback_parameter = Found;

namespace detail {

template <class L>
inline constexpr bool keeps_tangents = requires {
    requires L::keeps_tangents;
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

// What the passes call, as they call it: a layer of In inputs that multiplies by no matrix.
template <class L, std::size_t In>
class calls_of {
    template <std::size_t Size>
    using activation = view<float, extents<dynamic, Size>>;
    template <std::size_t Size>
    using tangents = view<float, extents<dynamic, 1, Size>>;
    static constexpr std::size_t out = L::outputs(In);
    using parameter = typename parameter_given<L>::type;

  public:
    static constexpr bool forward = [](any_device d, parameter p, activation<In> x, activation<out> y) {
        if constexpr (layer_with_room<L>) return requires(activation<L::room(In)> room) {
                L::forward(d, p, x, y, room);
            };
        else return requires {
                L::forward(d, p, x, y);
            };
    }({}, {}, {}, {});
    static constexpr bool pushforward = [](any_device d, parameter p, activation<In> x, tangents<In> tx,
                                           tangents<out> ty) {
        if constexpr (keeps_tangents<L>) return true;
        else if constexpr (layer_with_room<L>) return requires(activation<L::room(In)> room, tangents<L::room(In)> t) {
                L::pushforward(d, p, x, tx, ty, room, t);
            };
        else return requires {
                L::pushforward(d, p, x, tx, ty);
            };
    }({}, {}, {}, {}, {});
    static constexpr bool pullback = [](any_device d, parameter p, activation<In> x, activation<out> gy,
                                        activation<In> gx) {
        if constexpr (keeps_tangents<L>) return true;
        else if constexpr (layer_with_room<L>) return requires(activation<L::room(In)> room) {
                L::pullback(d, p, x, gy, gx, room, room);
            };
        else return requires {
                L::pullback(d, p, x, gy, gx);
            };
    }({}, {}, {}, {}, {});
    static constexpr bool pullback_parameter = [](any_device d, parameter p, activation<In> x, activation<out> gy) {
        if constexpr (parametrised_layer<L>) return requires {
                L::pullback_parameter(d, p, x, gy);
            };
        else return true;
    }({}, {}, {}, {});
};

/// Whether layer L of In inputs has its members; the compiler says which is missing, with the layer's label.
template <class L, class Label, std::size_t In>
consteval bool has_its_members() {
    if constexpr (matrix_use<L>) return true;
    else {
        using calls = calls_of<L, In>;
        static_assert(has_forward<Label, calls::forward>,
                      "apd::network: a layer has no forward(device, parameter, x, y); see the concept apd::layer.");
        static_assert(has_pushforward<Label, calls::pushforward>,
                      "apd::network: a layer has no pushforward(device, parameter, x, tx, ty), and does not say "
                      "keeps_tangents; see the concept apd::layer.");
        static_assert(has_pullback<Label, calls::pullback>,
                      "apd::network: a layer has no pullback(device, parameter, x, gy, gx), and does not say "
                      "keeps_tangents; see the concept apd::layer.");
        static_assert(has_pullback_parameter<Label, calls::pullback_parameter>,
                      "apd::network: a layer with a parameter has no pullback_parameter(device, parameter, x, gy); see "
                      "the concept apd::layer.");
        return calls::forward && calls::pushforward && calls::pullback && calls::pullback_parameter;
    }
}

}  // namespace detail

}  // namespace apd
