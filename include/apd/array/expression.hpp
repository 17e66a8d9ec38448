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

/// Concept: a node of the grammar. Meaning: a scalar for every position of its letters.
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
template <class Like, class Value>
constexpr auto lift(const Value& v) {
    if constexpr (expression<Value>) return v;
    else return constant<typename Like::scalar>(static_cast<typename Like::scalar>(v));
}
template <class A, class B>
using expression_of = std::conditional_t<expression<A>, A, B>;
template <class Function, class A, class B>
constexpr auto combine(const A& a, const B& b) {
    using like = expression_of<A, B>;
    if constexpr (expression<A> && expression<B>) return mapped<Function, A, B>{{}, Function{}, {{{a}, {b}}}};
    else return map(Function{}, lift<like>(a), lift<like>(b));
}
template <class A, class B>
concept expression_operands = (expression<A> && (expression<B> || std::is_arithmetic_v<B>)) ||
                              (std::is_arithmetic_v<A> && expression<B>);

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

template <class A, class B>
    requires detail::expression_operands<A, B>
constexpr auto operator+(const A& a, const B& b) { return detail::combine<detail::add>(a, b); }
template <class A, class B>
    requires detail::expression_operands<A, B>
constexpr auto operator-(const A& a, const B& b) { return detail::combine<detail::subtract>(a, b); }
template <class A, class B>
    requires detail::expression_operands<A, B>
constexpr auto operator*(const A& a, const B& b) { return detail::combine<detail::multiply>(a, b); }
template <class A, class B>
    requires detail::expression_operands<A, B>
constexpr auto operator/(const A& a, const B& b) { return detail::combine<detail::divide>(a, b); }

}  // namespace apd
