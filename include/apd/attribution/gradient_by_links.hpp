#pragma once
// Gradient attribution by forward mode over links: one tangent for each component, at nonlinear layers alone.

#include <algorithm>
#include <cstddef>
#include <vector>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/attribution/link_maps.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/network/elementwise.hpp>

namespace apd::ext::detail {

/// The tangents of `gradient_by_tangents` with the linear layers between nonlinear ones multiplied out first (see
/// `link_maps`): at a sink, t = Σ_j a_j D_j + t_j M_j over the sources j before it, and D_j is multiplied by as it is,
/// or factor by factor. Wide layers between, such as a residual stream, then cost nothing for a sample.
template <class Problem, class Pass>
class gradient_by_links {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using counts = attribution_cost<Problem>;
    using graph = links<Net>;
    using maps = link_maps<Problem>;
    static constexpr std::size_t C = Problem::components;
    static constexpr T mean = T(1) / static_cast<T>(Net::outputs);
    // A last layer that is elementwise, and not linear, multiplies the last tangents where their squares are summed.
    using last_layer = typename Net::template layer_at<Net::depth - 1>;
    static constexpr std::size_t last =
        elementwise_layer<last_layer> && graph::is_sink(Net::depth - 1) ? Net::depth - 1 : Net::depth;

    // Whether x_j left_{j,l} is computed for a direction that is not multiplied out.
    static constexpr bool has_inner(std::size_t l) {
        for (std::size_t p = l + 1; p <= Net::depth; ++p)
            for (std::size_t j = 0; graph::is_sink(p) && j <= l; ++j)
                if (maps::changes(j, l, p) && !maps::is_dense(j, p)) return true;
        return false;
    }
    // Multiply-adds of a sample with D_{j,p}.
    static constexpr std::size_t cost_of_direction(std::size_t j, std::size_t p) {
        if (maps::is_dense(j, p)) return counts::by_activation(j, C * maps::numbers(j, p));
        std::size_t sum = 0;
        for (std::size_t l = j; l < p; ++l)
            if (maps::changes(j, l, p)) {
                const std::size_t rank = counts::layers[l].rank;
                sum += counts::by_activation(j, C * rank * Net::sizes[j]) + C * rank * Net::sizes[p];
            }
        return sum;
    }

    static constexpr std::size_t widths = [] {
        std::size_t sum = 0;
        for (std::size_t p = 0; p <= last; ++p) sum += graph::has_tangent(p) ? Net::sizes[p] : 0;
        for (std::size_t l = 0; l < Net::depth; ++l) {
            if (has_inner(l)) sum += counts::layers[l].rank;
            sum += counts::layers[l].width - Net::sizes[l + 1];
        }
        return sum;
    }();

  public:
    static constexpr bool is_supported = graph::are_complete && counts::are_shared;
    static constexpr std::size_t chunk = counts::tangents_per_pass(widths);
    static constexpr std::size_t cost_of_sample = [] {
        std::size_t sum = 0;
        for (std::size_t p = 0; p <= Net::depth; ++p)
            for (std::size_t j = 0; j < p; ++j) {
                if (!graph::is_sink(p) || !graph::is_source(j)) continue;
                if (graph::has_tangent(j) && graph::value(j, p) == link_kind::matrix) sum += C * maps::numbers(j, p);
                sum += cost_of_direction(j, p);
            }
        return sum;
    }();
    static constexpr std::size_t cost_of_step = maps::cost();
    static constexpr std::size_t tile = counts::tile_of(chunk * widths);

    explicit gradient_by_links(Problem& p) {
        for (std::size_t w = 0; w < p.device.workers(); ++w)
            workspaces_.emplace_back(p.device, std::min(tile, p.rows.capacity));
    }
    void prepare(auto& step) {
        maps_.evaluate(
            step.problem.device,
            choose_matrices([&step](auto layer) { return step(Pass{}).matrix(step, layer); }, step.problem.target),
            [&](auto layer) { return step.problem.factors.left(Problem::site_of(layer)); },
            [&](auto layer) { return step.problem.factors.right(Problem::site_of(layer)); });
    }
    void evaluate(auto& step, std::size_t worker, std::size_t begin, std::size_t count, const auto& a) {
        device_type& device = step.problem.device;
        const auto x = step(Pass{}).activations().rows(begin, count);
        const auto& workspace = workspaces_[worker];
        const auto tangent = [&](auto p) { return workspace.tangents.template at<p>().rows(0, count); };
        const auto inner = [&](auto l) { return workspace.inner.template at<l>().rows(0, count); };
        for (std::size_t c0 = 0; c0 < C; c0 += chunk) {
            repeat<last + 1>([&](auto p) {
                if constexpr (graph::has_tangent(p) && graph::is_sink(p) && !graph::is_source(p))
                    gather<p>(device, x, tangent, inner, c0);
                if constexpr (p < last && graph::has_tangent(p) && graph::is_sink(p)) {
                    using layer = typename Net::template layer_at<p>;
                    const auto from = tangent(p), to = tangent(std::integral_constant<std::size_t, p + 1>{});
                    const auto parameter = step.problem.target.view_of(layer_number<Net, p>);
                    if constexpr (layer_with_workspace<layer>)
                        layer::pushforward(device, parameter, x.template at<p>(), from, to,
                                           x.workspace(layer_number<Net, p>),
                                           workspace.layers.template at<p>().rows(0, count));
                    else layer::pushforward(device, parameter, x.template at<p>(), from, to);
                }
            });
            const auto t = tangent(std::integral_constant<std::size_t, last>{})["bko"_i];
            const auto sum = a.template slice<chunk>(c0)["bk"_i];
            if constexpr (last == Net::depth) device(sum = square(t) * mean);
            else device(sum = square(last_layer::derivative(x.template at<last>()["bo"_i]) * t) * mean);
        }
    }

  private:
    // The tangent at sink P from those of all sources before it.
    template <std::size_t P>
    void gather(device_type& device, const auto& x, const auto& tangent, const auto& inner, std::size_t c0) {
        const auto sum = tangent(std::integral_constant<std::size_t, P>{});
        bool is_first = true;
        const auto add = [&](const auto& term) {
            if (is_first) device(sum["bkz"_i] = term);
            else device(sum["bkz"_i] += term);
            is_first = false;
        };
        repeat<P>([&](auto j) {
            if constexpr (graph::is_source(j)) {
                if constexpr (maps::is_dense(j, P)) {
                    add(x.template at<j>()["bj"_i] *
                        maps_.template direction<j, P>().template slice<chunk>(c0)["kjz"_i]);
                } else {
                    repeat<P>([&](auto l) {
                        if constexpr (maps::changes(j, l, P)) {
                            const auto along_left = inner(l);
                            device(along_left["bkr"_i] =
                                       x.template at<j>()["bj"_i] *
                                       maps_.template left<j, l>().template slice<chunk>(c0)["kjr"_i]);
                            add(along_left["bkr"_i] * maps_.template right<l, P>().template slice<chunk>(c0)["krz"_i]);
                        }
                    });
                }
                if constexpr (graph::has_tangent(j) && graph::value(j, P) == link_kind::matrix)
                    add(tangent(j)["bkj"_i] * maps_.template value<j, P>()["jz"_i]);
                else if constexpr (graph::has_tangent(j) && graph::value(j, P) == link_kind::unchanged)
                    add(tangent(j)["bkz"_i]);
            }
        });
    }

    template <std::size_t P>
    using tangent_shape = extents<dynamic, chunk, Net::sizes[P]>;
    template <std::size_t L>
    using workspace_shape = extents<dynamic, chunk, Net::workspaces[L]>;
    template <std::size_t L>
    using inner_shape = extents<dynamic, chunk, maps::template rank<L>>;
    struct tangent_workspace {
        tangent_workspace(device_type& device, std::size_t samples) {
            repeat<last + 1>([&](auto p) {
                if constexpr (graph::has_tangent(p)) tangents.template make<p>(device, samples);
            });
            repeat<Net::depth>([&](auto l) {
                if constexpr (layer_with_workspace<typename Net::template layer_at<l>>)
                    layers.template make<l>(device, samples);
                if constexpr (has_inner(l)) inner.template make<l>(device, samples);
            });
        }
        array_list<device_type, T, tangent_shape, last + 1> tangents;
        array_list<device_type, T, workspace_shape, Net::depth> layers;
        array_list<device_type, T, inner_shape, Net::depth> inner;
    };
    maps maps_;
    std::vector<tangent_workspace> workspaces_;
};

}  // namespace apd::ext::detail
