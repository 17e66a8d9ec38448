#pragma once
// Products over active pairs whose arrays are wide: samples are first laid one after the other, so that a pair's
// sample is gathered and scattered as a row of memory.

#include <algorithm>
#include <cstddef>

#include <apd/backend/cpu_pairs.hpp>
#include <apd/backend/cpu_tiles.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext::detail {

/// How an array of a product over pairs is seen sample after sample, or pair after pair.
template <class Leaf>
struct pair_row_leaf;
template <class V, class A>
struct pair_row_leaf<indexed<V, A>> : pair_leaf<indexed<V, A>> {
    using base = pair_leaf<indexed<V, A>>;
    using T = typename base::T;
    using shape = typename V::shape;
    /// Numbers of a row; 0 for arrays without.
    static constexpr std::size_t width = base::by_pair || base::by_sample ? shape::elements : 0;

    static auto rows_of(T* tile, std::size_t count) {
        return view<T, shape, sample_major<shape>>{tile, count, shape::elements};
    }
    // The pairs of a chunk, gathered into `tile` from `rows`, the array's samples one after the other.
    static auto gathered(const V& array, const pair_chunk& chunk, const T* rows, T* tile) {
        if constexpr (base::by_sample) {
            for (std::size_t p = 0; p < chunk.count; ++p)
                std::copy_n(rows + chunk.sample[p] * width, width, tile + p * width);
            return rows_of(tile, chunk.count);
        } else if constexpr (base::by_pair) {
            transpose(array.data + chunk.begin, array.stride, tile, width, width, chunk.count);
            return rows_of(tile, chunk.count);
        } else {
            return base::view_of(array, chunk, nullptr);
        }
    }
};

template <class Statement>
struct pair_rows;
/// The work of a product over pairs on rows. It needs room for the samples of its arrays, `copies(statement)` numbers,
/// and `tiles` numbers for each thread.
template <class Target, class A, class B, bool Accumulate>
struct pair_rows<assignment<Target, mapped<multiply, A, B>, Accumulate>> {
    using statement_type = assignment<Target, mapped<multiply, A, B>, Accumulate>;
    using T = typename Target::scalar;
    using target = pair_row_leaf<Target>;
    using left = pair_row_leaf<A>;
    using right = pair_row_leaf<B>;

    static constexpr std::size_t at_once = 64, wide = 32;
    static constexpr std::size_t tiles = at_once * (target::width + left::width + right::width);
    template <class Leaf>
    static constexpr bool is_wide = Leaf::by_sample && !Leaf::by_component && Leaf::width >= wide;
    template <class Leaf>
    static constexpr bool fits = !(Leaf::by_sample && Leaf::by_component);
    /// Whether the rows are so wide that this is worth it.
    static constexpr bool is_worth_it = (is_wide<target> || is_wide<left> || is_wide<right>)&&fits<target> &&
                                        fits<left> && fits<right> &&
                                        (target::by_sample || target::by_pair || target::by_component);

    template <class Leaf>
    static std::size_t copy_of(const auto& array) {
        return Leaf::by_sample ? array.stride * Leaf::width : 0;
    }
    static std::size_t copies(const statement_type& s) {
        const auto& a = get<0>(s.value.arguments);
        const auto& b = get<1>(s.value.arguments);
        return copy_of<target>(s.target.array) + copy_of<left>(a.array) + copy_of<right>(b.array);
    }

    statement_type statement;
    T* target_rows;
    T* left_rows;
    T* right_rows;

    pair_rows(const statement_type& s, T* workspace)
        : statement(s),
          target_rows(workspace),
          left_rows(target_rows + copy_of<target>(s.target.array)),
          right_rows(left_rows + copy_of<left>(get<0>(s.value.arguments).array)) {}

    /// Lays the samples of a range one after the other.
    [[gnu::noinline]] void lay_out(work_part::range samples) const {
        const auto lay = [&]<class Leaf>(const auto& array, T* rows, Leaf) {
            if constexpr (Leaf::by_sample)
                transpose(array.data + samples.begin, array.stride, rows + samples.begin * Leaf::width, Leaf::width,
                          Leaf::width, samples.end - samples.begin);
        };
        const auto& a = get<0>(statement.value.arguments);
        const auto& b = get<1>(statement.value.arguments);
        lay(a.array, left_rows, left{});
        lay(b.array, right_rows, right{});
        if constexpr (target::by_sample)
            std::fill(target_rows + samples.begin * target::width, target_rows + samples.end * target::width, T(0));
    }
    /// The pairs of a range; `run` executes a plain statement.
    template <class Run>
    [[gnu::noinline]] void run_pairs(const active_pairs& pairs, const pair_range& range, T* tile, Run&& run) const {
        const auto& a = get<0>(statement.value.arguments);
        const auto& b = get<1>(statement.value.arguments);
        T* const left_tile = tile + at_once * target::width;
        T* const right_tile = left_tile + at_once * left::width;
        for_each_chunk(pairs, range, at_once, [&](const pair_chunk& chunk) {
            const auto value = left::gathered(a.array, chunk, left_rows, left_tile)[left::chunk_letters()] *
                               right::gathered(b.array, chunk, right_rows, right_tile)[right::chunk_letters()];
            const auto& array = statement.target.array;
            if constexpr (target::by_component) {
                run(array(chunk.component)[target::chunk_letters()] += value);
            } else {
                const auto sum = target::rows_of(tile, chunk.count)[target::chunk_letters()];
                if constexpr (target::by_pair && Accumulate) {
                    target::gathered(array, chunk, nullptr, tile);
                    run(sum += value);
                } else {
                    run(sum = value);
                }
                if constexpr (target::by_pair)
                    transpose(tile, target::width, array.data + chunk.begin, array.stride, chunk.count, target::width);
                else add_rows(tile, chunk);
            }
        });
    }
    /// What was summed for the samples of a range goes to the target.
    [[gnu::noinline]] void put_back(work_part::range samples) const {
        if constexpr (target::by_sample) {
            const auto& array = statement.target.array;
            if constexpr (Accumulate) {
                for (std::size_t i = 0; i < target::width; ++i)
                    for (std::size_t b = samples.begin; b < samples.end; ++b)
                        array.data[i * array.stride + b] += target_rows[b * target::width + i];
            } else {
                transpose(target_rows + samples.begin * target::width, target::width, array.data + samples.begin,
                          array.stride, samples.end - samples.begin, target::width);
            }
        }
    }

  private:
    void add_rows(const T* tile, const pair_chunk& chunk) const {
        for (std::size_t p = 0; p < chunk.count; ++p) {
            T* const row = target_rows + chunk.sample[p] * target::width;
            for (std::size_t i = 0; i < target::width; ++i) row[i] += tile[p * target::width + i];
        }
    }
};

template <class Statement>
inline constexpr bool is_product_of_rows = false;
template <class Target, class VA, class LA, class VB, class LB, bool Accumulate>
inline constexpr bool
    is_product_of_rows<assignment<Target, mapped<multiply, indexed<VA, LA>, indexed<VB, LB>>, Accumulate>> =
        pair_rows<assignment<Target, mapped<multiply, indexed<VA, LA>, indexed<VB, LB>>, Accumulate>>::is_worth_it;

}  // namespace apd::ext::detail
