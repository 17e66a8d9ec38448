#pragma once
// Which sites a reconstruction loss masks: all, one after the other, or some of each row.

#include <concepts>
#include <cstddef>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/component/draws.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/importance/source.hpp>

namespace apd::ext {

/// Marks a type as a routing: which sites have masks, in which pass and on which rows; the others have the target's
/// matrix.
///
/// A regular value with `describe()`, `passes(sites)`, how many passes there are for each sample of masks, and
/// * `is_partial`: some sites are left out of a pass, all but `masked(pass, sites)`;
/// * `has_routes`: `state<Problem>`, constructed from (routing, problem), has `draw(step, route)`, which writes 1 to
///   route [B, sites] where a row has masks at a site, else 0.
struct routing_base {
    static constexpr bool is_partial = false, has_routes = false;
    static constexpr std::size_t passes(std::size_t) { return 1; }
    bool operator==(const routing_base&) const = default;
    template <class Problem>
    struct state {
        state(const auto&, Problem&) {}
    };
};
template <class R>
inline constexpr bool is_a_routing = std::derived_from<R, routing_base>;

/// All sites, on all rows.
struct all_sites_routing : routing_base {
    bool operator==(const all_sites_routing&) const = default;
    static std::string describe() { return "all_sites"; }
};
inline constexpr all_sites_routing all_sites;

/// A pass for each site, which alone has masks.
struct each_site_routing : routing_base {
    static constexpr bool is_partial = true;
    static constexpr std::size_t passes(std::size_t sites) { return sites; }
    template <class Sites>
    static constexpr Sites masked(std::size_t pass, Sites sites) {
        sites.fill(false);
        sites[pass] = true;
        return sites;
    }
    bool operator==(const each_site_routing&) const = default;
    static std::string describe() { return "each_site"; }
};
inline constexpr each_site_routing each_site;

namespace detail {
template <class T>
struct is_below {
    APD_HOST_DEVICE T operator()(T a, T b) const { return a < b ? T(1) : T(0); }
};
// 1, …, count, each as likely.
template <class T>
struct uniform_count {
    std::size_t count;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const {
        return static_cast<T>(1 + (std::uint64_t{word} * count >> 32U));
    }
};
}  // namespace detail

/// k sites of each row, k uniform among 1, …, L, and any k of them.
struct random_sites_routing : routing_base {
    static constexpr bool has_routes = true;
    bool operator==(const random_sites_routing&) const = default;
    static std::string describe() { return "random_sites"; }

    template <class Problem>
    class state {
        using T = typename Problem::scalar;
        static constexpr std::size_t sites = Problem::network_type::sites.size();

      public:
        state(const random_sites_routing&, Problem& p)
            : count_(p), order_(p), wanted_(p.device, p.rows.capacity), noise_(p.device, p.rows.capacity) {}
        void draw(auto& step, const auto& route) {
            auto& device = step.problem.device;
            wanted_.resize(route.batch), noise_.resize(route.batch);
            count_.fill(detail::uniform_count<T>{sites}, *wanted_);
            order_.fill(detail::uniform_number<T>{}, *noise_);
            route_by_order(device, *noise_, *wanted_, route);
        }
        /// Site s has masks if fewer than k of the others have a smaller number.
        static void route_by_order(auto& device, const auto& noise, const auto& count, const auto& route) {
            device(route["bs"_i] = map(detail::is_below<T>{}, noise["bj"_i], noise["bs"_i]));
            device(route["bs"_i] = map(detail::is_below<T>{}, route["bs"_i], count["bc"_i]));
        }

      private:
        row_draws<Problem, 1> count_;
        row_draws<Problem, sites> order_;
        array<typename Problem::device_type, T, extents<dynamic, 1>> wanted_;
        array<typename Problem::device_type, T, extents<dynamic, sites>> noise_;
    };
};
inline constexpr random_sites_routing random_sites;

/// Every site of every row with the same probability.
struct some_sites_routing : routing_base {
    static constexpr bool has_routes = true;
    double probability;
    constexpr explicit some_sites_routing(double p) : probability(p) {}
    bool operator==(const some_sites_routing& other) const {
        return detail::exactly_equal(probability, other.probability);
    }
    std::string describe() const { return describe_call("some_sites", probability); }

    template <class Problem>
    class state {
        using T = typename Problem::scalar;

      public:
        state(const some_sites_routing& routing, Problem& p) : probability_(routing.probability), draws_(p) {
            if (!(probability_ > 0 && probability_ <= 1))
                throw error("some_sites", "its probability is " + number_text(probability_),
                            "choose one above 0, at most 1");
        }
        void draw(auto& step, const auto& route) {
            draws_.fill(detail::uniform_number<T>{}, route);
            step.problem.device(route["bc"_i] =
                                    map(detail::is_below<T>{}, route["bc"_i], constant(static_cast<T>(probability_))));
        }

      private:
        double probability_;
        row_draws<Problem, Problem::network_type::sites.size()> draws_;
    };
};
constexpr auto some_sites(double probability) { return some_sites_routing(probability); }

}  // namespace apd::ext

namespace apd {
using ext::all_sites, ext::each_site, ext::random_sites, ext::some_sites;
}  // namespace apd
