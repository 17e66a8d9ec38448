#pragma once
// The node of what reconstruction losses compute their passes in, one loss after the other.

#include <cstddef>
#include <tuple>
#include <type_traits>

#include <apd/backend/array.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/component/stream_maps.hpp>
#include <apd/component/target_inner.hpp>

namespace apd::ext {

/// Masked passes and the masks they have, as room that losses share: a loss writes all of it before it evaluates a
/// pass, in its own measure or pullback, and reads nothing there that another has left. Rows may have shares of delta
/// components, and of the target's matrices.
template <bool WithDelta, bool WithTarget, bool IsPartial, bool AsksForOutputs>
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
        using mask_view = view<T, extents<dynamic, Problem::components>>;
        using site_view = view<T, extents<dynamic, sites>>;
        using masked_entries = std::conditional_t<WithDelta, entries_with_delta<drawn_entries<mask_view>, site_view>,
                                                  drawn_entries<mask_view>>;
        using entries_type =
            std::conditional_t<WithTarget, entries_with_target<masked_entries, site_view>, masked_entries>;

        state(const drawn_passes&, Problem& p)
            : source(p.device, p.rows.capacity), mask(p.device, p.rows.capacity), passes(p) {
            if constexpr (WithDelta)
                for (auto* const each : {&delta_source, &delta}) *each = {p.device, p.rows.capacity};
            if constexpr (WithTarget)
                for (auto* const each : {&route, &rest}) *each = {p.device, p.rows.capacity};
        }
        static void evaluate(auto&) {}

        /// Those who climb need gradients too.
        void make_gradients(Problem& p) {
            if ((*gradient).data != nullptr) return;
            gradient = {p.device, p.rows.capacity};
            if constexpr (WithDelta) delta_gradient = {p.device, p.rows.capacity};
        }
        /// All arrays hold so many rows.
        void resize(std::size_t rows) {
            for (auto* const each : {&source, &mask, &gradient}) each->resize(rows);
            for (auto* const each : {&delta_source, &delta, &delta_gradient, &route, &rest}) each->resize(rows);
        }
        /// With gradients of masks, where they are made.
        entries_type entries() const {
            entries_type all{};
            all.value = *mask, all.gradient = *gradient;
            if constexpr (WithDelta) all.delta = *delta, all.delta_gradient = *delta_gradient;
            if constexpr (WithTarget) all.target = *rest;
            return all;
        }

        mask_array source, mask;                         ///< r, of which routes make 1 − ∂m/∂g; m
        mask_array gradient;                             ///< ∂loss/∂m, and then ∂loss/∂r
        site_array delta_source, delta, delta_gradient;  ///< the same of delta components
        site_array route, rest;                          ///< ρ, 1 − ρ
        masked_passes<Problem, entries_type, IsPartial, AsksForOutputs> passes;
    };
};

}  // namespace apd::ext
