#pragma once
// A statement over active pairs on the CPU: per component, gather the pairs' samples, run the plain statement, scatter.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <apd/array/active_pairs.hpp>
#include <apd/backend/cpu_rows.hpp>
#include <apd/backend/work_part.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext::detail {

// How many pairs of one component are handled at a time: their gathered samples should stay in the first-level cache.
inline constexpr std::size_t pairs_at_once = 128;

/// One piece of the work: `count` pairs of component `component`, from pair `begin` on.
struct pair_chunk {
    std::size_t component, begin, count;
    const std::uint32_t* sample;  // of the first of them
};

/// Which pairs: of a range of components, with samples in a range.
struct pair_range {
    work_part::range components, samples;
};

// f(chunk) for the pairs of a range, component by component; the search for them is compiled once for all statements.
inline void for_each_chunk(const active_pairs& pairs, const pair_range& range, std::size_t most, const void* f,
                           void (*call)(const void* f, const pair_chunk& chunk)) {
    for (std::size_t c = range.components.begin; c < range.components.end; ++c) {
        std::size_t first = pairs.first[c], last = pairs.first[c + 1];
        const auto find = [&](std::size_t sample) {
            return static_cast<std::size_t>(std::lower_bound(pairs.sample + first, pairs.sample + last, sample) -
                                            pairs.sample);
        };
        if (range.samples.begin > 0) first = find(range.samples.begin);
        if (last > first && pairs.sample[last - 1] >= range.samples.end) last = find(range.samples.end);
        for (std::size_t p = first; p < last; p += most) call(f, {c, p, std::min(most, last - p), pairs.sample + p});
    }
}
template <class F>
void for_each_chunk(const active_pairs& pairs, const pair_range& range, std::size_t most, const F& f) {
    for_each_chunk(pairs, range, most, &f,
                   [](const void* target, const pair_chunk& chunk) { (*static_cast<const F*>(target))(chunk); });
}

// The static sizes of an array without its run-time axis, and without the component's where it has one.
template <class Extents, bool HasComponent>
struct per_sample_extents;
template <std::size_t... Rest>
struct per_sample_extents<extents<dynamic, Rest...>, false> {
    using type = extents<dynamic, Rest...>;
};
template <std::size_t C, std::size_t... Rest>
struct per_sample_extents<extents<dynamic, C, Rest...>, true> {
    using type = extents<dynamic, Rest...>;
};

template <class Leaf>
struct pair_leaf;
template <class V, class A>
struct pair_leaf<indexed<V, A>> {
    using T = std::remove_const_t<typename V::value_type>;
    static constexpr A letters{};
    static constexpr bool by_pair = letters.has('p'), by_sample = letters.has('b'), by_component = letters.has('c');
    static_assert(V::is_dense, "apd: over pairs an array is whole, not a part of one.");
    static_assert(!by_pair || letters.find('p') == 0, "apd: the letter p (pairs) must be an array's first.");
    static_assert(!by_component || letters.find('c') == (by_sample ? 1 : 0),
                  "apd: over pairs the letter c (component) must be an array's first, or second after b.");
    static_assert(!(by_pair && (by_sample || by_component)),
                  "apd: an array over pairs has no letter b or c of its own.");

    // The letters of what a chunk sees: samples are pairs, and the component is fixed.
    static constexpr auto chunk_letters() { return without<'c'>(renamed<'b', 'p'>(letters)); }

    // Elements per pair that a gathered tile needs.
    static constexpr std::size_t tile_elements() {
        if constexpr (by_sample) return per_sample_extents<typename V::shape, by_component>::type::elements;
        else return 0;
    }

    // The array as this chunk sees it; a by-sample array is seen through `tile`.
    static auto view_of(const V& array, const pair_chunk& chunk, T* tile) {
        if constexpr (by_pair) return array.rows(chunk.begin, chunk.count);
        else if constexpr (by_sample) {
            using shape = typename per_sample_extents<typename V::shape, by_component>::type;
            return view<T, shape>{tile, chunk.count, pairs_at_once};
        } else if constexpr (by_component) return array(chunk.component);
        else return array;
    }
    // f(entry of the tile, entry of the array) for every gathered element.
    template <class F>
    static void for_each_gathered(const V& array, const pair_chunk& chunk, T* tile, F&& f) {
        auto* data = array.data;
        if constexpr (by_component) data += chunk.component * array.step(1);
        for (std::size_t i = 0; i < tile_elements(); ++i)
            for (std::size_t p = 0; p < chunk.count; ++p)
                f(tile[i * pairs_at_once + p], data[i * array.stride + chunk.sample[p]]);
    }
};

/// What the letters of a statement over pairs say about it.
template <class Statement, class Leaves>
struct pair_rules_of_leaves;
template <class Target, class Value, bool Accumulate, class... Leaves>
struct pair_rules_of_leaves<assignment<Target, Value, Accumulate>, leaf_list<Leaves...>> {
    using target = pair_leaf<Target>;
    static_assert(target::by_pair || target::by_sample ||
                      ((pair_leaf<Leaves>::by_pair || pair_leaf<Leaves>::by_sample) || ...),
                  "apd: a statement over pairs needs an array with the letter p (pairs) or b (samples).");
    // Several pairs meet in one element of the target, whatever component they belong to or only of one component.
    static constexpr bool reduces = !target::by_pair;
    static constexpr bool components_meet = !target::by_pair && !target::by_component;
    static constexpr bool adds_to_samples = target::by_sample && !target::by_component;
    // Elements per pair of all gathered tiles.
    static constexpr std::size_t tile_elements = (target::tile_elements() + ... + pair_leaf<Leaves>::tile_elements());

    // How many samples the arrays by sample hold.
    static std::size_t samples(const assignment<Target, Value, Accumulate>& statement) {
        std::size_t count = static_cast<std::size_t>(-1);
        const auto meet = [&](const auto& leaf) {
            if constexpr (pair_leaf<std::decay_t<decltype(leaf)>>::by_sample) count = leaf.array.batch;
        };
        for_each_leaf(statement.value, meet);
        meet(statement.target);
        return count;
    }
};
template <class Statement>
struct pair_rules;
template <class Target, class Value, bool Accumulate>
struct pair_rules<assignment<Target, Value, Accumulate>>
    : pair_rules_of_leaves<assignment<Target, Value, Accumulate>, typename leaves_of<Value>::type> {};

// Multiply-adds for one pair: the combinations of all letters but those that a pair fixes, of which p and b, known at
// run time, are not counted anyway.
template <class Statement, class Traits = statement_traits<Statement>>
inline constexpr std::size_t work_of_pair = counted_positions<Traits, Traits::out.without('c')>::static_size*
    counted_positions<Traits, Traits::summed.without('c')>::static_size;

template <class T>
constexpr auto in_chunk(const constant<T>& node, const pair_chunk&, T*&) {
    return node;
}
template <class V, class A, class T>
auto in_chunk(const indexed<V, A>& leaf, const pair_chunk& chunk, T*& scratch) {
    using rules = pair_leaf<indexed<V, A>>;
    T* tile = scratch;
    scratch += rules::tile_elements() * pairs_at_once;
    if constexpr (rules::by_sample)
        rules::for_each_gathered(leaf.array, chunk, tile, [](T& gathered, T value) { gathered = value; });
    return rules::view_of(leaf.array, chunk, tile)[rules::chunk_letters()];
}
template <class F, class... Arguments, class T>
auto in_chunk(const mapped<F, Arguments...>& node, const pair_chunk& chunk, T*& scratch) {
    return node.arguments.unpack([&](const auto&... argument) {
        // Braces: the tiles are laid out from left to right.
        return mapped<F, decltype(in_chunk(argument, chunk, scratch))...>{
            {}, node.function, {{{in_chunk(argument, chunk, scratch)}...}}};
    });
}

// The pairs of a range. `run` executes a plain statement; `tiles` is room for the gathered tiles. A target where pairs
// meet holds zeros or what is added to.
template <class Target, class Value, bool Accumulate, class Run>
[[gnu::noinline]] void run_pairs(const assignment<Target, Value, Accumulate>& statement, const active_pairs& pairs,
                                 const pair_range& range, typename Target::scalar* tiles, Run&& run) {
    using statement_type = assignment<Target, Value, Accumulate>;
    using rules = pair_leaf<Target>;
    constexpr std::size_t target_elements = rules::tile_elements() * pairs_at_once;
    for_each_chunk(pairs, range, pairs_at_once, [&](const pair_chunk& chunk) {
        auto* rest = tiles + target_elements;
        const auto value = in_chunk(statement.value, chunk, rest);
        const auto target = rules::view_of(statement.target.array, chunk, tiles)[rules::chunk_letters()];
        if constexpr (rules::by_sample) {
            run(target = value);
            rules::for_each_gathered(statement.target.array, chunk, tiles,
                                     [](auto gathered, auto& entry) { entry += gathered; });
        } else if constexpr (pair_rules<statement_type>::reduces || Accumulate) {
            run(target += value);
        } else {
            run(target = value);
        }
    });
}

}  // namespace apd::ext::detail
