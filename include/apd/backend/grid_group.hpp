#pragma once
// The concept `thread_group`: threads of a grid that work together, and share some memory.

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <apd/core/annotations.hpp>

namespace apd::ext::detail {

struct no_terms {
    APD_HOST_DEVICE float operator()(std::size_t, std::size_t) const { return 0; }
    APD_HOST_DEVICE std::uint32_t operator()(std::size_t) const { return 0; }
    APD_HOST_DEVICE void operator()(std::size_t, float) const {}
    APD_HOST_DEVICE void operator()(std::size_t, std::uint32_t, std::uint32_t) const {}
};

/// Threads that run one function together. Every thread of a group makes the same calls in the same order.
///
/// Minimal definition:
/// * `size`, `rank()`: how many threads there are, a power of two, and which of them this is;
/// * `for_each(n, f)`: f(i) for every i < n, each by one thread;
/// * `sum_columns<T, Columns>(n, f, done)`: done(j, Σ_{i < n} f(j, i)) for every j < Columns, in a fixed order;
/// * `scan(n, f, done)`: done(i, Σ_{h < i} f(h), f(i)) for every i < n, of numbers of 32 bits; gives all threads the
/// sum
///   over all i;
/// * `add(place, n)`: *place += n, also where several threads of the grid do it at once;
/// * `sync()`: what was written before is seen by all threads of the group after it. The calls above don't imply it.
///
/// Models: the block of a CUDA grid, `detail::block`; `lone_thread` in tests/.
template <class G>
concept thread_group = requires(const G& group, no_terms f, std::uint32_t* place) {
    { G::size } -> std::convertible_to<std::size_t>;
    { group.rank() } -> std::convertible_to<std::size_t>;
    group.for_each(std::size_t{1}, [](std::size_t) {});
    group.template sum_columns<float, 1>(std::size_t{1}, f, f);
    { group.scan(std::size_t{1}, f, f) } -> std::same_as<std::uint32_t>;
    group.add(place, std::uint32_t{1});
    group.sync();
};

}  // namespace apd::ext::detail
