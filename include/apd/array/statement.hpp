#pragma once
// What a statement means, worked out from its type: its letters, which are summed, and the size of each.

#include <array>
#include <cstddef>
#include <limits>

#include <apd/array/view.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext {

/// A few letters, in order of first appearance.
struct letter_list {
    std::array<char, 16> letter{};
    std::size_t count = 0;

    constexpr bool has(char wanted) const {
        for (std::size_t i = 0; i < count; ++i)
            if (letter[i] == wanted) return true;
        return false;
    }
    constexpr void add(char added) {
        if (!has(added)) letter[count++] = added;
    }
    constexpr letter_list without(char left_out) const {
        letter_list rest;
        for (std::size_t i = 0; i < count; ++i)
            if (letter[i] != left_out) rest.add(letter[i]);
        return rest;
    }
};

namespace detail {

template <class... Leaves>
struct leaf_list {
    static constexpr std::size_t count = sizeof...(Leaves);
};
template <class... A, class... B>
constexpr leaf_list<A..., B...> operator+(leaf_list<A...>, leaf_list<B...>) {
    return {};
}
template <class E>
struct leaves_of {
    using type = leaf_list<>;
};
template <class V, class A>
struct leaves_of<indexed<V, A>> {
    using type = leaf_list<indexed<V, A>>;
};
template <class F, class... Arguments>
struct leaves_of<mapped<F, Arguments...>> {
    using type = decltype((leaf_list<>() + ... + typename leaves_of<Arguments>::type()));
};

template <class E>
struct leaves_of<maximum_of<E>> : leaves_of<E> {};
template <std::size_t N, class E>
struct leaves_of<common_part<N, E>> : leaves_of<E> {};

// The letters that are compared in an expression.
template <class E>
struct compared_letters {
    static constexpr void add_to(letter_list&) {}
};
template <class T, class Test, char A, char B>
struct compared_letters<letter_test<T, Test, A, B>> {
    static constexpr void add_to(letter_list& list) {
        list.add(A);
        list.add(B);
    }
};
template <class F, class... Arguments>
struct compared_letters<mapped<F, Arguments...>> {
    static constexpr void add_to(letter_list& list) { (compared_letters<Arguments>::add_to(list), ...); }
};
template <class E>
struct compared_letters<maximum_of<E>> : compared_letters<E> {};
template <std::size_t N, class E>
struct compared_letters<common_part<N, E>> : compared_letters<E> {};

/// How a statement puts together what its summed letters give: by adding, or by the largest.
template <class Value>
struct reduction {
    template <class T>
    APD_HOST_DEVICE static constexpr T first() {
        return T(0);
    }
    template <class T>
    APD_HOST_DEVICE static constexpr T combine(T a, T b) {
        return a + b;
    }
};
template <class E>
struct reduction<maximum_of<E>> {
    template <class T>
    APD_HOST_DEVICE static constexpr T first() {
        return -std::numeric_limits<T>::infinity();
    }
    template <class T>
    APD_HOST_DEVICE static constexpr T combine(T a, T b) {
        return a < b ? b : a;
    }
};

template <class Leaf>
constexpr void add_letters(letter_list& list) {
    for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis) list.add(Leaf::letters::letter(axis));
}

// The static size of `letter` in a leaf; 0 where it does not occur.
template <class Leaf>
constexpr std::size_t size_in(char letter) {
    constexpr auto& sizes = Leaf::view_type::shape::sizes;
    for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis)
        if (Leaf::letters::letter(axis) == letter) return sizes[axis];
    return 0;
}

// The letter of the positions of sequences in an array whose rows are unfolded, else 0.
template <class Leaf>
constexpr char letter_of_positions() {
    if constexpr (Leaf::view_type::is_unfolded) return Leaf::letters::letter(1);
    else return '\0';
}

template <class F, class V, class A>
constexpr void for_each_leaf(const indexed<V, A>& leaf, F&& f) {
    f(leaf);
}
template <class F, class T>
constexpr void for_each_leaf(const constant<T>&, F&&) {}
template <class F, class T, class Test, char A, char B>
constexpr void for_each_leaf(const letter_test<T, Test, A, B>&, F&&) {}
template <class F, class E>
constexpr void for_each_leaf(const maximum_of<E>& node, F&& f) {
    for_each_leaf(node.inner, f);
}
template <class F, class G, class... Arguments>
constexpr void for_each_leaf(const mapped<G, Arguments...>& node, F&& f);
template <class F, std::size_t N, class E>
constexpr void for_each_leaf(const common_part<N, E>& node, F&& f) {
    for_each_leaf(node.inner, f);
}
template <class F, class G, class... Arguments>
constexpr void for_each_leaf(const mapped<G, Arguments...>& node, F&& f) {
    node.arguments.unpack([&](const auto&... argument) { (for_each_leaf(argument, f), ...); });
}

// Whether the entries of an array lie one behind the other: a batch has room between them, but for its only axis.
template <class View>
inline constexpr bool has_no_gaps = View::is_dense && (!View::shape::is_batched || View::shape::rank == 1);

}  // namespace detail

/// True when every array of a statement gives each letter the same size; named in the message when it is false.
template <bool Agree, class... Leaves>
inline constexpr bool every_letter_has_one_size = Agree;
/// True when every letter that a statement compares is one of its arrays'.
template <bool Known, class Value>
inline constexpr bool every_compared_letter_is_known = Known;

template <class Target, class Value, bool Accumulate, class LeavesOfValue>
struct statement_traits_of_leaves;
template <class Target, class Value, bool Accumulate, class... Leaves>
struct statement_traits_of_leaves<Target, Value, Accumulate, detail::leaf_list<Leaves...>> {
    /// The size of a letter, `dynamic` for the run-time one.
    static constexpr std::size_t size(char letter) {
        std::size_t found = detail::size_in<Target>(letter);
        ((found = found ? found : detail::size_in<Leaves>(letter)), ...);
        return found;
    }
    template <class Leaf>
    static constexpr bool agrees() {
        for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis)
            if (Leaf::view_type::shape::sizes[axis] != size(Leaf::letters::letter(axis))) return false;
        return true;
    }
    static constexpr letter_list out = [] {
        letter_list list;
        detail::add_letters<Target>(list);
        return list;
    }();
    /// The letters that are compared with each other.
    static constexpr letter_list compared = [] {
        letter_list list;
        detail::compared_letters<Value>::add_to(list);
        return list;
    }();
    static constexpr letter_list summed = [] {
        static_assert(!(Accumulate && detail::is_maximum<Value>),
                      "apd: a maximum is assigned, not added: write it into an array of its own first.");
        static_assert(every_letter_has_one_size<(agrees<Leaves>() && ...), Target, Leaves...>,
                      "apd: a letter stands for axes of different sizes in one statement.");
        letter_list all = out, list;
        (detail::add_letters<Leaves>(all), ...);
        for (std::size_t i = out.count; i < all.count; ++i) list.add(all.letter[i]);
        constexpr bool knows = [] {
            bool known = true;
            for (std::size_t i = 0; i < compared.count; ++i) known = known && size(compared.letter[i]) != 0;
            return known;
        }();
        static_assert(every_compared_letter_is_known<knows, Value>,
                      "apd: a letter is compared that no array of the statement has.");
        return list;
    }();
    /// The letter of the run-time axis, or 0.
    static constexpr char batch_letter = [] {
        for (std::size_t i = 0; i < out.count; ++i)
            if (size(out.letter[i]) == dynamic) return out.letter[i];
        for (std::size_t i = 0; i < summed.count; ++i)
            if (size(summed.letter[i]) == dynamic) return summed.letter[i];
        return '\0';
    }();
    /// The letter along which neighbours in batched arrays are neighbours in memory: that of the run-time axis or,
    /// where rows are unfolded, of the positions of a sequence. 0 if there is none.
    static constexpr char neighbours_letter = [] {
        char found = detail::letter_of_positions<Target>();
        ((found = found != '\0' ? found : detail::letter_of_positions<Leaves>()), ...);
        return found != '\0' ? found : batch_letter;
    }();
    /// How many combinations of letters there are for each sample.
    static constexpr std::size_t positions = [] {
        std::size_t product = 1;
        for (const letter_list* list : {&out, &summed})
            for (std::size_t i = 0; i < list->count; ++i)
                if (list->letter[i] != batch_letter) product *= size(list->letter[i]);
        return product;
    }();

    template <class Leaf>
    static constexpr bool same_letters_as_target() {
        if (Leaf::letters::count != Target::letters::count) return false;
        for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis)
            if (Leaf::letters::letter(axis) != Target::letters::letter(axis)) return false;
        return true;
    }
    /// Every array is whole, has the target's letters and no gaps in memory, or is one number: the statement is one
    /// loop over memory.
    static constexpr bool is_flat =
        compared.count == 0 && detail::has_no_gaps<typename Target::view_type> &&
        (((same_letters_as_target<Leaves>() && detail::has_no_gaps<typename Leaves::view_type>) ||
          Leaves::letters::count == 0) &&
         ...);
};

/// The letters of a statement: `out` stand on the left, `summed` only on the right.
template <class Statement>
struct statement_traits;
template <class Target, class Value, bool Accumulate>
struct statement_traits<assignment<Target, Value, Accumulate>>
    : statement_traits_of_leaves<Target, Value, Accumulate, typename detail::leaves_of<Value>::type> {};

}  // namespace apd::ext
