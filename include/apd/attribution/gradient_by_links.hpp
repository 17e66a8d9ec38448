#pragma once
// Gradient attribution by forward mode over links: one tangent for each component, at nonlinear layers alone.

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/attribution/link_maps.hpp>
#include <apd/component/dense_passes.hpp>

namespace apd::detail {

/// The tangents of `gradient_by_tangents` with the linear layers between nonlinear ones multiplied out first (see
/// `link_maps`): at a sink, t = Σ_j a_j D_j + t_j M_j over the sources j before it. Wide layers between, such as a
/// residual stream, then cost nothing for a sample.
template <class Problem, class Pass>
class gradient_by_links {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using counts = attribution_cost<Problem>;
    using graph = links<Net>;
    static constexpr std::size_t C = Problem::components;
    static constexpr T mean = T(1) / static_cast<T>(Net::outputs);

    static constexpr std::size_t widths = [] {
        std::size_t sum = 0;
        repeat<Net::depth + 1>([&](auto p) { sum += graph::has_tangent(p) ? Net::sizes[p] : 0; });
        repeat<Net::depth>([&](auto l) {
            using layer = typename Net::template layer_at<l>;
            if constexpr (layer_with_room<layer>) sum += layer::room(Net::sizes[l]);
        });
        return sum;
    }();

  public:
    static constexpr bool is_supported = graph::are_complete;
    static constexpr std::size_t at_once = counts::tangents_at_once(widths);
    static constexpr std::size_t cost_of_sample = [] {
        std::size_t sum = 0;
        repeat<Net::depth + 1>([&](auto p) {
            repeat<p + 1>([&](auto j) {
                if (!graph::is_sink(p) || !graph::is_source(j) || j == p) return;
                const std::size_t product = C * Net::sizes[j] * Net::sizes[p];
                if (graph::has_direction(j, p)) sum += counts::by_activation(j, product);
                if (graph::has_tangent(j) && graph::value(j, p) == link_kind::matrix) sum += product;
            });
        });
        return sum;
    }();
    static constexpr std::size_t cost_of_step = link_maps<Problem>::cost();
    static constexpr std::size_t tile = counts::tile_of(at_once * widths);

    explicit gradient_by_links(Problem& p) {
        for (std::size_t w = 0; w < p.device.workers(); ++w) rooms_.emplace_back(p.device, std::min(tile, p.batch));
    }
    void prepare(auto& step) {
        maps_.evaluate(step.problem.device,
                       choose_matrices<Net>([&step](auto l) { return step(Pass{}).template matrix<l>(step); },
                                            step.problem.target),
                       [&](auto l) { return step(components{}).template each<Net::template site_of<l>>(); });
    }
    void evaluate(auto& step, std::size_t worker, std::size_t begin, std::size_t count, const auto& a) {
        device_type& device = step.problem.device;
        const auto x = step(Pass{}).activations().rows(begin, count);
        const auto& room = rooms_[worker];
        const auto tangent = [&](auto p) { return (*std::get<p>(room.tangents)).rows(0, count); };
        for (std::size_t c0 = 0; c0 < C; c0 += at_once) {
            repeat<Net::depth + 1>([&](auto p) {
                if constexpr (graph::has_tangent(p) && graph::is_sink(p) && !graph::is_source(p))
                    gather<p>(device, x, tangent, c0);
                if constexpr (p < Net::depth && graph::has_tangent(p) && graph::is_sink(p)) {
                    using layer = typename Net::template layer_at<p>;
                    const auto from = tangent(p), to = tangent(std::integral_constant<std::size_t, p + 1>{});
                    const auto parameter = step.problem.target.template view_of<p>();
                    if constexpr (layer_with_room<layer>)
                        layer::pushforward(device, parameter, x.template at<p>(), from, to, x.template room<p>(),
                                           (*std::get<p>(room.layers)).rows(0, count));
                    else layer::pushforward(device, parameter, x.template at<p>(), from, to);
                }
            });
            const auto ty = tangent(std::integral_constant<std::size_t, Net::depth>{});
            device(a.template slice<at_once>(c0)["bk"_i] = square(ty["bko"_i]) * mean);
        }
    }

  private:
    // The tangent at sink P from those of all sources before it.
    template <std::size_t P>
    void gather(device_type& device, const auto& x, const auto& tangent, std::size_t c0) {
        const auto sum = tangent(std::integral_constant<std::size_t, P>{});
        bool is_first = true;
        const auto add = [&](const auto& term) {
            if (is_first) device(sum["bkz"_i] = term);
            else device(sum["bkz"_i] += term);
            is_first = false;
        };
        repeat<P>([&](auto j) {
            if constexpr (graph::is_source(j)) {
                if constexpr (graph::has_direction(j, P))
                    add(x.template at<j>()["bj"_i] *
                        maps_.template direction<j, P>().template slice<at_once>(c0)["kjz"_i]);
                if constexpr (graph::has_tangent(j) && graph::value(j, P) == link_kind::matrix)
                    add(tangent(j)["bkj"_i] * maps_.template value<j, P>()["jz"_i]);
                else if constexpr (graph::has_tangent(j) && graph::value(j, P) == link_kind::unchanged)
                    add(tangent(j)["bkz"_i]);
            }
        });
    }

    template <std::size_t P>
    using tangent_at = array<device_type, T, extents<dynamic, at_once, Net::sizes[P]>>;
    template <std::size_t L>
    using layer_room =
        array<device_type, T, extents<dynamic, at_once, room_of<typename Net::template layer_at<L>>(Net::sizes[L])>>;
    struct tangent_room {
        tangent_room(device_type& device, std::size_t samples) {
            repeat<Net::depth + 1>([&](auto p) {
                if constexpr (graph::has_tangent(p)) std::get<p>(tangents) = tangent_at<p>(device, samples);
            });
            repeat<Net::depth>([&](auto l) {
                if constexpr (layer_with_room<typename Net::template layer_at<l>>)
                    std::get<l>(layers) = layer_room<l>(device, samples);
            });
        }
        typename tuple_over<tangent_at, std::make_index_sequence<Net::depth + 1>>::type tangents;
        typename tuple_over<layer_room, std::make_index_sequence<Net::depth>>::type layers;
    };
    link_maps<Problem> maps_;
    std::vector<tangent_room> rooms_;
};

}  // namespace apd::detail
