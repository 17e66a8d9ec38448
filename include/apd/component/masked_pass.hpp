#pragma once
// The pass in which each sample uses only its active components, computed for active (sample, component) pairs alone.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/component/component_gradient.hpp>
#include <apd/component/components.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/drawn_mask.hpp>
#include <apd/component/mask_state.hpp>
#include <apd/component/method_node.hpp>
#include <apd/component/scaled_weights.hpp>
#include <apd/component/shared_gradient.hpp>
#include <apd/component/target_inner.hpp>
#include <apd/component/target_share_weights.hpp>

namespace apd::ext {

/// In the place of an array over pairs: what it would hold is read where it is.
struct not_gathered {};

/// The components of a site of which only some are active on each sample: z[b] = Σ_c s_c(b) (x[b] U_c) V_c.
///
/// The inputs at active pairs are read by two statements, and so are the gradients of the outputs: a backend may want
/// both gathered once.
template <class U, class V, class Inner, class Inputs, class Outputs>
struct masked_weights {
    U u, du;  ///< gradients without data are not wanted
    V v, dv;
    active_pairs pairs;
    Inner inner, d_inner;  ///< [P, positions·m]
    Inputs inputs;         ///< "pti", or `not_gathered`
    Outputs d_outputs;     ///< "pto", or `not_gathered`

    template <class Use>
    void forward(auto& device, Use, const auto& x, const auto& z) const {
        const auto input = inputs_at_positions<Use, matrix>(x)["bti"_i];
        gather(device, inputs, input);
        device(split(inner)["ptr"_i] = at_pairs(inputs, input) * Use::left(u, v)[Use::left_factor], pairs);
        device(
            outputs_at_positions<Use, matrix>(z)["bto"_i] = split(inner)["ptr"_i] * Use::right(u, v)[Use::right_factor],
            pairs);
    }
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        if (std::is_same_v<GX, no_tangent> && du.data == nullptr) return;
        const auto output = outputs_at_positions<Use, matrix>(gz)["bto"_i];
        gather(device, d_outputs, output);
        const auto g = at_pairs(d_outputs, output);
        device(split(d_inner)["ptr"_i] = g * Use::right(u, v)[Use::right_factor], pairs);
        if (du.data != nullptr) {
            device(Use::right(du, dv)[Use::right_factor] += split(inner)["ptr"_i] * g, pairs);
            device(Use::left(du, dv)[Use::left_factor] +=
                   at_pairs(inputs, inputs_at_positions<Use, matrix>(x)["bti"_i]) * split(d_inner)["ptr"_i],
                   pairs);
        }
        if constexpr (!std::is_same_v<GX, no_tangent>)
            device(inputs_at_positions<Use, matrix>(gx)["bti"_i] =
                       split(d_inner)["ptr"_i] * Use::left(u, v)[Use::left_factor],
                   pairs);
    }

  private:
    static constexpr std::size_t rank = U::shape::sizes[2];
    using matrix = extents<U::shape::sizes[1], V::shape::sizes[2]>;
    static auto split(const Inner& array) { return array.template split<rank>(); }

    template <class Gathered>
    void gather(auto& device, const Gathered& gathered, const auto& array) const {
        if constexpr (!std::same_as<Gathered, not_gathered>) device(gathered = array, pairs);
    }
    static auto at_pairs(const not_gathered&, const auto& array) { return array; }
    static auto at_pairs(const auto& gathered, const auto&) { return gathered; }
};

/// The numbers of a real mask [B, C], and the gradient with respect to them.
template <class Numbers>
struct real_entries {
    Numbers value, gradient;
};
namespace detail {
// Of an array [B, sites] the column of a site.
auto of_site(const auto& shares, auto site) {
    const auto column = shares.template slice<1>(site.number);
    return view<typename decltype(column)::value_type, extents<dynamic>>{column.data, column.batch, column.stride};
}
}  // namespace detail

/// Masks that are made of importances g and of what a source has drawn, r: see `drawn_mask`.
template <class Problem, class Importance, class Routes>
struct drawn_entries {
    Importance importance;  ///< [B, C]
    view<typename Problem::scalar, extents<dynamic, Problem::components>> source;
    Routes route;                           ///< which rows have components at which sites [B, sites], or `every_row`
    component_gradient<Problem>* gradient;  ///< with respect to masks, or to g
    bool is_of_importance = false;

    auto mask(auto site) const {
        const auto g = importance.template slice<site.count>(site.first);
        const auto r = source.template slice<site.count>(site.first);
        const auto rows = rows_of(site);
        return drawn_mask<std::remove_const_t<decltype(g)>, std::remove_const_t<decltype(r)>,
                          std::remove_const_t<decltype(rows)>>{g, r, rows};
    }

  private:
    auto rows_of([[maybe_unused]] auto site) const {
        if constexpr (std::is_same_v<Routes, every_row>) return every_row{};
        else return detail::of_site(route, site);
    }
};
/// The same with shares of the delta components, [B, sites].
template <class Entries, class Deltas>
struct entries_with_delta : Entries {
    Deltas delta, delta_gradient;
};
/// The same where rows may have the target's matrix at some sites: what of it each row has, [B, sites], which nothing
/// is differentiated with respect to.
template <class Entries, class Shares>
struct entries_with_target : Entries {
    Shares target;
};

namespace detail {
// What a use of a site computes inside, x U_c: for every active pair, or for every sample and component.
template <class Problem, class Layer, bool IsBinary>
struct inner_shape {
    using Net = typename Problem::network_type;
    using site = decltype(Problem::site_of(Layer{}));
    static constexpr std::size_t size = Net::positions[Layer::like] * site::rank;
    using type = std::conditional_t<IsBinary, extents<dynamic, size>, extents<dynamic, site::count, size>>;
};
// What a use makes of W: x W, or what of x is written to a stream.
template <class Layer, bool LeavesStreamsOut>
struct whole_shape {
    static constexpr bool writes_stream =
        LeavesStreamsOut && residual_streams<typename Layer::network_type>::are[Layer::like + 1];
    using type = extents<dynamic, writes_stream ? Layer::inputs : Layer::outputs>;
};
// What goes into a use, or comes out, at its positions.
template <class Net, class Layer, std::size_t Width>
using side_shape = extents<dynamic, Net::positions[Layer::like], Width / Net::positions[Layer::like]>;
template <class Entries>
concept entries_of_deltas = requires(const Entries& entries) {
    entries.delta;
};
template <class Entries>
concept entries_of_importance = requires(const Entries& entries) {
    entries.importance;
};
template <class Entries>
concept entries_of_target = requires(const Entries& entries) {
    entries.target;
};
// The activations of a masked pass, with residual streams or, where that saves work and nobody looks there, without.
template <class Problem, class Entries, bool IsPartial, bool WithoutStreams>
struct masked_activations {
    using type =
        activation_arrays<typename Problem::device_type, typename Problem::scalar, typename Problem::network_type>;
};
template <class Problem, class Entries, bool IsPartial>
struct masked_activations<Problem, Entries, IsPartial, true> {
    static constexpr stream_parts parts{true, IsPartial || entries_of_deltas<Entries> || entries_of_target<Entries>};
    using type = stream_arrays<Problem, parts>;
};
template <class Problem, class Entries, bool IsPartial, bool AsksForOutputs>
using pass_of_entries =
    differentiated_pass<Problem,
                        typename masked_activations<Problem, Entries, IsPartial,
                                                    AsksForOutputs && stream_maps::state<Problem>::are_there>::type>;
// How many numbers of a sample a backend wants gathered once, at active pairs, for all statements that read them.
template <class Device>
constexpr std::size_t widest_gathered() {
    if constexpr (requires { Device::widest_gathered; }) return Device::widest_gathered;
    else return 0;
}

}  // namespace detail

/// With respect to what a masked pass is differentiated: what is not wanted is not computed.
struct wanted_gradients {
    bool factors = true;  ///< added to `problem.gradients`
    bool mask = true;     ///< of a real mask: added to its `gradient`
    bool deltas = true;  ///< where that of the mask is wanted, of shares of delta components: added to `delta_gradient`
};

/// Which sites are made of components in a pass; the others have the target's matrices.
template <class Problem>
using masked_sites = std::array<bool, Problem::network_type::sites.size()>;

/// Masked passes over the batch of a step, as many as whoever owns them runs, one after the other. `Entries` are what
/// each row uses: `active_pairs`, `real_entries` or `drawn_entries`, these two perhaps `entries_with_delta`, and these
/// `entries_with_target`;
/// compiled once for all binary masks, and once for all real masks whose numbers lie in arrays of one type. If it is
/// `Partial`, sites may be left as they are in the target. An owner that `AsksForOutputs` alone depends on
/// `target_outputs` and `stream_maps` too: residual streams are left out then, where that saves work. One with
/// `drawn_entries` depends on these and on `target_inner`: x U_c of the first sites is what importances read too.
///
/// `masked_pass` is the node of one pass that several losses share. A node that needs more (one for each site, an
/// ascent of the loss before it is measured) owns one of these: after `evaluate`, it reads `activation<L>()`, says what
/// the gradient is by `add_gradient<L>`, and `pull_back` carries that to what is wanted. In all of this it asks the
/// backend for the same work in every step.
///
/// Example: `passes_.evaluate(step, entries); passes_.template add_gradient<Net::depth>(device, y − y*);
/// passes_.pull_back(step, entries, {.factors = false});` then `entries.gradient` has ∂loss/∂m.
template <class Problem, class Entries, bool Partial = false, bool AsksForOutputs = false>
class masked_passes : public detail::pass_of_entries<Problem, Entries, Partial, AsksForOutputs> {
    using base = detail::pass_of_entries<Problem, Entries, Partial, AsksForOutputs>;
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    static constexpr bool is_binary = std::is_same_v<Entries, active_pairs>;
    static constexpr bool has_delta = detail::entries_of_deltas<Entries>;
    static constexpr bool has_target = detail::entries_of_target<Entries>;
    static constexpr bool has_whole = has_delta || has_target;  // x W is needed
    static constexpr bool is_drawn = detail::entries_of_importance<Entries>;
    // Whether a use of a site writes to a stream: what it has written is kept, and the gradient begins where it is
    // read.
    template <class Layer>
    static constexpr bool writes_stream = detail::whole_shape<Layer, base::leaves_streams_out>::writes_stream;

  public:
    explicit masked_passes(Problem& p) : masked_passes(p, p.rows.capacity) {}
    masked_passes(Problem& p, std::size_t capacity) : base(p, capacity) {
        for_each_use<Problem>([&]<class Layer>(Layer layer) {
            if constexpr (is_binary)
                for (std::size_t i = 0; i < 2; ++i) inner_[i].make(p.device, layer, rows());
            if constexpr (is_gathered<inputs_at<Layer>>) inputs_.make(p.device, layer, rows());
            if constexpr (is_gathered<outputs_at<Layer>>) d_outputs_.make(p.device, layer, rows());
            if constexpr (writes_stream<Layer>) make_gradients(p, layer);
        });
    }

    void evaluate(auto& step, const Entries& entries) {
        if constexpr (!is_binary) for_each_use<Problem>([&](auto layer) { make_room(step.problem, layer); });
        if constexpr (!is_binary)
            for (std::size_t i = 0; i < 2; ++i) inner_[i].resize(step.problem.piece.count);
        if constexpr (has_whole) whole_.resize(step.problem.piece.count);
        if constexpr (base::leaves_streams_out) resize_gradients(step.problem.piece.count);
        this->run_forward(step, weights(step, entries, {.factors = false, .mask = false, .deltas = false}), first_);
    }
    void pull_back(auto& step, const Entries& entries, wanted_gradients wanted = {}) {
        if constexpr (!is_binary) {
            // Large, and of no use to those who only look at outputs.
            for_each_use<Problem>([&](auto layer) { make_gradients(step.problem, layer); });
            resize_gradients(step.problem.piece.count);
        }
        const auto all = weights(step, entries, wanted);
        if constexpr (Partial) this->run_pullback(step.problem.device, all, wanted.factors, first_);
        else this->run_pullback(step.problem.device, all, wanted.factors);
    }
    /// From now on, which sites are made of components: all at first. Before the first of them nothing is computed.
    void mask_sites(const masked_sites<Problem>& sites) requires Partial {
        sites_ = sites;
        first_ = Net::depth;
        for (const std::size_t use : Net::uses)
            if (sites[Net::site_numbers[use]]) first_ = std::min(first_, Net::places.group[use]);
    }

  private:
    std::size_t rows() const { return is_binary ? this->capacity() * Problem::components : this->capacity(); }
    // For what a use that is made of components computes, and is not there.
    template <class Layer>
    void make_room(Problem& p, Layer layer) {
        if (!sites_[Problem::site_of(layer).number]) return;
        inner_[1].ensure(p.device, layer, rows());
        if (!is_drawn || !has_target_input(layer)) inner_[0].ensure(p.device, layer, rows());
        if constexpr (has_whole)
            if (writes_stream<Layer> || !has_target_input(layer)) whole_.ensure(p.device, layer, rows());
    }
    void make_gradients(Problem& p, auto layer) {
        inner_[2].ensure(p.device, layer, rows());
        if constexpr (has_whole) d_whole_.ensure(p.device, layer, rows());
    }
    void resize_gradients(std::size_t rows) {
        inner_[2].resize(rows);
        if constexpr (has_whole) d_whole_.resize(rows);
    }
    // Whether what goes into a use is what does in the target.
    bool has_target_input(auto layer) const { return layer.before().number <= first_; }
    auto weights(auto& step, const Entries& entries, wanted_gradients wanted) const {
        return choose_weights(
            [this, &step, &entries, wanted](auto layer) {
                const auto masked = this->weights_at(entries, step, wanted, layer);
                if constexpr (Partial) {
                    const auto site = Problem::site_of(layer);
                    const dense_weights<T, typename decltype(site)::sum> whole{step.problem.weights(site)};
                    return either_weights<decltype(masked), decltype(whole)>{sites_[site.number], masked, whole};
                } else {
                    return masked;
                }
            },
            step.problem.target);
    }
    // The components and, beside them, what of the target's matrix a row has: all of it, where nothing is learned for
    // the row, or its share of what components leave.
    template <class Layer>
    auto weights_at(const Entries& entries, auto& step, wanted_gradients wanted, Layer layer) const {
        const auto masked = masked_weights_at(entries, step, wanted, layer);
        if constexpr (has_whole) {
            const auto site = Problem::site_of(layer);
            const auto w = step.problem.weights(site);
            const auto share = [&] {
                if constexpr (has_delta && has_target)
                    return detail::of_site(entries.delta, site)["b"_i] + detail::of_site(entries.target, site)["b"_i];
                else if constexpr (has_delta) return detail::of_site(entries.delta, site)["b"_i];
                else return detail::of_site(entries.target, site)["b"_i];
            }();
            rows_view d_share{};
            if constexpr (has_delta) d_share = delta_gradient(entries, wanted, site);
            auto whole = whole_.at(layer);
            if constexpr (!writes_stream<Layer>)
                if (has_target_input(layer)) whole = step.problem.of_piece(base::of_target(step).at(layer.behind()));
            return target_share_weights<decltype(masked), decltype(w), decltype(share), rows_view, decltype(whole)>{
                masked, w, share, d_share, whole, d_whole_.at(layer), has_target_input(layer)};
        } else {
            return masked;
        }
    }
    using rows_view = view<T, extents<dynamic>>;
    static rows_view delta_gradient(const Entries& entries, wanted_gradients wanted, auto site) {
        return wanted.mask && wanted.deltas ? detail::of_site(entries.delta_gradient, site) : rows_view{};
    }
    template <class Layer>
    auto masked_weights_at(const Entries& entries, auto& step, wanted_gradients wanted, Layer layer) const {
        const Problem& p = step.problem;
        const auto site = Problem::site_of(layer);
        const auto inner = [&](std::size_t i) { return inner_[i].at(layer); };
        const auto u = p.factors.left(site);
        const auto v = p.factors.right(site);
        const auto du = wanted.factors ? p.gradients.left(site) : decltype(u){};
        const auto dv = wanted.factors ? p.gradients.right(site) : decltype(v){};
        if constexpr (is_binary) {
            const auto x = gathered<inputs_at<Layer>>(inputs_, layer, "pti"_i);
            const auto dz = gathered<outputs_at<Layer>>(d_outputs_, layer, "pto"_i);
            return masked_weights<decltype(u), decltype(v), decltype(inner(0)), decltype(x), decltype(dz)>{
                u, du, v, dv, entries.range(site.first, site.count), inner(0), inner(1), x, dz};
        } else {
            const auto m = mask_at(entries, site);
            using d_mask = view<T, extents<dynamic, decltype(site)::count>>;
            const auto dm = wanted.mask ? mask_gradient_at(entries, site) : shared_gradient<d_mask>{};
            auto of_use = inner(0);
            shared_gradient<decltype(of_use)> d_inner{};
            if constexpr (is_drawn)
                if (has_target_input(layer)) {
                    auto& shared = step(target_inner{});
                    of_use = shared.numbers(step, layer);
                    if (wanted.factors) d_inner = shared.gradient(step, layer);
                }
            const auto weights = [&](auto less, auto d_less) {
                return scaled_weights<decltype(u), decltype(v), std::remove_const_t<decltype(m)>, d_mask,
                                      decltype(less), decltype(of_use)>{u,
                                                                        du,
                                                                        v,
                                                                        dv,
                                                                        m,
                                                                        dm,
                                                                        less,
                                                                        d_less,
                                                                        of_use,
                                                                        inner(1),
                                                                        inner(2),
                                                                        is_of_importance(entries),
                                                                        is_drawn && has_target_input(layer),
                                                                        d_inner};
            };
            if constexpr (has_delta)
                return weights(detail::of_site(entries.delta, site), delta_gradient(entries, wanted, site));
            else return weights(no_share{}, no_share{});
        }
    }
    static auto mask_at(const Entries& entries, auto site) {
        if constexpr (is_drawn) return entries.mask(site);
        else return entries.value.template slice<site.count>(site.first);
    }
    static auto mask_gradient_at(const Entries& entries, auto site) {
        if constexpr (is_drawn) {
            return entries.gradient->at(site);
        } else {
            const auto gradient = entries.gradient.template slice<site.count>(site.first);
            return shared_gradient<std::remove_const_t<decltype(gradient)>>{gradient};
        }
    }
    static bool is_of_importance(const Entries& entries) {
        if constexpr (is_drawn) return entries.is_of_importance;
        else return false;
    }
    template <class Layer>
    using inputs_at = detail::side_shape<Net, Layer, Layer::inputs>;
    template <class Layer>
    using outputs_at = detail::side_shape<Net, Layer, Layer::outputs>;
    template <class Shape>
    static constexpr bool is_gathered = is_binary&& Shape::elements <= detail::widest_gathered<device_type>();
    template <class Shape>
    static auto gathered(const auto& arrays, auto layer, auto letters) {
        if constexpr (is_gathered<Shape>) return arrays.at(layer)[letters];
        else return not_gathered{};
    }
    template <class Layer>
    using whole_at = typename detail::whole_shape<Layer, base::leaves_streams_out>::type;
    template <class Layer>
    using shape_at = typename detail::inner_shape<Problem, Layer, is_binary>::type;

    // What uses keep between forward and pullback: two arrays each, or up to three for a real mask.
    std::array<array_table<device_type, T, shape_at, Net::depth>, is_binary ? 2 : 3> inner_;
    array_table<device_type, T, inputs_at, Net::depth> inputs_;
    array_table<device_type, T, outputs_at, Net::depth> d_outputs_;
    array_table<device_type, T, whole_at, Net::depth> whole_, d_whole_;  // x W of uses
    std::size_t first_ = Net::start;  // before it, and what reads the same, the pass is that of the target
    masked_sites<Problem> sites_ = [] {
        masked_sites<Problem> all;
        all.fill(true);
        return all;
    }();
};

/// What `masked_passes` read of the state of a mask: its pairs, where it has them, else its numbers.
///
/// Example, in a node with a mask: `passes_.evaluate(step, entries_of(step(mask_)))`.
template <class Mask>
decltype(auto) entries_of(const Mask& mask) {
    constexpr bool has_value = requires { mask.value(); }
    , has_pairs = requires { mask.pairs(); };
    static_assert(!has_value || has_pairs || real_mask_state<Mask>,
                  "apd: the state of a real mask has no gradient(), [B, C], to which losses add; see real_mask_state.");
    static_assert(!has_pairs || binary_mask_state<Mask>,
                  "apd: the state of a binary mask has no count(), [C], or its pairs() are no const active_pairs&; see "
                  "binary_mask_state.");
    constexpr bool has_delta = requires { mask.delta(); };
    static_assert(!has_delta || delta_mask_state<Mask>,
                  "apd: the state of a mask with delta() has no delta_gradient(), [B, sites], to which losses add; see "
                  "delta_mask_state.");
    static_assert(has_value || has_pairs,
                  "apd: the state of a mask has neither pairs() and count() nor value() and gradient(); see "
                  "binary_mask_state and real_mask_state.");
    if constexpr (binary_mask_state<Mask>) {
        return mask.pairs();
    } else if constexpr (delta_mask_state<Mask>) {
        return entries_with_delta<real_entries<decltype(mask.value())>, decltype(mask.delta())>{
            {mask.value(), mask.gradient()}, mask.delta(), mask.delta_gradient()};
    } else if constexpr (real_mask_state<Mask>) {
        return real_entries<decltype(mask.value())>{mask.value(), mask.gradient()};
    } else {
        return active_pairs{};  // so that the sentence above is all that is said
    }
}
/// Its type, for `masked_passes<Problem, entries_from<Problem, Mask>>`.
template <class Problem, class Mask>
using entries_from = std::remove_cvref_t<decltype(entries_of(std::declval<typename Mask::template state<Problem>&>()))>;

/// The decomposed network with the components that `mask` makes active on each sample, or the share of them it gives.
template <method_node Mask>
struct masked_pass {
    static constexpr bool unaffected_by_zero_rows = true;
    Mask mask;
    bool operator==(const masked_pass&) const = default;
    constexpr auto dependencies() const { return std::tuple{target_pass{}, mask}; }

    template <class Problem>
    class state : public masked_passes<Problem, entries_from<Problem, Mask>> {
        using passes = masked_passes<Problem, entries_from<Problem, Mask>>;

      public:
        state(const masked_pass& node, Problem& p) : passes(p), mask_(node.mask) {}
        void evaluate(auto& step) { passes::evaluate(step, entries_of(step(mask_))); }
        void pullback(auto& step) { passes::pull_back(step, entries_of(step(mask_))); }

      private:
        Mask mask_;
    };
};

}  // namespace apd::ext
