#pragma once
// Losses that compare the output of a pass with the target's.

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <apd/array/elementwise.hpp>
#include <apd/component/dense_passes.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/component/method_node.hpp>
#include <apd/core/describe.hpp>
#include <apd/loss/compared.hpp>
#include <apd/loss/distance.hpp>
#include <apd/loss/loss_term.hpp>
#include <apd/mask/mask_node.hpp>

namespace apd::ext {

namespace detail {
template <class Distance>
std::string describe_distance(std::string_view name, const Distance& distance, const auto&... arguments) {
    if constexpr (std::is_same_v<Distance, squared_error>) return describe_call(name, arguments...);
    else return describe_call(name, arguments..., distance);
}

// The value and gradient of a distance between a pass's output and the target's.
template <class Problem, class Pass, class Distance>
class output_state : public loss_state<Problem> {
  public:
    output_state(const auto& node, Problem& p)
        : loss_state<Problem>(p), pass_(node.pass()), outputs_(compared_outputs<Distance>(node.distance), p) {}
    void measure(auto& step) { outputs_.measure(step, step(pass_), this->value()); }
    void pullback(auto& step, auto weight) { outputs_.add_gradient(step, step(pass_), weight); }

  private:
    Pass pass_;
    typename compared_outputs<Distance>::template state<Problem> outputs_;
};
}  // namespace detail

/// Minimality: the distance between y, from the components active under the mask, and y*, from the target.
template <mask_node Mask, class Distance>
struct minimality_loss : loss_base {
    static constexpr std::string_view name = "minimality";
    static constexpr bool unaffected_by_zero_rows = apd::ext::is_unaffected_by_zero_rows<Distance>;
    Mask mask;
    Distance distance;
    constexpr minimality_loss(Mask m, Distance d) : mask(m), distance(d) {}
    bool operator==(const minimality_loss& other) const { return mask == other.mask && distance == other.distance; }
    constexpr auto pass() const { return masked_pass<Mask>{mask}; }
    constexpr auto dependencies() const { return std::tuple{target_pass{}, pass()}; }
    std::string describe() const { return detail::describe_distance("minimality", distance, mask); }
    template <class Problem>
    using state = detail::output_state<Problem, masked_pass<Mask>, Distance>;
};

/// The same with all components active: the output of the network whose weights are Σ_c P_c.
template <class Distance>
struct output_reconstruction_loss : loss_base {
    static constexpr std::string_view name = "output reconstruction";
    static constexpr bool unaffected_by_zero_rows = apd::ext::is_unaffected_by_zero_rows<Distance>;
    Distance distance;
    constexpr explicit output_reconstruction_loss(Distance d) : distance(d) {}
    bool operator==(const output_reconstruction_loss&) const = default;
    static constexpr auto pass() { return unmasked_pass{}; }
    static constexpr std::tuple<target_pass, unmasked_pass> dependencies() { return {}; }
    std::string describe() const { return detail::describe_distance("output_reconstruction", distance); }
    template <class Problem>
    using state = detail::output_state<Problem, unmasked_pass, Distance>;
};

/// Example: `apd::minimality(active)`; where outputs are logits `apd::minimality(active, apd::kl_divergence)`.
template <class Mask = no_mask, class Distance = squared_error>
constexpr auto minimality(Mask mask = {}, Distance distance = {}) {
    static_assert(is_a_mask<Mask>, "apd::minimality: takes a mask, such as batch_top_k(attribution, k).");
    static_assert(is_a_distance<Distance>, "apd::minimality: behind the mask goes a distance, such as kl_divergence.");
    if constexpr (is_a_mask<Mask> && is_a_distance<Distance>) return minimality_loss<Mask, Distance>(mask, distance);
}
/// Example: `0.25 * apd::output_reconstruction()`.
template <class Distance = squared_error>
constexpr auto output_reconstruction(Distance distance = {}) {
    static_assert(is_a_distance<Distance>, "apd::output_reconstruction: takes a distance, such as kl_divergence.");
    if constexpr (is_a_distance<Distance>) return output_reconstruction_loss<Distance>(distance);
}
}  // namespace apd::ext

namespace apd {
using ext::minimality, ext::output_reconstruction;
}  // namespace apd
