#pragma once
// A statement on the CPU: nested loops over its letters, the innermost along memory so that it vectorises.

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include <apd/array/elementwise.hpp>
#include <apd/array/positions.hpp>
#include <apd/backend/cpu_tiles.hpp>
#include <apd/backend/work_part.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext::detail {

// An expression along one letter, the others being fixed: callable with the place along it.
template <class T>
struct fixed_row {
    T number;
    T operator()(std::size_t) const { return number; }
};
template <class T>
struct contiguous_row {
    T* data;
    T& operator()(std::size_t l) const { return data[l]; }
};
template <class T>
struct strided_row {
    T* data;
    std::size_t step;
    T& operator()(std::size_t l) const { return data[l * step]; }
};
template <class Function, class... Rows>
struct mapped_row {
    Function function;
    pack<Rows...> rows;
    [[gnu::always_inline]] auto operator()(std::size_t l) const {
        return rows.unpack([&](const auto&... row) { return function(row(l)...); });
    }
};

template <class Row, std::size_t Rows>
struct sum_of_rows {
    std::array<Row, Rows> rows;
    [[gnu::always_inline]] auto operator()(std::size_t l) const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) { return (rows[I](l) + ...); }
        (std::make_index_sequence<Rows>());
    }
};
// A comparison of the letter along the row with another, whose number is fixed.
template <class LetterTest, bool IsLeft>
struct tested_row {
    std::size_t other;
    auto operator()(std::size_t l) const { return IsLeft ? LetterTest::at(l, other) : LetterTest::at(other, l); }
};

// Whether the axis of `letter` is contiguous in memory.
template <class Leaf>
constexpr bool is_contiguous_along(char letter) {
    return Leaf::letters::has(letter) && Leaf::view_type::is_contiguous_along(Leaf::letters::find(letter));
}

template <char Lane, class V, class A>
auto target_row(const indexed<V, A>& leaf, const position& at) {
    using T = typename V::value_type;
    T* data = leaf.array.data + leaf.offset(at);
    if constexpr (is_contiguous_along<indexed<V, A>>(Lane)) return contiguous_row<T>{data};
    else return strided_row<T>{data, leaf.array.step(A::find(Lane))};
}
template <char Lane, class V, class A>
auto row_along(const indexed<V, A>& leaf, const position& at) {
    if constexpr (A::has(Lane)) return target_row<Lane>(leaf, at);
    else return fixed_row<std::remove_const_t<typename V::value_type>>{leaf.value(at)};
}
template <char Lane, class T>
auto row_along(const constant<T>& node, const position&) {
    return fixed_row<T>{node.number};
}
template <char Lane, class T, class Test, char A, char B>
auto row_along(const letter_test<T, Test, A, B>& node, const position& at) {
    if constexpr (Lane == A) return tested_row<letter_test<T, Test, A, B>, true>{at[B]};
    else if constexpr (Lane == B) return tested_row<letter_test<T, Test, A, B>, false>{at[A]};
    else return fixed_row<T>{node.value(at)};
}
template <char Lane, class F, class... Arguments>
auto row_along(const mapped<F, Arguments...>& node, const position& at);
template <char Lane, std::size_t N, class E>
auto row_along(const common_part<N, E>& node, const position& at) {
    return row_along<Lane>(node.inner, at);
}
template <char Lane, class F, class... Arguments>
auto row_along(const mapped<F, Arguments...>& node, const position& at) {
    return node.arguments.unpack([&](const auto&... argument) {
        return mapped_row<F, decltype(row_along<Lane>(argument, at))...>{node.function,
                                                                         {{{row_along<Lane>(argument, at)}...}}};
    });
}

template <char Lane, class E>
auto row_along(const maximum_of<E>& node, const position& at) {
    return row_along<Lane>(node.inner, at);
}

// target[l] = (or +=) row(l). The rows of one statement name the same element at the same place or do not overlap.
template <bool Accumulate, class Target, class Row>
[[gnu::always_inline]] inline void assign_row(const Target& target, const Row& row, work_part::range lanes) {
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
    for (std::size_t l = lanes.begin; l < lanes.end; ++l) {
        if constexpr (Accumulate) target(l) += row(l);
        else target(l) = row(l);
    }
}

// Σ_l row(l) in a fixed order: sixteen partial sums side by side, then their sum. Vectors by name: g++ 12 would
// vectorise over l instead, which is shuffles, four times as slow.
template <class T, class Row>
T sum_row(const Row& row, std::size_t size) {
    using namespace Eigen::internal;
    constexpr std::size_t width = 16, vectors = width / packet_size<T>;
    packet_of<T> partial[vectors];
    for (auto& vector : partial) vector = pset1<packet_of<T>>(T(0));
    std::size_t l = 0;
    for (; l + width <= size; l += width) {
        T numbers[width];
        for (std::size_t j = 0; j < width; ++j) numbers[j] = row(l + j);
        for (std::size_t v = 0; v < vectors; ++v)
            partial[v] = padd(partial[v], ploadu<packet_of<T>>(numbers + v * packet_size<T>));
    }
    T sum = 0;
    for (; l < size; ++l) sum += row(l);
    for (const auto& vector : partial) sum += predux(vector);
    return sum;
}

// Whether rows along a letter are contiguous in every array that has it.
template <class... Leaves>
constexpr bool is_contiguous_in(leaf_list<Leaves...>*, [[maybe_unused]] char letter) {
    return ((!Leaves::letters::has(letter) || is_contiguous_along<Leaves>(letter)) && ...);
}
// The letter of the innermost loop: that of neighbours in batched arrays; else the last of the target, or one that is
// summed if only that is contiguous; else the last of the first array.
template <class Statement>
constexpr char lane_of() {
    using traits = statement_traits<Statement>;
    using leaves = typename leaves_of<std::decay_t<decltype(std::declval<Statement>().value)>>::type;
    constexpr auto is_contiguous = [](char letter) { return is_contiguous_in(static_cast<leaves*>(nullptr), letter); };
    if (traits::neighbours_letter != '\0') return traits::neighbours_letter;
    const char last = traits::out.count > 0 ? traits::out.letter[traits::out.count - 1] : '\0';
    if (last != '\0' && is_contiguous(last)) return last;
    for (std::size_t i = traits::summed.count; i-- > 0;)
        if (is_contiguous(traits::summed.letter[i])) return traits::summed.letter[i];
    return last != '\0' || traits::summed.count == 0 ? last : traits::summed.letter[traits::summed.count - 1];
}

// Whether the first of the outer letters has so many values that they are dealt to threads.
template <class Traits, letter_list Outer>
inline constexpr bool splits = Outer.count > 0 && Traits::size(Outer.letter[0]) >= 8;

// f() at every combination of the letters of List, the first of them within a part of its values.
template <class Traits, letter_list List, class F>
void for_each_position(const work_part& part, position& at, std::size_t batch, F&& f) {
    if constexpr (List.count == 0) {
        f();
    } else {
        constexpr char letter = List.letter[0];
        constexpr std::size_t fixed = Traits::size(letter);
        const auto [begin, end] = part.of(fixed == dynamic ? batch : fixed);
        for (at[letter] = begin; at[letter] < end; ++at[letter]) for_each_position<Traits, List, 1>(at, batch, f);
        at[letter] = 0;
    }
}

// The general statement, or the part of it that is asked for.
template <class Target, class Value, bool Accumulate>
void run_rows(const assignment<Target, Value, Accumulate>& statement, const work_part& part) {
    using traits = statement_traits<assignment<Target, Value, Accumulate>>;
    using T = typename Target::scalar;
    constexpr char lane = lane_of<assignment<Target, Value, Accumulate>>();
    constexpr letter_list outer = traits::out.without(lane), inner = traits::summed.without(lane);
    const std::size_t batch = batch_of(statement);
    position at;

    if constexpr (lane == '\0') {
        if (part.index > 0) return;
        T& target = statement.target.array.data[0];
        target = Accumulate ? target + statement.value.value(at) : statement.value.value(at);
    } else {
        const std::size_t size = traits::size(lane) == dynamic ? batch : traits::size(lane);
        constexpr bool splits_positions = splits<traits, outer>;
        if (!splits_positions && !traits::out.has(lane) && part.index > 0) return;
        const auto row_part = work_part(splits_positions ? work_part{} : part).of(size, 64);
        for_each_position<traits, outer>(splits_positions ? part : work_part{}, at, batch, [&] {
            if constexpr (traits::out.has(lane)) {
                const auto target = target_row<lane>(statement.target, at);
                using terms = counted_positions<traits, inner>;
                if constexpr (terms::static_size == 1 && !terms::is_batched) {
                    assign_row<Accumulate>(target, row_along<lane>(statement.value, at), row_part);
                } else {
                    // Several at a time: the target is read and written once for them.
                    constexpr char last = inner.letter[inner.count - 1];
                    constexpr std::size_t at_once = std::min<std::size_t>(traits::size(last), 4);
                    const std::size_t places = traits::size(last) == dynamic ? batch : traits::size(last);
                    const auto row = [&](std::size_t place) {
                        at[last] = place;
                        return row_along<lane>(statement.value, at);
                    };
                    using reduced = reduction<Value>;
                    const auto add = [&]<std::size_t... I>(std::size_t first, std::index_sequence<I...>) {
                        if constexpr (is_maximum<Value>) {
                            using larger = mapped_row<larger_function, decltype(target), decltype(row(0))>;
                            (assign_row<false>(target, larger{{}, {{{target}, {row(first + I)}}}}, row_part), ...);
                        } else {
                            using rows = sum_of_rows<decltype(row(0)), sizeof...(I)>;
                            assign_row<true>(target, rows{{row(first + I)...}}, row_part);
                        }
                    };
                    if (!Accumulate) assign_row<false>(target, fixed_row<T>{reduced::template first<T>()}, row_part);
                    for_each_position<traits, inner.without(last)>(at, batch, [&] {
                        std::size_t place = 0;
                        for (; place + at_once <= places; place += at_once)
                            add(place, std::make_index_sequence<at_once>());
                        if constexpr (traits::size(last) == dynamic)
                            for (; place < places; ++place) add(place, std::make_index_sequence<1>());
                        else if constexpr (traits::size(last) % at_once != 0)
                            add(place, std::make_index_sequence<traits::size(last) % at_once>());
                        at[last] = 0;
                    });
                }
            } else {
                using reduced = reduction<Value>;
                T sum = reduced::template first<T>();
                for_each_position<traits, inner>(at, batch, [&] {
                    const auto row = row_along<lane>(statement.value, at);
                    if constexpr (is_maximum<Value>)
                        for (std::size_t l = 0; l < size; ++l) sum = reduced::combine(sum, row(l));
                    else sum += sum_row<T>(row, size);
                });
                T& target = statement.target.array.data[statement.target.offset(at)];
                target = Accumulate ? target + sum : sum;
            }
        });
    }
}

// Flat statements of the same size, fused into one pass over memory.
template <class E>
auto flat_row(const E& node) {
    if constexpr (requires { node.number; }) {
        return fixed_row<typename E::scalar>{node.number};
    } else if constexpr (requires { node.inner; }) {
        return flat_row(node.inner);
    } else if constexpr (requires { node.array; }) {
        using T = std::remove_const_t<typename E::view_type::value_type>;
        if constexpr (E::letters::count == 0) return fixed_row<T>{*node.array.data};
        else return contiguous_row<typename E::view_type::value_type>{node.array.data};
    } else {
        return node.arguments.unpack([&]<class... A>(const A&... argument) {
            return mapped_row<decltype(node.function), decltype(flat_row(argument))...>{node.function,
                                                                                        {{{flat_row(argument)}...}}};
        });
    }
}
template <class Statement>
auto flat_step(const Statement& statement) {
    return [target = flat_row(statement.target), row = flat_row(statement.value)](std::size_t l) {
        if constexpr (Statement::accumulates) target(l) += row(l);
        else target(l) = row(l);
    };
}

template <class... Statements>
[[gnu::noinline]] void run_flat(work_part::range elements, const Statements&... statements) {
    const pack<decltype(flat_step(statements))...> steps{{{flat_step(statements)}...}};
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
    for (std::size_t l = elements.begin; l < elements.end; ++l)
        steps.unpack([&](const auto&... step) { (step(l), ...); });
}

}  // namespace apd::ext::detail
