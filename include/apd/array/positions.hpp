#pragma once
// The positions of a statement: its letters, one by one or counted through.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

#include <apd/array/statement.hpp>
#include <apd/core/error.hpp>

namespace apd::ext::detail {

[[noreturn]] inline void refuse_batches() {
    throw error("array statement", "arrays hold different numbers of samples", "give all the same batch");
}

// Adds what an expression knows of the batch, `dynamic` as long as nothing is known. (Not by for_each_leaf: these are
// compiled once for all statements that an expression stands in.)
template <class V, class A>
void meet_batch(const indexed<V, A>& leaf, std::size_t& batch) {
    if constexpr (V::shape::is_batched) {
        if (batch != dynamic && leaf.array.batch != batch) refuse_batches();
        batch = leaf.array.batch;
    }
}
template <class T>
void meet_batch(const constant<T>&, std::size_t&) {}
template <class T, class Test, char A, char B>
void meet_batch(const letter_test<T, Test, A, B>&, std::size_t&) {}
template <class E>
void meet_batch(const maximum_of<E>& node, std::size_t& batch) {
    meet_batch(node.inner, batch);
}
template <class F, class... Arguments>
void meet_batch(const mapped<F, Arguments...>& node, std::size_t& batch);
template <std::size_t N, class E>
void meet_batch(const common_part<N, E>& node, std::size_t& batch) {
    meet_batch(node.inner, batch);
}
template <class F, class... Arguments>
void meet_batch(const mapped<F, Arguments...>& node, std::size_t& batch) {
    node.arguments.unpack([&](const auto&... argument) { (meet_batch(argument, batch), ...); });
}

// The run-time size of the batch letter of a statement; every array must have the same. 1 if there is none.
template <class Target, class Value, bool Accumulate>
std::size_t batch_of(const assignment<Target, Value, Accumulate>& statement) {
    if constexpr (statement_traits<assignment<Target, Value, Accumulate>>::batch_letter == '\0') {
        return 1;
    } else {
        std::size_t batch = dynamic;
        meet_batch(statement.target, batch);
        meet_batch(statement.value, batch);
        return batch;
    }
}

// How many entries the target of a statement has.
template <class Target, class Value, bool Accumulate>
std::size_t elements_of(const assignment<Target, Value, Accumulate>& statement) {
    if constexpr (Target::view_type::shape::is_batched) return Target::view_type::shape::elements * batch_of(statement);
    else return Target::view_type::shape::elements;
}

// f() at every combination of the letters of List from Depth on, whose values stand in `at`.
template <class Traits, letter_list List, std::size_t Depth = 0, class F>
[[gnu::always_inline]] APD_HOST_DEVICE inline void for_each_position(position& at, std::size_t batch, F&& f) {
    if constexpr (Depth == List.count) {
        f();
    } else {
        constexpr char letter = List.letter[Depth];
        constexpr std::size_t fixed = Traits::size(letter);
        const std::size_t size = fixed == dynamic ? batch : fixed;
        for (at[letter] = 0; at[letter] < size; ++at[letter]) for_each_position<Traits, List, Depth + 1>(at, batch, f);
        at[letter] = 0;
    }
}

/// The combinations of the letters of List as numbers from 0 on, the last letter counting fastest.
template <class Traits, letter_list List>
struct counted_positions {
    static constexpr bool is_batched = Traits::batch_letter != '\0' && List.has(Traits::batch_letter);
    static constexpr std::size_t static_size = [] {
        std::size_t product = 1;
        for (std::size_t i = 0; i < List.count; ++i)
            if (Traits::size(List.letter[i]) != dynamic) product *= Traits::size(List.letter[i]);
        return product;
    }();
    APD_HOST_DEVICE static constexpr std::size_t size(std::size_t batch) {
        return is_batched ? static_size * batch : static_size;
    }
    /// Sets the letters in `at` to combination `index`. Numbers of 32 bits: a GPU divides them faster.
    template <std::size_t Left = List.count>
    APD_HOST_DEVICE static void place(position& at, std::uint32_t index, std::size_t batch) {
        if constexpr (Left == 0) return;
        constexpr char letter = List.letter[Left == 0 ? 0 : Left - 1];
        if constexpr (Left == 1) {
            at[letter] = index;
        } else if constexpr (Left > 1) {
            constexpr std::size_t fixed = Traits::size(letter);
            const auto size = static_cast<std::uint32_t>(fixed == dynamic ? batch : fixed);
            at[letter] = index % size;
            place<Left - 1>(at, index / size, batch);
        }
    }
    /// The combination in `at`, where no letter is that of the run-time axis.
    APD_HOST_DEVICE static std::size_t number(const position& at) requires(!is_batched) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            std::size_t index = 0;
            ((index = index * Traits::size(List.letter[I]) + at[List.letter[I]]), ...);
            return index;
        }
        (std::make_index_sequence<List.count>{});
    }
};

// An array that one of several statements reads or, listed after those that it reads, writes.
struct touched_array {
    const char* begin;
    const char* end;
    bool is_broadcast_scalar, is_target;  // one number for all elements
};
inline bool are_fusible(std::span<const touched_array> arrays) {
    for (std::size_t i = 0; i < arrays.size(); ++i)
        for (std::size_t before = 0; before < i; ++before) {
            const touched_array &a = arrays[i], &b = arrays[before];
            const bool is_apart = std::less_equal<>()(a.end, b.begin) || std::less_equal<>()(b.end, a.begin);
            const bool is_the_same = a.begin == b.begin && !a.is_broadcast_scalar && !b.is_broadcast_scalar;
            if ((a.is_target || b.is_target) && !is_apart && !is_the_same) return false;
        }
    return true;
}

// Whether statements are loops over memory whose arrays have the same shape.
template <class First, class... Rest>
inline constexpr bool are_alike = statement_traits<First>::is_flat && (statement_traits<Rest>::is_flat && ...) &&
                                  (std::is_same_v<decltype(First::target.array), decltype(Rest::target.array)> && ...);

// How many elements such statements have, if running all at one element before the next is the same as running them one
// after the other: no array that is written overlaps another that is read or written, unless it is the same array.
// Else 0.
template <class... Targets, class... Values, bool... Accumulate>
std::size_t fused_elements(const assignment<Targets, Values, Accumulate>&... statements) {
    const std::array<std::size_t, sizeof...(statements)> sizes{elements_of(statements)...};
    const std::size_t size = sizes[0];
    for (const std::size_t each : sizes)
        if (each != size) return 0;
    std::array<touched_array, (leaves_of<Values>::type::count + ...) + sizeof...(Values)> arrays;
    std::size_t count = 0;
    const auto add = [&](const auto& leaf, bool is_target) {
        const bool is_one = std::decay_t<decltype(leaf)>::letters::count == 0;
        const auto* const begin = leaf.array.data;
        arrays[count++] = {reinterpret_cast<const char*>(begin),
                           reinterpret_cast<const char*>(begin + (is_one ? 1 : size)), is_one && size > 1, is_target};
    };
    const auto look_at = [&](const auto& statement) {
        for_each_leaf(statement.value, [&](const auto& leaf) { add(leaf, false); });
        add(statement.target, true);
    };
    (look_at(statements), ...);
    return are_fusible(arrays) ? size : 0;
}

}  // namespace apd::ext::detail
