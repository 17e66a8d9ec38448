#pragma once
// The concept `attribution_node`: how much each component matters to each sample.

#include <concepts>

#include <apd/component/method_node.hpp>

namespace apd::ext {

/// Marks a type as an attribution, so that masks take it.
struct attribution_base {
    static constexpr bool is_differentiable = false;
    bool operator==(const attribution_base&) const = default;
};

/// Concept: a score for every sample and component.
///
/// A node (see `method_node`) that derives from `attribution_base`, and whose state has `value()`, an array [B, C] of
/// numbers that are not negative; masks activate the largest. An attribution through which losses are differentiated
/// has also `gradient(device)`, [B, C], to which the gradient of the loss is added; its `pullback(step)` carries that
/// on to what the attribution was computed from.
///
/// It says so: `static constexpr bool is_differentiable = true`.
///
/// Law: with `gradient`, pullback is the derivative of evaluate with respect to the components P_c.
/// Models: gradient_attribution, estimated_gradient_attribution, integrated_gradient_attribution, ablation_attribution,
/// activation_attribution, of_sequences.
template <class A>
concept attribution_node = method_node<A> && std::derived_from<A, attribution_base>;

/// True for an attribution: what masks are made from. (A variable: it is named in messages.)
template <class A>
inline constexpr bool is_an_attribution = attribution_node<A>;

/// Whether losses are differentiated through an attribution. (A variable: it is named in messages.)
template <class A>
inline constexpr bool is_differentiable_attribution = A::is_differentiable;

}  // namespace apd::ext
