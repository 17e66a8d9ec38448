#pragma once
// The output of the decomposed network without one component, for tiles of samples.

#include <algorithm>
#include <cstddef>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/attribution/link_maps.hpp>
#include <apd/component/dense_passes.hpp>

namespace apd::ext::detail {

/// The matrices Σ_c P_c − P_c of one component, for one worker.
template <class Problem>
class ablated_weights {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;

  public:
    explicit ablated_weights(Problem& p) {
        p.for_each_site([&](auto site) { without_.make(p.device, site); });
    }
    auto without(auto site) const { return without_.at(site); }

  private:
    template <class Site>
    using sum_shape = typename Site::sum;
    array_table<device_type, T, sum_shape, Problem::network_type::sites.size()> without_;
};

/// Through every layer from the first use of a site on.
template <class Problem>
class ablation_by_layers {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using counts = attribution_cost<Problem>;

  public:
    static constexpr std::size_t tile = counts::tile_of(counts::widths);
    class workspace : public ablated_weights<Problem> {
      public:
        explicit workspace(Problem& p)
            : ablated_weights<Problem>(p), activations(p.device, std::min(tile, p.rows.capacity)) {}
        void start(Problem&) {}
        activation_arrays<device_type, T, Net> activations;
    };

    explicit ablation_by_layers(Problem&) {}
    void prepare(auto&, workspace&) {}
    /// The output with every component, and without that of the workspace, of the samples [begin, begin + count).
    auto with_all(auto& step, std::size_t begin, std::size_t count) const {
        return step(unmasked_pass{}).template activation<Net::depth>().rows(begin, count);
    }
    auto without_one(auto& step, workspace& space, std::size_t begin, std::size_t count) const {
        // What lies before the first site is the same without the component.
        auto x = space.activations.rows(0, count);
        x.share(step(unmasked_pass{}).activations(), Net::start, begin, count);
        const auto weights = choose_weights(
            [&](auto layer) {
                const auto without = space.without(Problem::site_of(layer));
                return dense_weights<T, typename decltype(without)::shape>{without};
            },
            step.problem.target);
        forward<Problem, Net::start>(step.problem.device, weights, x);
        return x.template at<Net::depth>();
    }
};

/// Over links: at a sink z' = z + Σ_j (a'_j M'_j − a_j M_j), M' the maps without the component; only sources and sinks
/// that change are computed.
template <class Problem>
class ablation_over_links {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using counts = attribution_cost<Problem>;
    using graph = links<Net>;
    using maps = link_maps<Problem, link_content::values>;

    static constexpr bool is_gathered(std::size_t place) {
        return graph::has_tangent(place) && graph::is_sink(place) && !graph::is_source(place);
    }
    // Whether the source at J adds something that changes to the sink at P.
    static constexpr bool is_linked(std::size_t j, std::size_t p) {
        return graph::is_source(j) &&
               (graph::has_direction(j, p) || (graph::has_tangent(j) && graph::value(j, p) != link_kind::none));
    }
    template <std::size_t P>
    using batch_shape = extents<dynamic, Net::sizes[P]>;
    using arrays = array_list<device_type, T, batch_shape, Net::depth + 1>;

  public:
    static constexpr std::size_t tile = counts::tile_of(counts::widths);
    class workspace : public ablated_weights<Problem> {
      public:
        explicit workspace(Problem& p)
            : ablated_weights<Problem>(p), layers(p.device, std::min(tile, p.rows.capacity)) {
            repeat<Net::depth + 1>([&](auto place) {
                if constexpr (graph::has_tangent(place))
                    kept.template make<place>(p.device, std::min(tile, p.rows.capacity));
            });
            start(p);  // once now, so that its maps have their memory
        }
        void start(Problem& p) {
            reduced.evaluate(
                p.device,
                choose_matrices([this](auto layer) { return this->without(Problem::site_of(layer)); }, p.target));
        }
        maps reduced;  // without the component
        arrays kept;
        activation_arrays<device_type, T, Net> layers;  // for their workspace
    };

    explicit ablation_over_links(Problem& p) : with_all_(p.device, p.rows.capacity) {
        repeat<Net::depth + 1>([&](auto place) {
            if constexpr (is_gathered(place)) constant_.template make<place>(p.device, p.rows.capacity);
        });
    }
    /// What of every sink does not change, z − Σ_j a_j M_j, and the output with every component, computed in the same
    /// way as those without one: a component without effect then has an attribution of exactly zero.
    void prepare(auto& step, workspace& space) {
        device_type& device = step.problem.device;
        const auto& x = step(unmasked_pass{}).activations();
        all_.evaluate(device, choose_matrices([&step](auto layer) { return step(unmasked_pass{}).matrix(step, layer); },
                                              step.problem.target));
        repeat<Net::depth + 1>([&](auto p) {
            if constexpr (is_gathered(p)) {
                const auto rest = constant_.template at<p>();
                device(rest["bz"_i] = x.template at<p>()["bz"_i]);
                add<p>(
                    device, all_, [&](auto j) { return x.template at<j>(); }, rest, T(-1));
            }
        });
        for (std::size_t begin = 0; begin < step.problem.rows.present; begin += tile) {
            const std::size_t count = std::min(tile, step.problem.rows.present - begin);
            device((*with_all_).rows(begin, count)["bo"_i] = output(step, all_, space, begin, count)["bo"_i]);
        }
    }
    auto with_all(auto&, std::size_t begin, std::size_t count) const { return (*with_all_).rows(begin, count); }
    auto without_one(auto& step, workspace& space, std::size_t begin, std::size_t count) const {
        return output(step, space.reduced, space, begin, count);
    }

  private:
    auto output(auto& step, const maps& m, workspace& space, std::size_t begin, std::size_t count) const {
        device_type& device = step.problem.device;
        const auto shared = step(unmasked_pass{}).activations().rows(begin, count);
        const auto kept = [&](auto p) { return space.kept.template at<p>().rows(0, count); };
        const auto source = [&](auto j) {
            if constexpr (graph::has_tangent(j)) return kept(j);
            else return shared.template at<j>();
        };
        repeat<Net::depth + 1>([&](auto p) {
            if constexpr (is_gathered(p)) {
                const auto z = kept(p);
                device(z["bz"_i] = constant_.template at<p>().rows(begin, count)["bz"_i]);
                add<p>(device, m, source, z, T(1));
            }
            if constexpr (p < Net::depth && graph::has_tangent(p) && graph::is_sink(p)) {
                using layer = typename Net::template layer_at<p>;
                const auto to = kept(std::integral_constant<std::size_t, p + 1>{});
                const auto parameter = step.problem.target.view_of(layer_number<Net, p>);
                if constexpr (layer_with_workspace<layer>)
                    layer::forward(device, parameter, kept(p), to,
                                   space.layers.rows(0, count).workspace(layer_number<Net, p>));
                else layer::forward(device, parameter, kept(p), to);
            }
        });
        return kept(std::integral_constant<std::size_t, Net::depth>{});
    }
    // z += sign·Σ_j a_j M_j over the links to sink P that change.
    template <std::size_t P>
    static void add(device_type& device, const maps& m, const auto& source, const auto& z, T sign) {
        repeat<P>([&](auto j) {
            if constexpr (is_linked(j, P)) {
                if constexpr (graph::value(j, P) == link_kind::unchanged) device(z["bz"_i] += source(j)["bz"_i] * sign);
                else if (sign > 0) device(z["bz"_i] += source(j)["bj"_i] * m.template value<j, P>()["jz"_i]);
                else device(z["bz"_i] += source(j)["bj"_i] * m.template value<j, P>()["jz"_i] * sign);
            }
        });
    }
    maps all_;
    arrays constant_;
    array<device_type, T, extents<dynamic, Net::outputs>> with_all_;
};

}  // namespace apd::ext::detail
