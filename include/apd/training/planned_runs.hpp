#pragma once
// Plans under way together: their forks of a device, and what they record.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/options.hpp>

namespace apd::detail {

// Calls an observer with what it takes.
template <class Observer, class Snapshot>
void notify(Observer& observer, const progress& record, const Snapshot& snapshot) {
    static_assert(apd::observer<Observer, Snapshot>,
                  "apd::decompose: behind the options go observers: what is called with a progress, such as "
                  "progress_bar(); see observer.");
    if constexpr (!apd::observer<Observer, Snapshot>) return;
    else if constexpr (!std::is_invocable_v<Observer&, const progress&, const Snapshot&>) observer(record);
    else if (record.failure.empty()) observer(record, snapshot);
}

/// Runs of one type, `planned_run`, one for each plan of a list.
template <class Run, class Device>
class planned_runs {
  public:
    static constexpr bool data_read_the_step = Run::data_read_the_step;

    /// Errors: `apd::error` for wrong options, or plans that can't go step by step together.
    template <class Plan>
    planned_runs(Device& device, std::span<const Plan> plans) {
        for (const auto& each : plans) {
            check_options("decompose", each.options);
            each.target.check_finite("decompose");
            check_together(each.options, plans.front().options);
        }
        for (const auto& each : plans) {
            if (plans.size() > 1) forks_.emplace_back(new Device(device.fork()));
            runs_.push_back(std::make_unique<Run>(plans.size() > 1 ? *forks_.back() : device, each));
        }
    }

    std::size_t size() const { return runs_.size(); }
    Run& operator[](std::size_t i) { return *runs_[i]; }
    /// Since they were made.
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
    /// Batches that the host gives.
    void fill(std::size_t step) {
        for (auto& each : runs_) each->fill(step);
    }
    bool have_all_failed() const {
        return std::ranges::none_of(runs_, [](const auto& each) { return each->result().failure.empty(); });
    }
    bool should_stop() const {
        return std::ranges::any_of(runs_, [](const auto& each) {
            const auto* const stop = each->result().options.stop;
            return stop != nullptr && stop->load(std::memory_order_relaxed);
        });
    }

    /// Records the losses of every run that has not failed, and tells the observers.
    template <class... Observers>
    void record(std::size_t step, bool is_last, Observers&... observers) {
        const bool is_first = std::exchange(is_first_, false);
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            Run& run = *runs_[i];
            const auto& result = run.result();
            if (!result.failure.empty()) continue;
            const auto entry = run.record(step);
            const progress seen{.step = step + 1,
                                .steps = result.options.steps,
                                .learning_rate = entry.learning_rate,
                                .seconds = seconds(),
                                .total = entry.total,
                                .names = Run::names,
                                .values = entry.values,
                                .run = i,
                                .runs = runs_.size(),
                                .begins = is_first,
                                .ends = is_last || !result.failure.empty(),
                                .failure = result.failure};
            [[maybe_unused]] const auto snapshot = [&]() -> const auto& { return run.result_after(seconds()); };
            (notify(observers, seen, snapshot), ...);
        }
    }

    /// What was learned in so many steps; they are over.
    auto results(std::size_t completed) {
        std::vector<typename Run::result_type> all;
        for (auto& each : runs_) {
            all.push_back(std::move(each->end(completed, seconds())));
        }
        return all;
    }

  private:
    std::vector<std::unique_ptr<Device>> forks_;
    std::vector<std::unique_ptr<Run>> runs_;
    bool is_first_ = true;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace apd::detail
