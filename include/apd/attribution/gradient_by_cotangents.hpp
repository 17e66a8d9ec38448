#pragma once
// Gradient attribution by reverse mode: one cotangent for each output, pulled back through every layer.

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/component/components.hpp>
#include <apd/component/dense_passes.hpp>

namespace apd::ext::detail {

/// A matrix W and all P_c while cotangents pass it: adds what component c contributes to every output.
template <class Weights, class Components, class Products, class Contracted>
struct contracted_weights {
    Weights value;
    Components each;        ///< P [C, d_in, d_out] of a site
    Products product;       ///< for x P_c [B, C, d_z]
    Contracted contracted;  ///< Σ ⟨g, x P_c⟩ [B, d_y, C] of the site's components

    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        using matrix = extents<Components::shape::sizes[1], Components::shape::sizes[2]>;
        constexpr std::size_t in = Use::template inputs<matrix>, out = Use::template outputs<matrix>;
        device(product.template split<out>()["bcto"_i] = x.template split<in>()["bti"_i] * each[Use::components]);
        device(contracted["bkc"_i] += gz["bko"_i] * product["bco"_i]);
        if constexpr (!std::is_same_v<GX, no_tangent>)
            device(gx.template split<in>()["bkti"_i] = gz.template split<out>()["bkto"_i] * value[Use::matrix]);
    }
};

/// One way to compute a[b, c] = (1/d_y) Σ_o (Σ_i ⟨∂y_o/∂z_i, x_i P_{c,i}⟩)²: the cotangents of every y_o.
template <class Problem, class Pass>
class gradient_by_cotangents {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using counts = attribution_cost<Problem>;
    static constexpr std::size_t C = Problem::components;
    static constexpr T mean = T(1) / static_cast<T>(Net::outputs);

  public:
    static constexpr std::size_t cost_of_sample = [] {
        std::size_t sum = 0;
        for (std::size_t l = 0; l < Net::depth; ++l) {
            const auto& layer = counts::layers[l];
            sum += layer.components * (counts::by_activation(l, layer.product) + Net::outputs * Net::sizes[l + 1]);
            if (l > Net::uses.front()) sum += Net::outputs * layer.product;
        }
        return sum;
    }();
    static constexpr std::size_t cost_of_step = counts::multiply_out;
    static constexpr std::size_t tile = counts::tile_of(Net::outputs * (counts::widths + C) + C * counts::widest);

    explicit gradient_by_cotangents(Problem& p) {
        for (std::size_t w = 0; w < p.device.workers(); ++w)
            workspaces_.emplace_back(p.device, std::min(tile, p.rows.capacity));
    }
    void prepare(auto& step) { step(components{}).multiply_out(); }
    /// a [count, C] of the samples [begin, begin + count).
    void evaluate(auto& step, std::size_t worker, std::size_t begin, std::size_t count, const auto& a) {
        device_type& device = step.problem.device;
        auto& workspace = workspaces_[worker];
        const auto x = step(Pass{}).activations().rows(begin, count);
        const auto g = workspace.arrays.rows(0, count);
        const auto contracted = (*workspace.contracted).rows(0, count);
        const auto gy = g.template at<Net::depth>();
        device(contracted["bkc"_i] = T(0));
        device(gy["bko"_i] = T(0));
        for (std::size_t o = 0; o < Net::outputs; ++o) {
            // Row o of the identity.
            const view<T, extents<dynamic, 1>> one{gy.data + (o * Net::outputs + o) * gy.stride, count, gy.stride};
            device(one["bi"_i] = T(1));
        }
        const auto weights = choose_weights(
            [&]<class Layer>(Layer layer) {
                const auto site = Problem::site_of(layer);
                using site_type = std::remove_const_t<decltype(site)>;
                const auto matrix = step(Pass{}).matrix(step, layer);
                const auto each = step(components{}).component_matrices(site);
                const auto space = (*workspace.product).rows(0, count);
                const view<T, extents<dynamic, site_type::count, Layer::outputs>> product{space.data, count,
                                                                                          space.stride};
                const auto of_site = contracted.template part<0, site_type::count>(site.first);
                return contracted_weights<decltype(matrix), decltype(each), decltype(product), decltype(of_site)>{
                    matrix, each, product, of_site};
            },
            step.problem.target);
        apd::ext::pullback<Problem>(device, weights, x, g, [](auto) {});
        device(a["bc"_i] = square(contracted["bkc"_i]) * mean);
    }

  private:
    struct cotangent_workspace {
        cotangent_workspace(device_type& device, std::size_t samples)
            : arrays(device, samples), product(device, samples), contracted(device, samples) {}
        tangent_arrays<device_type, T, Net, Net::outputs> arrays;
        array<device_type, T, extents<dynamic, C * counts::widest>> product;
        array<device_type, T, extents<dynamic, Net::outputs, C>> contracted;
    };
    std::vector<cotangent_workspace> workspaces_;
};

}  // namespace apd::ext::detail
