#pragma once
// Gradient attribution by forward mode: one tangent for each component, pushed through every layer.

#include <algorithm>
#include <cstddef>
#include <vector>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/component/components.hpp>
#include <apd/component/dense_passes.hpp>

namespace apd::ext::detail {

/// One way to compute a[b, c] = (1/d_y) Σ_o (Σ_i ⟨∂y_o/∂z_i, x_i P_{c,i}⟩)²: the tangent of y along P_c.
template <class Problem, class Pass>
class gradient_by_tangents {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using counts = attribution_cost<Problem>;
    static constexpr std::size_t C = Problem::components;
    static constexpr T mean = T(1) / static_cast<T>(Net::outputs);

  public:
    static constexpr std::size_t chunk = counts::tangents_per_pass(counts::widths);
    using tangents = tangent_arrays<device_type, T, Net, chunk>;

    /// Multiply-adds: of a sample, and of a step besides.
    static constexpr std::size_t cost_of_sample = [] {
        std::size_t sum = 0;
        for (std::size_t l = 0; l < Net::depth; ++l) {
            const auto& layer = counts::layers[l];
            sum += layer.components * counts::by_activation(l, layer.product);
            if (l > Net::uses.front()) sum += C * layer.product;
        }
        return sum;
    }();
    static constexpr std::size_t cost_of_step = counts::multiply_out;
    static constexpr std::size_t tile = counts::tile_of(chunk * counts::widths);

    explicit gradient_by_tangents(Problem& p) {
        for (std::size_t w = 0; w < p.device.workers(); ++w)
            workspaces_.emplace_back(p.device, std::min(tile, p.rows.capacity));
    }
    void prepare(auto& step) { step(components{}).multiply_out(); }
    /// a [count, C] of the samples [begin, begin + count).
    void evaluate(auto& step, std::size_t worker, std::size_t begin, std::size_t count, const auto& a) {
        device_type& device = step.problem.device;
        const auto x = step(Pass{}).activations().rows(begin, count);
        const auto t = workspaces_[worker].rows(0, count);
        for (std::size_t c0 = 0; c0 < C; c0 += chunk) {
            pushforward<Problem>(device, directions(step, c0), x, t);
            device(a.template slice<chunk>(c0)["bk"_i] = square(t.template at<Net::depth>()["bko"_i]) * mean);
        }
    }
    /// Adds the gradient with respect to P from `gradient` [B, C], that with respect to a: tangents are linear in P.
    void pullback(auto& step, const auto& gradient) {
        device_type& device = step.problem.device;
        if (back_.empty()) back_.emplace_back(device, std::min(tile, step.problem.rows.capacity));
        const std::size_t rows = step.problem.rows.present;
        for (std::size_t begin = 0; begin < rows; begin += tile) {
            const std::size_t count = std::min(tile, rows - begin);
            const auto x = step(Pass{}).activations().rows(begin, count);
            const auto t = workspaces_.front().rows(0, count), g = back_.front().rows(0, count);
            const auto ty = t.template at<Net::depth>(), gy = g.template at<Net::depth>();
            for (std::size_t c0 = 0; c0 < C; c0 += chunk) {
                const auto weights = directions(step, c0, [&](auto site) {
                    return step(components{}).component_gradients(device, site).template slice<chunk>(c0 - site.first);
                });
                pushforward<Problem>(device, weights, x, t);
                const auto da = gradient.template slice<chunk>(c0).rows(begin, count);
                device(gy["bko"_i] = da["bk"_i] * ty["bko"_i] * (2 * mean));
                apd::ext::pullback<Problem>(device, weights, x, g, [](auto) {});
            }
        }
    }

  private:
    // The weights of a pass of tangents for components c0, c0 + 1, …, and room for gradients where asked for.
    static auto directions(auto& step, std::size_t c0) {
        return directions(step, c0, [&](auto site) { return view<T, part_of<decltype(site)>>{}; });
    }
    template <class Site>
    using part_of = extents<chunk, Site::in, Site::out>;
    template <class Gradient>
    static auto directions(auto& step, std::size_t c0, Gradient gradient) {
        return choose_weights(
            [&step, c0, gradient](auto layer) {
                const auto site = Problem::site_of(layer);
                using site_type = std::remove_const_t<decltype(site)>;
                return directed_weights<T, typename site_type::sum, part_of<site_type>>{
                    step(Pass{}).matrix(step, layer), step(components{}).template matrices_of<chunk>(site, c0),
                    site.has(c0) ? gradient(site) : view<T, part_of<site_type>>{}};
            },
            step.problem.target);
    }

    std::vector<tangents> workspaces_, back_;
};

}  // namespace apd::ext::detail
