#pragma once
// Parts of one's own: a layer, masks, a loss, an optimiser and a shape, small types that model the library's concepts.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/apd.hpp>

namespace own {

using namespace apd::ext;  // what a part is written in

/// A layer with a parameter: y[b, i] = g[i] x[b, i]. It models apd::ext::layer, and is not decomposed.
template <static_string Name, std::size_t N>
struct gain {
    using shape = extents<N>;
    static constexpr auto name = Name;
    static constexpr std::size_t inputs = N;
    static constexpr std::size_t outputs(std::size_t = N) { return N; }
    static constexpr double initial = 1;

    static void forward(auto& device, const auto& g, const auto& x, const auto& y) {
        device(y["bi"_i] = g.value["i"_i] * x["bi"_i]);
    }
    // `along` names the axes of one tangent [B, d] or of several [B, K, d].
    static void pushforward(auto& device, const auto& g, const auto&, const auto& tx, const auto& ty) {
        device(along<"i">(ty) = g.value["i"_i] * along<"i">(tx));
    }
    static void pullback(auto& device, const auto& g, const auto&, const auto& gy, const auto& gx) {
        device(along<"i">(gx) = g.value["i"_i] * along<"i">(gy));
    }
    static void pullback_parameter(auto& device, const auto& g, const auto& x, const auto& gy) {
        device(g.gradient["i"_i] += x["bi"_i] * gy["bi"_i]);
    }
};

/// ⌊k·B⌋ of a step. Every step does the same work, so what changes with the step is computed from `problem.step`.
template <class T>
struct annealed_count {
    double first, last, steps, batch;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        const double share = step < steps ? step / steps : 1;
        return static_cast<T>(std::floor((first + share * (last - first)) * batch));
    }
};

/// A mask: batch top-k whose k falls from `first` to `last` over the first `steps` steps. It models
/// apd::ext::mask_node.
template <attribution_node Attribution>
struct annealed_top_k : mask_base<mask_kind::binary> {
    Attribution attribution;
    double first, last;
    std::size_t steps;
    constexpr annealed_top_k(Attribution a, double from, double to, std::size_t over)
        : attribution(a), first(from), last(to), steps(over) {}
    bool operator==(const annealed_top_k&) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return describe_call("annealed_top_k", attribution, first, last, steps); }

    template <class Problem>
    class state : public pairs_state<Problem> {
        using T = typename Problem::scalar;

      public:
        state(const annealed_top_k& node, Problem& p) : pairs_state<Problem>(p), node_(node), wanted_(p.device) {}
        void evaluate(auto& step) {
            const annealed_count<T> count{node_.first, node_.last, static_cast<double>(node_.steps),
                                          static_cast<double>(step.problem.rows.nominal)};
            step.problem.device(wanted_[""_i] = map(count, step.problem.step[""_i]));
            step.problem.device.select_top(step(node_.attribution).value(), *wanted_, this->writable());
            this->count_pairs(step);
        }

      private:
        annealed_top_k node_;
        array<typename Problem::device_type, T, extents<>> wanted_;
    };
};

/// A loss: (1/C) Σ_c ‖P_c‖²_F over the sites, which keeps components small. It models apd::ext::loss_term.
struct component_norm : loss_base {
    static constexpr std::string_view name = "component norm";
    bool operator==(const component_norm&) const = default;
    static constexpr bool is_of_weights = true;  // the same whatever the rows are
    static constexpr std::tuple<components> dependencies() { return {}; }
    static std::string describe() { return "component_norm()"; }

    template <class Problem>
    class state : public loss_state<Problem> {
        static constexpr double share = 1.0 / Problem::components;

      public:
        state(const component_norm&, Problem& p) : loss_state<Problem>(p) {}
        void measure(auto& step) {
            auto& device = step.problem.device;
            device(this->value()[""_i] = 0);
            step.problem.for_each_site([&](auto site) {
                const auto p = step(components{}).component_matrices(site);
                device(this->value()[""_i] += square(p["cio"_i]) * share);
            });
        }
        void pullback(auto& step, auto weight) {
            auto& device = step.problem.device;
            step.problem.for_each_site([&](auto site) {
                auto& all = step(components{});
                const auto p = all.component_matrices(site), gradient = all.component_gradients(device, site);
                device(gradient["cio"_i] += p["cio"_i] * (2 * weight * share));
            });
        }
    };
};

/// An optimiser: every entry has a rate of its own, which falls as its gradients add up (Duchi et al. 2011). It models
/// apd::ext::optimiser.
struct adagrad {
    double epsilon = 1e-8;
    bool operator==(const adagrad& other) const { return !(epsilon < other.epsilon || other.epsilon < epsilon); }
    std::string describe() const { return describe_call("adagrad", epsilon); }

    static constexpr std::size_t moments = 1, numbers = 1;
    template <std::size_t I>
    APD_HOST_DEVICE double number(double rate, std::uint32_t) const {
        return rate;
    }
    /// m ← m + g², x ← x − η g/(√m + ε)
    void update(auto& device, const auto& n, const auto& x, const auto& g, const auto& m) const {
        device(m[0] = m[0] + square(g), x = x - g * n[0] / (sqrt(m[0]) + epsilon));
    }
};

/// Groups of sites: the first `First` sites share A components of rank 1, the others B. It models
/// apd::ext::decomposition_shape.
template <std::size_t First, std::size_t A, std::size_t B>
struct two_groups {
    static constexpr std::size_t rank_bound = 1;
    static constexpr std::size_t components(std::size_t) { return A + B; }
    static constexpr component_range range_of(std::size_t site, std::size_t) {
        return site < First ? component_range{0, A} : component_range{A, B};
    }
};

/// A mask that is learned: m[b, c] = 1/(1 + exp(−s_c)), the same on every sample. It models apd::ext::mask_node, and
/// owns what it learns: s [C].
struct learned_mask : mask_base<mask_kind::real> {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const learned_mask&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }
    static std::string describe() { return "learned_mask()"; }

    template <class Problem>
    class state {
        using T = typename Problem::scalar;
        static constexpr std::size_t C = Problem::components;

      public:
        state(const learned_mask&, Problem& p)
            : slope_(p.parts.template add<extents<C>>("learned_mask.s", 1)),
              value_(p.device, p.rows.capacity),
              gradient_(p.device, p.rows.capacity) {}
        auto value() const { return *value_; }
        auto gradient() const { return *gradient_; }
        void evaluate(auto& step) {
            auto& p = step.problem;
            value_.resize(p.rows.present), gradient_.resize(p.rows.present);
            const auto one = constant(T(1));
            p.device(value_["bc"_i] = one / (exp(T(-1) * slope_.value["c"_i]) + one));
            p.device(gradient_["bc"_i] = T(0));
        }
        void pullback(auto& step) {
            const auto m = value_["bc"_i];
            step.problem.device(slope_.gradient["c"_i] += gradient_["bc"_i] * m * (constant(T(1)) - m));
        }

      private:
        trained_array<T, extents<C>> slope_;
        array<typename Problem::device_type, T, extents<dynamic, C>> value_, gradient_;
    };
};

}  // namespace own
