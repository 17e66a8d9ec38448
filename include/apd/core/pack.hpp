#pragma once
// A flat tuple: less for a compiler to do than std::tuple, which the types of expressions and networks are full of.

#include <cstddef>
#include <utility>

namespace apd::ext {

namespace detail {
template <std::size_t I, class T>
struct packed {
    T value;
};
template <class Indices, class... T>
struct pack_of;
template <std::size_t... I, class... T>
struct pack_of<std::index_sequence<I...>, T...> : packed<I, T>... {
    /// f(all the values).
    template <class F>
    constexpr decltype(auto) unpack(F&& f) const {
        return f(static_cast<const packed<I, T>&>(*this).value...);
    }
};
}  // namespace detail

/// Values side by side, each with an address of its own.
///
/// Example: `const apd::ext::pack<int, float> two{{{1}, {2.f}}};` then `get<1>(two)` is 2, and so is
/// `two.unpack([](int i, float f) { return i * f; })`.
template <class... T>
struct pack : detail::pack_of<std::index_sequence_for<T...>, T...> {};

template <std::size_t I, class T>
constexpr T& get(detail::packed<I, T>& place) {
    return place.value;
}
template <std::size_t I, class T>
constexpr const T& get(const detail::packed<I, T>& place) {
    return place.value;
}

namespace detail {
template <template <std::size_t> class Of, class Indices>
struct pack_over_indices;
template <template <std::size_t> class Of, std::size_t... I>
struct pack_over_indices<Of, std::index_sequence<I...>> {
    using type = pack<Of<I>...>;
};
}  // namespace detail

/// A pack of Of<0>, …, Of<Count − 1>.
template <template <std::size_t> class Of, std::size_t Count>
using pack_over = typename detail::pack_over_indices<Of, std::make_index_sequence<Count>>::type;

}  // namespace apd::ext
