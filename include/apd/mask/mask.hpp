#pragma once
// The concept `mask_node`: which components each sample uses, and how much of them.

#include <concepts>

#include <apd/component/components.hpp>
#include <apd/component/mask_state.hpp>

namespace apd {

/// Marks a type as a mask, so that losses take it.
struct mask_base {
    bool operator==(const mask_base&) const = default;
};

/// Concept: what multiplies component c on sample b.
///
/// A node (see `method_node`) that derives from `mask_base`, with a state that is a `binary_mask_state` or a
/// `real_mask_state`.
///
/// Models: batch_top_k, per_sample_top_k, exact_top_k (binary), lp (real); a user's own in
/// examples/custom_architecture.
template <class M>
concept mask_node = method_node<M> && std::derived_from<M, mask_base>;

/// True for one mask and nothing else: what losses that read a mask are made from.
template <class... Arguments>
inline constexpr bool is_one_mask = sizeof...(Arguments) == 1 && (mask_node<Arguments> && ...);

}  // namespace apd
