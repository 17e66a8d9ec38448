#pragma once
// A network is a type: a stack of layers whose sizes, names and ties are checked when it is named.

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/hana.hpp>

#include <apd/network/bias.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/linear.hpp>
#include <apd/network/transposed.hpp>

namespace apd {

// Each rule is a variable template over the types at fault, so that the compiler's message carries them.
template <class Layer, bool Found>
inline constexpr bool site_exists = Found;
template <class Layer, bool Unique>
inline constexpr bool name_is_used_once = Unique;
template <std::size_t>
struct gives;
template <std::size_t>
struct wants;
template <class Layer, class Gives, class Wants>
inline constexpr bool sizes_agree = false;
template <class Layer, std::size_t Size>
inline constexpr bool sizes_agree<Layer, gives<Size>, wants<Size>> = true;
template <class Layer>
inline constexpr bool is_a_layer = layer<Layer>;

namespace detail {

namespace hana = boost::hana;

template <class Layer, class... Layers>
struct resolved_layer {
    using type = Layer;
};
template <static_string Name, class... Layers>
struct resolved_layer<transposed<Name>, Layers...> {
    static constexpr auto is_wanted = [](auto candidate) {
        using L = typename decltype(candidate)::type;
        if constexpr (site_use<L>) return hana::bool_c<L::site::name == Name>;
        else return hana::false_c;
    };
    static constexpr auto found = hana::find_if(hana::tuple_t<Layers...>, is_wanted);
    static constexpr bool exists = decltype(hana::is_just(found))::value;
    static_assert(site_exists<transposed<Name>, exists>,
                  "apd::network: transposed<…> names a site that no linear<…> layer of the network declares.");
    static constexpr auto site = hana::maybe(hana::type_c<linear<Name, 1, 1>>, hana::id, found);
    using type = transposed_use<typename decltype(+site)::type>;
};

template <class L>
constexpr std::size_t wanted_inputs(std::size_t given) {
    if constexpr (requires { L::inputs; }) return L::inputs;
    else return given;
}
template <class L>
inline constexpr bool keeps_tangents = requires { requires L::keeps_tangents; };

// The positions at which `is(hana::type<layer>)` holds.
template <class Layers, class Predicate>
consteval auto positions(Predicate is) {
    return []<class... L>(std::tuple<L...>*, Predicate p) {
        std::array<std::size_t, (std::size_t{0} + ... + Predicate{}(hana::type_c<L>))> list{};
        std::size_t next = 0, position = 0;
        ((p(hana::type_c<L>) ? void(list[next++] = position++) : void(++position)), ...);
        return list;
    }(static_cast<Layers*>(nullptr), is);
}
// The index in `list` of the layer that declares `Owner`.
template <class Layers, auto List, class Owner>
consteval std::size_t index_of() {
    std::size_t found = List.size();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((std::is_same_v<std::tuple_element_t<List[I], Layers>, Owner> ? void(found = I) : void()), ...);
    }(std::make_index_sequence<List.size()>{});
    return found;
}
template <class L>
struct owner {
    using type = L;
};
template <site_use L>
struct owner<L> {
    using type = typename L::site;
};

template <class Layers, std::size_t L>
consteval bool name_is_new() {
    using this_layer = std::tuple_element_t<L, Layers>;
    if constexpr (!parametrised_layer<this_layer>) {
        return true;
    } else {
        return []<std::size_t... Before>(std::index_sequence<Before...>) {
            [[maybe_unused]] const auto differs = []<class Other>(Other*) {
                if constexpr (parametrised_layer<Other>) return !(Other::name == this_layer::name);
                else return true;
            };
            return (differs(static_cast<std::tuple_element_t<Before, Layers>*>(nullptr)) && ...);
        }(std::make_index_sequence<L>{});
    }
}

// The sizes between the layers; the first check that fails stops the compiler.
template <class Layers, std::size_t Depth = std::tuple_size_v<Layers>>
struct layer_sizes {
    template <std::size_t L>
    static consteval std::size_t at() {
        if constexpr (L == 0) {
            return wanted_inputs<std::tuple_element_t<0, Layers>>(0);
        } else {
            using previous = std::tuple_element_t<L - 1, Layers>;
            constexpr std::size_t given = at<L - 1>();
            static_assert(sizes_agree<previous, gives<given>, wants<wanted_inputs<previous>(given)>>,
                          "apd::network: a layer is given another number of inputs than it wants.");
            return previous::outputs(given);
        }
    }
    static constexpr auto all = []<std::size_t... L>(std::index_sequence<L...>) {
        return std::array<std::size_t, Depth + 1>{at<L>()...};
    }(std::make_index_sequence<Depth + 1>{});
};

}  // namespace detail

/// A stack of layers, applied from left to right.
///
/// Compile errors, each one sentence: sizes that do not meet, a `transposed` without its site, a name used twice, a
/// first layer that does not fix the number of inputs, no site at all.
///
/// Example: `using tms = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;`
template <class... Layers>
struct network {
    static constexpr std::size_t depth = sizeof...(Layers);
    static_assert(depth > 0, "apd::network: a network has at least one layer.");

    using layers = std::tuple<typename detail::resolved_layer<Layers, Layers...>::type...>;
    template <std::size_t L>
    using layer_at = std::tuple_element_t<L, layers>;

    static_assert(
        []<std::size_t... L>(std::index_sequence<L...>) {
            static_assert((is_a_layer<layer_at<L>> && ...), "apd::network: an argument is not a layer (see apd::layer).");
            static_assert((name_is_used_once<layer_at<L>, detail::name_is_new<layers, L>()> && ...),
                          "apd::network: two layers have the same name; use transposed<…> for a second use of a site.");
            return true;
        }(std::make_index_sequence<depth>{}));

    /// sizes[l]: the width between layer l − 1 and layer l; sizes[0] the inputs, sizes[depth] the outputs.
    static constexpr auto sizes = detail::layer_sizes<layers>::all;
    static constexpr std::size_t inputs = sizes[0];
    static constexpr std::size_t outputs = sizes[depth];
    static_assert(inputs > 0, "apd::network: the first layer must fix the number of inputs, as linear<…> does.");

    /// Positions of the layers with a parameter, of the sites among them, and of all uses of sites.
    static constexpr auto parametrised = detail::positions<layers>([](auto l) {
        return parametrised_layer<typename decltype(l)::type>;
    });
    static constexpr auto sites = detail::positions<layers>([](auto l) {
        return site_use<typename decltype(l)::type> && parametrised_layer<typename decltype(l)::type>;
    });
    static constexpr auto uses = detail::positions<layers>([](auto l) { return site_use<typename decltype(l)::type>; });
    static_assert(sites.size() > 0, "apd::network: nothing to decompose; at least one layer must be a linear<…>.");

    template <std::size_t S>
    using site_at = layer_at<sites[S]>;
    template <std::size_t P>
    using parameter_at = layer_at<parametrised[P]>;

    /// The index among the sites, and among the parameters, of what layer L multiplies by or adds.
    template <std::size_t L>
    static constexpr std::size_t site_of = detail::index_of<layers, sites, typename detail::owner<layer_at<L>>::type>();
    template <std::size_t L>
    static constexpr std::size_t parameter_of =
        detail::index_of<layers, parametrised, typename detail::owner<layer_at<L>>::type>();

    /// How often a site is used.
    template <std::size_t S>
    static constexpr std::size_t uses_of = []<std::size_t... U>(std::index_sequence<U...>) {
        return (std::size_t{0} + ... + std::is_same_v<typename layer_at<uses[U]>::site, site_at<S>>);
    }(std::make_index_sequence<uses.size()>{});
    /// Σ d_in·d_out over the uses.
    static constexpr std::size_t used_parameters = []<std::size_t... U>(std::index_sequence<U...>) {
        return (std::size_t{0} + ... + layer_at<uses[U]>::site::shape::elements);
    }(std::make_index_sequence<uses.size()>{});

    /// The index of a parameter by its name; a compile error if the network has none of that name.
    template <static_string Name>
    static constexpr std::size_t parameter_named = []<std::size_t... P>(std::index_sequence<P...>) {
        std::size_t found = sizeof...(P);
        ((parameter_at<P>::name == Name ? void(found = P) : void()), ...);
        return found;
    }(std::make_index_sequence<parametrised.size()>{});
};

/// f(std::integral_constant<std::size_t, i>) for i = 0, …, Count − 1: a loop over layers, sites or parameters.
template <std::size_t Count>
constexpr void repeat(auto&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (f(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Count>{});
}

}  // namespace apd
