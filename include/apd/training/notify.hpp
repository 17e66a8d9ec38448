#pragma once
// How a run tells its observers.

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <apd/io/tensors.hpp>
#include <apd/training/observer.hpp>

namespace apd::ext::detail {

/// What observers may ask a run for: a call gives the result so far; `to_resume`, all that it goes on from.
template <class Run>
class run_snapshot {
  public:
    run_snapshot(Run& run, double seconds) : run_(run), seconds_(seconds) {}
    const auto& operator()() const { return run_.result_after(seconds_); }
    tensors to_resume() const { return run_.to_resume(seconds_); }

  private:
    Run& run_;
    double seconds_;
};

// Calls an observer with what it takes.
template <class Observer, class Snapshot>
void notify(Observer& observer, const progress& record, const Snapshot& snapshot) {
    static_assert(apd::ext::observer<Observer, Snapshot>,
                  "apd: behind the options go observers: what is called with a progress, such as progress_bar(); see "
                  "observer.");
    if constexpr (!apd::ext::observer<Observer, Snapshot>) return;
    else if constexpr (!std::is_invocable_v<Observer&, const progress&, const Snapshot&>) observer(record);
    else if (record.failure.empty()) observer(record, snapshot);
}

/// The steps from one record to the next.
inline std::size_t steps_between_records(std::size_t log_every, std::size_t steps) {
    return log_every != 0 ? log_every : std::max<std::size_t>(1, steps / 100);
}

}  // namespace apd::ext::detail
