#pragma once
// A matrix that APD leaves as it is: an embedding, or a layer that one does not want to take apart.

#include <tuple>

#include <apd/network/layer.hpp>

namespace apd {

/// The layer L, not decomposed and not trained: every pass uses the target's matrix. Of a group such as residual<…>,
/// all matrices.
///
/// Example: `apd::frozen<apd::linear<"W_E", 100, 1000>>`, and behind it `apd::transposed<"W_E">`, frozen too.
template <class L>
struct frozen : L {
    static_assert(matrix_use<L> || layer_group<L>,
                  "apd::frozen: takes a layer with a matrix, such as linear<…>; no other is decomposed.");
    using matrix = frozen;
    static constexpr bool is_frozen = true;
};

namespace detail {
template <class L>
struct frozen_part {
    using type = L;
};
template <matrix_use L>
struct frozen_part<L> {
    using type = frozen<L>;
};
template <layer_group L>
struct frozen_part<L> {
    using type = frozen<L>;
};
template <class Parts>
struct frozen_parts;
template <class... L>
struct frozen_parts<std::tuple<L...>> {
    using type = std::tuple<typename frozen_part<L>::type...>;
};
}  // namespace detail

template <layer_group Group>
struct frozen<Group> {
    using parts = typename detail::frozen_parts<typename Group::parts>::type;
};

}  // namespace apd
