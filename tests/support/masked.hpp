#pragma once
// The entries of a binary mask on a small problem, with the attributions it was made from.

#include <cstddef>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/loss/reconstruction.hpp>
#include <apd/objective/step.hpp>

namespace apd_test {

/// The mask [B, C] that a node gives, whose counts are checked, and its attributions.
template <class Small, class Mask>
auto masked(Small& small, const Mask& mask) {
    constexpr std::size_t C = Small::problem_type::components;
    const std::size_t batch = small.problem.rows.nominal;
    apd::ext::objective_step run(small.problem, 1.0 * apd::minimality(mask));
    run.evaluate();
    const auto samples = samples_of(small.device, run(mask).pairs());
    std::vector<int> active(batch * C, 0);
    for (std::size_t c = 0; c < C; ++c)
        for (const auto b : samples[c]) ++active[b * C + c];
    const auto count = on_host(small.device, run(mask).count());
    for (std::size_t c = 0; c < C; ++c) {
        double expected = 0;
        for (std::size_t b = 0; b < batch; ++b) expected += active[b * C + c];
        CHECK(count[c] == expected);
    }
    return std::pair(active, on_host(small.device, run(mask.attribution).value()));
}

}  // namespace apd_test
