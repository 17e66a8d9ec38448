#pragma once
// The node of what reconstruction losses compute their passes in, one loss after the other.

#include <cstddef>
#include <tuple>
#include <type_traits>

#include <apd/backend/array.hpp>
#include <apd/component/component_gradient.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/component/stream_maps.hpp>
#include <apd/component/target_inner.hpp>

namespace apd::ext {

/// Masked passes and what their masks are made of, as room that losses share: a loss writes all of it before it
/// evaluates a pass, in its own measure or pullback, and reads nothing there that another has left. Rows may have
/// shares of delta components, and of the target's matrices. There is room for all rows of a batch, or for a piece.
template <class Importance, bool WithDelta, bool WithTarget, bool IsPartial, bool AsksForOutputs, bool InPieces>
struct drawn_passes {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const drawn_passes&) const = default;
    static constexpr auto dependencies() {
        return std::tuple{target_pass{}, target_outputs{}, stream_maps{}, target_inner{}};
    }

    template <class Problem>
    struct state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        static constexpr std::size_t sites = Problem::network_type::sites.size();
        using mask_array = array<device_type, T, extents<dynamic, Problem::components>>;
        using site_array = array<device_type, T, extents<dynamic, sites>>;
        using site_view = view<T, extents<dynamic, sites>>;
        using numbers = decltype(std::declval<typename Importance::template state<Problem>&>().lower());
        using drawn = drawn_entries<Problem, numbers, std::conditional_t<WithTarget, site_view, every_row>>;
        using masked_entries = std::conditional_t<WithDelta, entries_with_delta<drawn, site_view>, drawn>;
        using entries_type =
            std::conditional_t<WithTarget, entries_with_target<masked_entries, site_view>, masked_entries>;

        state(const drawn_passes&, Problem& p) : source(p.device, rows(p)), passes(p, rows(p)) {
            if constexpr (WithDelta)
                for (auto* const each : {&delta_source, &delta}) *each = {p.device, rows(p)};
            if constexpr (WithTarget)
                for (auto* const each : {&route, &rest}) *each = {p.device, rows(p)};
        }
        static void evaluate(auto&) {}

        /// Those who climb need gradients too.
        void make_gradients(Problem& p) {
            if (gradient.is_made()) return;
            gradient = component_gradient<Problem>(p);
            if constexpr (WithDelta) delta_gradient = {p.device, p.rows.capacity};
        }
        /// All arrays hold so many rows.
        void resize(std::size_t rows) {
            source.resize(rows), gradient.resize(rows);
            for (auto* const each : {&delta_source, &delta, &delta_gradient, &route, &rest}) each->resize(rows);
        }
        /// The masks by importances g, with gradients of them, where they are made.
        entries_type entries(const numbers& g) {
            entries_type all{};
            all.importance = g, all.source = *source, all.gradient = &gradient;
            if constexpr (WithDelta) all.delta = *delta, all.delta_gradient = *delta_gradient;
            if constexpr (WithTarget) all.route = *route, all.target = *rest;
            return all;
        }

        mask_array source;                               ///< r
        component_gradient<Problem> gradient;            ///< ∂loss/∂m, and then ∂loss/∂r
        site_array delta_source, delta, delta_gradient;  ///< of delta components: r; d = ρ r; ∂loss/∂d, then ∂loss/∂r
        site_array route, rest;                          ///< ρ, 1 − ρ
        masked_passes<Problem, entries_type, IsPartial, AsksForOutputs> passes;

      private:
        static std::size_t rows(const Problem& p) { return InPieces ? p.rows_at_once : p.rows.capacity; }
    };
};

}  // namespace apd::ext
