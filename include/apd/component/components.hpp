#pragma once
// The node of the components: S = Σ_c P_c and, where they are asked for, P_c = U_c V_c; it carries gradients back to
// the factors.

#include <array>
#include <cstddef>
#include <tuple>

#include <apd/component/describe.hpp>
#include <apd/component/problem.hpp>

namespace apd {

/// Concept: a node of a method: something computed once a step, from other nodes, whoever uses it.
///
/// A node is a small regular value (its parameters, such as k). Minimal definition:
/// * `dependencies()`: a tuple of the nodes it reads;
/// * `state<Problem>`, constructed from (node, problem): its arrays, with `evaluate(step)`, and `pullback(step)` if
///   something is differentiated through it. `step(node)` is the state of another node, `step.problem` the run.
///
/// Optional: `describe()`, the node as its user wrote it (see `describe_call`); `ignores_zeros`, true if samples whose
/// inputs are all zero change nothing in it, in a network that keeps zeros: it need not be given them, and computes for
/// `problem.samples()` samples then.
///
/// What a node doesn't name among its dependencies it may not ask for: that is an error when it does, not when it is
/// compiled. `pullback` is compiled, and called, where a loss term depends on the node, and every node between them has
/// a pullback too; what is added to the gradient of any other node is lost.
///
/// Laws: equal nodes have one state; evaluate runs after that of the dependencies, pullback before; both ask the
/// backend for the same work in every step, so that it can be recorded: what changes with the step is computed from
/// `problem.step`, in the backend's memory.
/// Models: components, target_pass, unmasked_pass, masked_pass, the attributions and the masks.
template <class N>
concept method_node = std::equality_comparable<N> && requires(const N& node) {
    node.dependencies();
};

/// Whether a node, or a part of one, has `ignores_zeros`, and it is true.
template <class Node>
inline constexpr bool ignores_zeros = [] {
    if constexpr (requires { Node::ignores_zeros; }) return Node::ignores_zeros;
    else return false;
}();

/// Σ_c P_c of every site, and P_c.
struct components {
    static constexpr bool ignores_zeros = true;
    bool operator==(const components&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;

      public:
        state(const components&, Problem& p) : problem_(p) {
            repeat<Net::sites.size()>([&](auto s) {
                sum_.template make<s>(p.device);
                sum_gradient_.template make<s>(p.device);
            });
        }

        /// P [C, d_in, d_out] of site S: large, and multiplied out when it is first asked for in a step.
        template <std::size_t S>
        auto each() {
            const auto p = each_.template ensure<S>(problem_.device);
            if (!multiplied_[S])
                problem_.device(p["cio"_i] = problem_.factors.template left<S>()["cir"_i] *
                                             problem_.factors.template right<S>()["cro"_i]);
            multiplied_[S] = true;
            return p;
        }
        /// P of all sites, so that threads may ask for them.
        void multiply_out() {
            repeat<Net::sites.size()>([&](auto s) { each<s>(); });
        }
        /// The sum S = Σ_c P_c [d_in, d_out] of site S, and the gradient with respect to it.
        template <std::size_t S>
        auto sum() const {
            return sum_.template at<S>();
        }
        template <std::size_t S>
        auto sum_gradient() const {
            return sum_gradient_.template at<S>();
        }
        /// The gradient with respect to P; asking for it says that it will be added to in this step.
        template <std::size_t S>
        auto each_gradient(device_type& device) {
            if (!each_gradient_.template has<S>()) each_gradient_.template make<S>(device);
            else if (!differentiated_[S]) device(each_gradient_.template at<S>()["cio"_i] = T(0));
            differentiated_[S] = true;
            return each_gradient_.template at<S>();
        }

        void evaluate(auto& step) {
            auto& p = step.problem;
            repeat<Net::sites.size()>([&](auto s) {
                p.device(sum<s>()["io"_i] =
                             p.factors.template left<s>()["cir"_i] * p.factors.template right<s>()["cro"_i]);
                p.device(sum_gradient<s>()["io"_i] = T(0));
                p.device(p.gradients.template left<s>()["cir"_i] = T(0));
                p.device(p.gradients.template right<s>()["cro"_i] = T(0));
            });
            differentiated_ = {};
            multiplied_ = {};
        }
        void pullback(auto& step) {
            auto& p = step.problem;
            repeat<Net::sites.size()>([&](auto s) {
                const auto u = p.factors.template left<s>(), du = p.gradients.template left<s>();
                const auto v = p.factors.template right<s>(), dv = p.gradients.template right<s>();
                if (differentiated_[s]) {
                    const auto gradient = each_gradient_.template at<s>();
                    p.device(gradient["cio"_i] += sum_gradient<s>()["io"_i]);
                    p.device(du["cir"_i] += gradient["cio"_i] * v["cro"_i]);
                    p.device(dv["cro"_i] += u["cir"_i] * gradient["cio"_i]);
                } else {
                    p.device(du["cir"_i] += sum_gradient<s>()["io"_i] * v["cro"_i]);
                    p.device(dv["cro"_i] += u["cir"_i] * sum_gradient<s>()["io"_i]);
                }
            });
        }

      private:
        template <std::size_t S>
        using component_shape = typename Problem::template shapes<S>::components;
        template <std::size_t S>
        using sum_shape = typename Problem::template shapes<S>::sum;
        array_list<device_type, T, component_shape, Net::sites.size()> each_, each_gradient_;
        array_list<device_type, T, sum_shape, Net::sites.size()> sum_, sum_gradient_;
        std::array<bool, Net::sites.size()> differentiated_{}, multiplied_{};
        Problem& problem_;
    };
};

}  // namespace apd
