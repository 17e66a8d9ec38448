#pragma once
// What one chooses for a run.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <apd/component/unit_columns.hpp>
#include <apd/core/error.hpp>
#include <apd/optimiser/schedule.hpp>

namespace apd {

/// How a target is trained: AdamW on the mean squared error to its labels.
struct train_options {
    std::size_t steps = 5'000;
    std::size_t batch = 1024;
    double learning_rate = 5e-3;
    double weight_decay = 0.01;
    decay shape = decay::constant;
    double warm_up = 0;
    std::uint64_t seed = 0;  ///< of the initial weights
};

/// How components are learned.
struct decompose_options {
    std::size_t steps = 20'000;
    std::size_t batch = 2048;
    double learning_rate = 1e-3;
    decay shape = decay::constant;
    double warm_up = 0;        ///< share of the steps
    double half_life = 1e3;    ///< in steps, for decay::exponential
    double initial_scale = 1;  ///< s of `factors::random`
    column_norm columns = column_norm::free;
    std::uint64_t seed = 0;                   ///< of the initial factors
    std::size_t log_every = 0;                ///< steps between records; 0: a hundred records in all
    const std::atomic<bool>* stop = nullptr;  ///< when it becomes true, the run ends and keeps what it has

    /// The learning rate as a function of the step.
    schedule::of_steps learning_rates() const { return schedule{learning_rate, shape, warm_up, half_life}.over(steps); }
};

/// f(name, option) for every option of a run that is a number or a choice, with the name it has in files and reports:
/// all that is to be said of a new one is said here, and below if not all its values are good.
template <class Options>
constexpr void for_each_option(Options& o, auto&& f) {
    f("planned steps", o.steps);
    f("batch", o.batch);
    f("learning rate", o.learning_rate);
    f("schedule", o.shape);
    f("warm-up", o.warm_up);
    f("half-life", o.half_life);
    f("initial scale", o.initial_scale);
    f("columns", o.columns);
    f("seed", o.seed);
    f("steps between records", o.log_every);
}

namespace detail {
template <class Options>
void check_options(std::string_view where, const Options& options) {
    if (options.batch == 0) throw error(where, "a batch of 0 samples", "choose a batch of at least 1");
    if (!(options.learning_rate > 0))
        throw error(where, "the learning rate is not positive", "choose one such as 1e-3");
    if (!(options.warm_up >= 0 && options.warm_up <= 1))
        throw error(where, "the warm-up is no share of the steps", "choose one from 0 to 1");
    if constexpr (requires { options.half_life; }) {
        if (!(options.half_life > 0))
            throw error(where, "the half-life is not positive", "choose it in steps, above 0");
    }
}
}  // namespace detail

}  // namespace apd
