#pragma once
// A network is a type: a stack of layers whose sizes, names and ties are checked when it is named.

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/hana/type.hpp>

#include <apd/network/affine.hpp>
#include <apd/network/attention.hpp>
#include <apd/network/bias.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/network/frozen.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/linear.hpp>
#include <apd/network/network_rules.hpp>
#include <apd/network/residual.hpp>
#include <apd/network/softmax.hpp>
#include <apd/network/transposed.hpp>
#include <apd/network/windows.hpp>

namespace apd {

namespace detail {

namespace hana = boost::hana;

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
    }
    (std::make_index_sequence<List.size()>{});
    return found;
}
template <class L>
struct owner {
    using type = L;
};
template <matrix_use L>
struct owner<L> {
    using type = typename L::matrix;
};

// Flat layers, each with its matrix: what the rules are checked on.
template <class Flat>
struct resolved_layers;
template <class... L>
struct resolved_layers<std::tuple<L...>> {
    using type = network_layers<typename resolved_layer<L, L...>::type...>;
};

// Whether a layer gives zeros for zeros.
template <class Layer>
inline constexpr bool preserves_zero = matrix_use<Layer> || requires {
    Layer::layers_back;
};
template <class Layer>
    requires requires { Layer::preserves_zero; }
inline constexpr bool preserves_zero<Layer> = Layer::preserves_zero;

// Whether the first `count` layers give zeros for zeros.
template <class... L>
consteval bool preserve_zero(std::tuple<L...>*, std::size_t count) {
    std::size_t l = 0;
    return ((l++ >= count || preserves_zero<L>)&&...);
}

// The sizes between the layers.
template <class... L>
consteval auto layer_sizes(std::tuple<L...>*) {
    std::array<std::size_t, sizeof...(L) + 1> sizes{wanted_inputs<std::tuple_element_t<0, std::tuple<L...>>>(0)};
    std::size_t l = 0;
    ((sizes[l + 1] = L::outputs(sizes[l]), ++l), ...);
    return sizes;
}

}  // namespace detail

/// A stack of layers, applied from left to right; `layers` is the flat list, with residual<…> written out.
///
/// Compile errors, each one sentence: sizes that do not meet, a `transposed` without its matrix, a name used twice, a
/// first layer that does not fix the number of inputs, no site at all.
///
/// Example: `using tms = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;`
template <class... Layers>
struct network {
    using layers = typename detail::resolved_layers<typename detail::flattened<Layers...>::type>::type;
    static constexpr std::size_t depth = std::tuple_size_v<layers>;
    template <std::size_t L>
    using layer_at = std::tuple_element_t<L, layers>;

    /// sizes[l]: the width between layer l − 1 and layer l; sizes[0] the inputs, sizes[depth] the outputs.
    static constexpr auto sizes = detail::layer_sizes(static_cast<layers*>(nullptr));
    static constexpr std::size_t inputs = sizes[0];
    static constexpr std::size_t outputs = sizes[depth];

    /// Positions of the layers with a parameter, of the sites among them, and of all uses of sites.
    static constexpr auto parametrised =
        detail::positions<layers>([](auto l) { return parametrised_layer<typename decltype(l)::type>; });
    static constexpr auto sites = detail::positions<layers>(
        [](auto l) { return site_use<typename decltype(l)::type> && parametrised_layer<typename decltype(l)::type>; });
    static constexpr auto uses = detail::positions<layers>([](auto l) { return site_use<typename decltype(l)::type>; });

    /// Whether every site is given zeros where the input is zero: the layers before the last use keep zeros.
    static constexpr bool preserves_zero = detail::preserve_zero(static_cast<layers*>(nullptr), uses.back());

    template <std::size_t S>
    using site_at = layer_at<sites[S]>;
    static constexpr auto site_names = []<std::size_t... S>(std::index_sequence<S...>) {
        return std::array<std::string_view, sizeof...(S)>{layer_at<sites[S]>::name.view()...};
    }
    (std::make_index_sequence<sites.size()>{});
    template <std::size_t P>
    using parameter_at = layer_at<parametrised[P]>;

    /// The index among the sites, and among the parameters, of what layer L multiplies by or adds.
    template <std::size_t L>
    static constexpr std::size_t site_of = detail::index_of<layers, sites, typename detail::owner<layer_at<L>>::type>();
    template <std::size_t L>
    static constexpr std::size_t parameter_of =
        detail::index_of<layers, parametrised, typename detail::owner<layer_at<L>>::type>();

    /// At how many positions layer L, a use of a matrix, multiplies.
    template <std::size_t L>
    static constexpr std::size_t positions_at =
        sizes[L] / layer_at<L>::orientation::template inputs<typename layer_at<L>::matrix::shape>;

    /// How often a site is used.
    template <std::size_t S>
    static constexpr std::size_t uses_of = []<std::size_t... U>(std::index_sequence<U...>) {
        return (std::size_t{0} + ... + std::is_same_v<typename layer_at<uses[U]>::matrix, site_at<S>>);
    }
    (std::make_index_sequence<uses.size()>{});
    /// Σ d_in·d_out over the uses.
    static constexpr std::size_t used_parameters = []<std::size_t... U>(std::index_sequence<U...>) {
        return (std::size_t{0} + ... + layer_at<uses[U]>::matrix::shape::elements);
    }
    (std::make_index_sequence<uses.size()>{});

    /// The index of a parameter by its name; a compile error if the network has none of that name.
    template <static_string Name>
    static constexpr std::size_t parameter_named = [] {
        constexpr std::size_t found = []<std::size_t... P>(std::index_sequence<P...>) {
            std::size_t at = sizeof...(P);
            ((parameter_at<P>::name == Name ? void(at = P) : void()), ...);
            return at;
        }
        (std::make_index_sequence<parametrised.size()>{});
        static_assert(parameter_exists<spelled<Name>, found != parametrised.size()>,
                      "apd: the network has no parameter of that name.");
        return found % parametrised.size();  // in range, so that one error is all
    }();
    /// The index of a site by its name; a compile error if the network has none of that name.
    template <static_string Name>
    static constexpr std::size_t site_named = [] {
        constexpr std::size_t found = []<std::size_t... S>(std::index_sequence<S...>) {
            std::size_t at = sizeof...(S);
            ((site_at<S>::name == Name ? void(at = S) : void()), ...);
            return at;
        }
        (std::make_index_sequence<sites.size()>{});
        static_assert(site_exists<spelled<Name>, found != sites.size()>, "apd: the network has no site of that name.");
        return found % sites.size();
    }();
};

/// f(std::integral_constant<std::size_t, i>) for i = 0, …, Count − 1: a loop over layers, sites or parameters.
// (Not `auto&& f`: nvcc 12 loses that parameter where it is called to initialise a member.)
template <std::size_t Count, class F>
constexpr void repeat(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<std::size_t, I>{}), ...); }
    (std::make_index_sequence<Count>{});
}

}  // namespace apd
