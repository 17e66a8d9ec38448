#pragma once
// What a mask is to the passes and losses that read it: active pairs, or a real number for every sample and component.

#include <concepts>

#include <apd/array/active_pairs.hpp>

namespace apd {

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

}  // namespace apd
