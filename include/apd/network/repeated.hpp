#pragma once
// A stack of equal blocks, declared once.

#include <cstddef>
#include <tuple>
#include <utility>

#include <apd/network/layer.hpp>

namespace apd::ext {

namespace detail {
template <template <std::size_t> class Block, class Numbers>
struct repeated_parts;
template <template <std::size_t> class Block, std::size_t... I>
struct repeated_parts<Block, std::index_sequence<I...>> {
    using type = std::tuple<Block<I>...>;
};
}  // namespace detail

/// Block<0>, …, Block<Count − 1> one behind the other: layers, or groups such as residual<…>, that differ in their
/// names, for which there is `numbered`. However many they are, what they do is compiled once.
///
/// Example: with `template <std::size_t I> using block = apd::residual<apd::linear<apd::numbered<"h.*.in", I>, 8, 32>,
/// apd::gelu, apd::linear<apd::numbered<"h.*.out", I>, 32, 8>>;` it is `apd::repeated<4, block>`.
template <std::size_t Count, template <std::size_t> class Block>
struct repeated {
    static_assert(Count > 0, "apd::repeated: there is one block at least.");
    using parts = typename detail::repeated_parts<Block, std::make_index_sequence<Count>>::type;
};

}  // namespace apd::ext

namespace apd {
using ext::repeated;
}  // namespace apd
