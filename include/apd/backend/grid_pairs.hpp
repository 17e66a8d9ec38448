#pragma once
// Statements over active pairs on a grid of threads: by pair, by component, or by the sample where pairs meet.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <apd/array/active_pairs.hpp>
#include <apd/array/positions.hpp>
#include <apd/backend/grid_statement.hpp>

namespace apd::detail {

// The first of [begin, end) whose entry in an ascending list is not below `wanted`.
APD_HOST_DEVICE inline std::uint32_t lower_bound(const std::uint32_t* list, std::uint32_t begin, std::uint32_t end,
                                                 std::uint32_t wanted) {
    while (begin < end) {
        const std::uint32_t middle = begin + (end - begin) / 2;
        if (list[middle] < wanted) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

// What a statement over pairs runs through besides pairs: the letters p, b and c are given by a pair.
template <class Statement>
struct pair_traits {
    using traits = statement_traits<Statement>;
    static constexpr letter_list free(letter_list letters) { return letters.without('p').without('b').without('c'); }
    static constexpr letter_list out = free(traits::out), summed = free(traits::summed);
    using places = counted_positions<traits, out>;
    using terms = counted_positions<traits, summed>;

    // Σ of the value over the letters that no pair gives.
    APD_HOST_DEVICE static auto sum_at(const Statement& statement, position& at) {
        typename Statement::scalar sum = 0;
        for_each_position<traits, summed>(at, 0, [&] { sum += statement.value.value(at); });
        return sum;
    }
    APD_HOST_DEVICE static void set_pair(position& at, const active_pairs& pairs, std::uint32_t p, std::uint32_t c) {
        at['p'] = p, at['b'] = pairs.sample[p], at['c'] = c;
    }
};

/// Threads: each computes one element of a target of which every pair has its own.
template <class Statement>
struct element_of_pair {
    using rules = pair_traits<Statement>;
    Statement statement;
    active_pairs pairs;

    APD_HOST_DEVICE std::size_t count() const { return pairs.first[pairs.components] * rules::places::size(0); }
    APD_HOST_DEVICE void operator()(std::size_t item) const {
        const std::size_t places = rules::places::size(0);
        const auto p = static_cast<std::uint32_t>(item / places);
        const auto c = lower_bound(pairs.first, 1, static_cast<std::uint32_t>(pairs.components), p + 1) - 1;
        position at;
        rules::set_pair(at, pairs, p, c);
        rules::places::place(at, static_cast<std::uint32_t>(item % places), 0);
        write(statement, at, rules::sum_at(statement, at));
    }
};

/// Threads: each computes one element of a target by components, over the component's pairs.
template <class Statement>
struct element_of_component {
    using rules = pair_traits<Statement>;
    Statement statement;
    active_pairs pairs;

    APD_HOST_DEVICE std::size_t count() const { return pairs.components * rules::places::size(0); }
    APD_HOST_DEVICE void operator()(std::size_t item) const {
        const std::size_t places = rules::places::size(0);
        const auto c = static_cast<std::uint32_t>(item / places);
        position at;
        typename Statement::scalar sum = 0;
        for (std::uint32_t p = pairs.first[c]; p < pairs.first[c + 1]; ++p) {
            rules::set_pair(at, pairs, p, c);
            rules::places::place(at, static_cast<std::uint32_t>(item % places), 0);
            sum += rules::sum_at(statement, at);
        }
        at['c'] = c;
        rules::places::place(at, static_cast<std::uint32_t>(item % places), 0);
        write(statement, at, sum);
    }
};

/// Groups: each computes one element of a target by components, or of one where all pairs meet.
template <class Statement>
struct element_by_group_of_pairs {
    using rules = pair_traits<Statement>;
    static constexpr bool by_component = statement_traits<Statement>::out.has('c');
    struct shared {};
    Statement statement;
    active_pairs pairs;

    APD_HOST_DEVICE std::size_t groups() const {
        return (by_component ? pairs.components : 1) * rules::places::size(0);
    }
    APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared&) const {
        using T = typename Statement::scalar;
        const std::size_t places = rules::places::size(0);
        const auto component = static_cast<std::uint32_t>(number / places);
        const std::uint32_t begin = by_component ? pairs.first[component] : 0,
                            end = pairs.first[by_component ? component + 1 : pairs.components];
        group.template sum_columns<T, 1>(
            end - begin,
            [&](std::size_t, std::size_t term) {
                const auto p = begin + static_cast<std::uint32_t>(term);
                const std::uint32_t c =
                    by_component ? component
                                 : lower_bound(pairs.first, 1, static_cast<std::uint32_t>(pairs.components), p + 1) - 1;
                position at;
                rules::set_pair(at, pairs, p, c);
                rules::places::place(at, static_cast<std::uint32_t>(number % places), 0);
                return rules::sum_at(statement, at);
            },
            [&](std::size_t, T sum) {
                position at;
                at['c'] = component;
                rules::places::place(at, static_cast<std::uint32_t>(number % places), 0);
                write(statement, at, sum);
            });
    }
};

/// Groups: each computes the elements of one sample, where the pairs of its active components meet, in their order.
template <class Statement>
struct elements_of_sample {
    using rules = pair_traits<Statement>;
    static constexpr std::size_t at_once = 256;
    struct shared {
        std::uint32_t pair[at_once], component[at_once];
    };
    Statement statement;
    active_pairs pairs;
    std::size_t samples;

    APD_HOST_DEVICE std::size_t groups() const { return samples; }
    APD_HOST_DEVICE void operator()(const auto& group, std::size_t sample, shared& active) const {
        const std::size_t places = rules::places::size(0);
        bool accumulate = Statement::accumulates;
        for (std::size_t begin = 0; begin < pairs.components; begin += at_once) {
            const std::size_t left = pairs.components - begin, components = left < at_once ? left : at_once;
            const auto pair_of = [&](std::size_t i) {
                const std::size_t c = begin + i;
                const auto b = static_cast<std::uint32_t>(sample);
                const std::uint32_t end = pairs.first[c + 1];
                const std::uint32_t p = lower_bound(pairs.sample, pairs.first[c], end, b);
                return p < end && pairs.sample[p] == b ? p : none;
            };
            const std::uint32_t found = group.scan(
                components, [&](std::size_t i) { return pair_of(i) != none ? 1U : 0U; },
                [&](std::size_t i, std::uint32_t place, std::uint32_t is_active) {
                    if (is_active == 0) return;
                    active.pair[place] = pair_of(i);
                    active.component[place] = static_cast<std::uint32_t>(begin + i);
                });
            group.sync();
            group.for_each(places, [&](std::size_t place) {
                position at;
                typename Statement::scalar sum = 0;
                rules::places::place(at, static_cast<std::uint32_t>(place), 0);
                for (std::size_t i = 0; i < found; ++i) {
                    rules::set_pair(at, pairs, active.pair[i], active.component[i]);
                    sum += rules::sum_at(statement, at);
                }
                at['b'] = sample;
                auto& element = statement.target.array.data[statement.target.offset(at)];
                element = accumulate ? element + sum : sum;
            });
            group.sync();
            accumulate = true;
        }
    }

  private:
    static constexpr std::uint32_t none = 0xffffffffU;
};

}  // namespace apd::detail
