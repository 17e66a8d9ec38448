#pragma once
// Hidden reconstruction: what sites give in the masked pass is what they give in the target.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/array/elementwise.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/core/describe.hpp>
#include <apd/loss/loss_term.hpp>
#include <apd/mask/mask_node.hpp>

namespace apd::ext {

namespace detail {
// Whether what layer L gives, with a bias or without, goes to a layer of that kind; everything goes to `identity`.
template <class Net, class Activation, std::size_t L>
consteval bool feeds() {
    if constexpr (std::is_same_v<Activation, identity>) {
        return true;
    } else if constexpr (L + 1 < Net::depth) {
        using next = typename Net::template layer_at<L + 1>;
        if constexpr (is_translation<next>) return feeds<Net, Activation, L + 1>();
        else return std::is_same_v<next, Activation>;
    } else {
        return false;
    }
}

}  // namespace detail

/// mean over b of (1/Σ_{i∈S} d_i) Σ_{i∈S} ‖h(z_i*) − h(z_i)‖², z_i what use i of a site gives in the masked pass.
///
/// h is `Activation`, an elementwise layer, and S are the uses that feed one such layer, a bias between them or not (z
/// is taken before it); for `identity` S are all uses.
template <mask_node Mask, class Activation>
struct hidden_reconstruction_loss : loss_base {
    static constexpr std::string_view name = "hidden reconstruction";
    static constexpr bool unaffected_by_zero_rows = true;
    Mask mask;
    constexpr explicit hidden_reconstruction_loss(Mask m) : mask(m) {}
    bool operator==(const hidden_reconstruction_loss& other) const { return mask == other.mask; }
    constexpr auto pass() const { return masked_pass<Mask>{mask}; }
    constexpr auto dependencies() const { return std::tuple{target_pass{}, pass()}; }
    std::string describe() const {
        if constexpr (std::is_same_v<Activation, identity>) return describe_call("hidden_reconstruction", mask);
        else
            return describe_call(std::string("hidden_reconstruction<").append(Activation::describe()).append(">"),
                                 mask);
    }

    template <class Problem>
    class state : public loss_state<Problem> {
        using Net = typename Problem::network_type;
        static constexpr auto is_compared = []<std::size_t... L>(std::index_sequence<L...>) {
            return std::array<bool, Net::depth>{detail::feeds<Net, Activation, L>()...};
        }
        (std::make_index_sequence<Net::depth>{});
        static constexpr std::size_t width = [] {
            std::size_t sum = 0;
            for (const std::size_t l : Net::uses) sum += is_compared[l] ? Net::sizes[l + 1] : 0;
            return sum;
        }();
        static_assert(width > 0, "apd::hidden_reconstruction: no use of a site feeds a layer of that kind.");

      public:
        state(const hidden_reconstruction_loss& node, Problem& p)
            : loss_state<Problem>(p), pass_(node.pass()), mean_(1.0 / (static_cast<double>(p.rows.nominal) * width)) {}
        void measure(auto& step) {
            auto& device = step.problem.device;
            device(this->value()[""_i] = 0);
            for_each_compared([&](auto place) {
                const auto z = found(step, place), wanted = target(step, place);
                device(this->value()[""_i] += square(Activation::value(z) - Activation::value(wanted)) * mean_);
            });
        }
        void pullback(auto& step, auto weight) {
            for_each_compared([&](auto place) {
                const auto z = found(step, place), wanted = target(step, place);
                step(pass_).add_gradient(step.problem.device, place,
                                         (Activation::value(z) - Activation::value(wanted)) *
                                             Activation::derivative(z) * (2 * weight * mean_));
            });
        }

      private:
        // f(place behind a use), for those that are compared.
        static void for_each_compared(auto&& f) {
            for_each_use<Problem>([&](auto layer) {
                if (is_compared[layer.number]) f(layer.behind());
            });
        }
        auto found(auto& step, auto place) const { return step(pass_).activations().at(place)["bi"_i]; }
        static auto target(auto& step, auto place) { return step(target_pass{}).activations().at(place)["bi"_i]; }
        masked_pass<Mask> pass_;
        double mean_;
    };
};

/// Example: `apd::hidden_reconstruction(active)`; in residual networks `apd::hidden_reconstruction<apd::relu>(active)`.
template <class Activation = identity, class Mask = no_mask>
constexpr auto hidden_reconstruction(Mask mask = {}) {
    static_assert(is_a_mask<Mask>, "apd::hidden_reconstruction: takes a mask, such as batch_top_k(attribution, k).");
    static_assert(elementwise_layer<Activation>,
                  "apd::hidden_reconstruction: is through a layer of one function, such as relu.");
    if constexpr (is_a_mask<Mask> && elementwise_layer<Activation>)
        return hidden_reconstruction_loss<Mask, Activation>(mask);
}

}  // namespace apd::ext

namespace apd {
using ext::hidden_reconstruction;
}  // namespace apd
