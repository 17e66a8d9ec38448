#pragma once
// Gradient attribution: the first-order effect on the output of removing a component, exactly, computed in whichever
// way costs least.

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <apd/attribution/attribution_node.hpp>
#include <apd/attribution/gradient_by_cotangents.hpp>
#include <apd/attribution/gradient_by_links.hpp>
#include <apd/attribution/gradient_by_tangents.hpp>
#include <apd/backend/backend.hpp>
#include <apd/component/components.hpp>
#include <apd/core/describe.hpp>

namespace apd::ext {

/// Which network the attribution is of.
struct of_target_network {
    using pass = target_pass;
    static std::string describe() { return "of_target"; }
};
struct of_decomposed_network {
    using pass = unmasked_pass;
    static std::string describe() { return "of_decomposed"; }
};
inline constexpr of_target_network of_target;
inline constexpr of_decomposed_network of_decomposed;

/// How it is computed: one tangent for each component, through every layer or over the links between nonlinear layers,
/// or one cotangent for each output.
enum class differentiation { cheapest, forward_mode, forward_over_links, reverse_mode };
template <differentiation Mode>
struct differentiation_mode {};
inline constexpr differentiation_mode<differentiation::forward_mode> forward_mode;
inline constexpr differentiation_mode<differentiation::forward_over_links> forward_over_links;
inline constexpr differentiation_mode<differentiation::reverse_mode> reverse_mode;

namespace detail {

template <differentiation Mode, class Problem, class Pass>
struct gradient_algorithm;
template <class Problem, class Pass>
struct gradient_algorithm<differentiation::forward_mode, Problem, Pass> {
    using type = gradient_by_tangents<Problem, Pass>;
};
template <class Problem, class Pass>
struct gradient_algorithm<differentiation::forward_over_links, Problem, Pass> {
    static_assert(gradient_by_links<Problem, Pass>::is_supported,
                  "apd::forward_over_links: this network can't be reduced to links; see apd::ext::links.");
    using type = gradient_by_links<Problem, Pass>;
};
template <class Problem, class Pass>
struct gradient_algorithm<differentiation::reverse_mode, Problem, Pass> {
    static_assert(Problem::network_type::sequence_length == 1,
                  "apd::reverse_mode: where positions of a sequence read from each other, a cotangent is that of all "
                  "outputs together; use apd::forward_mode.");
    using type = gradient_by_cotangents<Problem, Pass>;
};

// The mode that needs the fewest multiply-adds for a step of so many samples.
template <class Problem, class Pass>
constexpr differentiation cheapest_mode(std::size_t samples) {
    const auto cost = [samples]<class Way>(std::type_identity<Way>) {
        return samples * Way::cost_of_sample + Way::cost_of_step;
    };
    const std::size_t by_tangents = cost(std::type_identity<gradient_by_tangents<Problem, Pass>>{});
    const std::size_t by_cotangents = cost(std::type_identity<gradient_by_cotangents<Problem, Pass>>{});
    if constexpr (gradient_by_links<Problem, Pass>::is_supported) {
        if (cost(std::type_identity<gradient_by_links<Problem, Pass>>{}) < std::min(by_tangents, by_cotangents))
            return differentiation::forward_over_links;
    }
    // A cotangent would be that of the outputs of all positions that read from a row.
    return by_tangents <= by_cotangents || Problem::network_type::sequence_length > 1 ? differentiation::forward_mode
                                                                                      : differentiation::reverse_mode;
}

// The modes that are compiled, of which a run takes one.
template <class Problem, class Pass, differentiation... Mode>
struct gradient_modes {
    static constexpr std::array modes{Mode...};
    using way = std::variant<typename gradient_algorithm<Mode, Problem, Pass>::type...>;
    static way algorithm_for(Problem& p) {
        if constexpr (sizeof...(Mode) == 2) {
            if (cheapest_mode<Problem, Pass>(p.rows.nominal) == modes[1]) return way(std::in_place_index<1>, p);
        }
        return way(std::in_place_index<0>, p);
    }
};

// The cheapest for 64 samples and for 4096: two only where a large batch pays for what is done once a step, as it may
// for maps between links. (Tangents and cotangents cost the same once a step: one of them is never cheapest.)
template <differentiation Mode, class Problem, class Pass>
consteval auto modes_to_compile() {
    if constexpr (Mode != differentiation::cheapest) {
        return gradient_modes<Problem, Pass, Mode>();
    } else {
        constexpr auto small = cheapest_mode<Problem, Pass>(64), large = cheapest_mode<Problem, Pass>(4096);
        if constexpr (small == large) return gradient_modes<Problem, Pass, small>();
        else return gradient_modes<Problem, Pass, small, large>();
    }
}

}  // namespace detail

/// a[b, c] = (1/d_y) Σ_o (Σ_i ⟨∂y_o/∂z_i, x_i P_{c,i}⟩)², the sum over the uses i of sites: the square of A_c(b) in
/// Braun et al., arXiv 2501.14926; a mean square, which ranks alike. Only P_c is differentiated, for masks that are.
template <class Of, differentiation Mode>
struct gradient_attribution_node : attribution_base {
    static constexpr bool is_differentiable = true;
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const gradient_attribution_node&) const = default;
    static constexpr std::tuple<components, typename Of::pass> dependencies() { return {}; }
    static std::string describe() { return describe_call("gradient_attribution", Of{}); }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using modes = decltype(detail::modes_to_compile<Mode, Problem, typename Of::pass>());
        using tangents = detail::gradient_by_tangents<Problem, typename Of::pass>;

      public:
        state(const gradient_attribution_node&, Problem& p)
            : value_(p.device, p.rows.capacity), algorithm_(modes::algorithm_for(p)) {}
        auto value() const { return *value_; }
        /// The mode that this run takes.
        differentiation mode() const { return modes::modes[algorithm_.index()]; }

        void evaluate(auto& step) {
            const std::size_t batch = step.problem.rows.present;
            value_.resize(batch);
            differentiated_ = false;
            step(typename Of::pass{}).activations();  // before threads ask for them
            std::visit(
                [&]<class Way>(Way& way) {
                    way.prepare(step);
                    step.problem.device.parallel(
                        (batch + Way::tile - 1) / Way::tile, Way::tile * Way::cost_of_sample,
                        [&](std::size_t worker, std::size_t piece) {
                            const std::size_t begin = piece * Way::tile, count = std::min(Way::tile, batch - begin);
                            way.evaluate(step, worker, begin, count, value().rows(begin, count));
                        });
                },
                algorithm_);
        }

        /// The gradient of the loss with respect to a; asking for it says that it will be added to in this step.
        auto gradient(device_type& device) {
            if ((*gradient_).data == nullptr) gradient_ = attribution_array(device, value().batch);
            else if (!differentiated_) device(gradient_["bc"_i] = T(0));
            differentiated_ = true;
            return *gradient_;
        }
        void pullback(auto& step) {
            if (!differentiated_) return;
            if (!tangents_) tangents_ = std::make_unique<tangents>(step.problem);
            tangents_->pullback(step, *gradient_);
        }

      private:
        using attribution_array = array<device_type, T, extents<dynamic, Problem::components>>;
        attribution_array value_, gradient_;
        bool differentiated_ = false;
        typename modes::way algorithm_;
        std::unique_ptr<tangents> tangents_;
    };
};

/// The gradient attribution, of the target network unless said otherwise, in the cheapest mode unless said otherwise.
///
/// The cheapest depends on the sizes of the network and on the batch of the run (of fewer than 64 samples that for 64,
/// of more than 4096 that for 4096): `state::mode` says which one it is. Modes differ by rounding.
///
/// Example: `apd::gradient_attribution(apd::of_decomposed)`.
template <class Of = of_target_network, differentiation Mode = differentiation::cheapest>
constexpr auto gradient_attribution(Of = {}, differentiation_mode<Mode> = {}) {
    return gradient_attribution_node<Of, Mode>{};
}

}  // namespace apd::ext

namespace apd {
using ext::of_target, ext::of_decomposed, ext::forward_mode, ext::forward_over_links, ext::reverse_mode,
    ext::gradient_attribution;
}  // namespace apd
