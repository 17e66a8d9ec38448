#pragma once
// Adversarial and stochastic masks in one pass: a coin says for every row which of them it has.

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/component/draws.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/importance/persistent_source.hpp>
#include <apd/importance/source.hpp>

namespace apd::ext {

namespace detail {
template <class T>
struct coin_of_share {
    T share;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const { return unit_interval<T>(word) < share ? T(1) : T(0); }
};
}  // namespace detail

/// A source that, on a share of the rows of every step, has the numbers of an adversary that remembers, which masks all
/// sites there; on the others numbers drawn uniformly, for the sites that the loss routes them to.
struct merged_source : source_base {
    static constexpr bool climbs = true;
    double share;
    persistent_ascent how;
    constexpr merged_source(double s, persistent_ascent a) : share(s), how(a) {}
    bool operator==(const merged_source& other) const {
        return detail::exactly_equal(share, other.share) && how == other.how;
    }
    std::string describe() const { return describe_call("merged_source", share, how); }
    std::size_t ascents() const { return how.before; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        static constexpr std::size_t sites = Problem::network_type::sites.size();

      public:
        state(const merged_source& source, Problem& p)
            : share_(source.share),
              adversary_(persistent_source(source.how), p),
              uniform_({}, p),
              draws_(p),
              coin_(p.device, p.rows.capacity),
              drawn_(p.device, p.rows.capacity),
              drawn_deltas_(p.device, p.rows.capacity) {
            if (!(share_ >= 0 && share_ <= 1))
                throw error("merged", "the adversary's share of the rows is " + number_text(share_),
                            "choose one from 0 to 1");
        }
        /// Rows of the adversary have masks at all sites.
        void route(auto& step, const auto& route) {
            draw_coins(step);
            step.problem.device(route["bs"_i] = route["bs"_i] + coin()["b"_i] * (constant(T(1)) - route["bs"_i]));
        }
        void climb(auto& step, const auto& r, const auto& delta, const auto& differentiate) {
            draw_coins(step);
            drawn_.resize(r.batch), drawn_deltas_.resize(r.batch);
            uniform_.draw(step, *drawn_);
            uniform_.draw_delta(step, *drawn_deltas_);
            const auto mix = [&] {
                step.problem.device(r["bc"_i] = drawn_["bc"_i] + coin()["b"_i] * (r["bc"_i] - drawn_["bc"_i]));
                if (delta.data != nullptr)
                    step.problem.device(delta["bs"_i] = drawn_deltas_["bs"_i] +
                                                        coin()["b"_i] * (delta["bs"_i] - drawn_deltas_["bs"_i]));
            };
            adversary_.climb(step, r, delta, [&] {
                mix();
                const auto gradients = differentiate();
                keep_own(step, gradients.first, gradients.second);
                return gradients;
            });
            mix();
        }
        void end(auto& step, const auto& gradient, const auto& delta_gradient, auto scale) {
            keep_own(step, gradient, delta_gradient);
            adversary_.end(step, gradient, delta_gradient, scale);
        }
        void update(auto& step) { adversary_.update(step); }

      private:
        void draw_coins(auto& step) {
            coin_.resize(step.problem.rows.present);
            draws_.fill(detail::coin_of_share<T>{static_cast<T>(share_)}, *coin_);
        }
        view<T, extents<dynamic>> coin() const { return {(*coin_).data, (*coin_).batch}; }
        // Where a row is not the adversary's, it has nothing to climb by.
        void keep_own(auto& step, const auto& gradient, const auto& delta_gradient) {
            auto& device = step.problem.device;
            device(gradient["bc"_i] = gradient["bc"_i] * coin()["b"_i]);
            if (delta_gradient.data != nullptr) device(delta_gradient["bs"_i] = delta_gradient["bs"_i] * coin()["b"_i]);
        }
        double share_;
        typename persistent_source::template state<Problem> adversary_;
        typename uniform_source::template state<Problem> uniform_;
        row_draws<Problem, 1> draws_;
        array<device_type, T, extents<dynamic, 1>> coin_;  // 1 where a row is the adversary's
        array<device_type, T, extents<dynamic, Problem::components>> drawn_;
        array<device_type, T, extents<dynamic, sites>> drawn_deltas_;
    };
};

}  // namespace apd::ext
