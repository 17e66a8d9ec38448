#pragma once
// Networks of importances that are small enough for finite differences.

#include <span>
#include <string>
#include <vector>

#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace apd_test {

/// y = gelu(x A) B + b, whose importances are those of 3 and 2 subcomponents.
using two_sites = apd::network<apd::linear<"A", 4, 3>, apd::gelu, apd::linear<"B", 3, 4>, apd::bias<"b", 4>>;
using two_kinds = apd::subcomponents<3, 2>;

/// Lays all q between 0 and 1, where the squashings are what their gradients say: a last bias of 1/2, small weights.
inline void lay_between_0_and_1(auto& problem) {
    for (const auto& part : problem.parts) {
        if (!part.name.starts_with("importance.")) continue;
        auto numbers = on_host(problem.device, part.value);
        const bool is_last = !part.name.ends_with("0.W") && !part.name.ends_with("0.b");
        if (is_last && part.name.ends_with(".b"))
            for (double& b : numbers) b = 0.5;
        if (is_last && part.name.ends_with(".W"))
            for (double& w : numbers) w *= 0.05;
        problem.device.upload(std::span<const double>(numbers), part.value);
    }
}
/// Every gradient of a loss, and of it together with what keeps importances small.
template <class Device = tested_backend>
void gradients_of_importances_are_right(const auto& importance, const auto& loss) {
    gradients_of_shape_are_right<two_sites, two_kinds, Device>(
        1 * loss + 0.3 * apd::importance_minimality(importance, 0.7, 0.3),
        [](auto& problem) { lay_between_0_and_1(problem); });
}

}  // namespace apd_test
