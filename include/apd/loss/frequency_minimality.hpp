#pragma once
// Frequency minimality: every subcomponent matters on few rows.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/importance/importance_node.hpp>
#include <apd/loss/importance_count.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd::ext {

namespace detail {
// How much of a step is new in the mean over `steps` of them, over all at first.
template <class T>
struct share_of_step {
    double steps;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        const double all = static_cast<double>(step) + 1;
        return static_cast<T>(1 / (all < steps ? all : steps));
    }
};
}  // namespace detail

/// Σ_c f_c log₂(1 + a f_c), f_c = mean over b of φ(g⁺[b, c]), where a is a number of rows that does not depend on
/// the batch. With a = B it is what β stands before in `importance_minimality`.
///
/// `averaged_over(steps)`: f_c is an exponential mean over so many steps, of which only this step's share has a
/// gradient. So what is rare in a batch has a frequency nevertheless.
template <importance_node Importance, importance_count Count>
struct frequency_minimality_loss : loss_base {
    static constexpr std::string_view name = "frequency minimality";
    static constexpr bool weighs_rows = true;
    Importance importance;
    Count count;
    double rows;       // a
    double steps = 1;  // of the mean
    constexpr frequency_minimality_loss(Importance i, Count c, double a, double n)
        : importance(i), count(c), rows(a), steps(n) {}
    bool operator==(const frequency_minimality_loss& other) const {
        return importance == other.importance && count == other.count && detail::exactly_equal(rows, other.rows) &&
               detail::exactly_equal(steps, other.steps);
    }
    constexpr auto dependencies() const { return std::tuple{importance}; }
    std::string describe() const {
        std::string text = describe_call("frequency_minimality", importance, count, rows);
        if (steps > 1) text.append(".averaged_over(").append(number_text(steps)).append(")");
        return text;
    }
    constexpr auto averaged_over(double count_of_steps) const {
        return frequency_minimality_loss(importance, count, rows, count_of_steps);
    }

    template <class Problem>
    class state : public loss_state<Problem> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;

      public:
        state(const frequency_minimality_loss& node, Problem& p)
            : loss_state<Problem>(p),
              rows_(node.rows),
              steps_(node.steps),
              sums_(node.importance, node.count, "frequency_minimality", p),
              mean_(1.0 / static_cast<double>(p.rows.nominal)),
              share_(p.device),
              frequency_(p.device) {
            if (!(rows_ > 0))
                throw error("frequency_minimality", "it counts in " + number_text(rows_) + " rows",
                            "choose a number above 0, such as that of a batch");
            if (!(steps_ >= 1))
                throw error("frequency_minimality", "it is averaged over " + number_text(steps_) + " steps",
                            "choose at least 1");
            if (is_averaged())
                kept_ = {p.parts
                             .keep(std::string("frequency.").append(std::to_string(p.new_stream())),
                                   {Problem::components}, [](std::span<T>, std::uint64_t, std::uint32_t) {})
                             .data};
        }
        void measure(auto& step) {
            find_frequencies(step);
            const double once = step.problem.rows.first == 0 ? 1 / std::numbers::ln2 : 0;  // of the slices of a batch
            step.problem.device(this->value()[""_i] = f() * logarithm() * once);
        }
        void pullback(auto& step, auto weight) {
            find_frequencies(step);
            const auto slope = logarithm() + f() * rows_ / (f() * rows_ + constant(T(1)));
            step.problem.device(sums_.slope()["c"_i] = slope * (weight * (mean_ / std::numbers::ln2)));
            sums_.give_back(step);
        }
        void update(auto& step) {
            if (is_averaged()) step.problem.device(kept_["c"_i] = f());
        }

      private:
        bool is_averaged() const { return steps_ > 1; }
        void find_frequencies(auto& step) {
            sums_.add_up(step);
            auto& device = step.problem.device;
            device(f() = sums_.sum()["c"_i] * mean_);
            if (!is_averaged()) return;
            device(share_[""_i] = map(detail::share_of_step<T>{steps_}, step.problem.step[""_i]));
            device(f() = kept_["c"_i] + (f() - kept_["c"_i]) * share_[""_i]);
        }
        auto f() const { return frequency_["c"_i]; }
        // ln(1 + a f)
        auto logarithm() const { return log(f() * rows_ + constant(T(1))); }

        double rows_, steps_;
        detail::importance_sums<Problem, Importance, Count> sums_;
        double mean_;
        array<device_type, T, extents<>> share_;
        array<device_type, T, extents<Problem::components>> frequency_;
        view<T, extents<Problem::components>> kept_;  // the frequencies of the step before
    };
};

/// `how` importances count, as in `importance_minimality`; `rows`: a.
///
/// Example: `4e-5 * apd::frequency_minimality(ci, apd::smooth_l0({1, 0.01, 0, 1e5}), 1e6).averaged_over(200)`.
template <class Importance, class How>
constexpr auto frequency_minimality(Importance importance, How how, double rows) {
    static_assert(importance_node<Importance>,
                  "apd::frequency_minimality: takes importances, such as private_importances<16>().");
    using count = decltype(detail::as_count(how));
    static_assert(importance_count<count>,
                  "apd::frequency_minimality: behind the importances goes how they count: a power p, annealed powers, "
                  "or smooth_l0.");
    if constexpr (importance_node<Importance> && importance_count<count>)
        return frequency_minimality_loss<Importance, count>(importance, detail::as_count(how), rows, 1);
}

}  // namespace apd::ext

namespace apd {
using ext::frequency_minimality;
}  // namespace apd
