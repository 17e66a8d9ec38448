#pragma once
// One of several decompositions that are learned together.

#include <cstddef>
#include <span>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/component/factors.hpp>
#include <apd/component/sample_gains.hpp>
#include <apd/network/parameters.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/optimiser/optimiser.hpp>
#include <apd/training/options.hpp>

namespace apd::ext {

/// In the place of factors: random ones, of the seed and scale of the options (`factors::random`).
struct random_factors {};

/// All that a decomposition is made from, by value: plans differ in whatever a sweep varies, the seeds of their data
/// and components, coefficients, the k of a mask, learning rates. Those of one list have one type.
///
/// Example:
/// ```
/// std::vector plans{apd::plan{target, data, objective, apd::decompose_options{.seed = 0}}};
/// plans.push_back({target, data, objective, {.seed = 1}});
/// ```
template <class Net, class T, class Data, class Objective, class Start = random_factors, optimiser Optimiser = adam>
struct plan {
    parameters<Net, T> target;
    Data data;
    Objective objective;
    decompose_options options;
    Start start{};         ///< the first factors: random, or given, of C components of some rank
    sample_gains gains{};  ///< of the samples that `start` was made from, for the record
    Optimiser optimiser{};

    /// The same plan with another optimiser. Example: `plan.with(apd::adam{.beta2 = 0.99})`.
    template <class Other>
    auto with(const Other& other) const {
        static_assert(is_an_optimiser<Other>,
                      "apd::plan: with() takes an optimiser, such as sgd{}: it lacks moments, numbers, number<I>(rate, "
                      "step), describe() or ==; see optimiser.");
        if constexpr (is_an_optimiser<Other>)
            return plan<Net, T, Data, Objective, Start, Other>{target, data, objective, options, start, gains, other};
    }
};
template <class Net, class T, class Data, class Objective>
plan(parameters<Net, T>, Data, Objective, decompose_options) -> plan<Net, T, Data, Objective>;
template <class Net, class T, class Data, class Objective, decomposition_shape Shape>
plan(parameters<Net, T>, Data, Objective, decompose_options, factors<Net, Shape, T>, sample_gains = {})
    -> plan<Net, T, Data, Objective, factors<Net, Shape, T>>;

namespace detail {
template <class Plan>
struct parts_of_plan;
template <class Net, class T, class Data, class Objective, class Start, class Optimiser>
struct parts_of_plan<plan<Net, T, Data, Objective, Start, Optimiser>> {
    using network_type = Net;
    using scalar = T;
    using data_type = Data;
    using objective_type = Objective;
    using optimiser_type = Optimiser;
};
// The shape of the factors that a plan gives.
template <class Plan>
struct given_shape;
template <class Net, class T, class Data, class Objective, decomposition_shape Shape, class Optimiser>
struct given_shape<plan<Net, T, Data, Objective, factors<Net, Shape, T>, Optimiser>> {
    using type = Shape;
};
template <class Plan>
concept any_plan = requires {
    typename parts_of_plan<Plan>::network_type;
};
template <class Plan>
concept plan_with_factors = requires {
    typename given_shape<Plan>::type;
};
template <class Plan>
concept plan_with_random_factors = any_plan<Plan> && !plan_with_factors<Plan>;

/// Plans that are learned together: all of a list, or those from number `first` on of one that has `all`.
template <class Plan>
struct plan_list {
    std::span<const Plan> plans;
    std::size_t first = 0, all = plans.size();

    explicit plan_list(const std::vector<Plan>& of_list) : plans(of_list) {}
    explicit plan_list(const Plan& one) : plans(&one, 1) {}
    plan_list(const std::vector<Plan>& of_list, std::size_t number)
        : plans(std::span(of_list).subspan(number, 1)), first(number), all(of_list.size()) {}
};
}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::random_factors, ext::plan;
}  // namespace apd
