#pragma once
// What a mask is to the passes and losses that read it: active pairs, or a real number for every sample and component,
// and perhaps for what the components leave.

#include <concepts>

#include <apd/array/active_pairs.hpp>

namespace apd::ext {

/// Concept: the state of a mask whose entries are 0 or 1: `pairs()`, those that are 1, and `count()`, for each
/// component the number of its samples, [C].
template <class S>
concept binary_mask_state = requires(const S& s) {
    { s.pairs() } -> std::same_as<const active_pairs&>;
    s.count();
};

/// Concept: the state of a mask with real entries, which is differentiated: `value()` and `gradient()`, [B, C].
template <class S>
concept real_mask_state = requires(const S& s) {
    s.value();
    s.gradient();
};

/// Concept: the state of a real mask that has a share for the delta component of every site too, what its components
/// leave of the target, Δ = W − Σ_c P_c: `delta()` and `delta_gradient()`, [B, sites]. Without them passes have no Δ.
template <class S>
concept delta_mask_state = real_mask_state<S> && requires(const S& s) {
    s.delta();
    s.delta_gradient();
};

}  // namespace apd::ext
