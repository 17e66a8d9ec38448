#pragma once
// Array expressions: arrays with subscripts, numbers, and functions of them, evaluated only when a backend runs them.

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <apd/array/axes.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext {

/// The base of every node; `T` is the scalar that the node yields.
struct expression_base {};

/// Concept: a node of the grammar. Meaning: a scalar for every position of its letters. Where a statement sums over a
/// letter that its target lacks, the sum stands outermost: `n["b"] = sqrt(square(x["bi"]))` is Σ_i √x[b, i]².
/// Minimal definition: `scalar`, `value(position)`. Models: `indexed`, `constant`, `mapped`, `letter_test`; and, which
/// stands outermost, `maximum_of`.
template <class E>
concept expression = std::derived_from<std::remove_cvref_t<E>, expression_base>;

/// A number, the same at every position.
template <class T>
struct constant : expression_base {
    using scalar = T;
    T number;
    APD_HOST_DEVICE constexpr explicit constant(T n) : number(n) {}
    APD_HOST_DEVICE constexpr T value(const position&) const { return number; }
};

template <expression E>
struct maximum_of;
namespace detail {
template <class E>
inline constexpr bool is_maximum = false;
template <class E>
inline constexpr bool is_maximum<maximum_of<E>> = true;
}  // namespace detail

/// A function applied position by position.
template <class Function, expression... Arguments>
struct mapped : expression_base {
    using scalar = std::remove_cvref_t<std::invoke_result_t<Function, typename Arguments::scalar...>>;
    static_assert(!(detail::is_maximum<Arguments> || ...),
                  "apd: maximum() stands outermost, as a sum does: write it into an array of its own first.");
    Function function;  // with an address of its own: compilers of one program lay it out alike
    pack<Arguments...> arguments;
    APD_HOST_DEVICE constexpr scalar value(const position& p) const {
        return arguments.unpack([&](const auto&... a) { return function(a.value(p)...); });
    }
};

/// `map(f, x["bo"_i], y["bo"_i])`: f at every position. f must be callable on scalars without side effects.
template <class Function, expression... Arguments>
constexpr auto map(Function f, const Arguments&... arguments) {
    return mapped<Function, Arguments...>{{}, f, {{{arguments}...}}};
}

/// f of the numbers of an array, in its place: it is read with subscripts, as the array is, and computed there.
template <class Function, class View>
struct mapped_view {
    View array;
    constexpr auto operator[](auto letters) const { return map(Function{}, array[letters]); }
    template <std::size_t Count>
    constexpr auto slice(std::size_t begin) const {
        const auto part = array.template slice<Count>(begin);
        return mapped_view<Function, std::remove_const_t<decltype(part)>>{part};
    }
    constexpr mapped_view rows(std::size_t begin, std::size_t count) const { return {array.rows(begin, count)}; }
};

/// The largest over the letters that the target lacks, in place of their sum.
template <expression E>
struct maximum_of : expression_base {
    using scalar = typename E::scalar;
    E inner;
    APD_HOST_DEVICE constexpr scalar value(const position& p) const { return inner.value(p); }
};
/// Example: `device(largest["b"_i] = maximum(x["bi"_i]));` (Of one statement, not over pairs.)
template <expression E>
constexpr auto maximum(const E& x) {
    return maximum_of<E>{{}, x};
}

/// A part of a statement that others of the same call have too, number N of such parts; it is what `inner` is.
template <std::size_t N, expression E>
struct common_part : expression_base {
    static constexpr std::size_t number = N;
    using scalar = typename E::scalar;
    E inner;
    APD_HOST_DEVICE constexpr scalar value(const position& p) const { return inner.value(p); }
};
/// x, which a backend may compute once for all statements of a call that say common<N>(x) for the same N and x.
///
/// Example: `const auto y = common<0>(exp(x["bi"]));` then `device(sum["b"] += y, squares["b"] += y * y);`
template <std::size_t N, expression E>
constexpr auto common(const E& x) {
    return common_part<N, E>{{}, x};
}

namespace detail {
// A number beside an expression takes the expression's scalar, so that float arrays stay float.
template <class Like, class Number>
constexpr auto lift(Number number) {
    return constant<typename Like::scalar>(static_cast<typename Like::scalar>(number));
}
template <class T>
concept number = std::is_arithmetic_v<T>;

struct add {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T a, T b) const {
        return a + b;
    }
};
struct subtract {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T a, T b) const {
        return a - b;
    }
};
struct multiply {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T a, T b) const {
        return a * b;
    }
};
struct divide {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T a, T b) const {
        return a / b;
    }
};
}  // namespace detail

template <expression A, expression B>
constexpr auto operator+(const A& a, const B& b) {
    return mapped<detail::add, A, B>{{}, {}, {{{a}, {b}}}};
}
template <expression A, detail::number B>
constexpr auto operator+(const A& a, B b) {
    return a + detail::lift<A>(b);
}
template <detail::number A, expression B>
constexpr auto operator+(A a, const B& b) {
    return detail::lift<B>(a) + b;
}

template <expression A, expression B>
constexpr auto operator-(const A& a, const B& b) {
    return mapped<detail::subtract, A, B>{{}, {}, {{{a}, {b}}}};
}
template <expression A, detail::number B>
constexpr auto operator-(const A& a, B b) {
    return a - detail::lift<A>(b);
}
template <detail::number A, expression B>
constexpr auto operator-(A a, const B& b) {
    return detail::lift<B>(a) - b;
}

template <expression A, expression B>
constexpr auto operator*(const A& a, const B& b) {
    return mapped<detail::multiply, A, B>{{}, {}, {{{a}, {b}}}};
}
template <expression A, detail::number B>
constexpr auto operator*(const A& a, B b) {
    return a * detail::lift<A>(b);
}
template <detail::number A, expression B>
constexpr auto operator*(A a, const B& b) {
    return detail::lift<B>(a) * b;
}

template <expression A, expression B>
constexpr auto operator/(const A& a, const B& b) {
    return mapped<detail::divide, A, B>{{}, {}, {{{a}, {b}}}};
}
template <expression A, detail::number B>
constexpr auto operator/(const A& a, B b) {
    return a / detail::lift<A>(b);
}
template <detail::number A, expression B>
constexpr auto operator/(A a, const B& b) {
    return detail::lift<B>(a) / b;
}

namespace detail {
struct is_at_most {
    APD_HOST_DEVICE constexpr bool operator()(std::size_t a, std::size_t b) const { return a <= b; }
};
struct is_less {
    APD_HOST_DEVICE constexpr bool operator()(std::size_t a, std::size_t b) const { return a < b; }
};
struct is_equal {
    APD_HOST_DEVICE constexpr bool operator()(std::size_t a, std::size_t b) const { return a == b; }
};
struct first_number {
    APD_HOST_DEVICE constexpr std::size_t operator()(std::size_t a, std::size_t) const { return a; }
};
struct choose {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T test, T a, T b) const {
        return test > T(0) ? a : b;
    }
};
// A comparison of two letters, before it stands in an expression.
template <class Test, char A, char B>
struct comparison {};
}  // namespace detail

/// `"s"_i <= "t"_i`, and likewise < and ==: compares the numbers of two letters, for `where`.
template <char A, char B>
constexpr auto operator<=(axes<A>, axes<B>) {
    return detail::comparison<detail::is_at_most, A, B>{};
}
template <char A, char B>
constexpr auto operator<(axes<A>, axes<B>) {
    return detail::comparison<detail::is_less, A, B>{};
}
template <char A, char B>
constexpr auto operator==(axes<A>, axes<B>) {
    return detail::comparison<detail::is_equal, A, B>{};
}

/// A function of the numbers of two letters; of a comparison, 1 where it holds, else 0. The letters are those of arrays
/// in the same statement.
template <class T, class Test, char A, char B>
struct letter_test : expression_base {
    using scalar = T;
    APD_HOST_DEVICE constexpr T value(const position& p) const { return at(p[A], p[B]); }
    APD_HOST_DEVICE static constexpr T at(std::size_t a, std::size_t b) { return static_cast<T>(Test()(a, b)); }
};

/// The number of a letter, 0 at first.
///
/// Example: `map(f, number_of<T>("t"_i), x["bti"_i])`: f of the position and the entry.
template <class T, char Letter>
constexpr auto number_of(axes<Letter>) {
    return letter_test<T, detail::first_number, Letter, Letter>{};
}

/// x where a comparison of letters holds, else `otherwise`, an expression or a number.
///
/// Example, of causal attention: `where("s"_i <= "t"_i, score["bst"_i], −infinity)`.
template <class Test, char A, char B, expression E, class Other>
constexpr auto where(detail::comparison<Test, A, B>, const E& x, const Other& otherwise) {
    const letter_test<typename E::scalar, Test, A, B> test{};
    if constexpr (expression<Other>) return map(detail::choose{}, test, x, otherwise);
    else return map(detail::choose{}, test, x, detail::lift<E>(otherwise));
}

}  // namespace apd::ext
