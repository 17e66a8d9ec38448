#pragma once
// What a stack of layers must fulfil to be a network: each rule a compile error of one sentence, and only the first.

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/hana/bool.hpp>
#include <boost/hana/find_if.hpp>
#include <boost/hana/optional.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <apd/network/layer.hpp>
#include <apd/network/layer_members.hpp>
#include <apd/network/linear.hpp>
#include <apd/network/transposed.hpp>

namespace apd {

// Each rule is a variable template over the types at fault, so that the compiler's message carries them.
template <class Name, bool Found>
inline constexpr bool site_exists = Found;
template <class Name, bool Found>
inline constexpr bool parameter_exists = Found;
template <class Name, bool Unique>
inline constexpr bool name_is_used_once = Unique;
template <class Layer>
inline constexpr bool is_a_layer = layer<Layer>;
template <std::size_t>
struct gives;
template <std::size_t>
struct wants;
template <class Name, class Gives, class Wants>
inline constexpr bool sizes_agree = false;
template <class Name, std::size_t Size>
inline constexpr bool sizes_agree<Name, gives<Size>, wants<Size>> = true;

namespace detail {

namespace hana = boost::hana;

// What is not a layer before its matrix is found. (A concept: nvcc finds no specialisation for transposed<Name>.)
template <class L>
concept names_a_matrix = requires {
    L::name_of_matrix;
};

// What a message calls a layer: its name, or its type where it has none.
template <class L>
constexpr auto label_of() {
    if constexpr (parametrised_layer<L>) return hana::type_c<spelled<L::name>>;
    else if constexpr (matrix_use<L>) return hana::type_c<spelled<L::matrix::name>>;
    else if constexpr (names_a_matrix<L>) return hana::type_c<spelled<L::name_of_matrix>>;
    else return hana::type_c<L>;
}
template <class L>
using label = typename decltype(label_of<L>())::type;

// Whether a layer uses the matrix of that name.
template <static_string Name>
struct uses_matrix_named {
    template <class L>
    constexpr auto operator()(hana::basic_type<L>) const {
        if constexpr (matrix_use<L>) return hana::bool_c<L::matrix::name == Name>;
        else return hana::false_c;
    }
};

/// A layer with its matrix where it names one: `transposed` becomes `transposed_use`, or stays if there is none.
template <class Layer, class... Layers>
struct resolved_layer {
    using type = Layer;
};
template <names_a_matrix Layer, class... Layers>
struct resolved_layer<Layer, Layers...> {
    using found = decltype(hana::find_if(hana::tuple_t<Layers...>, uses_matrix_named<Layer::name_of_matrix>{}));
    using use =
        std::remove_cvref_t<decltype(hana::maybe(hana::type_c<Layer>, hana::template_<transposed_use>, found{}))>;
    using type = typename use::type::type;
};

template <class L>
constexpr std::size_t wanted_inputs(std::size_t given) {
    if constexpr (requires { L::inputs; }) return L::inputs;
    else return given;
}

// Whether no layer after the first of a list has its name.
template <class L, class... Others>
inline constexpr bool first_name_is_new = ([] {
    if constexpr (parametrised_layer<L> && parametrised_layer<Others>) return !(L::name == Others::name);
    else return true;
}() && ...);

template <class... Layers>
struct names_are_new;
template <>
struct names_are_new<> {
    static consteval bool check() { return true; }
};
template <class L, class... Rest>
struct names_are_new<L, Rest...> {
    static consteval bool check() {
        constexpr bool is_new = first_name_is_new<L, Rest...>;
        static_assert(name_is_used_once<label<L>, is_new>,
                      "apd::network: two layers have the same name; use transposed<...> for a second use of a site.");
        if constexpr (is_new) return names_are_new<Rest...>::check();
        else return false;
    }
};

// Widths: those before every layer so far, the last of them what the next layer is given.
template <class Widths, class... Layers>
struct sizes_meet;
template <std::size_t... Widths>
struct sizes_meet<std::index_sequence<Widths...>> {
    static consteval bool check() { return true; }
};
template <std::size_t... Widths, class L, class... Rest>
struct sizes_meet<std::index_sequence<Widths...>, L, Rest...> {
    static consteval bool check() {
        constexpr std::array<std::size_t, sizeof...(Widths)> widths{Widths...};
        constexpr std::size_t given = widths.back();
        if constexpr (requires { L::layers_back; }) {
            constexpr std::size_t before = widths[widths.size() - 1 - L::layers_back];
            static_assert(sizes_agree<L, gives<given>, wants<before>>,
                          "apd::residual: a block gives another number of outputs than it is given inputs.");
            if constexpr (given == before) return sizes_meet<std::index_sequence<Widths..., given>, Rest...>::check();
            else return false;
        } else {
            constexpr std::size_t wanted = wanted_inputs<L>(given);
            static_assert(sizes_agree<label<L>, gives<given>, wants<wanted>>,
                          "apd::network: a layer is given another number of inputs than it wants.");
            if constexpr (given != wanted) return false;
            else if constexpr (!has_its_members<L, label<L>, given>()) return false;
            else return sizes_meet<std::index_sequence<Widths..., L::outputs(given)>, Rest...>::check();
        }
    }
};

template <class First, class... Rest>
consteval bool resolved_layers_are_a_network() {
    constexpr bool are_layers = (is_a_layer<First> && ... && is_a_layer<Rest>);
    static_assert((is_a_layer<First> && ... && is_a_layer<Rest>),
                  "apd::network: an argument is not a layer; see the concept apd::layer.");
    if constexpr (are_layers) {
        constexpr std::size_t inputs = wanted_inputs<First>(0);
        constexpr bool has_site = (site_use<First> || ... || site_use<Rest>);
        static_assert(inputs > 0, "apd::network: the first layer must fix the number of inputs, as linear<...> does.");
        static_assert(
            has_site,
            "apd::network: nothing to decompose; at least one layer must be a linear<...> that is not frozen.");
        if constexpr (inputs > 0 && has_site) {
            if constexpr (names_are_new<First, Rest...>::check())
                return sizes_meet<std::index_sequence<inputs>, First, Rest...>::check();
        }
    }
    return false;
}

template <class... Layers>
consteval bool layers_are_a_network() {
    static_assert(sizeof...(Layers) > 0, "apd::network: a network has at least one layer.");
    static_assert((site_exists<label<Layers>, !names_a_matrix<Layers>> && ...),
                  "apd::network: transposed<...> names a matrix that no linear<...> layer of the network declares.");
    if constexpr (sizeof...(Layers) > 0 && (!names_a_matrix<Layers> && ...))
        return resolved_layers_are_a_network<Layers...>();
    else return false;
}

/// The layers of a network. Where a rule is broken, which the compiler has said by then, a stand-in, so that it says
/// nothing more.
template <bool IsNetwork, class... Layers>
struct checked_layers {
    using type = std::tuple<linear<"", 1, 1>>;
};
template <class... Layers>
struct checked_layers<true, Layers...> {
    using type = std::tuple<Layers...>;
};
template <class... Layers>
using network_layers = typename checked_layers<layers_are_a_network<Layers...>(), Layers...>::type;

}  // namespace detail

}  // namespace apd
