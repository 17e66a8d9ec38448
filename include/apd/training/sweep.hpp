#pragma once
// Many runs, several at a time, whose results are rows of a table: what was interrupted or killed goes on.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <apd/backend/process_limits.hpp>
#include <apd/io/results_table.hpp>
#include <apd/training/observer.hpp>

namespace apd::ext {

/// A run that a sweep consists of: its key in the table, and what gives its numbers.
struct sweep_run {
    std::vector<std::string> key;
    std::function<std::vector<double>()> run;
};

struct sweep_options {
    std::size_t at_once = usable_processors();  ///< runs, each on a thread of its own
    const std::atomic<bool>* stop = nullptr;    ///< when it becomes true, no run begins and none under way is added
};

/// Does the runs that the table lacks, several at a time, and adds each as soon as it is done. What throws becomes a
/// row with its failure, and the others go on. Whether it came to the end: not if it was told to stop.
///
/// Runs that are under way at once must share nothing that they change: give each its device, of one thread. Processes
/// that share a table leave out what another has added by the time they come to it. Observers are called after each run
/// (see `observer`): `progress::step` is how many are done.
/// Errors: those of the table, and what an observer throws: they end the sweep.
///
/// Example:
/// ```
/// const auto* const stop = apd::stop_on_interrupt();
/// std::vector<apd::sweep_run> runs;
/// for (std::uint64_t seed = 0; seed < 20; ++seed)
///     runs.push_back({{std::to_string(seed)}, [=] { return std::vector{loss_of(seed, stop)}; }});
/// apd::results_table table("sweep.csv", {"seed"}, {"loss"});
/// apd::run_sweep(table, runs, {.stop = stop}, apd::progress_bar("runs"));
/// ```
template <class... Observers>
bool run_sweep(results_table& table, std::vector<sweep_run> runs, const sweep_options& options = {},
               Observers&&... observers);

namespace detail {

/// A row for what a run gives or throws.
inline table_row row_of(const sweep_run& each) {
    try {
        return {.key = each.key, .numbers = each.run()};
    } catch (const std::exception& problem) {
        const std::string what = problem.what();
        return {.key = each.key, .failure = what.empty() ? "an exception without a word" : what};
    } catch (...) {
        return {.key = each.key, .failure = "an exception that is no std::exception"};
    }
}

inline progress progress_of(std::size_t done, std::size_t runs, double seconds) {
    return {.step = done,
            .steps = runs,
            .learning_rate = 0,
            .seconds = seconds,
            .total = 0,
            .names = {},
            .values = {},
            .begins = done == 1,
            .ends = done == runs};
}

}  // namespace detail

template <class... Observers>
bool run_sweep(results_table& table, std::vector<sweep_run> runs, const sweep_options& options,
               Observers&&... observers) {
    std::erase_if(runs, [&](const sweep_run& each) { return table.has(each.key); });
    const auto start = std::chrono::steady_clock::now();
    std::atomic<std::size_t> next = 0;
    std::mutex one_at_a_time;
    std::size_t done = 0;
    std::exception_ptr problem;
    const auto stops = [&] { return options.stop != nullptr && *options.stop; };
    // One at a time, until it should stop; what throws ends the sweep.
    const auto alone = [&](auto&& f) {
        const std::lock_guard lock(one_at_a_time);
        if (stops() || problem) return;
        try {
            f();
        } catch (...) {
            problem = std::current_exception();
        }
    };
    const auto tell = [&] {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        [[maybe_unused]] const progress now = detail::progress_of(++done, runs.size(), seconds.count());
        (observers(now), ...);
    };
    const auto work = [&] {
        for (std::size_t i = next++; i < runs.size(); i = next++) {
            bool is_left_out = true;  // where it should stop, or another process has done it
            alone([&] { is_left_out = table.has(runs[i].key); });
            const table_row row = is_left_out ? table_row{} : detail::row_of(runs[i]);
            alone([&] {
                if (!is_left_out) table.add(row);
                tell();
            });
        }
    };
    {
        std::vector<std::jthread> workers;
        const std::size_t at_once = std::min(std::max<std::size_t>(1, options.at_once), runs.size());
        for (std::size_t t = 0; t < at_once; ++t) workers.emplace_back(work);
    }
    if (problem) std::rethrow_exception(problem);
    return !stops();
}

}  // namespace apd::ext

namespace apd {
using ext::sweep_run, ext::sweep_options, ext::run_sweep;
}  // namespace apd
