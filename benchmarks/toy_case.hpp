#pragma once
// The toy models of superposition as cases of `timed::run`.

#include "../examples/tms_settings.hpp"
#include "case_run.hpp"

namespace timed {

/// A decomposition as the paper runs it, in any size.
template <std::size_t Features, std::size_t Hidden, std::size_t Components, const tms_settings& Paper>
struct toy {
    using network = tms<Features, Hidden>;
    static constexpr std::size_t components = Components, rank = Hidden + 1;
    static constexpr apd::column_norm columns = apd::column_norm::free;
    static auto data(std::uint64_t seed) { return apd::sparse_features<Features>{.probability = 0.05, .seed = seed}; }
    static auto objective() {
        const auto active = apd::batch_top_k(apd::gradient_attribution(), Paper.k);
        return apd::faithfulness() + Paper.minimality * apd::minimality(active) +
               Paper.simplicity * apd::simplicity(active, apd::schatten(Paper.p));
    }
};

using tms_5_2 = toy<5, 2, 5, paper_5_2>;
using tms_40_10 = toy<40, 10, 50, paper_40_10>;

}  // namespace timed
