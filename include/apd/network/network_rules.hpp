#pragma once
// What a stack of layers must fulfil to be a network: each rule a compile error of one sentence, and only the first.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/hana/bool.hpp>
#include <boost/hana/find_if.hpp>
#include <boost/hana/optional.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <apd/core/hash.hpp>
#include <apd/network/beside.hpp>
#include <apd/network/embedding.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/layer_members.hpp>
#include <apd/network/linear.hpp>
#include <apd/network/transposed.hpp>

namespace apd::ext {

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
template <bool AreOne, class... Layers>
inline constexpr bool sequences_have_one_length = AreOne;
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
        else if constexpr (looks_up<L>) return hana::bool_c<L::name == Name>;
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

// What `Of::at<Layer>(inputs)` says of every layer, given how many inputs each has. (Function objects with short names,
// not lambdas, and loops over tables: the names of what is called for each layer of a deep network take a compiler
// longest.)
template <class Of, class... L>
consteval auto for_layers(std::tuple<L...>*, const auto& sizes) {
    std::size_t l = 0;
    return std::array{Of::template at<L>(sizes[l++])...};
}
struct declared_name {
    template <class L>
    static consteval std::string_view at(std::size_t) {
        if constexpr (parametrised_layer<L>) return L::name.view();
        else return {};
    }
};
struct wanted {
    template <class L>
    static consteval std::size_t at(std::size_t given) {
        return wanted_inputs<L>(given);
    }
};

// The sizes between the layers, and what each is given.
template <class... L>
consteval auto layer_sizes(std::tuple<L...>*) {
    std::array<std::size_t, sizeof...(L) + 1> sizes{wanted_inputs<std::tuple_element_t<0, std::tuple<L...>>>(0)};
    constexpr auto places = places_of<L...>();
    std::size_t l = 0;
    ((sizes[l + 1] = L::outputs(sizes[places.reads[l]]), ++l), ...);
    return sizes;
}
template <class... L>
consteval auto sizes_given(std::tuple<L...>*) {
    constexpr auto sizes = layer_sizes(static_cast<std::tuple<L...>*>(nullptr));
    constexpr auto places = places_of<L...>();
    std::array<std::size_t, sizeof...(L)> given{};
    for (std::size_t l = 0; l < given.size(); ++l) given[l] = sizes[places.reads[l]];
    return given;
}

// The first layer whose name one before it has, the first that is given another size than it wants, or their number.
template <class Layers>
consteval std::size_t first_repeated() {
    constexpr std::size_t depth = std::tuple_size_v<Layers>;
    constexpr auto names = for_layers<declared_name>(static_cast<Layers*>(nullptr), std::array<std::size_t, depth>{});
    std::array<std::uint32_t, depth> hashes{};
    for (std::size_t l = 0; l < depth; ++l) {
        hashes[l] = hash_of(names[l]);
        for (std::size_t other = 0; other < l && !names[l].empty(); ++other)
            if (hashes[l] == hashes[other] && names[l] == names[other]) return l;
    }
    return depth;
}
template <class Layers>
struct layer_widths {
    static constexpr auto sizes = layer_sizes(static_cast<Layers*>(nullptr));
    static constexpr std::size_t depth = std::tuple_size_v<Layers>;
    static constexpr auto given = sizes_given(static_cast<Layers*>(nullptr));
    static constexpr auto wants = [] {
        auto sizes_wanted = for_layers<wanted>(static_cast<Layers*>(nullptr), given);
        constexpr auto back = for_layers<blocks>(static_cast<Layers*>(nullptr), sizes);
        for (std::size_t l = 0; l < depth; ++l)
            if (back[l] > 0) sizes_wanted[l] = sizes[l - back[l]];
        return sizes_wanted;
    }();
    static constexpr std::size_t first_apart = [] {
        std::size_t l = 0;
        while (l < depth && given[l] == wants[l]) ++l;
        return l;
    }();
};

template <class Layers>
consteval bool names_are_new() {
    constexpr std::size_t repeated = first_repeated<Layers>();
    constexpr bool are_new = repeated == std::tuple_size_v<Layers>;
    static_assert(name_is_used_once<label<std::tuple_element_t<are_new ? 0 : repeated, Layers>>, are_new>,
                  "apd::network: two layers have the same name; use transposed<...> for a second use of a site.");
    return are_new;
}

template <class Layers>
consteval bool sizes_meet() {
    using widths = layer_widths<Layers>;
    constexpr std::size_t l = widths::first_apart;
    if constexpr (l == widths::depth) {
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (has_its_members<std::tuple_element_t<I, Layers>, label<std::tuple_element_t<I, Layers>>,
                                    widths::given[I]>() &&
                    ...);
        }
        (std::make_index_sequence<widths::depth>{});
    } else {
        using layer = std::tuple_element_t<l, Layers>;
        constexpr bool ends_block = requires { layer::layers_back; };
        static_assert(!ends_block || sizes_agree<layer, gives<widths::given[l]>, wants<widths::wants[l]>>,
                      "apd::residual: a block gives another number of outputs than it is given inputs.");
        static_assert(ends_block || sizes_agree<label<layer>, gives<widths::given[l]>, wants<widths::wants[l]>>,
                      "apd::network: a layer is given another number of inputs than it wants.");
        return false;
    }
}

// The length of the sequences that the layers of a network take, 1 if rows are alone; 0 if they say different lengths.
template <class... L>
consteval std::size_t common_sequence_length(std::tuple<L...>*) {
    std::size_t common = 1;
    for (const std::size_t length : {sequence_length<L>...}) {
        if (length > 1 && common > 1 && length != common) return 0;
        common = length > common ? length : common;
    }
    return common;
}

template <class First, class... Rest>
consteval bool resolved_layers_are_a_network() {
    constexpr bool are_layers = (is_a_layer<First> && ... && is_a_layer<Rest>);
    static_assert((is_a_layer<First> && ... && is_a_layer<Rest>),
                  "apd::network: an argument is not a layer; see the concept apd::ext::layer.");
    if constexpr (are_layers) {
        constexpr std::size_t inputs = wanted_inputs<First>(0);
        constexpr bool has_site = (site_use<First> || ... || site_use<Rest>);
        static_assert(inputs > 0, "apd::network: the first layer must fix the number of inputs, as linear<...> does.");
        static_assert(
            has_site,
            "apd::network: nothing to decompose; at least one layer must be a linear<...> that is not frozen.");
        if constexpr (inputs > 0 && has_site) {
            constexpr bool is_one_length =
                common_sequence_length(static_cast<std::tuple<First, Rest...>*>(nullptr)) != 0;
            static_assert(sequences_have_one_length<is_one_length, First, Rest...>,
                          "apd::network: two layers are made for sequences of different lengths.");
            if constexpr (is_one_length && names_are_new<std::tuple<First, Rest...>>())
                return sizes_meet<std::tuple<First, Rest...>>();
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

}  // namespace apd::ext
