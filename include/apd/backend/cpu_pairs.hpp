#pragma once
// A statement over active pairs on the CPU: per component, gather the pairs' samples, run the plain statement, scatter.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include <apd/array/active_pairs.hpp>
#include <apd/backend/cpu_rows.hpp>

namespace apd::detail {

// How many pairs of one component are handled at a time: their gathered samples should stay in the first-level cache.
inline constexpr std::size_t pairs_at_once = 128;

/// One piece of the work: `count` pairs of component `component`, from pair `begin` on.
struct pair_chunk {
    std::size_t component, begin, count;
    const std::uint32_t* sample;  // of the first of them
};

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

// The scratch, in elements, that the gathered tiles of an expression take.
template <class... Leaves>
constexpr std::size_t tile_elements(std::tuple<Leaves...>*) {
    return (std::size_t{0} + ... + (pair_leaf<Leaves>::tile_elements() * pairs_at_once));
}

// Whether an expression has an array with a letter p or b.
template <class... Leaves>
constexpr bool is_read_by_pair(std::tuple<Leaves...>*) {
    return ((pair_leaf<Leaves>::by_pair || pair_leaf<Leaves>::by_sample) || ...);
}

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
    return std::apply(
        [&](const auto&... argument) {
            // Braces: the tiles are laid out from left to right.
            return std::apply([&](const auto&... inside) { return map(node.function, inside...); },
                              std::tuple{in_chunk(argument, chunk, scratch)...});
        },
        node.arguments);
}

// `run` executes a plain statement; `scratch(n)` gives room for n elements.
template <class Target, class Value, bool Accumulate, class Run, class Scratch>
void run_pairs(const assignment<Target, Value, Accumulate>& statement, const active_pairs& pairs, Run&& run,
               Scratch&& scratch) {
    using rules = pair_leaf<Target>;
    using T = typename Target::scalar;
    using leaves = typename leaves_of<Value>::type;
    static_assert(rules::by_pair || rules::by_sample || is_read_by_pair(static_cast<leaves*>(nullptr)),
                  "apd: a statement over pairs needs an array with the letter p (pairs) or b (samples).");
    constexpr bool reduces = !rules::by_pair;  // several pairs meet in one element of the target
    if constexpr (reduces && !Accumulate) run(statement.target = T(0));

    constexpr std::size_t target_elements = rules::tile_elements() * pairs_at_once;
    T* const target_tile = scratch(target_elements + tile_elements(static_cast<leaves*>(nullptr)));
    for (std::size_t c = 0; c < pairs.components; ++c) {
        for (std::size_t p = pairs.first[c]; p < pairs.first[c + 1]; p += pairs_at_once) {
            const std::size_t count = std::min<std::size_t>(pairs_at_once, pairs.first[c + 1] - p);
            const pair_chunk chunk{c, p, count, pairs.sample + p};
            T* tiles = target_tile + target_elements;
            const auto value = in_chunk(statement.value, chunk, tiles);
            const auto target = rules::view_of(statement.target.array, chunk, target_tile)[rules::chunk_letters()];
            if constexpr (rules::by_sample) {
                run(target = value);
                rules::for_each_gathered(statement.target.array, chunk, target_tile,
                                         [](T gathered, T& entry) { entry += gathered; });
            } else if constexpr (reduces || Accumulate) {
                run(target += value);
            } else {
                run(target = value);
            }
        }
    }
}

}  // namespace apd::detail
