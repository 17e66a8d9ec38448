#pragma once
// Which component each input feature has: attributions on inputs with one feature.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <apd/analysis/evaluator.hpp>
#include <apd/core/xtensor.hpp>

namespace apd::ext {

/// A_c on inputs with one feature at 1 and the others at 0, [features, C]: the root of the mean square.
///
/// Example: `auto a = apd::attribution_matrix(answers);`
template <class Evaluation, attribution_node Attribution = decltype(gradient_attribution())>
auto attribution_matrix(Evaluation& answers, const Attribution& attribution = {}) {
    constexpr std::size_t features = Evaluation::network_type::inputs;
    typename Evaluation::matrix x = xt::zeros<typename Evaluation::scalar>({features, features});
    for (std::size_t f = 0; f < features; ++f) x(f, f) = 1;
    auto a = answers.attributions(x, attribution);
    for (auto& entry : a) entry = std::sqrt(entry);
    return a;
}

/// Components and the features that have them.
struct feature_map {
    std::vector<std::size_t> component_of;              ///< for every feature, the component of largest attribution
    std::vector<std::vector<std::size_t>> features_of;  ///< for every component

    /// How many components have exactly `features` features; 0: the dead ones.
    std::size_t components_with(std::size_t features) const {
        std::size_t count = 0;
        for (const auto& list : features_of) count += list.size() == features;
        return count;
    }
    /// How many have more than one.
    std::size_t components_with_several() const { return features_of.size() - components_with(0) - components_with(1); }
    /// How many features have a component that no other has.
    std::size_t features_with_their_own() const { return components_with(1); }
};

/// The map of a matrix of attributions [features, C]; of equal attributions the first component counts.
///
/// Errors: `apd::error` if there is no component.
/// Example: `auto map = apd::feature_components(apd::attribution_matrix(answers));`
template <class Matrix>
feature_map feature_components(const Matrix& attributions) {
    if (attributions.shape(1) == 0)
        throw error("feature_components", "attributions of no component", "give a matrix [features, C]");
    feature_map map;
    map.features_of.resize(attributions.shape(1));
    for (std::size_t f = 0; f < attributions.shape(0); ++f) {
        std::size_t best = 0;
        for (std::size_t c = 1; c < attributions.shape(1); ++c)
            if (attributions(f, c) > attributions(f, best)) best = c;
        map.component_of.push_back(best);
        map.features_of[best].push_back(f);
    }
    return map;
}

namespace detail {
// Errors: `apd::error` unless the map gives each of the features one of C components.
inline void check_map(const feature_map& map, std::size_t features, std::size_t components) {
    const auto& of = map.component_of;
    if (of.size() != features || std::any_of(of.begin(), of.end(), [&](std::size_t c) { return c >= components; }))
        throw error("feature_map", "the map is of another number of features or components",
                    "make it from the attributions of the same decomposition");
}
}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::attribution_matrix, ext::feature_map, ext::feature_components;
}  // namespace apd
