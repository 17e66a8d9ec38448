#pragma once
// decompose<C>: from a trained network, data and an objective to C parameter components.

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/core/error.hpp>
#include <apd/training/notify.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/options.hpp>
#include <apd/training/plan.hpp>
#include <apd/training/planned_run.hpp>
#include <apd/training/planned_runs.hpp>

namespace apd::ext {

namespace detail {
template <class Net, decomposition_shape Shape>
consteval bool has_components_for() {
    constexpr bool has_components = [] {
        bool all = true;
        for (std::size_t s = 0; s < Net::sites.size(); ++s) {
            const component_range range = Shape::range_of(s, Net::sites.size());
            all = all && range.count > 0 && range.first + range.count <= Shape::components(Net::sites.size());
        }
        return all;
    }();
    static_assert(has_components, "apd::decompose: a decomposition has at least one component at every site.");
    static_assert(Shape::rank_bound > 0, "apd::decompose: a component needs a rank of at least 1.");
    return has_components && Shape::rank_bound > 0;
}
template <class Net, class Shape>
consteval bool is_shape_for() {
    static_assert(decomposition_shape<Shape>,
                  "apd::decompose: the shape lacks components(sites), range_of(site, sites) or rank_bound; see "
                  "decomposition_shape.");
    if constexpr (!decomposition_shape<Shape>) return false;
    else return has_components_for<Net, Shape>();
}

// Those of the runs that are named, which have done as many steps, go on until they have done `goal`, step by step
// together. False if they were told to stop before.
template <class Runs, class Device, class... Observers>
bool take_steps(Runs& runs, Device& device, const std::vector<std::size_t>& those, std::size_t goal,
                const decompose_options& options, Observers&... observers) {
    auto differentiate = device.sequences(those.size(), [&](std::size_t i) { runs[those[i]].differentiate(); });
    auto update = device.sequences(those.size(), [&](std::size_t i) { runs[those[i]].update(); });
    auto go_on = device.sequences(those.size(), [&](std::size_t i) {
        runs[those[i]].update();
        runs[those[i]].differentiate();
    });
    const std::size_t every = steps_between_records(options.log_every, options.steps);
    std::size_t completed = runs.done(those.front()), steps_per_turn = 1;
    const auto fill = [&] {
        for (const std::size_t i : those) runs[i].fill(completed);
    };
    if (completed < goal) {
        fill();
        differentiate(1);
    }
    while (completed < goal) {
        const bool is_last = completed + 1 == options.steps, stops = runs.should_stop();
        if (completed % every == 0 || is_last || stops) runs.record(those, is_last || stops, observers...);
        if (stops) return false;
        if (runs.have_failed(those)) completed = goal;
        if (completed >= goal) {
            // Nothing is left to learn.
        } else if (completed + 1 == goal) {
            update(1);
            ++completed;
        } else if constexpr (Runs::data_read_the_step) {
            const std::size_t next_record = std::min((completed / every + 1) * every, goal - 1),
                              now = std::min(steps_per_turn, next_record - completed);
            const double before = runs.seconds();
            go_on(now);
            completed += now;
            // Several runs take turns after many steps, but are asked often whether they should stop.
            if (those.size() > 1)
                steps_per_turn = runs.seconds() - before < 0.05 ? 2 * now : std::max<std::size_t>(1, now / 2);
        } else {
            update(1);
            ++completed;
            fill();
            differentiate(1);
        }
        for (const std::size_t i : those) runs.done(i) = completed;
    }
    return true;
}

// All plans together. Those that go on from fewer steps than others catch up first.
template <decomposition_shape Shape, class Device, class Plan, class... Observers>
auto run_plans(Device& device, const plan_list<Plan>& list, Observers&... observers) {
    planned_runs<planned_run<Shape, Device, Plan>, Device> runs(device, list);
    (runs.go_on_from(observers), ...);
    const decompose_options options = list.plans.empty() ? decompose_options{} : list.plans.front().options;
    bool goes_on = !list.plans.empty();
    while (goes_on) {
        const std::size_t goal = runs.next_goal(options.steps);
        goes_on = take_steps(runs, device, runs.furthest_behind(), goal, options, observers...) && goal < options.steps;
    }
    return runs.results();
}

// What came of the only plan. Errors: `apd::error` if it failed.
template <class Result>
Result only(std::vector<Result> results) {
    const Result& one = results.front();
    if (!one.failure.empty())
        throw error("decompose", one.failure,
                    one.completed_steps == 0 ? "check the scale of data and target, as nothing was learned yet"
                                             : "lower the learning rate or lengthen the warm-up");
    return std::move(results.front());
}

template <class Shape, backend Device, any_plan Plan, class... Observers>
auto decompose(Device& device, const plan_list<Plan>& list, Observers&... observers) {
    using parts = parts_of_plan<Plan>;
    using Net = typename parts::network_type;
    if constexpr (is_shape_for<Net, Shape>() &&
                  are_data_for<typename parts::data_type, Device, typename parts::scalar, Net>()) {
        if constexpr (plan_with_factors<Plan>)
            for (const auto& each : list.plans) each.start.check_finite("decompose");
        return run_plans<Shape>(device, list, observers...);
    }
}
}  // namespace detail

/// Learns the components of a shape, such as `shared_components<5>`, that sum to the weights of `target`, by Adam.
///
/// Observers are called with a `progress` record every `log_every` steps and after the last (see `observer`). With
/// `resume` among them the run goes on from a checkpoint.
/// Errors: `apd::error` if the target holds NaN, a term becomes NaN or infinite (found when it is recorded), k exceeds
/// C, or the batch is 0.
///
/// Example: `auto result = apd::decompose<apd::subcomponents<20, 20>>(device, target, data, objective);`
template <class Shape, backend Device, class Net, class T, class Data, detail::objective_part Objective,
          class... Observers>
auto decompose(Device& device, const parameters<Net, T>& target, const Data& data, const Objective& sum,
               const decompose_options& options = {}, Observers&&... observers) {
    if constexpr (detail::is_shape_for<Net, Shape>() && detail::are_data_for<Data, Device, T, Net>()) {
        const plan one{target, data, detail::as_objective(sum), options};
        return detail::only(detail::decompose<Shape>(device, detail::plan_list(one), observers...));
    }
}
/// The same for C components of rank at most Rank, each of all sites.
///
/// Example: `auto result = apd::decompose<5>(device, target, data, objective, {.steps = 20'000}, apd::progress_bar());`
template <std::size_t C, std::size_t Rank = full_rank, backend Device, class Net, class T, class Data,
          detail::objective_part Objective, class... Observers>
auto decompose(Device& device, const parameters<Net, T>& target, const Data& data, const Objective& sum,
               const decompose_options& options = {}, Observers&&... observers) {
    return decompose<shared_components<C, Rank>>(device, target, data, sum, options, observers...);
}

/// What a plan says; its optimiser may be another than Adam (see `plan::with`).
template <class Shape, backend Device, detail::plan_with_random_factors Plan, class... Observers>
auto decompose(Device& device, const Plan& one, Observers&&... observers) {
    return detail::only(detail::decompose<Shape>(device, detail::plan_list(one), observers...));
}
template <std::size_t C, std::size_t Rank = full_rank, backend Device, detail::plan_with_random_factors Plan,
          class... Observers>
auto decompose(Device& device, const Plan& one, Observers&&... observers) {
    return decompose<shared_components<C, Rank>>(device, one, observers...);
}

/// The same for every plan of a list, together: a result for each, which is that of the plan alone, bit for bit. The
/// CPU deals them to its threads; a GPU does each step of all of them at once.
///
/// Observers are called for every plan, whose number is `progress::run`. A plan of which a term becomes NaN or infinite
/// has a `failure` in its result, in a list of one as of many; the others go on until none is left.
/// Errors: `apd::error` if plans differ in steps, batch, columns or `log_every`, and those of one decomposition, but
/// for the failure; on a GPU also if their methods differ in more than numbers (two masks that are one mask in another
/// plan).
///
/// Example: `auto results = apd::decompose<5>(device, plans, apd::progress_bar());`
template <class Shape, backend Device, detail::plan_with_random_factors Plan, class... Observers>
auto decompose(Device& device, const std::vector<Plan>& plans, Observers&&... observers) {
    return detail::decompose<Shape>(device, detail::plan_list(plans), observers...);
}
template <std::size_t C, std::size_t Rank = full_rank, backend Device, detail::plan_with_random_factors Plan,
          class... Observers>
auto decompose(Device& device, const std::vector<Plan>& plans, Observers&&... observers) {
    return decompose<shared_components<C, Rank>>(device, plans, observers...);
}

/// The same for plans that give the factors to start from, whose type says of which shape they are: those of
/// `components_from_samples`, or the `learned` of an earlier result.
///
/// Errors: also `apd::error` if a factor is NaN or infinite.
/// Example: `apd::decompose(device, std::vector{apd::plan{target, data, objective, options, found.start}});`
template <backend Device, detail::plan_with_factors Plan, class... Observers>
auto decompose(Device& device, const std::vector<Plan>& plans, Observers&&... observers) {
    return detail::decompose<typename detail::given_shape<Plan>::type>(device, detail::plan_list(plans), observers...);
}
/// One of them. Errors: also `apd::error` if it fails: what gives one result gives a good one.
template <backend Device, detail::plan_with_factors Plan, class... Observers>
auto decompose(Device& device, const Plan& one, Observers&&... observers) {
    return detail::only(
        detail::decompose<typename detail::given_shape<Plan>::type>(device, detail::plan_list(one), observers...));
}

}  // namespace apd::ext

namespace apd {
using ext::decompose;
}  // namespace apd
