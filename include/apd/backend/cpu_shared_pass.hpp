#pragma once
// Several statements that add to arrays, in one pass over their letters on the CPU: what their values have in common is
// computed once.

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <apd/array/positions.hpp>
#include <apd/array/statement.hpp>
#include <apd/backend/cpu_rows.hpp>
#include <apd/backend/cpu_tiles.hpp>
#include <apd/backend/work_part.hpp>

namespace apd::ext::detail {

// The letters of a statement, those of the batch aside.
template <class Traits>
inline constexpr letter_list fixed_letters = [] {
    letter_list all;
    for (const letter_list* list : {&Traits::out, &Traits::summed})
        for (std::size_t i = 0; i < list->count; ++i)
            if (list->letter[i] != Traits::batch_letter) all.add(list->letter[i]);
    return all;
}();
// A letter that all targets have, beside that of the batch, or 0: what is dealt to threads.
template <class First, class... Rest>
constexpr char letter_of_all_targets() {
    for (std::size_t i = 0; i < First::out.count; ++i) {
        const char letter = First::out.letter[i];
        if (letter != First::batch_letter && (Rest::out.has(letter) && ...)) return letter;
    }
    return '\0';
}
template <class A, class B>
constexpr bool same_letters() {
    if (A::batch_letter == '\0' || A::batch_letter != B::batch_letter) return false;
    if (A::neighbours_letter != A::batch_letter || B::neighbours_letter != B::batch_letter) return false;
    constexpr letter_list a = fixed_letters<A>, b = fixed_letters<B>;
    if (a.count != b.count) return false;
    for (std::size_t i = 0; i < a.count; ++i)
        if (!b.has(a.letter[i])) return false;
    return true;
}

/// Whether statements go over the same positions, each adding to an array.
template <class First, class... Rest>
inline constexpr bool share_a_pass = First::accumulates && (Rest::accumulates && ...) &&
                                     (same_letters<statement_traits<First>, statement_traits<Rest>>() && ...) &&
                                     letter_of_all_targets<statement_traits<First>, statement_traits<Rest>...>() !=
                                         '\0';

inline constexpr std::size_t lanes_at_once = 16;

// What one statement adds at the letters that are fixed: row(l) to target(l), or their sum over l to one number.
template <class T, class Target, class Row>
struct added_row {
    Target target;
    Row row;
    void begin() {}
    void end() {}
    [[gnu::always_inline]] void add(std::size_t l, const T (&numbers)[lanes_at_once]) const {
        T sum[lanes_at_once];
        for (std::size_t j = 0; j < lanes_at_once; ++j) sum[j] = target(l + j) + numbers[j];
        for (std::size_t j = 0; j < lanes_at_once; ++j) target(l + j) = sum[j];
    }
    void add_one(std::size_t l, T number) const { target(l) += number; }
};
template <class T, class Row>
struct added_sum {
    static constexpr std::size_t vectors = lanes_at_once / packet_size<T>;
    T* target;
    Row row;
    packet_of<T> partial[vectors];
    T rest;
    [[gnu::always_inline]] void begin() {
        for (auto& vector : partial) vector = Eigen::internal::pset1<packet_of<T>>(T(0));
        rest = 0;
    }
    [[gnu::always_inline]] void add(std::size_t, const T (&numbers)[lanes_at_once]) {
        using namespace Eigen::internal;
        for (std::size_t v = 0; v < vectors; ++v)
            partial[v] = padd(partial[v], ploadu<packet_of<T>>(numbers + v * packet_size<T>));
    }
    void add_one(std::size_t, T number) { rest += number; }
    [[gnu::always_inline]] void end() {
        for (const auto& vector : partial) rest += Eigen::internal::predux(vector);
        *target += rest;
    }
};

// What statements have in common, computed for some rows from `first` on: part N of it lies at rows[N].
template <class T>
struct common_rows {
    static constexpr std::size_t most = 2, length = 512;
    std::size_t first = 0;
    T rows[most][length];
};
// data[l − begin] = row(l) for one part, or for several in one loop, so that the compiler sees what they share.
template <class T, class... Row>
[[gnu::noinline]] void fill_rows(work_part::range lanes, T (*data)[common_rows<T>::length], const Row... row) {
    const std::size_t size = lanes.end - lanes.begin, begin = lanes.begin;
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
    for (std::size_t l = 0; l < size; ++l) {
        std::size_t n = 0;
        ((data[n++][l] = row(begin + l)), ...);
    }
}

template <class T>
struct row_from {
    const T* data;
    std::size_t first;
    T operator()(std::size_t l) const { return data[l - first]; }
};
// As row_along, but the parts that statements have in common, number 0, …, Known − 1 of them, are read where they lie.
template <char Lane, std::size_t Known, class T, class E>
auto row_with(const E& node, const position& at, const common_rows<T>&) {
    return row_along<Lane>(node, at);
}
template <char Lane, std::size_t Known, class T, class F, class... Arguments>
auto row_with(const mapped<F, Arguments...>& node, const position& at, const common_rows<T>& known);
template <char Lane, std::size_t Known, class T, std::size_t N, class E>
auto row_with(const common_part<N, E>& node, const position& at, const common_rows<T>& known) {
    static_assert(N < common_rows<T>::most, "apd::ext::common: parts are numbered 0 and 1.");
    if constexpr (N < Known) return row_from<T>{known.rows[N], known.first};
    else return row_with<Lane, Known>(node.inner, at, known);
}
template <char Lane, std::size_t Known, class T, class F, class... Arguments>
auto row_with(const mapped<F, Arguments...>& node, const position& at, const common_rows<T>& known) {
    return node.arguments.unpack([&](const auto&... argument) {
        return mapped_row<F, decltype(row_with<Lane, Known>(argument, at, known))...>{
            node.function, {{{row_with<Lane, Known>(argument, at, known)}...}}};
    });
}
// f(x) for the first common_part<N> in an expression; whether there is one.
template <std::size_t N, class E>
bool find_common(const E&, auto&&) {
    return false;
}
template <std::size_t N, class F, class... Arguments>
bool find_common(const mapped<F, Arguments...>& node, auto&& f);
template <std::size_t N, std::size_t M, class E>
bool find_common(const common_part<M, E>& node, auto&& f) {
    if constexpr (N == M) return f(node.inner), true;
    else return find_common<N>(node.inner, f);
}
template <std::size_t N, class F, class... Arguments>
bool find_common(const mapped<F, Arguments...>& node, auto&& f) {
    return node.arguments.unpack([&](const auto&... argument) { return (find_common<N>(argument, f) || ...); });
}

template <std::size_t N, class E>
inline constexpr bool has_part = false;
template <std::size_t N, class F, class... Arguments>
inline constexpr bool has_part<N, mapped<F, Arguments...>> = (has_part<N, Arguments> || ...);
template <std::size_t N, std::size_t M, class E>
inline constexpr bool has_part<N, common_part<M, E>> = N == M || has_part<N, E>;
template <std::size_t N, class Statement>
inline constexpr bool has_common = has_part<N, std::remove_cvref_t<decltype(std::declval<Statement>().value)>>;

template <char Lane, class T, class Statement>
auto added_at(const Statement& statement, const position& at, const common_rows<T>& known) {
    using traits = statement_traits<Statement>;
    const auto row = row_with<Lane, common_rows<T>::most>(statement.value, at, known);
    if constexpr (traits::out.has(Lane)) {
        const auto target = target_row<Lane>(statement.target, at);
        return added_row<T, decltype(target), decltype(row)>{target, row};
    } else {
        return added_sum<T, std::remove_const_t<decltype(row)>>{
            statement.target.array.data + statement.target.offset(at), row, {}, 0};
    }
}

// Rows l of a part of them, 16 side by side: one loop for all statements, so that the compiler sees what they share.
template <class T, class... Added>
[[gnu::noinline]] void add_rows(work_part::range lanes, Added... added) {
    T numbers[sizeof...(Added)][lanes_at_once];
    (added.begin(), ...);
    std::size_t l = lanes.begin;
    for (; l + lanes_at_once <= lanes.end; l += lanes_at_once) {
        for (std::size_t j = 0; j < lanes_at_once; ++j) {
            std::size_t i = 0;
            ((numbers[i++][j] = added.row(l + j)), ...);
        }
        std::size_t i = 0;
        (added.add(l, numbers[i++]), ...);
    }
    for (; l < lanes.end; ++l) {
        std::size_t i = 0;
        ((numbers[i++][0] = added.row(l)), ...);
        i = 0;
        (added.add_one(l, numbers[i++][0]), ...);
    }
    (added.end(), ...);
}

// Whether no statement reads what another writes: then it does not matter that they take turns.
template <class... Statements>
bool are_independent(const Statements&... statements) {
    bool independent = true;
    const auto check = [&](const auto& reader, const auto& writer) {
        if (static_cast<const void*>(&reader) == &writer) return;
        const void* const written = writer.target.array.data;
        for_each_leaf(reader.value, [&](const auto& leaf) { independent = independent && leaf.array.data != written; });
    };
    const auto check_all = [&](const auto& reader) { (check(reader, statements), ...); };
    (check_all(statements), ...);
    return independent;
}

// Positions of all letters, times statements.
template <class First, class... Rest>
std::size_t work_of_shared_pass(const First& first, const Rest&...) {
    return batch_of(first) * statement_traits<First>::positions * (1 + sizeof...(Rest));
}
/// The part of statements that share a pass.
template <class First, class... Rest>
void run_shared_pass(const work_part& part, const First& first, const Rest&... rest) {
    using traits = statement_traits<First>;
    using T = typename decltype(first.target)::scalar;
    constexpr char lane = traits::batch_letter, dealt = letter_of_all_targets<traits, statement_traits<Rest>...>();
    constexpr letter_list inner = fixed_letters<traits>.without(dealt);
    constexpr std::size_t tile = common_rows<T>::length;  // rows that stay near while the other letters change
    const std::size_t rows = batch_of(first);
    common_rows<T> known;
    const auto [begin, end] = part.of(traits::size(dealt));
    position at;
    for (at[dealt] = begin; at[dealt] < end; ++at[dealt])
        for (std::size_t row = 0; row < rows; row += tile) {
            known.first = row;
            const work_part::range lanes{row, std::min(row + tile, rows)};
            for_each_position<traits, inner>({}, at, rows, [&] {
                const auto with_part = [&]<std::size_t N>(std::integral_constant<std::size_t, N>, auto&& f) {
                    find_common<N>(first.value, f) || (find_common<N>(rest.value, f) || ...);
                };
                with_part(std::integral_constant<std::size_t, 0>{}, [&](const auto& one) {
                    const auto one_row = row_with<lane, 0>(one, at, known);
                    if constexpr ((has_common<1, First> || ... || has_common<1, Rest>))
                        with_part(std::integral_constant<std::size_t, 1>{}, [&](const auto& other) {
                            fill_rows<T>(lanes, known.rows, one_row, row_with<lane, 0>(other, at, known));
                        });
                    else fill_rows<T>(lanes, known.rows, one_row);
                });
                add_rows<T>(lanes, added_at<lane>(first, at, known), added_at<lane>(rest, at, known)...);
            });
        }
}

}  // namespace apd::ext::detail
