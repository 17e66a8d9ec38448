#pragma once
// An estimate of the gradient attribution from a few random cotangents, for networks with many components and outputs.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/attribution/attribution_node.hpp>
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/draws.hpp>
#include <apd/core/describe.hpp>

namespace apd::ext {

namespace detail {

template <class T>
struct random_sign {
    APD_HOST_DEVICE T operator()(std::uint32_t word) const { return word >> 31U != 0 ? T(1) : T(-1); }
};

/// A matrix W and the factors of all P_c while cotangents pass it: adds ⟨g, x U_c V_c⟩ of each of them.
template <class Weights, class U, class V, class Inner, class Sides, class Contracted>
struct probed_weights {
    Weights value;
    U u;
    V v;
    Inner inner;            ///< for x U_c [B, C, positions, m]
    Sides sides;            ///< for V_c g [B, probes, C, positions, m]
    Contracted contracted;  ///< [B, probes, C] of the site's components

    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        using matrix = extents<U::shape::sizes[1], V::shape::sizes[2]>;
        constexpr std::size_t in = Use::template inputs<matrix>, out = Use::template outputs<matrix>;
        device(inner["bctr"_i] = x.template split<in>()["bti"_i] * Use::left(u, v)[Use::left_factor]);
        device(sides["bkctr"_i] = gz.template split<out>()["bkto"_i] * Use::right(u, v)[Use::right_factor]);
        device(contracted["bkc"_i] += sides["bkctr"_i] * inner["bctr"_i]);
        if constexpr (!std::is_same_v<GX, no_tangent>)
            device(gx.template split<in>()["bkti"_i] = gz.template split<out>()["bkto"_i] * value[Use::matrix]);
    }
};

}  // namespace detail

/// a[b, c] = (1/(S·d_y)) Σ_s (Σ_i ⟨∂(v_s·y)/∂z_i, x_i P_{c,i}⟩)² for S random vectors v_s of signs, drawn anew for
/// every sample and step: its expectation is `gradient_attribution`, as that of v vᵀ is the identity (Hutchinson 1990).
template <class Of, std::size_t Probes>
struct estimated_gradient_attribution_node : attribution_base {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const estimated_gradient_attribution_node&) const = default;
    static constexpr std::tuple<typename Of::pass> dependencies() { return {}; }
    static std::string describe() { return describe_call("estimated_gradient_attribution", Probes, Of{}); }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        using Pass = typename Of::pass;
        using counts = detail::attribution_cost<Problem>;
        static_assert(Net::sequence_length == 1,
                      "apd::estimated_gradient_attribution: where positions of a sequence read from each other, a "
                      "cotangent is that of all outputs together; use apd::gradient_attribution.");
        static constexpr std::size_t C = Problem::components;
        // The most numbers x U_c of a component, and what a sample costs.
        static constexpr std::size_t widest = [] {
            std::size_t most = 1;
            for (std::size_t l = 0; l < Net::depth; ++l)
                most = std::max(most, Net::positions[l] * counts::layers[l].rank);
            return most;
        }();
        static constexpr std::size_t cost_of_sample = [] {
            std::size_t sum = 0;
            for (std::size_t l = 0; l < Net::depth; ++l) {
                const auto& layer = counts::layers[l];
                sum += layer.components * layer.rank * (Net::given[l] + Probes * Net::sizes[l + 1]);
                if (l > Net::uses.front()) sum += Probes * layer.product;
            }
            return sum;
        }();
        static constexpr std::size_t tile = counts::tile_of(Probes * (counts::widths + C) + (Probes + 1) * C * widest);

      public:
        state(const estimated_gradient_attribution_node&, Problem& p)
            : value_(p.device, p.rows.capacity), probes_(p.device, p.rows.capacity), draws_(p) {
            for (std::size_t w = 0; w < p.device.workers(); ++w)
                workspaces_.emplace_back(p.device, std::min(tile, p.rows.capacity));
        }
        auto value() const { return *value_; }

        void evaluate(auto& step) {
            const std::size_t batch = step.problem.rows.present;
            value_.resize(batch), probes_.resize(batch);
            draws_.fill(detail::random_sign<T>{}, *probes_);
            step(Pass{}).activations();  // before threads ask for them
            step.problem.device.parallel(
                (batch + tile - 1) / tile, tile * cost_of_sample, [&](std::size_t worker, std::size_t piece) {
                    const std::size_t begin = piece * tile;
                    evaluate_tile(step, workspaces_[worker], begin, std::min(tile, batch - begin));
                });
        }

      private:
        struct probe_workspace {
            probe_workspace(device_type& device, std::size_t samples)
                : arrays(device, samples),
                  inner(device, samples),
                  sides(device, samples),
                  contracted(device, samples) {}
            tangent_arrays<device_type, T, Net, Probes> arrays;
            array<device_type, T, extents<dynamic, C * widest>> inner;
            array<device_type, T, extents<dynamic, Probes * C * widest>> sides;
            array<device_type, T, extents<dynamic, Probes, C>> contracted;
        };
        void evaluate_tile(auto& step, probe_workspace& workspace, std::size_t begin, std::size_t count) {
            device_type& device = step.problem.device;
            const auto x = step(Pass{}).activations().rows(begin, count);
            const auto g = workspace.arrays.rows(0, count);
            const auto contracted = (*workspace.contracted).rows(0, count);
            device(contracted["bkc"_i] = T(0));
            device(g.template at<Net::depth>()["bko"_i] =
                       (*probes_).rows(begin, count).template split<Net::outputs>()["bko"_i]);
            const auto weights = choose_weights(
                [&]<class Layer>(Layer layer) {
                    const auto site = Problem::site_of(layer);
                    using site_type = std::remove_const_t<decltype(site)>;
                    constexpr std::size_t positions = Net::positions[Layer::like];
                    const auto matrix = step(Pass{}).matrix(step, layer);
                    const auto u = step.problem.factors.left(site);
                    const auto v = step.problem.factors.right(site);
                    const auto in = (*workspace.inner).rows(0, count);
                    const auto side = (*workspace.sides).rows(0, count);
                    const view<T, extents<dynamic, site_type::count, positions, site_type::rank>> inner{in.data, count,
                                                                                                        in.stride};
                    const view<T, extents<dynamic, Probes, site_type::count, positions, site_type::rank>> sides{
                        side.data, count, side.stride};
                    const auto of_site = contracted.template part<0, site_type::count>(site.first);
                    return detail::probed_weights<decltype(matrix), decltype(u), decltype(v), decltype(inner),
                                                  decltype(sides), decltype(of_site)>{matrix, u,     v,
                                                                                      inner,  sides, of_site};
                },
                step.problem.target);
            apd::ext::pullback<Problem>(device, weights, x, g, [](auto) {});
            device(value().rows(begin, count)["bc"_i] = square(contracted["bkc"_i]) * (1.0 / (Probes * Net::outputs)));
        }

        array<device_type, T, extents<dynamic, C>> value_;
        array<device_type, T, extents<dynamic, Probes * Net::outputs>> probes_;
        row_draws<Problem, Probes * Net::outputs> draws_;
        std::vector<probe_workspace> workspaces_;
    };
};

/// For wide networks with many components of low rank: Probes backward passes in the place of a pass for each component
/// or output. Losses are not differentiated through it.
///
/// Example: `apd::batch_top_k(apd::estimated_gradient_attribution<8>(), 3.5)`; of the decomposed network,
/// `apd::estimated_gradient_attribution<8>(apd::of_decomposed)`.
template <std::size_t Probes, class Of = of_target_network>
constexpr auto estimated_gradient_attribution(Of = {}) {
    static_assert(Probes > 0, "apd::estimated_gradient_attribution: one random cotangent at least.");
    return estimated_gradient_attribution_node<Of, Probes>{};
}

}  // namespace apd::ext

namespace apd {
using ext::estimated_gradient_attribution;
}  // namespace apd
