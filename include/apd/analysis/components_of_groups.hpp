#pragma once
// Groups of subcomponents as components, which every analysis of components takes.

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <apd/analysis/clustering.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/core/error.hpp>
#include <apd/training/decomposition.hpp>

namespace apd::ext {

/// A decomposition into C components of rank `Rank` at most, component g the sum of what bears the label g, for example
/// of `cluster`; those without a group are left out, and so are components without one. What its importances have
/// learned is not in it.
///
/// Example: `auto grouped = apd::components_of_groups<40, 4>(result, apd::cluster(importances)); apd::evaluator
/// answers(device, grouped);`
/// Errors: `apd::error` if there are not as many labels as components, if a label is not below C, or if a group has
/// more at a site than rank `Rank` holds.
template <std::size_t C, std::size_t Rank, class Net, decomposition_shape Shape, class T>
decomposition<Net, shared_components<C, Rank>, T> components_of_groups(const decomposition<Net, Shape, T>& result,
                                                                       const std::vector<std::size_t>& labels) {
    const std::string call = "components_of_groups";
    if (labels.size() != result.components)
        throw error(
            call, std::to_string(labels.size()) + " labels for " + std::to_string(result.components) + " subcomponents",
            "give one label for each subcomponent of all sites");
    for (const std::size_t label : labels)
        if (label >= C && label != no_group)
            throw error(
                call, "there is a group number " + std::to_string(label) + " for " + std::to_string(C) + " components",
                "ask for more components");
    decomposition<Net, shared_components<C, Rank>, T> grouped;
    static_cast<run_record&>(grouped) = result;
    grouped.target = result.target;
    repeat<Net::sites.size()>([&](auto number) {
        constexpr auto from = site_in<Net, Shape, number>;
        using to = std::remove_const_t<decltype(site_in<Net, shared_components<C, Rank>, number>)>;
        const auto &u = result.learned.left[number], &v = result.learned.right[number];
        auto &left = grouped.learned.left[number], &right = grouped.learned.right[number];
        // Column r of U_g, row r of V_g.
        const auto left_at = [&](std::size_t g, std::size_t i, std::size_t r) -> T& {
            return left[(g * to::in + i) * to::rank + r];
        };
        const auto right_at = [&](std::size_t g, std::size_t r, std::size_t o) -> T& {
            return right[(g * to::rank + r) * to::out + o];
        };
        std::vector<std::size_t> ranks(C);
        for (std::size_t c = 0; c < from.count; ++c)
            if (const std::size_t g = labels[from.first + c]; g != no_group) ranks[g] += from.rank;
        constexpr std::size_t full = to::in < to::out ? to::in : to::out;
        for (std::size_t g = 0; g < C; ++g)
            if (ranks[g] > to::rank && to::rank < full)
                throw error(call,
                            "group " + std::to_string(g) + " has rank " + std::to_string(ranks[g]) + " at '" +
                                std::string(Net::site_names[number]) + "', a component " + std::to_string(to::rank),
                            "ask for components of a higher rank, or full_rank");
        std::vector<std::size_t> next(C);
        for (std::size_t c = 0; c < from.count; ++c) {
            const std::size_t g = labels[from.first + c];
            if (g == no_group) continue;
            for (std::size_t r = 0; r < from.rank; ++r) {
                const auto u_at = [&](std::size_t i) { return u[(c * from.in + i) * from.rank + r]; };
                const auto v_at = [&](std::size_t o) { return v[(c * from.rank + r) * from.out + o]; };
                if (ranks[g] <= to::rank) {
                    for (std::size_t i = 0; i < to::in; ++i) left_at(g, i, next[g]) = u_at(i);
                    for (std::size_t o = 0; o < to::out; ++o) right_at(g, next[g], o) = v_at(o);
                    ++next[g];
                } else {  // more than a matrix has: an identity, and the sum
                    for (std::size_t k = 0; k < full; ++k)
                        (to::in == full ? left_at(g, k, k) : right_at(g, k, k)) = T(1);
                    for (std::size_t i = 0; i < to::in; ++i)
                        for (std::size_t o = 0; o < to::out; ++o)
                            (to::in == full ? right_at(g, i, o) : left_at(g, i, o)) += u_at(i) * v_at(o);
                }
            }
        }
    });
    return grouped;
}

}  // namespace apd::ext

namespace apd {
using ext::components_of_groups;
}  // namespace apd
