#pragma once
// Layers, and the places between them, as a pass meets them: layers that are alike share what is compiled.

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace apd::ext {

/// A place between two layers: before layer `number`, or behind the last. Arrays there are [B, Width].
template <std::size_t Width>
struct between_layers {
    static constexpr std::size_t width = Width;
    std::size_t number;
};

/// Layer `number` of a network, which is like layer Like: all that decides what is compiled for it is in its type.
template <class Net, std::size_t Like>
struct layer_handle {
    using network_type = Net;
    using type = typename Net::template layer_at<Like>;
    static constexpr std::size_t like = Like;
    static constexpr std::size_t inputs = Net::given[Like], outputs = Net::sizes[Like + 1];

    std::size_t number;

    constexpr between_layers<inputs> before() const { return {Net::reads[number]}; }
    constexpr between_layers<outputs> behind() const { return {number + 1}; }
    /// Of the end of a residual block: where the block begins.
    constexpr between_layers<outputs> block_begin() const { return {number - Net::layers_back[number]}; }
};

/// Layer L of a network.
template <class Net, std::size_t L>
inline constexpr layer_handle<Net, L> layer_number{L};

namespace detail {
template <class Stack>
struct network_of {
    using type = Stack;
};
template <class Stack>
    requires requires { typename Stack::network_type; }
struct network_of<Stack> {
    using type = typename Stack::network_type;
};

// The different numbers among kinds[l] of the l that are in a list.
template <std::size_t Count>
struct number_list {
    std::array<std::size_t, Count> numbers{};
    std::size_t size = 0;
    constexpr void add(std::size_t number) {
        for (std::size_t i = 0; i < size; ++i)
            if (numbers[i] == number) return;
        numbers[size++] = number;
    }
};
// Lists of layers. (As types, whose names are short: an array as a template argument would stand in those of all
// functions.)
template <class Net, std::size_t First>
struct layers_from {
    static constexpr auto numbers = [] {
        std::array < std::size_t, First<Net::depth ? Net::depth - First : 0> list{};
        for (std::size_t i = 0; i < list.size(); ++i) list[i] = First + i;
        return list;
    }();
};
template <class Net, std::size_t First>
struct layers_back_to {
    static constexpr auto numbers = [] {
        auto list = layers_from<Net, First>::numbers;
        std::reverse(list.begin(), list.end());
        return list;
    }();
};
template <class Net>
struct uses_of_sites {
    static constexpr auto numbers = Net::uses;
};
template <class Net>
struct declared_parameters {
    static constexpr auto numbers = Net::parametrised;
};

template <class Stack, class List>
inline constexpr auto kinds_among = [] {
    number_list<List::numbers.size()> found;
    for (const std::size_t l : List::numbers) found.add(Stack::kinds[l]);
    return found;
}();
template <class Stack, class List>
constexpr void for_each_layer_of(auto& f) {
    constexpr const auto& kinds = kinds_among<Stack, List>;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
        for ([[maybe_unused]] const std::size_t l : List::numbers)
            ((Stack::kinds[l] == kinds.numbers[K]
                  ? f(layer_handle<typename network_of<Stack>::type, kinds.numbers[K]>{l})
                  : void()),
             ...);
    }
    (std::make_index_sequence<kinds.size>{});
}
}  // namespace detail

/// f(layer), a `layer_handle`, for the layers First, …, depth − 1. `Stack::kinds[l]` is the first layer that layer l is
/// like: of a network, what differs in names alone; of a problem, what has as many components too. f is compiled once
/// for each kind.
template <class Stack, std::size_t First = 0>
constexpr void for_each_layer(auto&& f) {
    detail::for_each_layer_of<Stack, detail::layers_from<typename detail::network_of<Stack>::type, First>>(f);
}
/// The same backwards: depth − 1, …, First.
template <class Stack, std::size_t First = 0>
constexpr void for_each_layer_back(auto&& f) {
    detail::for_each_layer_of<Stack, detail::layers_back_to<typename detail::network_of<Stack>::type, First>>(f);
}
/// For the uses of sites.
template <class Stack>
constexpr void for_each_use(auto&& f) {
    detail::for_each_layer_of<Stack, detail::uses_of_sites<typename detail::network_of<Stack>::type>>(f);
}
/// For the layers that declare a parameter.
template <class Stack>
constexpr void for_each_parameter(auto&& f) {
    detail::for_each_layer_of<Stack, detail::declared_parameters<typename detail::network_of<Stack>::type>>(f);
}

}  // namespace apd::ext
