#pragma once
// Rows that are the numbers of words: looked up in a table, or as a one among zeros.

#include <cmath>
#include <cstddef>
#include <limits>

#include <apd/array/elementwise.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/transposed.hpp>

namespace apd::ext {

namespace detail {
// Row `word` of a table, entry i; NaN of what is no word.
template <class T, std::size_t Words, std::size_t N>
struct table_entry {
    const T* table;
    APD_HOST_DEVICE T operator()(T word, T i) const {
        if (!(word >= T(0) && word < static_cast<T>(Words))) return std::numeric_limits<T>::quiet_NaN();
        return table[static_cast<std::size_t>(word) * N + static_cast<std::size_t>(i)];
    }
};
struct is_word {
    template <class T>
    APD_HOST_DEVICE T operator()(T word, T number) const {
        return exactly_equal(word, number) ? T(1) : T(0);
    }
};
}  // namespace detail

/// y[b, i] = E[x[b], i]: a row is one number, that of a word from 0 to Words − 1, which a float holds exactly up to
/// 2²⁴; what is no word becomes NaN. E is stored [Words, N] under its name. It is trained, but not decomposed: for that
/// a `linear` goes behind `one_hot`. Files hold it the same way round, whichever way they hold matrices. `transposed`
/// of its name multiplies by Eᵀ: a tied unembedding.
///
/// Example: `apd::network<apd::embedding<"wte", 512, 64>, …, apd::transposed<"wte">>`.
template <static_string Name, std::size_t Words, std::size_t N>
struct embedding {
    static_assert(Words > 0 && N > 0, "apd::embedding: there is one word at least, and one number for each.");
    using shape = extents<Words, N>;
    static constexpr auto name = Name;
    static constexpr double initial_deviation = 0.02;
    static constexpr bool is_table = true;
    static constexpr std::size_t inputs = 1;
    static constexpr std::size_t outputs(std::size_t = 1) { return N; }
    /// As the matrix of a transposed use.
    struct table {
        using shape = extents<Words, N>;
        static constexpr bool is_frozen = true;
        static constexpr auto name = Name;
        static constexpr std::size_t inputs = Words;
        static constexpr std::size_t outputs(std::size_t = inputs) { return N; }
    };

    static void forward(auto& device, const auto& e, const auto& x, const auto& y) {
        using T = typename std::remove_cvref_t<decltype(y)>::value_type;
        device(y["bi"_i] = map(detail::table_entry<T, Words, N>{e.value.data}, x["bn"_i], number_of<T>("i"_i)));
    }
    static void pushforward(auto& device, const auto&, const auto&, const auto&, const auto& ty) {
        device(along<"i">(ty) = 0);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto&, const auto& gx) {
        device(along<"n">(gx) = 0);
    }
    static void pullback_parameter(auto& device, const auto& e, const auto& x, const auto& gy) {
        using T = typename std::remove_cvref_t<decltype(gy)>::value_type;
        if constexpr (requires { device.add_to_rows(e.gradient, x, gy); }) device.add_to_rows(e.gradient, x, gy);
        else device(e.gradient["wi"_i] += map(detail::is_word{}, x["bn"_i], number_of<T>("w"_i)) * gy["bi"_i]);
    }
};
template <static_string Name, std::size_t Words, std::size_t N>
struct unnamed_layer<embedding<Name, Words, N>> {
    using type = embedding<"", Words, N>;
};

/// y[b, w] = 1 where x[b] = w, else 0: the number of a word as a row of zeros and a one, for a site that reads words.
///
/// Example: `apd::one_hot<512>, apd::linear<"wte", 512, 64>`.
template <std::size_t Words>
struct one_hot {
    static constexpr std::size_t inputs = 1;
    static constexpr std::size_t outputs(std::size_t = 1) { return Words; }

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        using T = typename std::remove_cvref_t<decltype(y)>::value_type;
        device(y["bw"_i] = map(detail::is_word{}, x["bn"_i], number_of<T>("w"_i)));
    }
    static void pushforward(auto& device, const auto&, const auto&, const auto&, const auto& ty) {
        device(along<"w">(ty) = 0);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto&, const auto& gx) {
        device(along<"n">(gx) = 0);
    }
};

namespace detail {
template <class L>
concept looks_up = requires {
    typename L::table;
};
/// The transposed use of the table of an embedding.
template <looks_up Embedding>
struct transposed_use<Embedding> : matrix_layer<as_transpose> {
    using type = transposed_use;
    using matrix = typename Embedding::table;
    static constexpr std::size_t inputs = matrix::outputs();
    static constexpr std::size_t outputs(std::size_t = inputs) { return matrix::inputs; }
};
}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::embedding, ext::one_hot;
}  // namespace apd
