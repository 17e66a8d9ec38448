#pragma once
// What components compute inside on the inputs that sites have in the target: x U_c, once for all who ask for it.

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/backend/array.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/gradient_beginnings.hpp>
#include <apd/component/inner_products.hpp>
#include <apd/component/shared_gradient.hpp>
#include <apd/component/stream_maps.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

/// x U_c for uses of sites, x what goes into them in the target, as far as it is asked for; it carries gradients with
/// respect to them on to the factors. Passes with masks have the same up to the first site that is masked.
struct target_inner {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const target_inner&) const = default;
    static constexpr std::tuple<target_pass, target_outputs, stream_maps> dependencies() { return {}; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        template <class Layer>
        using shape_at = extents<dynamic, decltype(Problem::site_of(Layer{}))::count,
                                 Net::positions[Layer::like] * decltype(Problem::site_of(Layer{}))::rank>;
        template <class Layer>
        using array_at = view<T, shape_at<Layer>>;

      public:
        state(const target_inner&, Problem& p) : capacity_(p.rows.capacity) {}
        /// [B, C, positions·m] for the rows of the piece, computed for all when it is first asked for in a step.
        template <class Layer>
        array_at<Layer> numbers(auto& step, Layer layer) {
            auto& device = step.problem.device;
            numbers_.ensure(device, layer, capacity_);
            numbers_.resize(step.problem.rows.present);
            if (!std::exchange(is_computed_[layer.number], true))
                products(step.problem, layer).forward(device, use<Layer>{}, input(step, layer), numbers_.at(layer));
            return step.problem.of_piece(numbers_.at(layer));
        }
        template <class Layer>
        shared_gradient<array_at<Layer>> gradient(auto& step, Layer layer) {
            gradients_.ensure(step.problem.device, layer, capacity_);
            gradients_.resize(step.problem.rows.present);
            return {step.problem.of_piece(gradients_.at(layer)), &has_gradient_[layer.number]};
        }
        void evaluate(auto&) { is_computed_.fill(false), has_gradient_.clear(); }
        void begin_piece(auto& step) { has_gradient_.begin_piece(step.problem.piece.begin == 0); }
        void pullback(auto& step) {
            for_each_use<Problem>([&]<class Layer>(Layer layer) {
                if (has_gradient_[layer.number])
                    products(step.problem, layer)
                        .pullback(step.problem.device, use<Layer>{}, input(step, layer), gradients_.at(layer),
                                  no_tangent{});
            });
        }

      private:
        template <class Layer>
        using use = typename Layer::type::orientation;
        static auto input(auto& step, auto layer) { return step(target_outputs{}).activations(step).before(layer); }
        template <class Layer>
        static auto products(Problem& p, Layer layer) {
            const auto site = Problem::site_of(layer);
            const auto u = p.factors.left(site), du = p.gradients.left(site);
            const auto v = p.factors.right(site), dv = p.gradients.right(site);
            return inner_products<std::remove_const_t<decltype(u)>, std::remove_const_t<decltype(v)>, array_at<Layer>>{
                u, du, v, dv};
        }

        std::size_t capacity_;
        array_table<device_type, T, shape_at, Net::depth> numbers_, gradients_;
        std::array<bool, Net::depth> is_computed_{};  // in this step
        gradient_beginnings<Net::depth> has_gradient_;
    };
};

}  // namespace apd::ext
