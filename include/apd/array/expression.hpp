#pragma once
// Array expressions: arrays with subscripts, numbers, and functions of them, evaluated only when a backend runs them.

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <apd/array/axes.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/pack.hpp>

namespace apd {

/// The base of every node; `T` is the scalar that the node yields.
struct expression_base {};

/// Concept: a node of the grammar. Meaning: a scalar for every position of its letters. Where a statement sums over a
/// letter that its target lacks, the sum stands outermost: `n["b"] = sqrt(square(x["bi"]))` is Σ_i √x[b, i]².
/// Minimal definition: `scalar`, `value(position)`. Models: `indexed`, `constant`, `mapped`.
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

/// A function applied position by position.
template <class Function, expression... Arguments>
struct mapped : expression_base {
    using scalar = std::remove_cvref_t<std::invoke_result_t<Function, typename Arguments::scalar...>>;
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

}  // namespace apd
