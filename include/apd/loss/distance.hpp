#pragma once
// Distances between a pass's output and the target's: squared error, or the divergence of distributions.

#include <concepts>
#include <cstddef>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/network/softmax.hpp>

namespace apd::ext {

/// Marks a type as a distance between outputs: a regular value with `describe()` and a `state<Problem>`, constructed
/// from (distance, problem), with `measure(device, y, target, value)` and `gradient(device, y, target, weight)`, an
/// expression in b and i. With `unaffected_by_zero_rows` it promises that its gradient is zero where y is the target.
struct distance_base {
    bool operator==(const distance_base&) const = default;
};
template <class D>
inline constexpr bool is_a_distance = std::derived_from<D, distance_base>;

/// A distance of outputs: mean over b and o of (y − y*)².
struct squared_error : distance_base {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const squared_error&) const = default;
    static std::string describe() { return "squared_error"; }

    template <class Problem>
    class state {
        double mean_;

      public:
        state(const squared_error&, Problem& p)
            : mean_(1.0 / (static_cast<double>(p.rows.nominal) * Problem::network_type::outputs)) {}
        void measure(auto& device, const auto& y, const auto& target, const auto& value) const {
            device(value[""_i] = square(y["bi"_i] - target["bi"_i]) * mean_);
        }
        auto gradient(auto&, const auto& y, const auto& target, auto weight) const {
            return (y["bi"_i] - target["bi"_i]) * (2 * weight * mean_);
        }
    };
};

/// A distance of outputs that are logits: mean over b of KL(softmax(y*) ‖ softmax(y)), softmax over all outputs.
struct kl_divergence_of_logits : distance_base {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const kl_divergence_of_logits&) const = default;
    static std::string describe() { return "kl_divergence"; }

    template <class Problem>
    class state {
        using workspace_type = array<typename Problem::device_type, typename Problem::scalar, extents<dynamic, 2>>;
        workspace_type found_, target_;
        double mean_;

      public:
        state(const kl_divergence_of_logits&, Problem& p)
            : found_(p.device, p.rows.capacity),
              target_(p.device, p.rows.capacity),
              mean_(1.0 / static_cast<double>(p.rows.nominal)) {}
        void measure(auto& device, const auto& y, const auto& target, const auto& value) {
            resize(y.batch);
            const detail::softmax_sums p(*target_), q(*found_);
            p.evaluate(device, target);
            q.evaluate(device, y);
            device(value[""_i] =
                       p.value(target["bi"_i]) * (p.logarithm(target["bi"_i]) - q.logarithm(y["bi"_i])) * mean_);
        }
        auto gradient(auto& device, const auto& y, const auto& target, auto weight) {
            resize(y.batch);
            const detail::softmax_sums p(*target_), q(*found_);
            p.evaluate(device, target);
            q.evaluate(device, y);
            return (q.value(y["bi"_i]) - p.value(target["bi"_i])) * (weight * mean_);
        }

      private:
        void resize(std::size_t samples) {
            found_.resize(samples);
            target_.resize(samples);
        }
    };
};
inline constexpr kl_divergence_of_logits kl_divergence;

}  // namespace apd::ext

namespace apd {
using ext::squared_error, ext::kl_divergence_of_logits, ext::kl_divergence;
}  // namespace apd
