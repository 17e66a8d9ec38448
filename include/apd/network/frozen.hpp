#pragma once
// Parameters that APD leaves as they are: an embedding, or a layer that one does not want to take apart.

#include <tuple>

#include <apd/network/layer.hpp>

namespace apd::ext {

/// The layer L, not decomposed and not trained: every pass uses the target's parameter. Of a group such as residual<…>,
/// all layers; a `transposed` use goes with its matrix.
///
/// Example: `apd::frozen<apd::linear<"W_E", 100, 1000>>`, and behind it `apd::transposed<"W_E">`, frozen too.
template <class L>
struct frozen : L {
    static_assert(parametrised_layer<L>, "apd::frozen: takes a layer with a parameter, such as linear<…>.");
    static constexpr bool is_frozen = true;
};
template <matrix_use L>
struct frozen<L> : L {
    using matrix = frozen;
    static constexpr bool is_frozen = true;
};

template <class L>
struct unnamed_layer<frozen<L>> {
    using type = frozen<typename unnamed_layer<L>::type>;
};

namespace detail {
template <class L>
struct frozen_part {
    using type = L;
};
template <class L>
    requires(parametrised_layer<L> || layer_group<L>)
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

}  // namespace apd::ext

namespace apd {
using ext::frozen;
}  // namespace apd
