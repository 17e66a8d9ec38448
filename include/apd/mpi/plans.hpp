#pragma once
// Plans that are dealt to processes on many machines.

#include <chrono>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/core/number_text.hpp>
#include <apd/io/safetensors.hpp>
#include <apd/mpi/world.hpp>
#include <apd/training/decompose.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/plan.hpp>
#include <apd/training/progress_bar.hpp>
#include <apd/training/resume.hpp>
#include <apd/training/saved_options.hpp>
#include <apd/training/sweep.hpp>

namespace apd::ext {

namespace mpi::detail {

/// Deals the numbers 0, 1, …, count − 1 to ranks, the next to each as soon as it has done its last one. learn(i) gives
/// the bytes of a result; those of all are on rank 0 at the end, in order, and tell(done) is called there after each.
///
/// A rank sends what it has done, "⟨number⟩ ⟨bytes⟩" or nothing at first, and gets the next number, or nothing if there
/// is none. Rank 0 answers from a thread of its own, so that none waits for what rank 0 is learning.
template <class Learn, class Tell>
std::vector<std::string> deal(const world& ranks, std::size_t count, const Learn& learn, const Tell& tell) {
    ranks.begin_anew();
    if (ranks.rank() != 0) {
        std::string done;
        for (;;) {
            ranks.send(done, 0);
            const std::string next = ranks.receive(0);
            if (next.empty()) return {};
            done = next + ' ' + learn(std::stoul(next));
        }
    }
    std::vector<std::string> results(count);
    std::mutex one_at_a_time;
    std::size_t next = 0, done = 0;
    const auto keep = [&](std::size_t i, std::string bytes) {
        const std::lock_guard lock(one_at_a_time);
        results[i] = std::move(bytes);
        tell(++done);
    };
    const auto take = [&]() -> std::optional<std::size_t> {
        const std::lock_guard lock(one_at_a_time);
        return next < count ? std::optional(next++) : std::nullopt;
    };
    {
        const std::jthread dealer([&] {
            for (int others = ranks.size() - 1; others > 0;) {
                const auto from = ranks.sender();
                if (!from) {
                    world::rest();
                    continue;
                }
                std::string message = ranks.receive(*from);
                if (const auto space = message.find(' '); space != std::string::npos)
                    keep(std::stoul(message), message.substr(space + 1));
                const auto number = take();
                ranks.send(number ? std::to_string(*number) : "", *from);
                if (!number) --others;
            }
        });
        while (const auto number = take()) keep(*number, learn(*number));
    }
    return results;
}

/// What watches a plan: not a progress bar, which shows how many plans are done, and is told so by rank 0 alone.
struct no_observer {
    void operator()(const progress&) const {}
};
template <class Observer>
inline constexpr bool is_progress_bar = std::is_same_v<std::remove_const_t<Observer>, progress_bar>;
template <class Observer>
inline constexpr bool is_resume = std::is_same_v<std::remove_const_t<Observer>, resume>;
template <class Observer>
auto& observer_of_plan(Observer& observer, no_observer& none) {
    if constexpr (is_progress_bar<Observer>) return none;
    else return observer;
}

}  // namespace mpi::detail

/// Learns every plan of a list, each on one of the ranks, to which they are dealt as these become free: the results, in
/// the order of the plans and bit for bit those of one machine, on rank 0; on the others nothing.
///
/// All ranks call it with the same plans, and each with a device of its own. Errors: `apd::error` if there is nothing
/// to resume where a rank looks for it. A plan that throws, or whose memory can't be had, is a failed one: its result
/// has a `failure` that says why, and the others go on. Plans may differ in steps and batches. Observers are called on
/// the rank that learns a plan, whose number is `progress::run`: `checkpoint` and `resume` as on one machine, with
/// files in a folder that all ranks share. A `progress_bar` counts plans, on rank 0.
///
/// Example: `auto results = apd::decompose<5>(world, device, plans, apd::progress_bar("plans"));`
template <class Shape, backend Device, detail::any_plan Plan, class... Observers>
auto decompose(const mpi::world& ranks, Device& device, const std::vector<Plan>& plans, Observers&&... observers) {
    using parts = detail::parts_of_plan<Plan>;
    using result_type = decomposition<typename parts::network_type, Shape, typename parts::scalar>;
    const auto began = std::chrono::steady_clock::now();
    [[maybe_unused]] const auto check_there = [&]<class Observer>(const Observer& from) {
        if constexpr (mpi::detail::is_resume<Observer>) from.check_there(plans.size());
    };
    (check_there(observers), ...);
    // Of a result what was learned; what its plan says, rank 0 knows. Of a plan that throws, why.
    constexpr char learned = 'r', thrown = 't';
    const auto learn = [&](std::size_t i) {
        try {
            const detail::plan_list alone(plans, i);
            [[maybe_unused]] mpi::detail::no_observer none;
            result_type result = std::move(
                detail::decompose<Shape>(device, alone, mpi::detail::observer_of_plan(observers, none)...).front());
            result.target = {};
            result.options = {};
            tensors file = result.factors_to_tensors();
            file.metadata()["seconds"] = detail::in_digits(result.seconds);
            return learned + to_safetensors(file);
        } catch (const std::exception& problem) {
            return thrown + std::string(problem.what());
        }
    };
    const auto tell = [&](std::size_t done) {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
        [[maybe_unused]] const auto draw = [&]<class Observer>(Observer& observer) {
            if constexpr (mpi::detail::is_progress_bar<Observer>)
                observer(detail::progress_of(done, plans.size(), seconds.count()));
        };
        (draw(observers), ...);
    };
    std::vector<result_type> results;
    for (const std::string& bytes : mpi::detail::deal(ranks, plans.size(), learn, tell)) {
        const std::size_t number = results.size();
        result_type& result = results.emplace_back();
        if (bytes.front() == thrown) {
            result.failure = bytes.substr(1);
        } else {
            const std::string source = "the result of plan " + std::to_string(number);
            const tensors file = parse_safetensors(std::string_view(bytes).substr(1), source);
            result = result_type::from(file);
            detail::read(file.metadata(), "seconds", result.seconds);
        }
        result.target = plans[number].target;
        result.options = plans[number].options;
    }
    return results;
}
template <std::size_t C, std::size_t Rank = full_rank, backend Device, detail::plan_with_random_factors Plan,
          class... Observers>
auto decompose(const mpi::world& ranks, Device& device, const std::vector<Plan>& plans, Observers&&... observers) {
    return decompose<shared_components<C, Rank>>(ranks, device, plans, observers...);
}
/// The same for plans that give the factors to start from.
template <backend Device, detail::plan_with_factors Plan, class... Observers>
auto decompose(const mpi::world& ranks, Device& device, const std::vector<Plan>& plans, Observers&&... observers) {
    return decompose<typename detail::given_shape<Plan>::type>(ranks, device, plans, observers...);
}

}  // namespace apd::ext

namespace apd {
using ext::decompose;
}  // namespace apd
