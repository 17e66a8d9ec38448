#pragma once
// Statements on a grid of threads: one thread for each element of the target, or a group of threads for a few of them.

#include <cstddef>
#include <cstdint>

#include <apd/array/positions.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext::detail {

// The letters of a statement with that of neighbours in batched arrays last: neighbouring threads take neighbours.
template <class Traits>
constexpr letter_list neighbours_last(letter_list letters) {
    if (Traits::neighbours_letter == '\0' || !letters.has(Traits::neighbours_letter)) return letters;
    letter_list list = letters.without(Traits::neighbours_letter);
    list.add(Traits::neighbours_letter);
    return list;
}

template <class Statement>
APD_HOST_DEVICE void write(const Statement& statement, const position& at, typename Statement::scalar sum) {
    auto& element = statement.target.array.data[statement.target.offset(at)];
    if constexpr (Statement::accumulates) element += sum;
    else element = sum;
}

/// Threads: each computes one element of the target, and sums alone.
template <class Statement>
struct element_by_thread {
    using traits = statement_traits<Statement>;
    using out = counted_positions<traits, neighbours_last<traits>(traits::out)>;
    Statement statement;
    std::size_t batch;

    APD_HOST_DEVICE std::size_t count() const { return out::size(batch); }
    APD_HOST_DEVICE void operator()(std::size_t item) const {
        position at;
        out::place(at, static_cast<std::uint32_t>(item), batch);
        using reduced = reduction<std::decay_t<decltype(statement.value)>>;
        auto sum = reduced::template first<typename Statement::scalar>();
        for_each_position<traits, traits::summed>(at, batch,
                                                  [&] { sum = reduced::combine(sum, statement.value.value(at)); });
        write(statement, at, sum);
    }
};

/// Groups: each computes `Columns` neighbouring elements of the target, and its threads share the sums.
///
/// One column where the summed letters hold that of the run-time axis, so that threads read neighbouring samples; else
/// several, so that they read neighbouring elements.
template <class Statement>
struct elements_by_group {
    using traits = statement_traits<Statement>;
    using out = counted_positions<traits, neighbours_last<traits>(traits::out)>;
    using summed = counted_positions<traits, neighbours_last<traits>(traits::summed)>;
    static constexpr std::size_t columns =
        traits::batch_letter != '\0' && traits::summed.has(traits::batch_letter) ? 1 : 32;
    struct shared {};
    Statement statement;
    std::size_t batch;

    APD_HOST_DEVICE std::size_t groups() const { return (out::size(batch) + columns - 1) / columns; }
    APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared&) const {
        using T = typename Statement::scalar;
        const std::size_t elements = out::size(batch), terms = summed::size(batch);
        group.template sum_columns<T, columns>(
            terms,
            [&](std::size_t column, std::size_t term) {
                const std::size_t element = number * columns + column;
                if (element >= elements) return T(0);
                position at;
                out::place(at, static_cast<std::uint32_t>(element), batch);
                summed::place(at, static_cast<std::uint32_t>(term), batch);
                return statement.value.value(at);
            },
            [&](std::size_t column, T sum) {
                const std::size_t element = number * columns + column;
                if (element >= elements) return;
                position at;
                out::place(at, static_cast<std::uint32_t>(element), batch);
                write(statement, at, sum);
            });
    }
};

/// Threads: each runs several statements, one after the other, at one place of arrays that are alike.
template <class... Statements>
struct flat_by_thread {
    pack<Statements...> statements;
    std::size_t elements;

    APD_HOST_DEVICE std::size_t count() const { return elements; }
    APD_HOST_DEVICE void operator()(std::size_t place) const {
        statements.unpack([&](const auto&... each) { (run(each, place), ...); });
    }

  private:
    template <class Statement>
    APD_HOST_DEVICE static void run(const Statement& statement, std::size_t place) {
        auto& element = statement.target.array.data[place];
        if constexpr (Statement::accumulates) element += value_at(statement.value, place);
        else element = value_at(statement.value, place);
    }
    template <class Number>
    APD_HOST_DEVICE static Number value_at(const constant<Number>& node, std::size_t) {
        return node.number;
    }
    template <class View, class Axes>
    APD_HOST_DEVICE static auto value_at(const indexed<View, Axes>& leaf, std::size_t place) {
        if constexpr (Axes::count == 0) return leaf.array.data[0];
        else return leaf.array.data[place];
    }
    template <class E>
    APD_HOST_DEVICE static auto value_at(const maximum_of<E>& node, std::size_t place) {
        return value_at(node.inner, place);
    }
    template <std::size_t N, class E>
    APD_HOST_DEVICE static auto value_at(const common_part<N, E>& node, std::size_t place) {
        return value_at(node.inner, place);
    }
    template <class F, class... Arguments>
    APD_HOST_DEVICE static auto value_at(const mapped<F, Arguments...>& node, std::size_t place) {
        return node.arguments.unpack(
            [&](const auto&... argument) { return node.function(value_at(argument, place)...); });
    }
};

}  // namespace apd::ext::detail
