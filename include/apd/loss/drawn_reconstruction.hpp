#pragma once
// Reconstruction losses: which sites are masked, where the masks come from, and what is compared with the target.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/component/stream_maps.hpp>
#include <apd/component/target_inner.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/importance/adversarial_source.hpp>
#include <apd/importance/importance_node.hpp>
#include <apd/importance/merged_source.hpp>
#include <apd/importance/persistent_source.hpp>
#include <apd/importance/source.hpp>
#include <apd/loss/compared.hpp>
#include <apd/loss/drawn_passes.hpp>
#include <apd/loss/loss_term.hpp>
#include <apd/loss/routing.hpp>

namespace apd::ext {

/// Masks m = g + (1 − g) r, r from a source and g the importances of a step, with a share of the delta component of
/// every site or without; drawn anew for every loss that has them, `samples` times in a step. See `stochastic`.
template <importance_node Importance, mask_source Source, bool WithDelta>
struct drawn_masks {
    Importance importance;
    Source source;
    std::size_t samples = 1;
    bool operator==(const drawn_masks&) const = default;
    std::string describe() const {
        std::string text = describe_call("drawn_masks", importance, source);
        if (!WithDelta) text += ".without_delta()";
        if (samples != 1) text.append(".times(").append(std::to_string(samples)).append(")");
        return text;
    }
    /// The same, but passes have nothing of what the components leave of W.
    constexpr auto without_delta() const { return drawn_masks<Importance, Source, false>{importance, source, samples}; }
    /// The same, drawn so often in a step: the loss is the mean.
    constexpr drawn_masks times(std::size_t count) const { return {importance, source, count}; }
};

namespace detail {
template <class M>
inline constexpr bool is_drawn_masks = false;
template <class Importance, class Source, bool WithDelta>
inline constexpr bool is_drawn_masks<drawn_masks<Importance, Source, WithDelta>> = true;

// Whether what it climbed to is remembered, and how often it climbs, on routes of its own, before a loss is measured.
template <class Source>
concept remembers = requires(const Source& source) {
    source.ascents();
};
struct inverse_or_zero {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x < T(0) || x > T(0) ? T(1) / x : T(0);
    }
};
template <class Source>
std::size_t own_routes(const Source& source) {
    if constexpr (remembers<Source>) return source.ascents();
    else return 0;
}
}  // namespace detail

/// mean over masks and passes of the divergence between a pass with masked sites and the target.
template <class Masks, class Routing, class Compared>
struct drawn_reconstruction_loss;

template <class Importance, class Source, bool WithDelta, class Routing, class Compared>
struct drawn_reconstruction_loss<drawn_masks<Importance, Source, WithDelta>, Routing, Compared> : loss_base {
    using masks_type = drawn_masks<Importance, Source, WithDelta>;
    // Passes with deltas are of one type, with routes or without. Who climbs does so for all rows together.
    using passes_node = drawn_passes<Importance, WithDelta, WithDelta || Routing::has_routes, Routing::is_partial,
                                     Compared::asks_for_outputs, !Source::climbs>;
    static constexpr std::string_view name = "drawn reconstruction";
    static constexpr bool goes_in_pieces = !Source::climbs;
    // Where rows are zero, all that masks multiply is.
    static constexpr bool unaffected_by_zero_rows = Compared::unaffected_by_zero_rows;
    static constexpr bool keeps_rows = detail::remembers<Source>;
    masks_type masks;
    Routing routing;
    Compared compared;
    constexpr drawn_reconstruction_loss(masks_type m, Routing r, Compared c) : masks(m), routing(r), compared(c) {}
    bool operator==(const drawn_reconstruction_loss& other) const {
        return masks == other.masks && routing == other.routing && compared == other.compared;
    }
    constexpr auto dependencies() const {
        return std::tuple{target_pass{},  target_outputs{}, stream_maps{},
                          target_inner{}, passes_node{},    masks.importance};
    }
    std::string describe() const { return describe_call("reconstruction", masks, routing, compared); }

    template <class Problem>
    class state : public loss_state<Problem> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        static constexpr std::size_t sites = Problem::network_type::sites.size();
        static constexpr bool has_routes = Routing::has_routes;
        using room_type = typename passes_node::template state<Problem>;
        using source_type = typename Source::template state<Problem>;
        static constexpr bool climbs = Source::climbs, remembers = detail::remembers<Source>;

      public:
        state(const drawn_reconstruction_loss& node, Problem& p)
            : loss_state<Problem>(p),
              importance_(node.masks.importance),
              own_routes_(detail::own_routes(node.masks.source)),
              compared_(node.compared, p),
              part_(p.device) {
            if (node.masks.samples == 0)
                throw error("reconstruction", "its masks are drawn 0 times in a step", "say times(1), or nothing");
            for (std::size_t s = 0; s < node.masks.samples; ++s) {
                sources_.emplace_back(node.masks.source, p);
                for (std::size_t i = 0; i < own_routes_ + 1; ++i) routings_.emplace_back(node.routing, p);
            }
            share_ = 1.0 / static_cast<double>(node.masks.samples * passes);
        }
        void evaluate(auto&) { is_measured_ = false; }
        void measure(auto& step) {
            if (is_measured_) return;
            step.problem.device(this->value()[""_i] = 0);
            for_each_pass(
                step, [&](auto& room) { add_value(step, room); }, [](auto&, auto&) {});
        }
        void pullback(auto& step, auto weight) {
            const auto scale = weight * share_;
            if constexpr (remembers) step.problem.device(this->value()[""_i] = 0);
            const auto pull_back = [&](auto& room) {
                if constexpr (remembers) add_value(step, room);
                compared_.add_gradient(step, room.passes, scale);
                auto entries = this->entries(step, room);
                // Gradients go to the importances at once; where that of r is wanted too, later.
                if constexpr (!remembers)
                    entries.gradient = &step(importance_).lower_gradient(), entries.is_of_importance = true;
                room.passes.pull_back(step, entries, {.deltas = remembers});
            };
            for_each_pass(step, pull_back, [&]([[maybe_unused]] auto& room, [[maybe_unused]] source_type& source) {
                if constexpr (remembers) {
                    give_back(step, room);
                    source.end(step, gradient_of_source(step, room), *room.delta_gradient,
                               inverse(scale));  // of no coefficient
                }
            });
            is_measured_ = remembers;
        }
        void update(auto& step) requires remembers {
            for (auto& source : sources_) source.update(step);
        }

      private:
        static constexpr std::size_t passes = Routing::passes(sites);
        static_assert(!remembers || passes == 1,
                      "apd: an adversary that remembers has one pass a step; all_sites or random_sites.");

        // 1/scale; 0, if that is 0: a gradient that isn't there.
        static auto inverse(auto scale) {
            if constexpr (std::is_arithmetic_v<decltype(scale)>) return detail::inverse_or_zero{}(scale);
            else return map(detail::inverse_or_zero{}, scale);
        }
        // f(room) for every pass, which has been evaluated; then end(room, source) when those with the same masks have
        // been.
        void for_each_pass(auto& step, auto&& f, auto&& end) {
            room_type& room = step(passes_node{});
            for (std::size_t sample = 0; sample < sources_.size(); ++sample) {
                begin_sample(step, room, sample);
                for (std::size_t pass = 0; pass < passes; ++pass) {
                    if constexpr (Routing::is_partial)
                        room.passes.mask_sites(Routing::masked(pass, masked_sites<Problem>{}));
                    if constexpr (climbs) climb(step, room, sample);
                    room.passes.evaluate(step, entries(step, room));
                    f(room);
                    if constexpr (climbs) end(room, sources_[sample]);
                }
                if constexpr (!climbs) end(room, sources_[sample]);
            }
        }
        void add_value(auto& step, auto& room) {
            compared_.measure(step, room.passes, *part_);
            step.problem.device(this->value()[""_i] += part_[""_i] * share_);
        }
        void begin_sample(auto& step, room_type& room, std::size_t sample) {
            if constexpr (climbs) room.make_gradients(step.problem);
            room.resize(step.problem.piece.count);
            if constexpr (has_routes) draw_route(step, room, sample * (own_routes_ + 1) + own_routes_);
            else if constexpr (WithDelta)
                step.problem.device(room.route["bs"_i] = 1), step.problem.device(room.rest["bs"_i] = 0);
            if constexpr (!climbs) {
                sources_[sample].draw(step, *room.source);
                if constexpr (WithDelta) sources_[sample].draw_delta(step, *room.delta_source);
                make_deltas(step, room);
            }
        }
        void climb(auto& step, room_type& room, std::size_t sample) {
            std::size_t ascent = 0;
            const auto gradient_here = [&] {
                if (ascent < own_routes_) draw_route(step, room, sample * (own_routes_ + 1) + ascent++);
                make_deltas(step, room);
                begin_gradients(step.problem.device, room);
                const auto of_step = entries(step, room);
                room.passes.evaluate(step, of_step);
                compared_.add_gradient(step, room.passes, 1);
                room.passes.pull_back(step, of_step, {.factors = false});
                const auto gradient = gradient_of_source(step, room);
                return std::pair{gradient, *room.delta_gradient};
            };
            sources_[sample].climb(step, *room.source, *room.delta_source, gradient_here);
            if (own_routes_ > 0) draw_route(step, room, sample * (own_routes_ + 1) + own_routes_);
            make_deltas(step, room);
            if constexpr (remembers) begin_gradients(step.problem.device, room);
        }
        void draw_route(auto& step, room_type& room, std::size_t number) {
            if constexpr (has_routes) {
                routings_[number].draw(step, *room.route);
                if constexpr (requires { sources_[0].route(step, *room.route); })
                    sources_[number / (own_routes_ + 1)].route(step, *room.route);
                step.problem.device(room.rest["bs"_i] = constant(T(1)) - room.route["bs"_i]);
            }
        }
        auto entries(auto& step, room_type& room) const {
            return room.entries(step.problem.of_piece(step(importance_).lower()));
        }
        // Of deltas, rows that have the target's matrix have nothing.
        void make_deltas(auto& step, const room_type& room) {
            if constexpr (WithDelta)
                step.problem.device(room.delta["bs"_i] = room.delta_source["bs"_i] * room.route["bs"_i]);
        }
        void begin_gradients(device_type& device, room_type& room) {
            room.gradient.begin();
            if constexpr (WithDelta) device(room.delta_gradient["bs"_i] = 0);
        }
        // From masks to importances.
        void give_back(auto& step, room_type& room) {
            auto& device = step.problem.device;
            const auto of_step = entries(step, room);
            room.gradient.complete(device);
            Problem::for_each_site([&](auto site) {
                step(importance_)
                    .lower_gradient()
                    .at(site)
                    .add(device, room.gradient.at(site).array["bc"_i] * of_step.mask(site).by_importance());
            });
        }
        // From masks to what a source has drawn, in the same place.
        auto gradient_of_source(auto& step, room_type& room) {
            auto& device = step.problem.device;
            const auto of_step = entries(step, room);
            const auto gradient = room.gradient.complete(device);
            Problem::for_each_site([&](auto site) {
                const auto of_site = room.gradient.at(site).array["bc"_i];
                device(of_site = of_site * of_step.mask(site).by_source());
            });
            if constexpr (has_routes && WithDelta)
                device(room.delta_gradient["bs"_i] = room.delta_gradient["bs"_i] * room.route["bs"_i]);
            return gradient;
        }

        Importance importance_;
        std::size_t own_routes_;  // of ascents, for each sample
        typename Compared::template state<Problem> compared_;
        array<device_type, T, extents<>> part_;
        std::vector<source_type> sources_;  // one for each sample
        std::vector<typename Routing::template state<Problem>> routings_;
        double share_ = 1;
        bool is_measured_ = false;  // in pullback: what a source has climbed to since then gives another value
    };
};

/// Masks between importances and one, r drawn uniformly for every row and subcomponent; `stochastic(ci, coin_source{})`
/// for coins.
template <class Importance, class Source = uniform_source>
constexpr auto stochastic(Importance importance, Source source = {}) {
    static_assert(importance_node<Importance>,
                  "apd::stochastic: takes importances, such as private_importances<16>().");
    static_assert(mask_source<Source>, "apd::stochastic: behind the importances goes a source, such as coin_source{}.");
    if constexpr (importance_node<Importance> && mask_source<Source>)
        return drawn_masks<Importance, Source, true>{importance, source};
}
/// The importances themselves as masks, without delta component.
template <class Importance>
constexpr auto masked_by(Importance importance) {
    static_assert(importance_node<Importance>, "apd::masked_by: takes importances, such as private_importances<16>().");
    if constexpr (importance_node<Importance>)
        return drawn_masks<Importance, constant_source, false>{importance, constant_source(0)};
}
/// Masks that an adversary chooses to make this loss large, on every row, or the same for all rows; from what a source
/// draws.
///
/// Example: `apd::reconstruction(apd::shared_adversary(ci, {.steps = 1, .rate = 1}), apd::random_sites)`.
template <class Importance, class Start = uniform_source>
constexpr auto adversary(Importance importance, ascent how = {}, Start start = {}) {
    static_assert(importance_node<Importance>, "apd::adversary: takes importances, such as private_importances<16>().");
    if constexpr (importance_node<Importance>) {
        using source = adversarial_source<false, Start>;
        return drawn_masks<Importance, source, true>{importance, source(how, start)};
    }
}
template <class Importance, class Start = uniform_source>
constexpr auto shared_adversary(Importance importance, ascent how = {}, Start start = {}) {
    static_assert(importance_node<Importance>,
                  "apd::shared_adversary: takes importances, such as private_importances<16>().");
    if constexpr (importance_node<Importance>) {
        using source = adversarial_source<true, Start>;
        return drawn_masks<Importance, source, true>{importance, source(how, start)};
    }
}

/// Masks of an adversary that remembers what it climbed to (persistent PGD of VPD).
///
/// Example: `0.5 * apd::reconstruction(apd::persistent_adversary(ci, {.before = 2}), apd::random_sites)`.
template <class Importance>
constexpr auto persistent_adversary(Importance importance, persistent_ascent how = {}) {
    static_assert(importance_node<Importance>,
                  "apd::persistent_adversary: takes importances, such as private_importances<16>().");
    if constexpr (importance_node<Importance>)
        return drawn_masks<Importance, persistent_source, true>{importance, persistent_source(how)};
}

/// Masks of such an adversary on a share of the rows, drawn anew for every step, where they are at all sites; on the
/// others those of `stochastic`: both losses in one pass.
///
/// Example: `apd::reconstruction(apd::merged(ci, 0.9), apd::random_sites)`.
template <class Importance>
constexpr auto merged(Importance importance, double share, persistent_ascent how = {}) {
    static_assert(importance_node<Importance>, "apd::merged: takes importances, such as private_importances<16>().");
    if constexpr (importance_node<Importance>)
        return drawn_masks<Importance, merged_source, true>{importance, merged_source(share, how)};
}

/// The reconstruction losses of SPD and what came after it: masks (`stochastic`, `masked_by`, `adversary`,
/// `shared_adversary`, `persistent_adversary`, `merged`), then which sites have them (`all_sites`, unless something
/// else is said; `each_site`, `random_sites`, `some_sites(p)`), then what is compared (`squared_error`,
/// `kl_divergence`, `site_inputs`, `site_outputs`).
///
/// Example: `apd::reconstruction(apd::stochastic(ci), apd::random_sites, apd::kl_divergence)`.
template <class Masks, class Routing = all_sites_routing, class Compared = squared_error>
constexpr auto reconstruction(Masks masks, Routing routing = {}, Compared compared = {}) {
    static_assert(detail::is_drawn_masks<Masks>, "apd::reconstruction: takes masks, such as stochastic(importances).");
    if constexpr (!detail::is_drawn_masks<Masks>) {
        return;
    } else if constexpr (is_a_distance<Routing> || is_compared<Routing>) {
        return reconstruction(masks, all_sites, routing);
    } else if constexpr (is_a_distance<Compared>) {
        return reconstruction(masks, routing, compared_outputs<Compared>(compared));
    } else {
        static_assert(is_a_routing<Routing>,
                      "apd::reconstruction: behind the masks goes which sites have them, such as each_site.");
        static_assert(is_compared<Compared>, "apd::reconstruction: what is compared is a distance, or site_inputs.");
        if constexpr (is_a_routing<Routing> && is_compared<Compared>)
            return drawn_reconstruction_loss<Masks, Routing, Compared>{masks, routing, compared};
    }
}

}  // namespace apd::ext

namespace apd {
using ext::stochastic, ext::masked_by, ext::adversary, ext::shared_adversary, ext::persistent_adversary, ext::merged,
    ext::reconstruction;
}  // namespace apd
