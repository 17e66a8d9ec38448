#pragma once
// Neuron contributions: through which neurons a feature acts on its own output, in the target and in its component.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <apd/analysis/evaluator.hpp>
#include <apd/analysis/feature_map.hpp>
#include <apd/attribution/link_maps.hpp>
#include <apd/component/components.hpp>
#include <apd/core/xtensor.hpp>

namespace apd::ext {

/// Contributions [features, neurons], the neurons of all nonlinear layers one after the other.
struct neuron_contributions_result {
    xt::xtensor<double, 2> target;     ///< with the target's matrices
    xt::xtensor<double, 2> component;  ///< with those of every feature's component alone, or of its subcomponents

    /// Of all pairs (target, component): Pearson's correlation, and the least-squares slope through zero.
    double correlation() const;
    double slope() const;
};

namespace detail {

// Whether the nonlinear layer at P is one of neurons: the input reaches them linearly, and they the output.
template <class Net, std::size_t P>
inline constexpr bool is_neuron_layer =
    links<Net>::is_sink(P) && links<Net>::value(0, P) == link_kind::matrix&& links<Net>::value(P + 1, Net::depth) ==
                                  link_kind::matrix&& Net::sizes[P] == Net::sizes[P + 1];
template <class Net>
inline constexpr std::size_t neurons_of = [] {
    std::size_t sum = 0;
    repeat<Net::depth>([&](auto p) { sum += is_neuron_layer<Net, p> ? Net::sizes[p] : 0; });
    return sum;
}();

template <class T, class E>
auto numbers_of(auto& device, const view<T, E>& array) {
    std::vector<std::remove_const_t<T>> numbers(E::elements);
    device.download(array, std::span(numbers));
    return numbers;
}
// The last site whose outputs reach the neurons at P linearly, by its number; that of no site, if there is none.
template <class Net, std::size_t P>
inline constexpr std::size_t site_before = [] {
    std::size_t found = Net::sites.size();
    repeat<P>([&](auto l) {
        if constexpr (site_use<typename Net::template layer_at<l>>)
            if (links<Net>::value(0, l) != link_kind::none && links<Net>::responds(l, P))
                found = Net::template site_of<l>;
    });
    return found;
}();

// put(site, f, j, contribution) for every feature f, and every neuron j with the last site in front of it: (the map
// from input f to the neuron) · (that from it to output f).
template <class Net>
void for_each_contribution(auto& device, const auto& maps, const auto& put) {
    std::size_t first = 0;
    repeat<Net::depth>([&](auto p) {
        if constexpr (is_neuron_layer<Net, p>) {
            const auto in = numbers_of(device, maps.template value<0, p>());
            const auto out = numbers_of(device, maps.template value<p + 1, Net::depth>());
            for (std::size_t f = 0; f < Net::inputs; ++f)
                for (std::size_t j = 0; j < Net::sizes[p]; ++j)
                    put(site_before<Net, p>, f, first + j,
                        static_cast<double>(in[f * Net::sizes[p] + j]) *
                            static_cast<double>(out[j * Net::outputs + f]));
            first += Net::sizes[p];
        }
    });
}

// The contributions by the target's matrices; write(component, by) fills in those of components, by(c, put) those with
// component c at the sites that have it, and the sum of all components at the others.
template <class Evaluation>
neuron_contributions_result contributions(Evaluation& answers, const auto& write) {
    using Net = typename Evaluation::network_type;
    using Problem = typename Evaluation::problem_type;
    static_assert(Net::inputs == Net::outputs,
                  "apd::neuron_contributions: a feature needs an output of its own, so as many outputs as inputs.");
    static_assert(links<Net>::are_complete, "apd::neuron_contributions: the network can't be reduced to links.");
    static_assert(neurons_of<Net> > 0, "apd::neuron_contributions: the network has no layer of neurons.");

    auto& problem = answers.underlying();
    auto& device = answers.device();
    const xt::xtensor<double, 2> zeros = xt::zeros<double>({Net::inputs, neurons_of<Net>});
    neuron_contributions_result result{zeros, zeros};
    node_states<Problem> run(problem);
    run.add(components{});
    run.evaluate();
    link_maps<Problem, link_content::values> maps;
    // Of one type, so that maps are compiled once.
    const auto evaluate_maps = [&](std::optional<std::size_t> component) {
        maps.evaluate(device, choose_matrices(
                                  [&run, &problem, component](auto layer) {
                                      auto chosen = problem.target.view_of(layer).value;
                                      const auto site = Problem::site_of(layer);
                                      if (component && site.has(*component))
                                          chosen = run(components{}).component_matrices(site)(*component - site.first);
                                      else if (component) chosen = run(components{}).weight_sum(site);
                                      return chosen;
                                  },
                                  problem.target));
    };
    evaluate_maps(std::nullopt);
    for_each_contribution<Net>(
        device, maps, [&](std::size_t, std::size_t f, std::size_t j, double value) { result.target(f, j) = value; });
    write(result.component, [&](std::size_t c, const auto& put) {
        evaluate_maps(c);
        for_each_contribution<Net>(device, maps, put);
    });
    return result;
}

}  // namespace detail

/// (W_E[f, :] W_in) ⊙ (W_out W_U[:, f]) for residual MLPs (Braun et al., arXiv 2501.14926, §3.2), and its like for
/// every network with neurons: the linear map from input f to them times that from them to output f, by the target's
/// matrices and by those of feature f's component alone.
///
/// Neurons are those of nonlinear layers that a matrix leads to from the input, and from them to the output. Errors:
/// `apd::error` for a map of another decomposition; a compile error unless the network has as many outputs as inputs,
/// and can be reduced to `links`.
/// Example: `auto neurons = apd::neuron_contributions(answers, map);`
template <class Evaluation>
neuron_contributions_result neuron_contributions(Evaluation& answers, const feature_map& map) {
    using Net = typename Evaluation::network_type;
    static_assert(detail::attribution_cost<typename Evaluation::problem_type>::are_shared,
                  "apd::neuron_contributions: a feature's component needs a matrix at every site; without a map it is "
                  "for subcomponents.");
    detail::check_map(map, Net::inputs, Evaluation::components);
    return detail::contributions(answers, [&](xt::xtensor<double, 2>& found, const auto& by) {
        for (std::size_t f = 0; f < Net::inputs; ++f)
            by(map.component_of[f], [&](std::size_t, std::size_t feature, std::size_t j, double value) {
                if (feature == f) found(f, j) = value;
            });
    });
}

/// The same of subcomponents (Bushnaq et al., arXiv 2506.20790): `component(f, j)` is the largest of max_c (the map
/// from input f to neuron j) · (that from it to output f), with subcomponent c alone at the last site in front of the
/// neuron and the sums of all at the others, (W_E[f, :] U_c V_c) ⊙ (Σ_c' P_c' W_U[:, f]) for residual MLPs. [features,
/// neurons].
///
/// Errors: compile errors as above, and unless there is a site in front of all neurons.
/// Example: `auto neurons = apd::neuron_contributions(answers);`
template <class Evaluation>
neuron_contributions_result neuron_contributions(Evaluation& answers) {
    using Net = typename Evaluation::network_type;
    using Problem = typename Evaluation::problem_type;
    static_assert(Net::sites.size() == 1 || !detail::attribution_cost<Problem>::are_shared,
                  "apd::neuron_contributions: components of all sites need the map of features to them.");
    return detail::contributions(answers, [](xt::xtensor<double, 2>& found, const auto& by) {
        std::array<bool, Net::sites.size()> is_before_neurons{};
        repeat<Net::depth>([&](auto p) {
            if constexpr (detail::is_neuron_layer<Net, p>) {
                static_assert(detail::site_before<Net, p> < Net::sites.size(),
                              "apd::neuron_contributions: in front of some neurons nothing is decomposed.");
                is_before_neurons[detail::site_before<Net, p>] = true;
            }
        });
        found.fill(-std::numeric_limits<double>::infinity());
        Problem::for_each_site([&](auto site) {
            for (std::size_t c = 0; c < site.count && is_before_neurons[site.number]; ++c)
                by(site.first + c, [&](std::size_t before, std::size_t f, std::size_t j, double value) {
                    if (before == site.number) found(f, j) = std::max(found(f, j), value);
                });
        });
    });
}

inline double neuron_contributions_result::correlation() const {
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
        const double a = target.data()[i], b = component.data()[i];
        n += 1, x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
    }
    return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
}
inline double neuron_contributions_result::slope() const {
    double xx = 0, xy = 0;
    for (std::size_t i = 0; i < target.size(); ++i)
        xx += target.data()[i] * target.data()[i], xy += target.data()[i] * component.data()[i];
    return xy / xx;
}

}  // namespace apd::ext

namespace apd {
using ext::neuron_contributions_result, ext::neuron_contributions;
}  // namespace apd
