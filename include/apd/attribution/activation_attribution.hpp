#pragma once
// Activation attribution: how large each component's own output is.

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/attribution/attribution_node.hpp>
#include <apd/component/components.hpp>
#include <apd/component/dense_passes.hpp>

namespace apd::ext {

/// a[b, c] = Σ_i ‖x_i P_{c,i}‖², the sum over the uses i of sites, x_i the inputs in the decomposed network.
struct activation_attribution_node : attribution_base {
    bool operator==(const activation_attribution_node&) const = default;
    static constexpr std::tuple<components, unmasked_pass> dependencies() { return {}; }
    static std::string describe() { return "activation_attribution()"; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        using cost = detail::attribution_cost<Problem>;
        static constexpr std::size_t C = Problem::components;

      public:
        state(const activation_attribution_node&, Problem& p) : value_(p.device, p.rows.capacity) {
            for (std::size_t w = 0; w < p.device.workers(); ++w)
                workspaces_.emplace_back(p.device, std::min(tile, p.rows.capacity));
        }
        auto value() const { return *value_; }

        void evaluate(auto& step) {
            device_type& device = step.problem.device;
            const std::size_t batch = step.problem.rows.present;
            device(value_["bc"_i] = T(0));
            step(components{}).multiply_out();
            device.parallel((batch + tile - 1) / tile, tile * C * Net::used_parameters,
                            [&](std::size_t worker, std::size_t piece) {
                                const std::size_t begin = piece * tile, count = std::min(tile, batch - begin);
                                for_each_use<Problem>([&](auto layer) { add_use(step, layer, worker, begin, count); });
                            });
        }

      private:
        static constexpr std::size_t tile = cost::tile_of(C * cost::widest);

        template <std::size_t Like>
        void add_use(auto& step, layer_handle<Net, Like> layer, std::size_t worker, std::size_t begin,
                     std::size_t count) {
            using use = typename Net::template layer_at<Like>::orientation;
            device_type& device = step.problem.device;
            const auto x = step(unmasked_pass{}).activations().at(layer.before()).rows(begin, count);
            const auto workspace = (*workspaces_[worker]).rows(0, count);
            constexpr std::size_t positions = Net::positions[Like], in = layer.inputs / positions;
            const auto site = Problem::site_of(layer);
            constexpr std::size_t components_of_site = decltype(site)::count;
            const view<T, extents<dynamic, components_of_site, positions, layer.outputs / positions>> product{
                workspace.data, count, workspace.stride};
            const auto each = step(components{}).component_matrices(site);
            device(product["bcto"_i] = x.template split<in>()["bti"_i] * each[use::components]);
            device(value().rows(begin, count).template slice<components_of_site>(site.first)["bc"_i] +=
                   square(product["bcto"_i]));
        }
        array<device_type, T, extents<dynamic, C>> value_;
        std::vector<array<device_type, T, extents<dynamic, C * cost::widest>>> workspaces_;
    };
};

/// Example: `apd::per_sample_top_k(apd::activation_attribution(), 2)`.
constexpr auto activation_attribution() { return activation_attribution_node{}; }

}  // namespace apd::ext

namespace apd {
using ext::activation_attribution;
}  // namespace apd
