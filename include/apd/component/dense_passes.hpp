#pragma once
// The passes that use every component or none: of the target, and of the network whose weights are Σ_c P_c.

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/component/components.hpp>
#include <apd/component/stream_arrays.hpp>
#include <apd/network/passes.hpp>
#include <apd/network/weights.hpp>

namespace apd::ext {

/// The target network on the batch; nothing is differentiated.
struct target_pass {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const target_pass&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    class state {
        using Net = typename Problem::network_type;

      public:
        state(const target_pass&, Problem& p) : problem_(p) {}
        template <std::size_t L>
        auto activation() {
            return activations().template at<L>();
        }
        /// Where others may leave residual streams out, they are computed when they are first asked for in a step, by
        /// one thread.
        const auto& activations() {
            if (std::exchange(is_evaluated_, true)) return activations_;
            if (!std::exchange(is_made_, true)) {
                activations_ = {problem_.device, problem_.rows.capacity};
                activations_.template set<0>(*problem_.x);
            }
            activations_.resize(problem_.rows.present);
            forward<Net>(
                problem_.device, [this](auto layer) { return problem_.target.view_of(layer); }, activations_);
            return activations_;
        }
        /// The matrix of the site that a layer uses.
        static auto matrix(auto& step, auto layer) { return step.problem.target.view_of(layer).value; }
        void evaluate(auto&) {
            is_evaluated_ = false;
            if constexpr (!stream_maps::state<Problem>::are_there) activations();
        }

      private:
        Problem& problem_;
        bool is_made_ = false, is_evaluated_ = false;
        activation_arrays<typename Problem::device_type, typename Problem::scalar, Net> activations_;
    };
};

/// The same, for those who read its outputs and what goes into sites: residual streams are left out, where that saves
/// work.
struct target_outputs {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const target_outputs&) const = default;
    static constexpr std::tuple<target_pass, stream_maps> dependencies() { return {}; }

    template <class Problem>
    class state {
        using Net = typename Problem::network_type;
        static constexpr bool leaves_streams_out = stream_maps::template state<Problem>::are_there;
        static constexpr stream_parts of_target{.components = false, .target = true};
        struct nothing {};
        using arrays = std::conditional_t<leaves_streams_out, stream_arrays<Problem, of_target>, nothing>;

      public:
        state(const target_outputs&, Problem& p) {
            if constexpr (leaves_streams_out) {
                activations_ = {p.device, p.rows.capacity};
                activations_.template set<0>(*p.x);
            }
        }
        void evaluate(auto& step) {
            if constexpr (leaves_streams_out) {
                activations_.resize(step.problem.rows.present);
                activations_.begin(step(stream_maps{}));
                forward<Problem>(
                    step.problem.device, [&](auto layer) { return step.problem.target.view_of(layer); }, activations_);
            }
        }
        auto& activations(auto& step) {
            if constexpr (leaves_streams_out) return activations_;
            else return step(target_pass{}).activations();
        }

      private:
        arrays activations_;
    };
};

/// Activations of a pass that is differentiated, and gradients that losses give it at any place between layers; at any
/// but residual streams, if it leaves these out, as its `Activations` may.
template <class Problem, class Activations = activation_arrays<typename Problem::device_type, typename Problem::scalar,
                                                               typename Problem::network_type>>
class differentiated_pass {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;

  public:
    static constexpr bool leaves_streams_out = requires(Activations & a) { a.begin_pullback(true); };

    /// At once it computes as many rows as a batch has, or no more than are said.
    explicit differentiated_pass(Problem& p) : differentiated_pass(p, p.rows.capacity) {}
    differentiated_pass(Problem& p, std::size_t capacity)
        : capacity_(capacity),
          activations_(p.device, capacity_),
          cotangents_(p.device, capacity_, leaves_streams_out ? residual_streams<Net>::are : everywhere{}) {}
    template <std::size_t L>
    auto activation() const {
        return activations_.template at<L>();
    }
    const auto& activations() const { return activations_; }
    /// The activations of the target, and so much of them.
    static auto& of_target(auto& step) {
        if constexpr (leaves_streams_out) return step(target_outputs{}).activations(step);
        else return step(target_pass{}).activations();
    }

    /// Adds `gradient`, an expression in b and i, to the loss gradient of the activation behind layer L − 1.
    template <std::size_t L>
    void add_gradient(device_type& device, const auto& gradient) {
        add_gradient(device, between_layers<Net::sizes[L]>{L}, gradient);
    }
    template <std::size_t Width>
    void add_gradient(device_type& device, between_layers<Width> place, const auto& gradient) {
        auto& memory = seeds_[place.number];
        if (memory.template as<extents<>>().data == nullptr) memory = {device, Width, capacity_};
        memory.resize(activations_.at(place).batch);
        const auto seed = memory.template as<extents<dynamic, Width>>();
        if (seeded_[place.number]) device(seed["bi"_i] += gradient);
        else device(seed["bi"_i] = gradient);
        seeded_[place.number] = true;
    }

  protected:
    std::size_t capacity() const { return capacity_; }
    /// Before layer `first` the pass is that of the target: before the first use of a site, or later.
    void run_forward(auto& step, const auto& weights, std::size_t first = Net::start) {
        const auto [begin, count] = step.problem.piece;
        seeded_ = {};
        activations_.resize(count);
        cotangents_.resize(count);
        if constexpr (leaves_streams_out) activations_.begin(step(stream_maps{}), &cotangents_);
        activations_.share(of_target(step), first, begin, count);
        forward<Problem, Net::start>(step.problem.device, weights, activations_, first);
    }
    template <class First = std::integral_constant<std::size_t, Net::start>>
    void run_pullback(device_type& device, const auto& weights, bool wants_factors = true, First first = {}) {
        if (seeded_ == decltype(seeded_){}) return;
        if constexpr (leaves_streams_out) activations_.begin_pullback(wants_factors);
        device(cotangents_.template at<Net::depth>()["bi"_i] = T(0));
        const auto add_seed = [&]<std::size_t Width>(between_layers<Width> place) {
            if (seeded_[place.number])
                device(cotangents_.at(place)["bi"_i] +=
                       seeds_[place.number].template as<extents<dynamic, Width>>()["bi"_i]);
        };
        apd::ext::pullback<Problem, Net::start>(device, weights, activations_, cotangents_, add_seed, first);
    }

  private:
    using everywhere = std::array<bool, Net::depth + 1>;  // no place is left out

    std::size_t capacity_;
    Activations activations_;
    tangent_arrays<device_type, T, Net> cotangents_;
    std::array<detail::array_memory<device_type, T>, Net::depth + 1> seeds_;
    std::array<bool, Net::depth + 1> seeded_{};
};

/// The decomposed network with all components active: its weights are S = Σ_c P_c.
struct unmasked_pass {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const unmasked_pass&) const = default;
    static constexpr std::tuple<target_pass, components> dependencies() { return {}; }

    template <class Problem>
    class state : public differentiated_pass<Problem> {
      public:
        state(const unmasked_pass&, Problem& p) : differentiated_pass<Problem>(p) {}
        static auto matrix(auto& step, auto layer) { return weights_at(step, layer).value; }
        void evaluate(auto& step) { this->run_forward(step, weights(step)); }
        void pullback(auto& step) { this->run_pullback(step.problem.device, weights(step)); }

      private:
        static auto weights_at(auto& step, auto layer) {
            const auto site = Problem::site_of(layer);
            const auto& sums = step(components{});
            const auto sum = sums.weight_sum(site);
            return dense_weights<typename Problem::scalar, typename decltype(sum)::shape>{
                sum, sums.weight_sum_gradient(site)};
        }
        static auto weights(auto& step) {
            return choose_weights([&step](auto layer) { return weights_at(step, layer); }, step.problem.target);
        }
    };
};

}  // namespace apd::ext
