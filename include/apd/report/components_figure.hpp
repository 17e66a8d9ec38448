#pragma once
// The picture of one site taken apart: its matrix, the sum of the components, and every component.

#include <cstddef>
#include <string>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/training/decomposition.hpp>

namespace apd::ext {

namespace detail {

/// A site of a result, in double: W [in, out], and of its components, of which the first has the number `first` among
/// all, every P_c [count, in, out] and the factors.
struct site_parts {
    std::string name;
    component_counts counts;
    std::size_t first;
    std::vector<double> target, components, left, right;
};
template <std::size_t S, class Net, decomposition_shape Shape, class T>
site_parts parts_of_site(const decomposition<Net, Shape, T>& result) {
    constexpr auto site = site_in<Net, Shape, S>;
    const auto in_double = [](const auto& values) { return std::vector<double>(values.begin(), values.end()); };
    return {std::string(Net::site_names[S]),
            site.counts(),
            site.first,
            in_double(result.target.template at<Net::template parameter_of<Net::sites[S]>>()),
            in_double(result.template component_at<S>()),
            in_double(result.learned.left[S]),
            in_double(result.learned.right[S])};
}

/// Which components of a site are zero there, or as good as: below 1 % of the norm of the largest. One that holds a
/// number that is not finite is not.
std::vector<bool> zero_components(const component_counts& site, const std::vector<double>& left,
                                  const std::vector<double>& right);
/// Those that are zero at every site that has them.
template <class Net, decomposition_shape Shape, class T>
std::vector<bool> zero_components(const decomposition<Net, Shape, T>& result) {
    std::vector<bool> zero(decomposition<Net, Shape, T>::components, true);
    repeat<Net::sites.size()>([&](auto s) {
        constexpr auto site = site_in<Net, Shape, s>;
        const auto &left = result.learned.left[s], &right = result.learned.right[s];
        const auto here = zero_components(site.counts(), {left.begin(), left.end()}, {right.begin(), right.end()});
        for (std::size_t c = 0; c < here.size(); ++c) zero[site.first + c] = zero[site.first + c] && here[c];
    });
    return zero;
}

/// "3, 7, 13 to 19"
std::string listed(const std::vector<std::size_t>& rising);

std::string components_figure(const site_parts& site);

}  // namespace detail

/// Site S of a result as HTML for `page::figure`.
///
/// A matrix with two columns (or two rows) is drawn as one vector for each row (column), any other as a heat map.
/// Components that are zero here (below 1 % of the largest) are named in the caption and not drawn; above a million
/// entries in all only those of largest norm are, as the caption says.
///
/// Example: `page.figure(apd::components_figure<0>(result));`
template <std::size_t S, class Net, decomposition_shape Shape, class T>
std::string components_figure(const decomposition<Net, Shape, T>& result) {
    return detail::components_figure(detail::parts_of_site<S>(result));
}

}  // namespace apd::ext

namespace apd {
using ext::components_figure;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/components_figure.ipp>
#endif
