#pragma once
// What a reconstruction loss compares: the outputs of a pass with the target's, or what goes into sites, or comes out.

#include <concepts>
#include <cstddef>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/method_node.hpp>
#include <apd/loss/distance.hpp>

namespace apd::ext {

/// Marks a type as what a reconstruction loss compares: a regular value with `describe()` and a `state<Problem>`,
/// constructed from (value, problem), with `measure(step, pass, value)`, which writes the divergence of a pass from the
/// target, and `add_gradient(step, pass, weight)`, which adds weight times its gradient to what the pass has. It says
/// whether it is `unaffected_by_zero_rows`, where the pass gives what the target does, and whether it
/// `asks_for_outputs` of the network alone.
struct compared_base {
    bool operator==(const compared_base&) const = default;
};
template <class C>
inline constexpr bool is_compared = std::derived_from<C, compared_base>;

/// The outputs, by a distance.
template <class Distance>
struct compared_outputs : compared_base {
    static constexpr bool unaffected_by_zero_rows = apd::ext::is_unaffected_by_zero_rows<Distance>;
    static constexpr bool asks_for_outputs = true;
    Distance distance;
    constexpr explicit compared_outputs(Distance d) : distance(d) {}
    bool operator==(const compared_outputs& other) const { return distance == other.distance; }
    std::string describe() const { return distance.describe(); }

    template <class Problem>
    class state {
        static constexpr std::size_t depth = Problem::network_type::depth;

      public:
        state(const compared_outputs& what, Problem& p) : distance_(what.distance, p) {}
        void measure(auto& step, auto& pass, const auto& value) {
            distance_.measure(step.problem.device, pass.template activation<depth>(), target(step, pass), value);
        }
        void add_gradient(auto& step, auto& pass, auto weight) {
            auto& device = step.problem.device;
            pass.template add_gradient<depth>(
                device, distance_.gradient(device, pass.template activation<depth>(), target(step, pass), weight));
        }

      private:
        static auto target(auto& step, const auto& pass) {
            return step.problem.of_piece(pass.of_target(step).template at<depth>());
        }
        typename Distance::template state<Problem> distance_;
    };
};

/// What goes into the uses of sites, or comes out of them before biases: Σ ‖x − x*‖² divided by how many numbers there
/// are.
template <bool Outputs>
struct compared_sites : compared_base {
    static constexpr bool unaffected_by_zero_rows = true, asks_for_outputs = false;
    bool operator==(const compared_sites&) const = default;
    static std::string describe() { return Outputs ? "site_outputs" : "site_inputs"; }

    template <class Problem>
    class state {
        using Net = typename Problem::network_type;
        static constexpr std::size_t width = [] {
            std::size_t sum = 0;
            for (const std::size_t l : Net::uses) sum += Outputs ? Net::sizes[l + 1] : Net::given[l];
            return sum;
        }();

      public:
        state(const compared_sites&, Problem& p) : mean_(1.0 / (static_cast<double>(p.rows.nominal) * width)) {}
        void measure(auto& step, auto& pass, const auto& value) {
            auto& device = step.problem.device;
            device(value[""_i] = 0);
            for_each_place([&](auto place) {
                device(value[""_i] += square(pass.activations().at(place)["bi"_i] - target(step, place)) * mean_);
            });
        }
        void add_gradient(auto& step, auto& pass, auto weight) {
            for_each_place([&](auto place) {
                pass.add_gradient(step.problem.device, place,
                                  (pass.activations().at(place)["bi"_i] - target(step, place)) * (2 * weight * mean_));
            });
        }

      private:
        static void for_each_place(auto&& f) {
            for_each_use<Problem>([&](auto layer) {
                if constexpr (Outputs) f(layer.behind());
                else f(layer.before());
            });
        }
        static auto target(auto& step, auto place) {
            return step.problem.of_piece(step(target_pass{}).activations().at(place))["bi"_i];
        }
        double mean_;
    };
};
inline constexpr compared_sites<false> site_inputs;
inline constexpr compared_sites<true> site_outputs;

}  // namespace apd::ext

namespace apd {
using ext::site_inputs, ext::site_outputs;
}  // namespace apd
