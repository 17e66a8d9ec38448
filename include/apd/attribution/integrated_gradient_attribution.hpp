#pragma once
// Integrated-gradient attribution: gradients averaged while the target's matrices grow from zero to what they are.

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/attribution/attribution_node.hpp>
#include <apd/component/components.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>

namespace apd::ext {

/// a[b, c] = (1/d_y) Σ_o ((1/S) Σ_s Σ_i ⟨∂y_o/∂W_i, P_{c,i}⟩)², the gradients at the matrices W·(s − ½)/S, s = 1 … S.
///
/// The inner mean is the integral of the gradient along the straight path of the sites' matrices from zero to the
/// target's (Sundararajan et al., arXiv 1703.01365, over parameters), by the midpoint rule: with components that sum to
/// the target, it sums over them to y − y at zero. S forward passes and S passes of tangents.
struct integrated_gradient_attribution_node : attribution_base {
    std::size_t steps;
    bool operator==(const integrated_gradient_attribution_node&) const = default;
    static constexpr std::tuple<components> dependencies() { return {}; }
    std::string describe() const { return describe_call("integrated_gradient_attribution", steps); }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        using counts = detail::attribution_cost<Problem>;
        static constexpr std::size_t C = Problem::components;
        static constexpr std::size_t chunk = counts::tangents_per_pass(counts::widths);
        static constexpr std::size_t tile = counts::tile_of(chunk * counts::widths);

      public:
        state(const integrated_gradient_attribution_node& node, Problem& p) : value_(p.device, p.rows.capacity) {
            for (std::size_t s = 0; s < node.steps; ++s) {
                scaled_.emplace_back(p.device);
                const double share = (static_cast<double>(s) + 0.5) / static_cast<double>(node.steps);
                for (std::size_t i = 0; i < Net::parametrised.size(); ++i) {
                    const bool is_site = std::ranges::count(Net::sites, Net::parametrised[i]) > 0;
                    p.device(scaled_.back().flat(i)["b"_i] = p.target.flat(i)["b"_i] * (is_site ? share : 1));
                }
            }
            for (std::size_t w = 0; w < p.device.workers(); ++w)
                workspaces_.emplace_back(p.device, std::min(tile, p.rows.capacity));
        }
        auto value() const { return *value_; }

        void evaluate(auto& step) {
            const std::size_t batch = step.problem.rows.present, pieces = (batch + tile - 1) / tile;
            const std::size_t cost = tile * scaled_.size() * (C + 1) * Net::used_parameters;
            step(components{}).multiply_out();
            step.problem.device.parallel(pieces, cost, [&](std::size_t worker, std::size_t piece) {
                const std::size_t begin = piece * tile;
                evaluate_tile(step, workspaces_[worker], begin, std::min(tile, batch - begin));
            });
        }

      private:
        struct path_workspace {
            path_workspace(device_type& device, std::size_t samples)
                : x(device, samples), t(device, samples), sum(device, samples) {}
            activation_arrays<device_type, T, Net> x;
            tangent_arrays<device_type, T, Net, chunk> t;
            array<device_type, T, extents<dynamic, C, Net::outputs>> sum;
        };
        void evaluate_tile(auto& step, path_workspace& workspace, std::size_t begin, std::size_t count) {
            device_type& device = step.problem.device;
            const T share = T(1) / static_cast<T>(scaled_.size());
            workspace.x.template set<0>((*step.problem.x).rows(begin, count));
            const auto x = workspace.x.rows(0, count);
            const auto t = workspace.t.rows(0, count);
            const auto sum = (*workspace.sum).rows(0, count);
            device(sum["bco"_i] = T(0));
            for (const auto& weights : scaled_) {
                forward<Net>(
                    device, [&](auto layer) { return weights.view_of(layer); }, x);
                for (std::size_t c0 = 0; c0 < C; c0 += chunk) {
                    pushforward<Problem>(device, directions(step, weights, c0), x, t);
                    device(sum.template slice<chunk>(c0)["bko"_i] += t.template at<Net::depth>()["bko"_i] * share);
                }
            }
            device(value().rows(begin, count)["bc"_i] = square(sum["bco"_i]) * (1.0 / Net::outputs));
        }
        static auto directions(auto& step, const auto& weights, std::size_t c0) {
            return choose_weights(
                [&step, &weights, c0](auto layer) {
                    const auto site = Problem::site_of(layer);
                    const auto matrix = weights.view_of(layer).value;
                    const auto direction = step(components{}).template matrices_of<chunk>(site, c0);
                    return directed_weights<T, typename decltype(matrix)::shape, typename decltype(direction)::shape>{
                        matrix, direction};
                },
                weights);
        }

        array<device_type, T, extents<dynamic, C>> value_;
        std::vector<device_parameters<device_type, T, Net>> scaled_;
        std::vector<path_workspace> workspaces_;
    };
};

/// Errors: `apd::error` for no steps. Example: `apd::batch_top_k(apd::integrated_gradient_attribution(8), 1.28)`.
constexpr auto integrated_gradient_attribution(std::size_t steps) {
    if (steps == 0) throw error("integrated_gradient_attribution", "0 steps", "choose at least one, such as 8");
    return integrated_gradient_attribution_node{{}, steps};
}

}  // namespace apd::ext

namespace apd {
using ext::integrated_gradient_attribution;
}  // namespace apd
