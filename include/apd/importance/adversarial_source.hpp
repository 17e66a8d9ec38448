#pragma once
// Masks that an adversary chooses: it climbs the loss that they are for.

#include <cstddef>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/importance/source.hpp>

namespace apd::ext {

/// How an adversary climbs: so many times r ← r + rate·sign(∂loss/∂r), kept within [0, 1].
struct ascent {
    std::size_t steps = 20;
    double rate = 0.1;
    bool operator==(const ascent& other) const {
        return steps == other.steps && detail::exactly_equal(rate, other.rate);
    }
    std::string describe() const { return describe_call("ascent", steps, rate); }
};

namespace detail {
// What climbs: numbers of every row, or, if they are shared, one for all rows, which is copied to r.
template <class Problem, std::size_t Count, bool Shared>
class climbing_numbers {
    using T = typename Problem::scalar;
    using numbers = array<typename Problem::device_type, T, extents<Count>>;

  public:
    explicit climbing_numbers(Problem& p) {
        if constexpr (Shared) shared_ = numbers(p.device), sum_ = numbers(p.device);
    }
    void start(auto& step, const auto& r, auto&& draw) {
        if constexpr (Shared) {
            draw(*shared_);
            step.problem.device(r["bc"_i] = shared_["c"_i]);
        } else {
            draw(r);
        }
    }
    void climb(auto& step, double rate, const auto& r, const auto& gradient) {
        auto& device = step.problem.device;
        const auto climbed = [rate](const auto& from, const auto& along) {
            return map(cut_to_unit{}, from + sign(along) * rate);
        };
        if constexpr (Shared) {
            device(sum_["c"_i] = gradient["bc"_i]);
            step.problem.add_up(*sum_);
            device(shared_["c"_i] = climbed(shared_["c"_i], sum_["c"_i]));
            device(r["bc"_i] = shared_["c"_i]);
        } else {
            device(r["bc"_i] = climbed(r["bc"_i], gradient["bc"_i]));
        }
    }

  private:
    numbers shared_, sum_;
};
}  // namespace detail

/// A source whose numbers climb the loss they are for, anew in every step and pass, from where another source begins:
/// those of every row, or, if they are `Shared`, the same for all rows. In its state `climb(step, r, delta,
/// differentiate)` stands in the place of draws: differentiate() gives ∂loss/∂r and ∂loss/∂delta at the numbers that
/// were written to r and delta.
///
/// With the start `constant_source(1)`, and a delta component, the first masked output is the target's, and its
/// gradient is rounding: what its sign says, nobody knows.
template <bool Shared, mask_source Start>
struct adversarial_source : source_base {
    static constexpr bool climbs = true;
    ascent how;
    Start start;
    constexpr adversarial_source(ascent a, Start from) : how(a), start(from) {}
    bool operator==(const adversarial_source&) const = default;
    std::string describe() const { return describe_call(Shared ? "shared adversary" : "adversary", how, start); }

    template <class Problem>
    class state {
        static constexpr std::size_t sites = Problem::network_type::sites.size();

      public:
        state(const adversarial_source& source, Problem& p)
            : how_(source.how), start_(source.start, p), components_(p), deltas_(p) {
            if (!(how_.rate > 0))
                throw error("adversarial", "its rate is " + number_text(how_.rate), "choose one above 0");
        }
        void climb(auto& step, const auto& r, const auto& delta, const auto& differentiate) {
            const bool has_delta = delta.data != nullptr;
            components_.start(step, r, [&](const auto& numbers) { start_.draw(step, numbers); });
            if (has_delta) deltas_.start(step, delta, [&](const auto& numbers) { start_.draw_delta(step, numbers); });
            for (std::size_t i = 0; i < how_.steps; ++i) {
                const auto [gradient, delta_gradient] = differentiate();
                components_.climb(step, how_.rate, r, gradient);
                if (has_delta) deltas_.climb(step, how_.rate, delta, delta_gradient);
            }
        }

      private:
        ascent how_;
        typename Start::template state<Problem> start_;
        detail::climbing_numbers<Problem, Problem::components, Shared> components_;
        detail::climbing_numbers<Problem, sites, Shared> deltas_;
    };
};

}  // namespace apd::ext

namespace apd {
using ext::ascent;
}  // namespace apd
