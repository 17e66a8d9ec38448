#pragma once
// The passes that use every component or none: of the target, and of the network whose weights are Σ_c P_c.

#include <array>
#include <cstddef>
#include <tuple>

#include <apd/component/components.hpp>
#include <apd/network/passes.hpp>
#include <apd/network/weights.hpp>

namespace apd {

/// The target network on the batch; nothing is differentiated.
struct target_pass {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const target_pass&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    class state {
        using Net = typename Problem::network_type;

      public:
        state(const target_pass&, Problem& p) : activations_(p.device, p.rows.capacity) {
            activations_.template set<0>(*p.x);
        }
        template <std::size_t L>
        auto activation() const {
            return activations_.template at<L>();
        }
        const auto& activations() const { return activations_; }
        /// The matrix of the site of layer L.
        template <std::size_t L>
        auto matrix(auto& step) const {
            return step.problem.target.template view_of<L>().value;
        }
        void evaluate(auto& step) {
            const auto& target = step.problem.target;
            activations_.resize(step.problem.rows.present);
            forward<Net>(step.problem.device,
                         choose_weights<Net>([&](auto l) { return target.template view_of<l>(); }, target),
                         activations_);
        }

      private:
        activation_arrays<typename Problem::device_type, typename Problem::scalar, Net> activations_;
    };
};

/// Activations of a pass that is differentiated, and gradients that losses give it at any place between layers.
template <class Problem>
class differentiated_pass {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;

  public:
    explicit differentiated_pass(Problem& p)
        : capacity_(p.rows.capacity), activations_(p.device, capacity_), cotangents_(p.device, capacity_) {}
    template <std::size_t L>
    auto activation() const {
        return activations_.template at<L>();
    }
    const auto& activations() const { return activations_; }

    /// Adds `gradient`, an expression in b and i, to the loss gradient of the activation behind layer L − 1.
    template <std::size_t L>
    void add_gradient(device_type& device, const auto& gradient) {
        seeds_.template ensure<L>(device, capacity_);
        seeds_.template resize<L>(activation<L>().batch);
        const auto seed = seeds_.template at<L>();
        if (seeded_[L]) device(seed["bi"_i] += gradient);
        else device(seed["bi"_i] = gradient);
        seeded_[L] = true;
    }

  protected:
    /// Before the first use of a site the pass is that of the target.
    void run_forward(auto& step, const auto& weights) {
        seeded_ = {};
        activations_.resize(step.problem.rows.present);
        cotangents_.resize(step.problem.rows.present);
        constexpr std::size_t first = Net::uses.front();
        repeat<first + 1>([&](auto l) { activations_.template set<l>(step(target_pass{}).template activation<l>()); });
        forward<Net, first>(step.problem.device, weights, activations_);
    }
    void run_pullback(device_type& device, const auto& weights) {
        if (seeded_ == decltype(seeded_){}) return;
        device(cotangents_.template at<Net::depth>()["bi"_i] = T(0));
        apd::pullback<Net>(device, weights, activations_, cotangents_, [&](auto l) {
            if (seeded_[l]) device(cotangents_.template at<l>()["bi"_i] += seeds_.template at<l>()["bi"_i]);
        });
    }

  private:
    template <std::size_t L>
    using seed_shape = extents<dynamic, Net::sizes[L]>;
    std::size_t capacity_;
    activation_arrays<device_type, T, Net> activations_;
    tangent_arrays<device_type, T, Net> cotangents_;
    array_list<device_type, T, seed_shape, Net::depth + 1> seeds_;
    std::array<bool, Net::depth + 1> seeded_{};
};

/// The decomposed network with all components active: its weights are S = Σ_c P_c.
struct unmasked_pass {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const unmasked_pass&) const = default;
    static constexpr std::tuple<target_pass, components> dependencies() { return {}; }

    template <class Problem>
    class state : public differentiated_pass<Problem> {
        using Net = typename Problem::network_type;

      public:
        state(const unmasked_pass&, Problem& p) : differentiated_pass<Problem>(p) {}
        template <std::size_t L>
        auto matrix(auto& step) const {
            return weights_at<L>(step).value;
        }
        void evaluate(auto& step) { this->run_forward(step, weights(step)); }
        void pullback(auto& step) { this->run_pullback(step.problem.device, weights(step)); }

      private:
        template <std::size_t L>
        static auto weights_at(auto& step) {
            constexpr auto site = Problem::template site_of_layer<L>;
            const auto& sums = step(components{});
            const auto sum = sums.sum(site);
            return dense_weights<typename Problem::scalar, typename decltype(sum)::shape>{sum, sums.sum_gradient(site)};
        }
        static auto weights(auto& step) {
            return choose_weights<Net>([&step](auto l) { return weights_at<l>(step); }, step.problem.target);
        }
    };
};

}  // namespace apd
