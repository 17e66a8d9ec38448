#pragma once
// What statements of each kind have cost, and a table of the costliest.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "statement_work.hpp"

namespace counting {

/// What statements of one kind have cost.
struct entry {
    double calls = 0, samples = 0, seconds = 0;  ///< samples (pairs of a statement over pairs) of all calls
    work done{};

    entry& operator+=(const entry& more) {
        calls += more.calls, samples += more.samples, seconds += more.seconds, done += more.done;
        return *this;
    }
};

/// What statements have cost, by kind, while it is open; any thread may add to it.
class ledger {
  public:
    bool is_open = false;

    void add(const std::string& kind, const entry& cost) {
        const std::lock_guard lock(adding_);
        entries_[kind] += cost;
    }
    /// The costliest first.
    std::vector<std::pair<std::string, entry>> by_time() const {
        std::vector<std::pair<std::string, entry>> sorted(entries_.begin(), entries_.end());
        std::sort(sorted.begin(), sorted.end(),
                  [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
        return sorted;
    }
    entry total() const {
        entry sum;
        for (const auto& [kind, cost] : entries_) sum += cost;
        return sum;
    }

  private:
    std::mutex adding_;
    std::unordered_map<std::string, entry> entries_;
};

/// Prints what one of `steps` steps, which took `seconds` together, spends on its costliest statements, as Markdown.
inline void print_table(const ledger& costs, double steps, double seconds, std::size_t rows) {
    const auto line = [&](const entry& cost, const std::string& kind) {
        const double time = std::max(cost.seconds, 1e-12);
        const std::string samples = cost.samples > 0 ? std::to_string(std::lround(cost.samples / cost.calls)) : "";
        std::printf("| %.1f | %.4f | %.0f | %s | %.2f | %.2f | %s |\n", 100 * cost.seconds / seconds,
                    1e3 * cost.seconds / steps, cost.calls / steps, samples.c_str(), cost.done.flop / time / 1e9,
                    cost.done.bytes / time / 1e9, kind.c_str());
    };
    std::printf("| %% | ms | calls | samples or pairs | GFLOP/s | GB/s | statement |\n");
    std::printf("|--:|--:|--:|--:|--:|--:|---|\n");
    const auto sorted = costs.by_time();
    entry others;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i < rows) line(sorted[i].second, "`" + sorted[i].first + "`");
        else others += sorted[i].second;
    }
    if (sorted.size() > rows) line(others, std::to_string(sorted.size() - rows) + " other kinds");
    const double between = seconds - costs.total().seconds;
    std::printf("| %.1f | %.4f | | | | | between statements, with what counting takes |\n", 100 * between / seconds,
                1e3 * between / steps);
}

}  // namespace counting
