#pragma once
// A network is a type: a stack of layers whose sizes, names and ties are checked when it is named.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/core/hash.hpp>
#include <apd/network/affine.hpp>
#include <apd/network/attention.hpp>
#include <apd/network/beside.hpp>
#include <apd/network/bias.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/network/embedding.hpp>
#include <apd/network/frozen.hpp>
#include <apd/network/gated.hpp>
#include <apd/network/images.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/layer_handle.hpp>
#include <apd/network/linear.hpp>
#include <apd/network/network_rules.hpp>
#include <apd/network/norm.hpp>
#include <apd/network/positions.hpp>
#include <apd/network/repeated.hpp>
#include <apd/network/residual.hpp>
#include <apd/network/softmax.hpp>
#include <apd/network/transposed.hpp>
#include <apd/network/windows.hpp>

namespace apd::ext {

namespace detail {

// Where `Of::at<Layer>` says yes.
template <class Of, class Layers>
consteval auto positions() {
    constexpr std::size_t depth = std::tuple_size_v<Layers>;
    constexpr auto is_one = for_layers<Of>(static_cast<Layers*>(nullptr), std::array<std::size_t, depth>{});
    std::array<std::size_t, static_cast<std::size_t>(std::ranges::count(is_one, true))> list{};
    for (std::size_t l = 0, next = 0; l < depth; ++l)
        if (is_one[l]) list[next++] = l;
    return list;
}
struct parametrised {
    template <class L>
    static consteval bool at(std::size_t) {
        return parametrised_layer<L>;
    }
};
struct site {
    template <class L>
    static consteval bool at(std::size_t) {
        return site_use<L> && parametrised_layer<L>;
    }
};
struct site_user {
    template <class L>
    static consteval bool at(std::size_t) {
        return site_use<L>;
    }
};
struct translation {
    template <class L>
    static consteval bool at(std::size_t) {
        return is_translation<L>;
    }
};
struct workspace_size {
    template <class L>
    static consteval std::size_t at(std::size_t inputs) {
        if constexpr (layer_with_workspace<L>) return L::workspace(inputs);
        else return 0;
    }
};
// At how many positions a use of a matrix multiplies.
struct positions_used {
    template <class L>
    static consteval std::size_t at(std::size_t inputs) {
        if constexpr (matrix_use<L>) return inputs / L::orientation::template inputs<typename L::matrix::shape>;
        else return 1;
    }
};
struct hash_without_name {
    template <class L>
    static consteval std::uint32_t at(std::size_t) {
        return hash_of_type<typename unnamed_layer<L>::type>();
    }
};
template <class L>
struct owner {
    using type = L;
};
template <matrix_use L>
struct owner<L> {
    using type = typename L::matrix;
};
// The name of what a layer multiplies by or adds.
struct used_name {
    template <class L>
    static consteval std::string_view at(std::size_t) {
        if constexpr (requires { owner<L>::type::name.view(); }) return owner<L>::type::name.view();
        else return {};
    }
};
// Of every layer: which of the layers in `list` declares its matrix or parameter, or the list's size.
template <class Layers, std::size_t Count>
consteval auto numbers_of_owners(const std::array<std::size_t, Count>& list) {
    constexpr auto names =
        for_layers<used_name>(static_cast<Layers*>(nullptr), std::array<std::size_t, std::tuple_size_v<Layers>>{});
    std::array<std::uint32_t, names.size()> hashes{};
    for (std::size_t l = 0; l < names.size(); ++l) hashes[l] = hash_of(names[l]);
    std::array<std::size_t, names.size()> numbers{};
    for (std::size_t l = 0; l < names.size(); ++l) {
        const auto is_at = [&](std::size_t i) { return hashes[list[i]] == hashes[l] && names[list[i]] == names[l]; };
        if (names[l].empty()) numbers[l] = Count;
        while (numbers[l] < Count && !is_at(numbers[l])) ++numbers[l];
    }
    return numbers;
}
// Of every number: where the first stands that is equal to it.
template <std::size_t Count>
consteval auto first_equal(const std::array<std::uint32_t, Count>& numbers) {
    std::array<std::size_t, Count> first{};
    for (std::size_t i = 0; i < Count; ++i)
        while (numbers[first[i]] != numbers[i]) ++first[i];
    return first;
}
// Of every layer: the first that it is like, but for its name: as wide, and a branch behind the first if that is one.
template <class Layers, std::size_t... L>
consteval auto first_alike(const std::array<std::size_t, sizeof...(L)>& given,
                           const std::array<std::size_t, sizeof...(L)>& reads, std::index_sequence<L...>) {
    constexpr auto hashes =
        for_layers<hash_without_name>(static_cast<Layers*>(nullptr), std::array<std::size_t, sizeof...(L)>{});
    // Of types with one spelling, such as lambdas, only those like the first may be shared.
    constexpr auto first_of_hash = first_equal(hashes);
    constexpr std::array<bool, sizeof...(L)> is_same{
        std::is_same_v<typename unnamed_layer<std::tuple_element_t<L, Layers>>::type,
                       typename unnamed_layer<std::tuple_element_t<first_of_hash[L], Layers>>::type>...};
    std::array<std::size_t, sizeof...(L)> first{};
    for (std::size_t l = 0; l < sizeof...(L); ++l) {
        first[l] = is_same[l] ? first_of_hash[l] : l;
        const auto is_like = [&](std::size_t other) {
            return hashes[other] == hashes[l] && is_same[other] && given[other] == given[l] &&
                   (reads[other] == other) == (reads[l] == l);
        };
        while (first[l] < l && !is_like(first[l])) ++first[l];
    }
    return first;
}

// Flat layers, each with its matrix: what the rules are checked on.
template <class Flat>
struct resolved_layers;
template <class... L>
struct resolved_layers<std::tuple<L...>> {
    using type = network_layers<typename resolved_layer<L, L...>::type...>;
};

// Whether a layer gives zeros for zeros.
template <class Layer>
inline constexpr bool preserves_zero = matrix_use<Layer> || is_join<Layer> || requires {
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

template <class Layer>
inline constexpr bool is_skip = requires {
    Layer::layers_back;
};
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
    /// reads[l]: the place that layer l reads: l, or that before all branches among which it begins one. given[l]: how
    /// wide it is. part_of[p]: the place of which p is a part, the numbers from part_begin[p] on; else p.
    static constexpr auto places = detail::places_of(static_cast<layers*>(nullptr));
    static constexpr const auto& reads = places.reads;
    static constexpr const auto& part_of = places.part_of;
    static constexpr const auto& part_begin = places.part_begin;
    static constexpr auto given = detail::sizes_given(static_cast<layers*>(nullptr));
    static constexpr bool has_branches = detail::has_branches<layers>;

    /// How many neighbouring rows of a batch are one sequence; 1 if every row is alone.
    static constexpr std::size_t sequence_length = detail::common_sequence_length(static_cast<layers*>(nullptr));

    /// Positions of the layers with a parameter, of the sites among them, and of all uses of sites.
    static constexpr auto parametrised = detail::positions<detail::parametrised, layers>();
    static constexpr auto sites = detail::positions<detail::site, layers>();
    static constexpr auto uses = detail::positions<detail::site_user, layers>();

    /// kinds[l]: the first layer that layer l is like, but for its name.
    static constexpr auto kinds = detail::first_alike<layers>(given, reads, std::make_index_sequence<depth>{});
    /// Of each layer: how many layers back the block begins of which it is the end, else 0; whether it adds what does
    /// not depend on its input; numbers of its workspace.
    static constexpr auto layers_back = detail::for_layers<detail::blocks>(static_cast<layers*>(nullptr), given);
    static constexpr auto translations = detail::for_layers<detail::translation>(static_cast<layers*>(nullptr), given);
    static constexpr auto workspaces = detail::for_layers<detail::workspace_size>(static_cast<layers*>(nullptr), given);

    /// Whether every site is given zeros where the input is zero: the layers before the last use keep zeros.
    static constexpr bool preserves_zero = detail::preserve_zero(static_cast<layers*>(nullptr), uses.back());

    /// Where a pass that begins with the first use of a site begins: there, or before the branches it is among.
    static constexpr std::size_t start = places.group[uses.front()];

    template <std::size_t S>
    using site_at = layer_at<sites[S]>;
    static constexpr auto site_names = []<std::size_t... S>(std::index_sequence<S...>) {
        return std::array<std::string_view, sizeof...(S)>{layer_at<sites[S]>::name.view()...};
    }
    (std::make_index_sequence<sites.size()>{});
    template <std::size_t P>
    using parameter_at = layer_at<parametrised[P]>;
    /// Of every parameter: its name and its sizes.
    static constexpr auto parameter_names = []<std::size_t... P>(std::index_sequence<P...>) {
        return std::array<std::string_view, sizeof...(P)>{parameter_at<P>::name.view()...};
    }
    (std::make_index_sequence<parametrised.size()>{});
    static constexpr auto parameter_sizes = []<std::size_t... P>(std::index_sequence<P...>) {
        return std::array<std::span<const std::size_t>, sizeof...(P)>{parameter_at<P>::shape::sizes...};
    }
    (std::make_index_sequence<parametrised.size()>{});

    /// The index among the sites, and among the parameters, of what a layer multiplies by or adds; their number if it
    /// has none.
    static constexpr auto site_numbers = detail::numbers_of_owners<layers>(sites);
    static constexpr auto parameter_numbers = detail::numbers_of_owners<layers>(parametrised);
    template <std::size_t L>
    static constexpr std::size_t site_of = site_numbers[L];
    template <std::size_t L>
    static constexpr std::size_t parameter_of = parameter_numbers[L];

    /// At how many positions a layer, a use of a matrix, multiplies; of others 1.
    static constexpr auto positions = detail::for_layers<detail::positions_used>(static_cast<layers*>(nullptr), given);

    /// How often a site is used.
    static constexpr std::size_t uses_of(std::size_t site) {
        std::size_t count = 0;
        for (const std::size_t l : uses) count += site_numbers[l] == site ? 1U : 0U;
        return count;
    }
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

namespace detail {
// Sixteen turns of a loop, as a loop over all in one list would have all its numbers in the name of every function.
template <std::size_t First, std::size_t End>
constexpr void repeat_from(auto& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<std::size_t, First + I>{}), ...); }
    (std::make_index_sequence<std::min<std::size_t>(16, End - First)>{});
    if constexpr (First + 16 < End) repeat_from<First + 16, End>(f);
}
}  // namespace detail

/// f(std::integral_constant<std::size_t, i>) for i = 0, …, Count − 1: a loop over layers, sites or parameters.
// (Not `auto&& f`: nvcc 12 loses that parameter where it is called to initialise a member.)
template <std::size_t Count, class F>
constexpr void repeat(F&& f) {
    if constexpr (Count > 0) detail::repeat_from<0, Count>(f);
}

}  // namespace apd::ext

namespace apd {
using ext::network, ext::repeat;
}  // namespace apd
