#pragma once
// Masks of an adversary that remembers: what it climbed to in one step is where it begins in the next.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/exponential.hpp>
#include <apd/core/normal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/core/philox.hpp>
#include <apd/importance/source.hpp>

namespace apd::ext {

/// By what an adversary that remembers climbs: Adam, or the sign of the gradient.
enum class ascent_rule { adam, sign };
/// How its numbers r stay within [0, 1]: they are cut off there, or are 1/(1 + e⁻ˢ) of numbers s that are free.
enum class ascent_bounds { clamp, sigmoid };

/// How an adversary that remembers climbs: `before` times in every step before the loss is measured, and once with the
/// gradient of the loss itself.
struct persistent_ascent {
    double rate = 0.01;
    double ramp = 0;         ///< steps in which the rate rises from 0
    std::size_t before = 2;  ///< ascents in every step before the loss is measured
    ascent_rule rule = ascent_rule::adam;
    double beta1 = 0.5, beta2 = 0.99, epsilon = 1e-8;  ///< of Adam
    ascent_bounds bounds = ascent_bounds::clamp;
    /// How many rows of numbers are remembered; row b of the batch has those of row b mod `rows`. 0: a row for each of
    /// the batch. With as many as a sequence has positions, they are the same for all sequences. Every repetition costs
    /// a few statements, so that few rows are slow. Batches that are cut into slices need them.
    std::size_t rows = 0;

    bool operator==(const persistent_ascent& other) const {
        return detail::exactly_equal(rate, other.rate) && detail::exactly_equal(ramp, other.ramp) &&
               before == other.before && rule == other.rule && detail::exactly_equal(beta1, other.beta1) &&
               detail::exactly_equal(beta2, other.beta2) && detail::exactly_equal(epsilon, other.epsilon) &&
               bounds == other.bounds && rows == other.rows;
    }
    std::string describe() const {
        return describe_call("persistent_ascent", rate, ramp, before, rule == ascent_rule::adam ? 0 : 1, beta1, beta2,
                             epsilon, bounds == ascent_bounds::clamp ? 0 : 1, rows);
    }
};

namespace detail {

// The numbers of an ascent: number I of the update that is the `extra`-th of its step.
template <class T, std::size_t I>
struct number_of_ascent {
    persistent_ascent how;
    std::uint32_t extra;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        const double t = static_cast<double>(step) * (static_cast<double>(how.before) + 1) + extra + 1;
        const auto now = static_cast<double>(step);
        const double rate = now < how.ramp ? how.rate * now / how.ramp : how.rate;
        if constexpr (I == 0)
            return static_cast<T>(how.rule == ascent_rule::sign ? rate : rate / (1 - std::pow(how.beta1, t)));
        else return static_cast<T>(1 / std::sqrt(1 - std::pow(how.beta2, t)));
    }
};
struct sigmoid_function {
    template <class T>
    APD_HOST_DEVICE T operator()(T s) const {
        return logistic(s);
    }
};

// Numbers of `Count` things that are remembered, [rows, Count], with the moments of Adam. A step works on a copy, which
// becomes what is remembered when the step ends.
template <class Problem, std::size_t Count>
class remembered_numbers {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using shape = extents<dynamic, Count>;

  public:
    remembered_numbers(Problem& p, const persistent_ascent& how, const std::string& name)
        : how_(how),
          rows_(how.rows == 0 ? p.rows.capacity : how.rows),
          first_(p.rows.first % rows_),
          first_number_(p.device),
          second_number_(p.device) {
        const std::size_t stride = padded_batch(rows_);
        const auto fill = [&](std::span<T> numbers, std::uint64_t seed, std::uint32_t stream) {
            if (how.bounds == ascent_bounds::sigmoid) return fill_normal<T>(numbers, 1, seed, stream);
            for (std::size_t i = 0; i < numbers.size(); ++i)
                numbers[i] = unit_interval<T>(random_word({.seed = seed, .stream = stream}, i, 0));
        };
        const auto zeros = [](std::span<T>, std::uint64_t, std::uint32_t) {};
        const auto keep = [&](const std::string& what, const auto& at_first) {
            return view<T, shape>{p.parts.keep(name + what, {Count, stride}, at_first).data, rows_, stride};
        };
        kept_[0] = keep("", fill);
        if (how.rule == ascent_rule::adam) kept_[1] = keep(".moment 0", zeros), kept_[2] = keep(".moment 1", zeros);
        for (std::size_t i = 0; i < moments() + 1; ++i) now_[i] = {p.device, rows_};
        gradient_ = {p.device, rows_};
    }
    /// A step begins where the one before it ended.
    void begin(auto& device) {
        for (std::size_t i = 0; i < moments() + 1; ++i) device(now_[i]["bc"_i] = kept_[i]["bc"_i]);
    }
    void end(auto& device) {
        for (std::size_t i = 0; i < moments() + 1; ++i) device(kept_[i]["bc"_i] = now_[i]["bc"_i]);
    }
    /// r [B, Count] of the batch.
    void give(auto& device, const auto& r) const {
        for_each_turn(r.batch, [&](std::size_t begin, std::size_t from, std::size_t count) {
            const auto s = (*now_[0]).rows(from, count)["bc"_i];
            if (how_.bounds == ascent_bounds::sigmoid)
                device(r.rows(begin, count)["bc"_i] = map(sigmoid_function{}, s));
            else device(r.rows(begin, count)["bc"_i] = s);
        });
    }
    /// Update number `extra` of the step, by scale·∂loss/∂r.
    void climb(auto& step, std::uint32_t extra, const auto& gradient, auto scale) {
        auto& device = step.problem.device;
        device(gradient_["bc"_i] = 0);
        for_each_turn(gradient.batch, [&](std::size_t begin, std::size_t from, std::size_t count) {
            device((*gradient_).rows(from, count)["bc"_i] += gradient.rows(begin, count)["bc"_i] * scale);
        });
        step.problem.add_up(flat(*gradient_));
        const auto number = step.problem.step[""_i];
        device(first_number_[""_i] = map(number_of_ascent<T, 0>{how_, extra}, number));
        const auto s = now_[0]["bc"_i], g = gradient_["bc"_i];
        const auto rate = first_number_[""_i];
        if (how_.bounds == ascent_bounds::sigmoid) {
            const auto r = map(sigmoid_function{}, s);
            device(g = g * r * (constant(T(1)) - r));
        }
        if (how_.rule == ascent_rule::sign) {
            device(s = s + sign(g) * rate);
        } else {
            device(second_number_[""_i] = map(number_of_ascent<T, 1>{how_, extra}, number));
            const auto m = now_[1]["bc"_i], v = now_[2]["bc"_i];
            device(m = m * how_.beta1 + g * (1 - how_.beta1), v = v * how_.beta2 + square(g) * (1 - how_.beta2),
                   s = s + m * rate / (sqrt(v) * second_number_[""_i] + how_.epsilon));
        }
        if (how_.bounds == ascent_bounds::clamp) device(s = map(cut_to_unit{}, s));
    }

  private:
    std::size_t moments() const { return how_.rule == ascent_rule::adam ? 2 : 0; }
    // f(begin, from, count): neighbouring rows of the batch that take rows from, from + 1, … of the numbers.
    void for_each_turn(std::size_t batch, auto&& f) const {
        std::size_t from = first_;
        for (std::size_t begin = 0; begin < batch; from = 0) {
            const std::size_t count = std::min(rows_ - from, batch - begin);
            f(begin, from, count);
            begin += count;
        }
    }
    // All numbers of an array, and what lies between its columns.
    static view<T, extents<dynamic>> flat(const view<T, shape>& array) {
        return {array.data, Count * array.stride, Count * array.stride};
    }

    persistent_ascent how_;
    std::size_t rows_, first_;  // the first row here takes row first_ of the numbers
    std::array<view<T, shape>, 3> kept_{};
    std::array<array<device_type, T, shape>, 3> now_;
    array<device_type, T, shape> gradient_;
    array<device_type, T, extents<>> first_number_, second_number_;
};

}  // namespace detail

/// A source whose numbers climb the loss they are for from step to step (persistent PGD of VPD): some times before the
/// loss is measured, and once more with its own gradient, before what is learned follows its.
struct persistent_source : source_base {
    static constexpr bool climbs = true;
    persistent_ascent how;
    constexpr explicit persistent_source(persistent_ascent a) : how(a) {}
    bool operator==(const persistent_source&) const = default;
    std::string describe() const { return describe_call("persistent_source", how); }
    std::size_t ascents() const { return how.before; }

    template <class Problem>
    class state {
        static constexpr std::size_t sites = Problem::network_type::sites.size();

      public:
        state(const persistent_source& source, Problem& p)
            : how_(checked(source.how, p)),
              name_(std::string("adversary.").append(std::to_string(p.new_stream()))),
              components_(p, how_, name_ + ".components"),
              deltas_(p, how_, name_ + ".deltas") {}
        void climb(auto& step, const auto& r, const auto& delta, const auto& differentiate) {
            auto& device = step.problem.device;
            components_.begin(device);
            deltas_.begin(device);
            give(device, r, delta);
            for (std::size_t i = 0; i < how_.before; ++i) {
                const auto [gradient, delta_gradient] = differentiate();
                follow(step, i, gradient, delta_gradient, 1);
                give(device, r, delta);
            }
        }
        /// By the gradient of the loss itself, times scale: what the step ends with.
        void end(auto& step, const auto& gradient, const auto& delta_gradient, auto scale) {
            follow(step, how_.before, gradient, delta_gradient, scale);
        }
        void update(auto& step) {
            components_.end(step.problem.device);
            deltas_.end(step.problem.device);
        }

      private:
        static const persistent_ascent& checked(const persistent_ascent& how, Problem& p) {
            if (!(how.rate > 0))
                throw error("persistent adversary", "its rate is " + number_text(how.rate), "choose one above 0");
            for (const double beta : {how.beta1, how.beta2})
                if (!(beta >= 0 && beta < 1))
                    throw error("persistent adversary", "a beta of Adam is " + number_text(beta),
                                "choose one from 0 to below 1");
            if (p.rows.capacity != p.rows.nominal && how.rows == 0)
                throw error("persistent adversary",
                            "batches are cut into slices, and numbers for every row would be remembered in pieces",
                            "say .rows, how many rows of numbers the batch takes in turn, or take no slices");
            return how;
        }
        void give(auto& device, const auto& r, const auto& delta) {
            components_.give(device, r);
            if (delta.data != nullptr) deltas_.give(device, delta);
        }
        void follow(auto& step, std::size_t number, const auto& gradient, const auto& delta_gradient, auto scale) {
            const auto extra = static_cast<std::uint32_t>(number);
            components_.climb(step, extra, gradient, scale);
            if (delta_gradient.data != nullptr) deltas_.climb(step, extra, delta_gradient, scale);
        }
        persistent_ascent how_;
        std::string name_;
        detail::remembered_numbers<Problem, Problem::components> components_;
        detail::remembered_numbers<Problem, sites> deltas_;
    };
};

}  // namespace apd::ext

namespace apd {
using ext::ascent_rule, ext::ascent_bounds, ext::persistent_ascent;
}  // namespace apd
