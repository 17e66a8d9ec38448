#pragma once
// One of several decompositions that are learned together.

#include <apd/network/parameters.hpp>
#include <apd/training/options.hpp>

namespace apd {

/// All that a decomposition is made from, by value: plans differ in whatever a sweep varies, the seeds of their data
/// and components, coefficients, the k of a mask, learning rates. Those of one list have one type.
///
/// Example:
/// ```
/// std::vector plans{apd::plan{target, data, objective, apd::decompose_options{.seed = 0}}};
/// plans.push_back({target, data, objective, {.seed = 1}});
/// ```
template <class Net, class T, class Data, class Objective>
struct plan {
    parameters<Net, T> target;
    Data data;
    Objective objective;
    decompose_options options;
};
template <class Net, class T, class Data, class Objective>
plan(parameters<Net, T>, Data, Objective, decompose_options) -> plan<Net, T, Data, Objective>;

}  // namespace apd
