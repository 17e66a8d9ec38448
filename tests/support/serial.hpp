#pragma once
// The shortest complete backend: every primitive is the plain loop that defines it, on the host, in one thread.

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/array/statement.hpp>
#include <apd/backend/backend.hpp>
#include <apd/core/error.hpp>

namespace apd_test {

/// A model of `apd::ext::backend` to learn the concept from, and to test faster models against.
class serial {
  public:
    static constexpr std::size_t tile_bytes = 4096;

    template <class T>
    static T* allocate(std::size_t count) {
        return new T[count]();
    }
    template <class T>
    static void deallocate(T* memory) {
        delete[] memory;
    }

    template <class T, class E>
    static void upload(std::span<const T> host, apd::ext::view<T, E> target) {
        for (std::size_t b = 0; b < target.batch; ++b)
            for (std::size_t i = 0; i < E::elements; ++i)
                target.data[i * target.stride + b] = host[b * E::elements + i];
    }
    template <class T, class E>
    static void download(apd::ext::view<T, E> source, std::span<std::remove_const_t<T>> host) {
        for (std::size_t b = 0; b < source.batch; ++b)
            for (std::size_t i = 0; i < E::elements; ++i)
                host[b * E::elements + i] = source.data[i * source.stride + b];
    }

    // Statements, one after the other.
    template <class... Target, class... Value, bool... Accumulate>
    void operator()(const apd::ext::assignment<Target, Value, Accumulate>&... statements) {
        const auto run = [](const auto& statement, bool accumulate) {
            using traits = apd::ext::statement_traits<std::decay_t<decltype(statement)>>;
            apd::ext::position at;
            evaluate(statement, at, traits::out, traits::summed, batch_of(statement), accumulate);
        };
        (run(statements, Accumulate), ...);
    }

    // A statement over pairs: p, b and c are given by the pair, the other letters are free.
    template <class Target, class Value, bool Accumulate>
    void operator()(const apd::ext::assignment<Target, Value, Accumulate>& statement,
                    const apd::ext::active_pairs& pairs) {
        using traits = apd::ext::statement_traits<apd::ext::assignment<Target, Value, Accumulate>>;
        const auto free = [](apd::ext::letter_list letters) { return letters.without('p').without('b').without('c'); };
        constexpr bool pairs_meet = !Target::letters::has('p');  // in one element of the target
        if constexpr (pairs_meet && !Accumulate) (*this)(statement.target = 0);
        apd::ext::position at;
        for (at['c'] = 0; at['c'] < pairs.components; ++at['c'])
            for (at['p'] = pairs.first[at['c']]; at['p'] < pairs.first[at['c'] + 1]; ++at['p']) {
                at['b'] = pairs.sample[at['p']];
                evaluate(statement, at, free(traits::out), free(traits::summed), 0, Accumulate || pairs_meet);
            }
    }

    template <class F, class T, std::size_t Features>
    static void random(apd::ext::random_key key, F f, apd::ext::view<T, apd::extents<apd::dynamic, Features>> target) {
        for (std::size_t b = 0; b < target.batch; ++b)
            for (std::size_t i = 0; i < Features; ++i) target.data[i * target.stride + b] = f(random_word(key, b, i));
    }

    template <class T, std::size_t Ranked>
    void select_top(apd::ext::view<T, apd::extents<apd::dynamic, Ranked>> a, apd::ext::view<T, apd::extents<>> n,
                    apd::ext::active_pairs& pairs) {
        const auto positive =
            std::ranges::count_if(std::views::iota(std::size_t{0}, a.batch * Ranked),
                                  [&](std::size_t i) { return a.data[i / a.batch * a.stride + i % a.batch] > T(0); });
        select(a, a.batch, std::min(static_cast<std::size_t>(*n.data), static_cast<std::size_t>(positive)), pairs);
    }
    template <class T, std::size_t Ranked>
    void select_top_per_sample(apd::ext::view<T, apd::extents<apd::dynamic, Ranked>> a, std::size_t k,
                               apd::ext::active_pairs& pairs) {
        select(a, 1, k, pairs);
    }

    static serial fork() { return {}; }
    template <class F>
    static auto sequences(std::size_t count, F f) {
        return [=](std::size_t times) {
            for (std::size_t t = 0; t < times; ++t)
                for (std::size_t i = 0; i < count; ++i) f(i);
        };
    }

    static std::size_t workers() { return 1; }
    template <class Work>
    static void parallel(std::size_t pieces, std::size_t /*cost*/, Work&& work) {
        for (std::size_t piece = 0; piece < pieces; ++piece) work(std::size_t{0}, piece);
    }

  private:
    // target (+)= Σ value over `summed`, at every position of `out`; the other letters stand in `at`.
    template <class Statement>
    static void evaluate(const Statement& statement, apd::ext::position& at, const apd::ext::letter_list& out,
                         const apd::ext::letter_list& summed, std::size_t batch, bool accumulate) {
        for_each_position<Statement>(out, at, batch, [&] {
            auto& element = statement.target.array.data[statement.target.offset(at)];
            using reduced = apd::ext::detail::reduction<std::decay_t<decltype(statement.value)>>;
            auto sum = reduced::template first<std::decay_t<decltype(element)>>();
            for_each_position<Statement>(summed, at, batch,
                                         [&] { sum = reduced::combine(sum, statement.value.value(at)); });
            element = accumulate ? element + sum : sum;
        });
    }

    // f() at every combination of the letters from `depth` on.
    template <class Statement, class F>
    static void for_each_position(const apd::ext::letter_list& letters, apd::ext::position& at, std::size_t batch,
                                  F&& f, std::size_t depth = 0) {
        if (depth == letters.count) return f();
        const char letter = letters.letter[depth];
        const std::size_t fixed = apd::ext::statement_traits<Statement>::size(letter);
        const std::size_t size = fixed == apd::dynamic ? batch : fixed;
        for (at[letter] = 0; at[letter] < size; ++at[letter])
            for_each_position<Statement>(letters, at, batch, f, depth + 1);
    }

    // The number of samples, in which all arrays of a statement agree.
    template <class Statement>
    static std::size_t batch_of(const Statement& statement) {
        std::size_t batch = apd::dynamic;  // not yet known
        const auto meet = [&](const auto& leaf) {
            if (!std::decay_t<decltype(leaf)>::view_type::shape::is_batched) return;
            if (batch != apd::dynamic && batch != leaf.array.batch)
                throw apd::error("array statement", "arrays hold different numbers of samples", "use one batch");
            batch = leaf.array.batch;
        };
        meet(statement.target);
        apd::ext::detail::for_each_leaf(statement.value, meet);
        return batch;
    }

    // pairs := the `count` largest of every `together` samples, and every sample of the components from Ranked on.
    template <class T, std::size_t Ranked>
    void select(apd::ext::view<T, apd::extents<apd::dynamic, Ranked>> a, std::size_t together, std::size_t count,
                apd::ext::active_pairs& pairs) {
        // Largest first, what is not positive counting as 0; equal ones in (b, c) order.
        const auto rank = [&](const entry& e) {
            return std::tuple(-std::max(T(0), a.data[e.component * a.stride + e.sample]), e.sample, e.component);
        };
        chosen_.clear();
        for (std::size_t begin = 0; begin < a.batch; begin += together) {
            ranked_.clear();
            for (std::size_t b = begin; b < begin + together; ++b)
                for (std::size_t c = 0; c < Ranked; ++c) ranked_.push_back({c, b});
            std::ranges::sort(ranked_, {}, rank);
            ranked_.resize(std::min(count, ranked_.size()));
            chosen_.insert(chosen_.end(), ranked_.begin(), ranked_.end());
        }
        for (std::size_t c = Ranked; c < pairs.components; ++c)
            for (std::size_t b = 0; b < a.batch; ++b) chosen_.push_back({c, b});

        std::ranges::sort(chosen_);
        std::uint32_t p = 0;
        for (std::size_t c = 0; c < pairs.components; ++c) {
            pairs.first[c] = p;
            for (; p < chosen_.size() && chosen_[p].component == c; ++p)
                pairs.sample[p] = static_cast<std::uint32_t>(chosen_[p].sample);
        }
        pairs.first[pairs.components] = p;
    }

    struct entry {
        std::size_t component, sample;
        auto operator<=>(const entry&) const = default;
    };
    std::vector<entry> ranked_, chosen_;  // kept, so that only the first selection allocates
};

static_assert(apd::ext::backend<serial>);

}  // namespace apd_test
