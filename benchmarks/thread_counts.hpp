#pragma once
// On how many threads a benchmark runs.

#include <cstddef>
#include <thread>
#include <vector>

namespace timed {

/// 1, 2, 4, … and as many threads as the machine has; two on any machine.
inline std::vector<std::size_t> thread_counts() {
    std::vector<std::size_t> counts{1, 2};
    const std::size_t most = std::thread::hardware_concurrency();
    while (2 * counts.back() <= most) counts.push_back(2 * counts.back());
    if (counts.back() < most) counts.push_back(most);
    return counts;
}

}  // namespace timed
