#pragma once
// Plans under way together: their forks of a device, and what they record.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <apd/backend/team.hpp>
#include <apd/core/error.hpp>
#include <apd/training/notify.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/options.hpp>
#include <apd/training/plan.hpp>
#include <apd/training/resume.hpp>

namespace apd::ext::detail {

/// Runs of one type, `planned_run`, one for each plan of a list.
template <class Run, class Device>
class planned_runs {
  public:
    static constexpr bool data_read_the_step = Run::data_read_the_step;

    /// Errors: `apd::error` for wrong options, or plans that can't go step by step together.
    template <class Plan>
    planned_runs(Device& device, const plan_list<Plan>& list)
        : team_(team_of(device)), first_(list.first), all_(list.all) {
        const auto plans = list.plans;
        for (const auto& each : plans) {
            check_options("decompose", each.options);
            each.target.check_finite("decompose");
            check_together(each.options, plans.front().options);
        }
        for (const auto& each : plans) {
            if (plans.size() > 1) forks_.emplace_back(new Device(device.fork()));
            runs_.push_back(std::make_unique<Run>(plans.size() > 1 ? *forks_.back() : device, each));
        }
        under_way_.resize(runs_.size());
    }

    /// Goes on with the runs that were saved, from where each of them was. Errors: `apd::error` for those of others,
    /// and if the slices of a batch were saved at different steps.
    void go_on_from(const resume& from) {
        from.check_there(all_);
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            if (const auto saved = from.saved(first_ + i, all_)) {
                runs_[i]->go_on_from(*saved);
                under_way_[i].first = under_way_[i].done = runs_[i]->result().completed_steps;
            }
            const std::size_t done = under_way_[i].done;
            if (team_ != nullptr && team_->count(done).all != done * team_->size())
                throw error("resume", "ranks find checkpoints of different steps",
                            "keep them in a folder that all ranks share");
        }
    }
    void go_on_from(const auto&) {}

    std::size_t size() const { return runs_.size(); }
    Run& operator[](std::size_t i) { return *runs_[i]; }
    /// How many steps run number i has done.
    std::size_t& done(std::size_t i) { return under_way_[i].done; }
    /// The runs that have done the fewest steps: all of them, where none is ahead.
    std::vector<std::size_t> furthest_behind() const {
        const std::size_t fewest = std::ranges::min(under_way_, {}, &state::done).done;
        std::vector<std::size_t> those;
        for (std::size_t i = 0; i < size(); ++i)
            if (under_way_[i].done == fewest) those.push_back(i);
        return those;
    }
    /// Where those meet the next ones, or the end after `steps` steps.
    std::size_t next_goal(std::size_t steps) const {
        const std::size_t fewest = std::ranges::min(under_way_, {}, &state::done).done;
        for (const auto& each : under_way_)
            if (each.done > fewest) steps = std::min(steps, each.done);
        return steps;
    }
    /// Since they were made.
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
    bool have_failed(const std::vector<std::size_t>& those) const {
        return std::ranges::none_of(those, [&](std::size_t i) { return runs_[i]->result().failure.empty(); });
    }
    bool should_stop() const {
        const bool is_told = std::ranges::any_of(runs_, [](const auto& each) {
            const auto* const stop = each->result().options.stop;
            return stop != nullptr && stop->load(std::memory_order_relaxed);
        });
        return team_ != nullptr ? team_->count(is_told ? 1 : 0).all > 0 : is_told;
    }

    /// Records the losses of those runs that have not failed, and tells the observers.
    template <class... Observers>
    void record(const std::vector<std::size_t>& those, bool is_last, Observers&... observers) {
        for (const std::size_t i : those) {
            Run& run = *runs_[i];
            const auto& result = run.result();
            if (!result.failure.empty()) continue;
            const auto entry = run.record(under_way_[i].done);
            const progress seen{.step = under_way_[i].done + 1,
                                .steps = result.options.steps,
                                .learning_rate = entry.learning_rate,
                                .seconds = seconds(),
                                .total = entry.total,
                                .names = Run::names,
                                .values = entry.values,
                                .run = first_ + i,
                                .runs = all_,
                                .begins = std::exchange(under_way_[i].begins, false),
                                .ends = is_last || !result.failure.empty(),
                                .failure = result.failure,
                                .steps_before = under_way_[i].first};
            const run_snapshot snapshot(run, seconds());
            (notify(observers, seen, snapshot), ...);
        }
    }

    /// What was learned; the steps are over.
    auto results() {
        std::vector<typename Run::result_type> all;
        for (std::size_t i = 0; i < size(); ++i) all.push_back(std::move(runs_[i]->end(under_way_[i].done, seconds())));
        return all;
    }

  private:
    struct state {
        std::size_t first = 0, done = 0;  // steps: before this process, and in all
        bool begins = true;               // nothing has been recorded yet
    };

    std::vector<std::unique_ptr<Device>> forks_;
    std::vector<std::unique_ptr<Run>> runs_;
    std::vector<state> under_way_;
    team* team_;               // null where each run has whole batches
    std::size_t first_, all_;  // the number of the first in a list, and how many that has
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace apd::ext::detail
