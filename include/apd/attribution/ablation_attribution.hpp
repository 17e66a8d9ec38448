#pragma once
// Ablation attribution: how the output changes when a component is taken away.

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/attribution/ablation_passes.hpp>
#include <apd/attribution/attribution_node.hpp>
#include <apd/component/components.hpp>
#include <apd/component/dense_passes.hpp>

namespace apd::ext {

/// a[b, c] = (1/d_y) Σ_o (y_o − y_o without c)², y of the network whose weights are Σ_c P_c.
///
/// Where a network can be reduced to its links (see `links`), a component's pass goes from nonlinear layer to nonlinear
/// layer over the maps without it; elsewhere it is a pass through every layer from the first site on.
struct ablation_attribution_node : attribution_base {
    bool operator==(const ablation_attribution_node&) const = default;
    static constexpr std::tuple<components, unmasked_pass> dependencies() { return {}; }
    static std::string describe() { return "ablation_attribution()"; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        using passes = std::conditional_t<links<Net>::are_complete, detail::ablation_over_links<Problem>,
                                          detail::ablation_by_layers<Problem>>;
        static constexpr std::size_t C = Problem::components;

      public:
        state(const ablation_attribution_node&, Problem& p) : value_(p.device, p.rows.capacity), passes_(p) {
            for (std::size_t w = 0; w < p.device.workers(); ++w) workspaces_.emplace_back(p);
        }
        auto value() const { return *value_; }

        void evaluate(auto& step) {
            device_type& device = step.problem.device;
            passes_.prepare(step, workspaces_.front());
            step(components{}).multiply_out();
            device.parallel(
                C, step.problem.rows.present * Net::used_parameters, [&](std::size_t worker, std::size_t c) {
                    auto& workspace = workspaces_[worker];
                    step.problem.for_each_site([&](auto site) {
                        auto& all = step(components{});
                        const auto without = workspace.without(site)["io"_i], sum = all.weight_sum(site)["io"_i];
                        if (site.has(c)) device(without = sum - all.component_matrices(site)(c - site.first)["io"_i]);
                        else device(without = sum);
                    });
                    workspace.start(step.problem);
                    for (std::size_t begin = 0; begin < step.problem.rows.present; begin += passes::tile) {
                        const std::size_t count = std::min(passes::tile, step.problem.rows.present - begin);
                        const auto y = passes_.with_all(step, begin, count);
                        const auto without = passes_.without_one(step, workspace, begin, count);
                        device(value().template slice<1>(c).rows(begin, count)["bc"_i] =
                                   square(y["bo"_i] - without["bo"_i]) * (1.0 / Net::outputs));
                    }
                });
        }

      private:
        array<device_type, T, extents<dynamic, C>> value_;
        passes passes_;
        std::vector<typename passes::workspace> workspaces_;
    };
};

/// Example: `apd::batch_top_k(apd::ablation_attribution(), 0.2)`.
constexpr auto ablation_attribution() { return ablation_attribution_node{}; }

}  // namespace apd::ext

namespace apd {
using ext::ablation_attribution;
}  // namespace apd
