#pragma once
// The positions of a statement: its letters, one by one or counted through.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>

#include <apd/array/statement.hpp>
#include <apd/core/error.hpp>

namespace apd::detail {

// The run-time size of the batch letter of a statement; every array must have the same.
template <class Statement>
std::size_t batch_of(const Statement& statement) {
    using traits = statement_traits<Statement>;
    std::size_t batch = 1;
    bool known = false;
    const auto meet = [&](const auto& leaf) {
        if constexpr (std::decay_t<decltype(leaf)>::view_type::shape::is_batched) {
            if (known && leaf.array.batch != batch)
                throw error("array statement", "arrays hold different numbers of samples", "give all the same batch");
            batch = leaf.array.batch;
            known = true;
        }
    };
    if constexpr (traits::batch_letter != '\0') {
        meet(statement.target);
        for_each_leaf(statement.value, meet);
    }
    return batch;
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
};

// Whether running all statements at one element before the next is the same as running them one after the other: no
// statement reads or writes an array where it overlaps one written before, unless it is the same array.
template <class... Statements>
bool can_be_fused(std::size_t size, const Statements&... statements) {
    bool fused = true;
    std::array<const void*, sizeof...(Statements)> written{};
    std::size_t before = 0;
    const auto meet = [&](const auto& leaf) {
        using T = std::remove_cvref_t<decltype(*leaf.array.data)>;
        const T* const begin = leaf.array.data;
        const bool is_one = std::decay_t<decltype(leaf)>::letters::count == 0;
        for (std::size_t w = 0; w < before; ++w) {
            const T* const other = static_cast<const T*>(written[w]);
            const bool is_apart =
                std::less_equal<>()(begin + (is_one ? 1 : size), other) || std::less_equal<>()(other + size, begin);
            fused = fused && ((begin == other && !is_one) || is_apart);
        }
    };
    const auto look_at = [&](const auto& statement) {
        for_each_leaf(statement.value, meet);
        meet(statement.target);
        written[before++] = statement.target.array.data;
    };
    (look_at(statements), ...);
    return fused;
}

}  // namespace apd::detail
