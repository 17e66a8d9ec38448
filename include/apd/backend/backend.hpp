#pragma once
// The concept `backend`: the few primitives from which every attribution, mask, loss, pass and update is made.

#include <concepts>
#include <cstddef>
#include <span>

#include <apd/array/active_pairs.hpp>
#include <apd/array/elementwise.hpp>
#include <apd/array/view.hpp>
#include <apd/core/philox.hpp>

namespace apd::ext {

namespace detail {
struct any_word_function {
    APD_HOST_DEVICE float operator()(std::uint32_t word) const { return static_cast<float>(word); }
};
inline void do_nothing(std::size_t, std::size_t) {}
inline void do_nothing_for(std::size_t) {}
}  // namespace detail

/// Where arrays live and statements run.
///
/// Minimal definition, for scalars T = float, double:
/// * `allocate<T>(n)`, `deallocate(p)`: n zeros in the backend's memory;
/// * `upload(host, view)`, `download(view, host)`: copies between a host array in row-major order ([B, d] by rows) and
///   an array of the backend;
/// * `device(s1, s2, …)`: statements one after the other; the target of a statement is read in it, if at all, at the
///   element that is written, and not where more than one number is summed;
/// * `device(s, pairs)`: one statement over active pairs: targets over pairs (letter p) are written up to the last
///   pair, any other target is set to zero first, unless it accumulates;
/// * `random(key, f, x["bi"])`: x[b, i] = f(random_word(key, b, i)); the key's step may be held in memory;
/// * `fork()`: a backend in the same memory, whose statements may run beside those of others in `sequences`;
/// * `sequences(n, f)`: something that does f(0), …, f(n − 1) as many times as it is called with: sequences of
///   statements that don't depend on each other, each the same every time. A backend may run them beside each other,
///   each on a fork of its own if there are several, and may record what f asks for and repeat that: what changes from
///   time to time is held in memory, and f neither uploads nor downloads;
/// * `select_top(a["bc"], n, pairs)`: pairs := the n largest entries of a [B, R] as far as they are positive, and every
///   sample of the components R, …, C−1; of equal entries the first in (b, c) order are taken;
/// * `select_top_per_sample(a["bc"], k, pairs)`: likewise the k largest of every sample, but those that are not
/// positive
///   count as zero and may be among them;
/// * `parallel(pieces, cost, work)`: work(worker, piece) for independent pieces of about `cost` multiply-adds each,
///   worker < `workers()`; plain statements may run in it, not those over pairs, nor selections;
/// * `tile_bytes`: the working set, in bytes, in which a chain of small operations runs best.
///
/// Optional: `random_rows(key, f, number, x)`, what `row_draws` says, four words of a counter at a time.
///
/// Optional: `nonzero_first(x, number)`, which lays the samples of x that are not all zero first, in their order,
/// writes to number [B] which samples these and the others were, and returns how many there are: so that a step leaves
/// the others out, where they change nothing. A selection among the attributions of the first samples alone is one
/// among all, with zeros for those left out; statements over pairs pass over the pairs of samples that their arrays
/// lack.
///
/// Optional: `lay_nodes(x, bound, ranges, nodes)`, for functions f_c of one number whose eighth derivatives are at most
/// bound [C] and that are wanted at many numbers x [B, C]: writes a few numbers of the same range to nodes [N, C], what
/// it must remember of them to ranges [2, C], and returns N; 0, if it is not worth it. From values [N, C], f_c(nodes[n,
/// c]), `interpolate(x, ranges, values, y, slope)` makes y = f_c(x) and slope = f_c′(x), [B, C], to rounding, and
/// `spread(x, ranges, g, given)` the adjoint of y by values: given[n, c] = Σ_b g[b, c] ∂y[b, c]/∂values[n, c].
///
/// Optional: `widest_gathered`, of how many numbers a sample an array by samples may have for it to be worth gathering
/// at active pairs (`device(a["pi"] = x["bi"], pairs)`) where several statements read it there.
///
/// Optional: `join(team)`, from which on it computes with a slice of every batch (see `team`), `joined()` and
/// `add_up(array)`, whose numbers become the sums of those of all slices; with them `own_part(s)`, of a statement that
/// accumulates the part of the numbers that falls to it.
///
/// Errors: `apd::error` if the arrays of a statement hold different numbers of samples.
/// Laws: a statement gives what the plain loop over its letters gives, to rounding; the same statement on the same data
/// gives the same bits for any number of workers; nothing but `allocate` allocates once a statement has run before.
///
/// Models: `apd::cpu`; `serial` in tests/, the shortest complete example.
template <class D>
concept backend = requires(D& device, float* memory, view<float, extents<dynamic, 2>> x, view<float, extents<>> n,
                           std::span<float> host, active_pairs& pairs) {
    { device.template allocate<float>(std::size_t{1}) } -> std::same_as<float*>;
    device.deallocate(memory);
    device.upload(std::span<const float>(host), x);
    device.download(x, host);
    device(x["bi"_i] = x["bi"_i] * 2.F, x["bi"_i] += x["bi"_i]);
    device(x["bc"_i] = x["bc"_i] + 1.F, pairs);
    device.random(random_key{}, detail::any_word_function{}, x);
    device.select_top(x, n, pairs);
    device.select_top_per_sample(x, std::size_t{1}, pairs);
    { device.fork() } -> std::same_as<D>;
    device.sequences(std::size_t{1}, &detail::do_nothing_for)(std::size_t{1});
    device.parallel(std::size_t{1}, std::size_t{1}, &detail::do_nothing);
    { device.workers() } -> std::convertible_to<std::size_t>;
    { D::tile_bytes } -> std::convertible_to<std::size_t>;
};

}  // namespace apd::ext
