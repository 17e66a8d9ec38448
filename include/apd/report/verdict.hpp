#pragma once
// What came of a run, in one sentence that its numbers allow.

#include <optional>
#include <string>
#include <vector>

#include <apd/analysis/feature_map.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {

namespace detail {

std::string verdict_of(const run_record& run, const std::vector<bool>& zero,
                       const xt::xtensor<double, 2>* attributions);

}  // namespace detail

/// One sentence: that the run failed; or how many components are in use, those that are not zero at every site (see
/// `components_figure`), and, where attributions [features, C] as of `attribution_matrix` are given, whether each
/// feature has one of its own: the component of largest attribution, if no other feature has the same.
///
/// Example: `verdict(result, apd::attribution_matrix(answers))` may be "1 of 16 components in use; 12 features share
/// it."
template <class Net, decomposition_shape Shape, class T>
std::string verdict(const decomposition<Net, Shape, T>& result,
                    const std::optional<xt::xtensor<double, 2>>& attributions = {}) {
    return detail::verdict_of(result, detail::zero_components(result), attributions ? &*attributions : nullptr);
}

}  // namespace apd::ext

namespace apd {
using ext::verdict;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/verdict.ipp>
#endif
