#pragma once
// The concept `decomposition_shape`: how many components there are, which of them each site has, and of what rank.

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <utility>

#include <apd/network/network.hpp>

namespace apd::ext {

/// As a rank bound: no bound, min(d_in, d_out) at every site.
inline constexpr std::size_t full_rank = static_cast<std::size_t>(-1);

/// Neighbours on the axis of all components.
struct component_range {
    std::size_t first, count;
    bool operator==(const component_range&) const = default;
};

/// Concept: what a network is decomposed into.
///
/// The components of a decomposition lie along one axis, c = 0, …, C − 1: masks, attributions and active pairs are over
/// all of it. A site has a range of them: P_c = U_c V_c of the others is zero there. Beside them, a pass may use the
/// delta component of a site, Δ = W − Σ_c P_c, as its mask says (`delta_mask_state`).
///
/// Minimal definition, of a network with so many sites:
/// * `components(sites)`: C;
/// * `range_of(site, sites)`: the components of site number `site`;
/// * `rank_bound`: of every component, at every site; `full_rank` is no bound.
///
/// Optional: `left_deviation(counts)` and `right_deviation(counts)` of the first U and V of a site with those
/// `component_counts`; `tied_site` and `tied_to`, see `tied_factors`.
///
/// Laws: ranges are not empty and lie within C; every component is of some site.
/// Models: shared_components, subcomponents, tied_factors; groups of sites in examples/own_parts.hpp.
template <class S>
concept decomposition_shape = requires(std::size_t n) {
    { S::components(n) } -> std::same_as<std::size_t>;
    { S::range_of(n, n) } -> std::same_as<component_range>;
    { S::rank_bound } -> std::convertible_to<std::size_t>;
};

/// C components, each of all sites: the parts of APD (Braun et al., arXiv 2501.14926).
template <std::size_t C, std::size_t Rank = full_rank>
struct shared_components {
    static constexpr std::size_t rank_bound = Rank;
    static constexpr std::size_t components(std::size_t) { return C; }
    static constexpr component_range range_of(std::size_t, std::size_t) { return {0, C}; }
};

/// The sizes of a site, for what is compiled once for all.
struct component_counts {
    std::size_t in, out, count, rank;
};

/// Components of rank 1 for every site alone: C_0 of the first, C_1 of the next, …, as in SPD (Bushnaq et al., arXiv
/// 2506.20790). One number is that of each site. First factors are larger than those of parts of all sites: normal with
/// std(U) = 1/√d_in and std(V) = 1/√C.
template <std::size_t... C>
struct subcomponents {
    static_assert(sizeof...(C) > 0, "apd::subcomponents: say how many each site has.");
    static_assert(((C > 0) && ...), "apd::subcomponents: every site has at least one.");
    static constexpr std::size_t rank_bound = 1;
    static double left_deviation(component_counts site) { return 1 / std::sqrt(static_cast<double>(site.in)); }
    static double right_deviation(component_counts site) { return 1 / std::sqrt(static_cast<double>(site.count)); }
    static constexpr std::size_t components(std::size_t sites) {
        return range_of(sites - 1, sites).first + range_of(sites - 1, sites).count;
    }
    static constexpr component_range range_of(std::size_t site, std::size_t) {
        if constexpr (sizeof...(C) == 1) {
            return {site * (C + ...), (C + ...)};
        } else {
            constexpr std::array<std::size_t, sizeof...(C)> counts{C...};
            std::size_t first = 0;
            for (std::size_t s = 0; s < site; ++s) first += counts[s];
            return {first, counts[site]};
        }
    }
};

/// The same shape, but of one site the factors are those of another before it, turned round: U_c is the other's V_cᵀ,
/// and V_c its U_cᵀ, as in a network that uses a matrix and its transpose. They are one array in memory and yet two
/// that are learned: each has its own gradient and moments, and both updates go to the numbers that they share.
///
/// Example: `tied_factors<subcomponents<20>, 1, 0>`, the factors of site 1 are those of site 0.
template <class Shape, std::size_t Site, std::size_t To>
struct tied_factors : Shape {
    static_assert(To < Site, "apd::tied_factors: a site has the factors of one before it.");
    static constexpr std::size_t tied_site = Site, tied_to = To;
};

namespace detail {
/// The site whose factors a site has: its own, unless they are tied.
template <class Shape>
constexpr std::size_t owner_of_factors(std::size_t site) {
    if constexpr (requires { Shape::tied_site; }) return site == Shape::tied_site ? Shape::tied_to : site;
    else return site;
}
}  // namespace detail

/// A site as the parts of a method see it. All that decides what is compiled for it is in its type: sites that are
/// alike share that.
///
/// Shapes: W [d_in, d_out], P [count, d_in, d_out], U [count, d_in, m], V [count, m, d_out]. A rank m above
/// min(d_in, d_out) bounds nothing, but is how toy models are published (m = min + 1).
template <std::size_t In, std::size_t Out, std::size_t Count, std::size_t Rank>
struct component_site {
    static constexpr std::size_t in = In, out = Out, count = Count, rank = Rank;
    using sum = extents<In, Out>;
    using components = extents<Count, In, Out>;
    using left = extents<Count, In, Rank>;
    using right = extents<Count, Rank, Out>;
    using spectrum = extents<Count, Rank>;

    std::size_t number;  ///< among the sites of the network
    std::size_t first;   ///< its first component, on the axis of all
    std::size_t uses;    ///< how often the network uses its matrix

    /// Whether it has component c of all.
    constexpr bool has(std::size_t c) const { return c >= first && c < first + Count; }
    static constexpr component_counts counts() { return {In, Out, Count, Rank}; }
};

namespace detail {
// Of every site: its range, and the first site that it is like.
template <class Net, decomposition_shape Shape>
struct site_table {
    static constexpr std::size_t count = Net::sites.size();
    static constexpr bool is_tied_within = [] {
        if constexpr (requires { Shape::tied_site; }) return Shape::tied_site < count;
        else return true;
    }();
    static_assert(is_tied_within, "apd::tied_factors: the network has no site of that number; they count from 0.");
    static constexpr auto ranges = [] {
        std::array<component_range, count> all{};
        for (std::size_t s = 0; s < count; ++s) all[s] = Shape::range_of(s, count);
        return all;
    }();
    static constexpr auto uses = [] {
        std::array<std::size_t, count> all{};
        for (std::size_t s = 0; s < count; ++s) all[s] = Net::uses_of(s);
        return all;
    }();
    static constexpr auto first_alike = [] {
        std::array<std::size_t, count> first{};
        for (std::size_t s = 0; s < count; ++s) {
            const auto sizes = Net::parameter_sizes[Net::parameter_numbers[Net::sites[s]]];
            const auto is_like = [&](std::size_t other) {
                const auto others = Net::parameter_sizes[Net::parameter_numbers[Net::sites[other]]];
                return std::equal(sizes.begin(), sizes.end(), others.begin()) && ranges[s].count == ranges[other].count;
            };
            while (!is_like(first[s])) ++first[s];
        }
        return first;
    }();
    // As number_list of them.
    static constexpr auto kinds = [] {
        number_list<count> found;
        for (const std::size_t s : first_alike) found.add(s);
        return found;
    }();
};
// Site number `number`, which is like site Like.
template <class Net, decomposition_shape Shape, std::size_t Like>
constexpr auto site_like(std::size_t number) {
    using matrix = typename Net::template site_at<Like>::shape;
    using table = site_table<Net, Shape>;
    constexpr std::size_t in = matrix::sizes[0], out = matrix::sizes[1];
    constexpr std::size_t rank = Shape::rank_bound == full_rank ? std::min(in, out) : Shape::rank_bound;
    return component_site<in, out, table::ranges[Like].count, rank>{number, table::ranges[number].first,
                                                                    table::uses[number]};
}
}  // namespace detail

/// Site number S of a network in a decomposition of that shape.
template <class Net, decomposition_shape Shape, std::size_t S>
inline constexpr auto site_in = detail::site_like<Net, Shape, S>(S);

/// f(site) for every site: a `component_site`. Sites that are alike share what is compiled.
template <class Net, decomposition_shape Shape>
constexpr void for_each_site(auto&& f) {
    using table = detail::site_table<Net, Shape>;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
        for (std::size_t s = 0; s < table::count; ++s)
            ((table::first_alike[s] == table::kinds.numbers[K]
                  ? f(detail::site_like<Net, Shape, table::kinds.numbers[K]>(s))
                  : void()),
             ...);
    }
    (std::make_index_sequence<table::kinds.size>{});
}

}  // namespace apd::ext

namespace apd {
using ext::full_rank, ext::shared_components, ext::subcomponents, ext::tied_factors;
}  // namespace apd
