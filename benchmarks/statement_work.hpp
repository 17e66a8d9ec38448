#pragma once
// What a statement costs at the least, its arithmetic and every array of it moved once, and how it is written.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>

#include <apd/array/statement.hpp>

namespace counting {

/// The least that statements cost, together.
struct work {
    double flop = 0;          ///< one for every function and every sum at every position, whatever the function
    double product_flop = 0;  ///< the part of it that sums products of arrays
    double bytes = 0;         ///< every array that is read once, and every array that is written once

    work& operator+=(const work& more) {
        flop += more.flop, product_flop += more.product_flop, bytes += more.bytes;
        return *this;
    }
};

/// Where statements run: at all positions of their letters, or at active pairs, which give the letters p, b and c.
enum class domain { positions, pairs };

namespace detail {

template <domain Domain>
constexpr bool is_free(char letter) {
    return Domain == domain::positions || (letter != 'p' && letter != 'b' && letter != 'c');
}

// The functions of an expression, and whether it is a product and no more.
template <class E>
struct functions_of {
    static constexpr std::size_t count = 0;
    static constexpr bool only_multiply = true;
};
template <class F, class... Arguments>
struct functions_of<apd::mapped<F, Arguments...>> {
    static constexpr std::size_t count = (std::size_t{1} + ... + functions_of<Arguments>::count);
    static constexpr bool only_multiply =
        std::is_same_v<F, apd::detail::multiply> && (functions_of<Arguments>::only_multiply && ...);
};

// What is known of a statement when it is compiled.
template <domain Domain, class Statement>
struct rules;
template <domain Domain, class Target, class Value, bool Accumulate>
struct rules<Domain, apd::assignment<Target, Value, Accumulate>> {
    using traits = apd::statement_traits<apd::assignment<Target, Value, Accumulate>>;
    using target = Target;
    using leaves = typename apd::detail::leaves_of<Value>::type;
    static constexpr bool pairs_meet = Domain == domain::pairs && !Target::letters::has('p');
    static constexpr bool adds_up = [] {
        for (std::size_t i = 0; i < traits::summed.count; ++i)
            if (is_free<Domain>(traits::summed.letter[i])) return true;
        return pairs_meet;
    }();
    static constexpr std::size_t operations = functions_of<Value>::count + (adds_up || Accumulate ? 1 : 0);
    static constexpr bool only_multiplies = functions_of<Value>::only_multiply && std::tuple_size_v<leaves> > 1;
    static constexpr bool is_product = adds_up && only_multiplies;
    // Pairs that meet in the elements of an array add to it, which is set to zero before.
    static constexpr bool writes_whole_target = pairs_meet && !Accumulate;
};

// The run-time size of a statement; 0 if it has none.
template <class Statement>
std::size_t samples_of(const Statement& statement) {
    std::size_t samples = 0;
    const auto meet = [&](const auto& leaf) {
        if constexpr (std::decay_t<decltype(leaf)>::view_type::shape::is_batched) samples = leaf.array.batch;
    };
    meet(statement.target);
    apd::detail::for_each_leaf(statement.value, meet);
    return samples;
}

template <domain Domain, class Statement>
double positions_of(const Statement& statement, double pairs) {
    using traits = apd::statement_traits<Statement>;
    double product = Domain == domain::pairs ? pairs : 1;
    for (const auto& letters : {traits::out, traits::summed})
        for (std::size_t i = 0; i < letters.count; ++i) {
            if (!is_free<Domain>(letters.letter[i])) continue;
            const std::size_t size = traits::size(letters.letter[i]);
            product *= static_cast<double>(size == apd::dynamic ? samples_of(statement) : size);
        }
    return product;
}

template <class Leaf>
double bytes_of_whole(const Leaf& leaf) {
    const double samples = Leaf::view_type::shape::is_batched ? static_cast<double>(leaf.array.batch) : 1;
    return samples * static_cast<double>(Leaf::view_type::shape::elements * sizeof(typename Leaf::scalar));
}
// Arrays by pair or by sample are met once per pair, all others once.
template <domain Domain, class Leaf>
double bytes_of(const Leaf& leaf, double pairs) {
    if (Domain == domain::positions || !(Leaf::letters::has('p') || Leaf::letters::has('b')))
        return bytes_of_whole(leaf);
    double bytes = pairs * sizeof(typename Leaf::scalar);
    for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis)
        if (is_free<Domain>(Leaf::letters::letter(axis))) bytes *= static_cast<double>(leaf.array.extent(axis));
    return bytes;
}

// The bytes of different arrays.
template <std::size_t Most>
class moved_once {
  public:
    void add(const void* array, double bytes) {
        if (std::find(seen_.begin(), seen_.begin() + count_, array) != seen_.begin() + count_) return;
        seen_[static_cast<std::size_t>(count_++)] = array;
        bytes_ += bytes;
    }
    double bytes() const { return bytes_; }

  private:
    std::array<const void*, Most> seen_{};
    std::ptrdiff_t count_ = 0;
    double bytes_ = 0;
};

template <class Leaf>
std::string written_leaf() {
    std::string text;
    for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis) text += Leaf::letters::letter(axis);
    for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis) {
        const std::size_t size = Leaf::view_type::shape::sizes[axis];
        text += axis == 0 ? "[" : ", ";
        text += size == apd::dynamic ? std::string(Leaf::letters::has('p') ? "P" : "B") : std::to_string(size);
    }
    return text += Leaf::letters::count == 0 ? "·" : "]";
}
template <class... Leaves>
std::string written_list(std::tuple<Leaves...>*, const std::string& between) {
    std::string text;
    ((text += (text.empty() ? "" : between) + written_leaf<Leaves>()), ...);
    return text;
}
template <domain Domain, class Statement>
std::string written_statement() {
    using of = rules<Domain, Statement>;
    auto* const leaves = static_cast<typename of::leaves*>(nullptr);
    return written_leaf<typename of::target>() + (Statement::accumulates ? " += " : " = ") +
           (of::only_multiplies ? written_list(leaves, " × ") : "f(" + written_list(leaves, ", ") + ")");
}

}  // namespace detail

/// What statements that run one after the other cost. An array that several of them mention is moved once.
template <domain Domain, class... Statements>
work work_of(double pairs, const Statements&... statements) {
    using detail::rules;
    constexpr std::size_t arrays =
        (std::size_t{0} + ... + (std::tuple_size_v<typename rules<Domain, Statements>::leaves> + 1));
    work total;
    detail::moved_once<arrays> read, written;
    const auto count = [&]<class Statement>(const Statement& statement) {
        using of = rules<Domain, Statement>;
        const double flop = of::operations * detail::positions_of<Domain>(statement, pairs);
        total.flop += flop;
        if (of::is_product) total.product_flop += flop;
        const auto reads = [&](const auto& leaf) { read.add(leaf.array.data, detail::bytes_of<Domain>(leaf, pairs)); };
        const auto& target = statement.target;
        if (Statement::accumulates) reads(target);
        apd::detail::for_each_leaf(statement.value, reads);
        written.add(target.array.data,
                    of::writes_whole_target ? detail::bytes_of_whole(target) : detail::bytes_of<Domain>(target, pairs));
    };
    (count(statements), ...);
    total.bytes = read.bytes() + written.bytes();
    return total;
}

/// Letters and sizes of a statement, "bo[B, 40] = bi[B, 10] × oi[40, 10]", and how many run together with it; f stands
/// for any functions but a product.
template <domain Domain, class First, class... Rest>
std::string written() {
    const std::string more = sizeof...(Rest) == 0 ? "" : " and " + std::to_string(sizeof...(Rest)) + " more";
    return detail::written_statement<Domain, First>() + more + (Domain == domain::pairs ? " over pairs" : "");
}

}  // namespace counting
