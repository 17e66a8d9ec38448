#pragma once
// Statements over active pairs on a grid of threads: by pair, by component, or by the sample where pairs meet.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <apd/array/active_pairs.hpp>
#include <apd/array/positions.hpp>
#include <apd/backend/grid_statement.hpp>
#include <apd/backend/grid_tile.hpp>

namespace apd::ext::detail {

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

    APD_HOST_DEVICE std::size_t count() const { return pairs.size() * rules::places::size(0); }
    APD_HOST_DEVICE void operator()(std::size_t item) const {
        const std::size_t places = rules::places::size(0);
        const auto p = pairs.first[0] + static_cast<std::uint32_t>(item / places);
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
        const std::uint32_t begin = pairs.first[by_component ? component : 0],
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

/// Threads: each computes one element of a target by samples, and looks for the sample among the pairs of every
/// component; for few components.
template <class Statement>
struct element_of_sample {
    using rules = pair_traits<Statement>;
    Statement statement;
    active_pairs pairs;
    std::size_t samples;

    APD_HOST_DEVICE std::size_t count() const { return samples * rules::places::size(0); }
    APD_HOST_DEVICE void operator()(std::size_t item) const {
        const auto number = static_cast<std::uint32_t>(item), of = static_cast<std::uint32_t>(samples),
                   sample = number % of;
        position at;
        rules::places::place(at, number / of, 0);
        typename Statement::scalar sum = 0;
        for (std::uint32_t c = 0; c < pairs.components; ++c) {
            const std::uint32_t end = pairs.first[c + 1];
            const std::uint32_t p = lower_bound(pairs.sample, pairs.first[c], end, sample);
            if (p == end || pairs.sample[p] != sample) continue;
            rules::set_pair(at, pairs, p, c);
            sum += rules::sum_at(statement, at);
        }
        at['b'] = sample;
        write(statement, at, sum);
    }
};

/// Groups: each computes the elements of a few neighbouring samples, where the pairs of their active components meet,
/// in the order of components.
///
/// What the first `summed` pairs add may lie in `sums` [pairs, places] already.
template <class Statement>
struct elements_of_samples {
    using rules = pair_traits<Statement>;
    using T = typename Statement::scalar;
    static constexpr std::size_t entries = 2048, most_samples = 8, most_places = 128;
    static constexpr std::size_t shares = (rules::places::size(0) + most_places - 1) / most_places;
    struct shared {
        std::uint32_t pair[entries], component[entries];  // [samples, components], then the active ones first
        std::uint32_t active[most_samples], summed[most_samples];
    };
    Statement statement;
    active_pairs pairs;
    std::size_t samples;
    const T* sums = nullptr;
    std::size_t summed = 0;

    APD_HOST_DEVICE std::size_t groups() const { return (samples + of_group() - 1) / of_group() * shares; }
    APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared& table) const {
        constexpr std::size_t all_places = rules::places::size(0);
        const std::size_t first_place = number % shares * most_places, rest_of_places = all_places - first_place,
                          places = rest_of_places < most_places ? rest_of_places : most_places;
        const std::size_t first = number / shares * of_group(), left = samples - first,
                          here = left < of_group() ? left : of_group(), at_once = entries / of_group();
        bool accumulate = Statement::accumulates;
        for (std::size_t begin = 0; begin < pairs.components; begin += at_once) {
            const std::size_t rest = pairs.components - begin, components = rest < at_once ? rest : at_once;
            find_pairs(group, table, first, here, begin, components);
            group.for_each(here * places, [&](std::size_t item) {
                const auto sample = static_cast<std::uint32_t>(item) / static_cast<std::uint32_t>(places);
                const std::size_t place = first_place + item - sample * places;
                const std::uint32_t* const pair = &table.pair[sample * components];
                const std::uint32_t* const component = &table.component[sample * components];
                T sum = 0;
                for (std::uint32_t i = 0; i < table.summed[sample]; ++i) sum += sums[pair[i] * all_places + place];
                position at;
                rules::places::place(at, static_cast<std::uint32_t>(place), 0);
                for (std::uint32_t i = table.summed[sample]; i < table.active[sample]; ++i) {
                    rules::set_pair(at, pairs, pair[i], component[i]);
                    sum += rules::sum_at(statement, at);
                }
                at['b'] = first + sample;
                auto& element = statement.target.array.data[statement.target.offset(at)];
                element = accumulate ? element + sum : sum;
            });
            group.sync();
            accumulate = true;
        }
    }

  private:
    static constexpr std::uint32_t none = 0xffffffffU;
    APD_HOST_DEVICE std::size_t of_group() const {
        const std::size_t fit = entries / (pairs.components + 1);
        return fit < 1 ? 1 : fit < most_samples ? fit : most_samples;
    }
    // The active ones of some components, for each sample from `first` on.
    APD_HOST_DEVICE void find_pairs(const auto& group, shared& table, std::size_t first, std::size_t here,
                                    std::size_t begin, std::size_t components) const {
        group.for_each(here * components, [&](std::size_t i) { table.pair[i] = none; });
        group.sync();
        group.for_each(components, [&](std::size_t i) {
            const std::uint32_t end = pairs.first[begin + i + 1];
            std::uint32_t p = lower_bound(pairs.sample, pairs.first[begin + i], end, static_cast<std::uint32_t>(first));
            for (; p < end && pairs.sample[p] < first + here; ++p)
                table.pair[(pairs.sample[p] - first) * components + i] = p;
        });
        group.sync();
        group.for_each(here, [&](std::size_t sample) {
            std::uint32_t found = 0, in_sums = 0;
            for (std::size_t i = 0; i < components; ++i) {
                const std::uint32_t p = table.pair[sample * components + i];
                if (p == none) continue;
                in_sums += p < summed;
                table.pair[sample * components + found] = p;
                table.component[sample * components + found++] = static_cast<std::uint32_t>(begin + i);
            }
            table.active[sample] = found, table.summed[sample] = in_sums;
        });
        group.sync();
    }
};

/// Groups: each computes, of one component, a tile of pairs by columns: an element of every pair, into the target or,
/// if the target is by samples, into `sums` [pairs, places].
///
/// A component's tiles are dealt to `shares` groups; of `sums`, which has room for `most` pairs, further ones are left
/// out.
template <class Statement>
struct tile_of_pairs {
    using rules = product_rules<Statement, true>;
    using pair_rules = pair_traits<Statement>;
    using T = typename Statement::scalar;
    static constexpr bool into_target = statement_traits<Statement>::out.has('p');
    static constexpr std::size_t rows_of_pair = rules::row_positions::static_size,
                                 columns = rules::column_positions::static_size,
                                 terms = rules::term_positions::static_size;
    // Where sums are long, narrow tiles, so that there are more of them.
    static constexpr std::size_t height = 32, width = tile_width(columns, terms < 256 ? 64 : 16),
                                 across = (columns + width - 1) / width;
    using tile =
        product_tile<T, height, width, false, rules::terms.has(contiguous_letter<typename rules::right_leaf>())>;
    using shared = typename tile::shared;
    Statement statement;
    active_pairs pairs;
    std::size_t shares;
    T* sums = nullptr;
    std::size_t most = 0;

    APD_HOST_DEVICE std::size_t groups() const { return pairs.components * shares * across; }
    APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared& operands) const {
        const std::size_t first_column = number % across * width, share = number / across % shares;
        const auto c = static_cast<std::uint32_t>(number / across / shares);
        const std::uint32_t begin = pairs.first[c], end = pairs.first[c + 1];
        const std::size_t last = into_target || end < most ? end
                                 : most < begin            ? begin
                                                           : most,
                          rows = (last - begin) * rows_of_pair;
        position of_component;
        of_component['c'] = c;
        const auto& left = rules::left(statement);
        const auto& right = rules::right(statement);
        for (std::size_t first_row = share * height; first_row < rows; first_row += shares * height) {
            const auto pair_of = [&](std::size_t row) {
                position at;
                pair_rules::set_pair(at, pairs, begin + static_cast<std::uint32_t>((first_row + row) / rows_of_pair),
                                     c);
                return at;
            };
            const auto row_of_pair = [&](std::size_t row) { return (first_row + row) % rows_of_pair; };
            tile::compute(
                group, operands, terms,
                tile_operand{left.array.data, rows - first_row,
                             [&](auto row) {
                                 return offset_of<typename rules::row_positions>(left, row_of_pair(row), pair_of(row));
                             },
                             [&](auto k) { return offset_of<typename rules::term_positions>(left, k); }},
                operand_of<typename rules::column_positions>(
                    right, first_column, columns,
                    [&](std::size_t k) { return offset_of<typename rules::term_positions>(right, k); }, of_component),
                [&](std::size_t row, std::size_t column, T sum) {
                    position at = pair_of(row);
                    rules::row_positions::place(at, static_cast<std::uint32_t>(row_of_pair(row)), 0);
                    rules::column_positions::place(at, static_cast<std::uint32_t>(first_column + column), 0);
                    if constexpr (into_target) write(statement, at, sum);
                    else sums[at['p'] * pair_rules::places::size(0) + pair_rules::places::number(at)] = sum;
                });
            group.sync();
        }
    }
};

/// Groups: each computes, of one component, a tile of rows by columns, summed over the component's pairs.
template <class Statement>
struct tile_of_component {
    using rules = product_rules<Statement, true>;
    using pair_rules = pair_traits<Statement>;
    using T = typename Statement::scalar;
    static constexpr std::size_t rows = rules::row_positions::static_size,
                                 columns = rules::column_positions::static_size,
                                 terms_of_pair = rules::term_positions::static_size;
    static constexpr std::size_t height = tile_width(rows, 32), width = tile_width(columns, 64);
    static constexpr std::size_t across = (columns + width - 1) / width, tiles = (rows + height - 1) / height * across;
    using tile = product_tile<T, height, width, true, true>;
    using shared = typename tile::shared;
    Statement statement;
    active_pairs pairs;

    APD_HOST_DEVICE std::size_t groups() const { return pairs.components * tiles; }
    APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared& operands) const {
        const auto c = static_cast<std::uint32_t>(number / tiles);
        const std::size_t first_row = number % tiles / across * height, first_column = number % tiles % across * width;
        const std::uint32_t begin = pairs.first[c], end = pairs.first[c + 1];
        const auto term = [&](const auto& leaf) {
            return [&](std::size_t k) {
                position at;
                pair_rules::set_pair(at, pairs, begin + static_cast<std::uint32_t>(k / terms_of_pair), c);
                return offset_of<typename rules::term_positions>(leaf, k % terms_of_pair, at);
            };
        };
        const auto& left = rules::left(statement);
        const auto& right = rules::right(statement);
        tile::compute(group, operands, (end - begin) * terms_of_pair,
                      operand_of<typename rules::row_positions>(left, first_row, rows, term(left)),
                      operand_of<typename rules::column_positions>(right, first_column, columns, term(right)),
                      [&](std::size_t row, std::size_t column, T sum) {
                          position at;
                          at['c'] = c;
                          rules::row_positions::place(at, static_cast<std::uint32_t>(first_row + row), 0);
                          rules::column_positions::place(at, static_cast<std::uint32_t>(first_column + column), 0);
                          write(statement, at, sum);
                      });
    }
};

}  // namespace apd::ext::detail
