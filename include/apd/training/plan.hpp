#pragma once
// One of several decompositions that are learned together.

#include <cstddef>

#include <apd/component/factors.hpp>
#include <apd/component/sample_gains.hpp>
#include <apd/network/parameters.hpp>
#include <apd/training/options.hpp>

namespace apd {

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
template <class Net, class T, class Data, class Objective, class Start = random_factors>
struct plan {
    parameters<Net, T> target;
    Data data;
    Objective objective;
    decompose_options options;
    Start start{};         ///< the first factors: random, or given, of C components of some rank
    sample_gains gains{};  ///< of the samples that `start` was made from, for the record
};
template <class Net, class T, class Data, class Objective>
plan(parameters<Net, T>, Data, Objective, decompose_options) -> plan<Net, T, Data, Objective>;
template <class Net, class T, class Data, class Objective, std::size_t C, std::size_t Rank>
plan(parameters<Net, T>, Data, Objective, decompose_options, factors<Net, C, Rank, T>, sample_gains = {})
    -> plan<Net, T, Data, Objective, factors<Net, C, Rank, T>>;

}  // namespace apd
