#pragma once
// Random numbers on a grid of threads: each thread computes the words that one counter gives.

#include <cstddef>
#include <cstdint>

#include <apd/array/view.hpp>
#include <apd/core/philox.hpp>

namespace apd::ext::detail {

/// Threads: each writes four samples of a feature, sixteen apart (see `random_place`).
template <class F, class T, std::size_t Features>
struct random_by_thread {
    random_key key;
    F function;
    view<T, extents<dynamic, Features>> target;

    APD_HOST_DEVICE std::size_t count() const { return (target.batch + 63) / 64 * 16 * Features; }
    APD_HOST_DEVICE void operator()(std::size_t item) const {
        const std::size_t counters = (target.batch + 63) / 64 * 16, feature = item / counters,
                          counter = item % counters;
        const auto words = philox(
            {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(feature), key.step.value(), key.stream},
            key.seed);
        T* const row = target.data + feature * target.stride;
        for (std::size_t w = 0; w < 4; ++w) {
            const std::size_t b = counter / 16 * 64 + w * 16 + counter % 16;
            if (b < target.batch) row[b] = function(words[w]);
        }
    }
};

}  // namespace apd::ext::detail
