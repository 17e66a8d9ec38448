#pragma once
// What one chooses for a run.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <apd/component/unit_columns.hpp>
#include <apd/optimiser/gradient_limits.hpp>
#include <apd/optimiser/schedule.hpp>

namespace apd::ext {

/// How a target is trained: by AdamW, on the loss that `train` is given.
struct train_options {
    std::size_t steps = 5'000;
    std::size_t batch = 1024;  ///< rows: samples or, of sequences, positions
    double learning_rate = 5e-3;
    double weight_decay = 0.01;
    decay shape = decay::constant;
    double warm_up = 0;
    double final_share = 0;  ///< of the learning rate in the last step, for decay::straight and decay::half_cosine
    double gradient_limit = gradient_limits::none;  ///< how long the gradient of all parameters may be
    std::uint64_t seed = 0;                         ///< of the initial weights
    std::size_t log_every = 0;                      ///< steps between records; 0: a hundred records in all
    const std::atomic<bool>* stop = nullptr;        ///< when it becomes true, training ends and keeps what it has

    /// The learning rate as a function of the step.
    schedule::of_steps learning_rates() const {
        return schedule{.learning_rate = learning_rate, .shape = shape, .warm_up = warm_up, .final_share = final_share}
            .over(steps);
    }
};

/// Steps before all others that make components faithful, whatever they are for: AdamW on faithfulness alone, of the
/// factors alone, with moments of its own.
struct faithful_start {
    std::size_t steps = 0;
    double learning_rate = 1e-2;
    double weight_decay = 0;
};

/// How components are learned.
struct decompose_options {
    std::size_t steps = 20'000;
    std::size_t batch = 2048;  ///< rows: samples or, of sequences, positions
    double learning_rate = 1e-3;
    decay shape = decay::constant;
    double warm_up = 0;           ///< share of the steps
    double half_life = 1e3;       ///< in steps, for decay::exponential
    double final_share = 0;       ///< of the learning rate in the last step, for decay::straight and decay::half_cosine
    double initial_scale = 1;     ///< s of `factors::random`
    gradient_limits limits = {};  ///< how long gradients may be
    faithful_start faithful = {};  ///< steps before all others
    column_norm columns = column_norm::free;
    std::uint64_t seed = 0;                   ///< of the initial factors
    std::size_t log_every = 0;                ///< steps between records; 0: a hundred records in all
    const std::atomic<bool>* stop = nullptr;  ///< when it becomes true, the run ends and keeps what it has

    /// The learning rate as a function of the step.
    schedule::of_steps learning_rates() const {
        return schedule{learning_rate, shape, warm_up, half_life, final_share}.over(steps);
    }
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
    f("final share", o.final_share);
    f("initial scale", o.initial_scale);
    f("limit of factors' gradients", o.limits.factors);
    f("limit of other gradients", o.limits.others);
    f("faithful steps", o.faithful.steps);
    f("faithful learning rate", o.faithful.learning_rate);
    f("faithful weight decay", o.faithful.weight_decay);
    f("columns", o.columns);
    f("seed", o.seed);
    f("steps between records", o.log_every);
}

namespace detail {
/// Errors: `apd::error` at `where` for options that no run can go by.
void check_options(std::string_view where, const train_options& options);
void check_options(std::string_view where, const decompose_options& options);
/// The same for plans that are learned together, which can't go step by step if they differ in more than this allows.
void check_together(const decompose_options& options, const decompose_options& first);
}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::train_options, ext::decompose_options;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/options.ipp>
#endif
