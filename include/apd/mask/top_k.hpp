#pragma once
// Binary masks that choose the largest attributions: of a batch, of every sample, or as many as are truly needed.

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <apd/array/elementwise.hpp>
#include <apd/attribution/attribution_node.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/mask/mask_node.hpp>

namespace apd::ext {

/// As the last argument of a mask: the last component is not ranked, and active on every sample.
struct distil_last {
    static std::string describe() { return "distil"; }
};
inline constexpr distil_last distil;
/// The default: every component is ranked.
struct rank_all {};

namespace detail {

template <class Problem, class Distil>
inline constexpr std::size_t ranked = Problem::components - (std::is_same_v<Distil, distil_last> ? 1 : 0);

// The state of a mask that chooses the n largest attributions of a batch; a derived state says what n is.
template <class Problem, class Distil>
class top_n_state : public pairs_state<Problem, ranked<Problem, Distil>> {
  public:
    explicit top_n_state(Problem& p) : pairs_state<Problem, ranked<Problem, Distil>>(p), wanted_(p.device) {}

  protected:
    auto wanted() const { return wanted_[""_i]; }
    // What is wanted of the rows here becomes that of the batch.
    void add_up_wanted(auto& step) { step.problem.add_up(*wanted_); }
    // The largest of an array of scores [B, C] as far as they are positive: of equal zeros none is more active than the
    // others, and which of them come first depends on the samples that a step leaves out.
    void select(auto& step, const auto& scores) {
        step.problem.device.select_top(this->ranked_part(scores), *wanted_, this->writable());
        this->count_pairs(step);
    }

  private:
    array<typename Problem::device_type, typename Problem::scalar, extents<>> wanted_;
};

template <class Distil>
std::string describe_mask(std::string_view name, const auto&... arguments) {
    if constexpr (std::is_same_v<Distil, distil_last>) return describe_call(name, arguments..., distil);
    else return describe_call(name, arguments...);
}

inline void check_k(double k, std::size_t ranked, const std::string& mask) {
    if (!(k >= 0) || k > static_cast<double>(ranked))
        throw error(mask, "k is " + number_text(k) + ", but " + std::to_string(ranked) + " components are ranked",
                    "choose k between 0 and the number of components");
}

}  // namespace detail

/// The n = ⌊k·B⌋ largest attributions of a batch are active, as far as they are positive.
template <attribution_node Attribution, class Distil>
struct batch_top_k_mask : mask_base<mask_kind::binary> {
    static constexpr bool unaffected_by_zero_rows = true;
    Attribution attribution;
    double k;
    bool operator==(const batch_top_k_mask& other) const {
        return attribution == other.attribution && detail::exactly_equal(k, other.k);
    }
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return detail::describe_mask<Distil>("batch_top_k", attribution, k); }

    template <class Problem>
    class state : public detail::top_n_state<Problem, Distil> {
      public:
        state(const batch_top_k_mask& node, Problem& p)
            : detail::top_n_state<Problem, Distil>(p), attribution_(node.attribution) {
            detail::check_k(node.k, this->ranked, "batch_top_k");
            p.device(this->wanted() = std::floor(node.k * static_cast<double>(p.rows.nominal)));
        }
        void evaluate(auto& step) { this->select(step, step(attribution_).value()); }

      private:
        Attribution attribution_;
    };
};

/// Batch top-k with k = (number of non-zero inputs of the batch)/B: as many as features are present.
template <attribution_node Attribution, class Distil>
struct exact_top_k_mask : mask_base<mask_kind::binary> {
    static constexpr bool unaffected_by_zero_rows = true;
    Attribution attribution;
    bool operator==(const exact_top_k_mask& other) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return detail::describe_mask<Distil>("exact_top_k", attribution); }

    template <class Problem>
    class state : public detail::top_n_state<Problem, Distil> {
      public:
        state(const exact_top_k_mask& node, Problem& p)
            : detail::top_n_state<Problem, Distil>(p), attribution_(node.attribution) {}
        void evaluate(auto& step) {
            step.problem.device(this->wanted() = nonzero(step.problem.x["bi"_i]));
            this->add_up_wanted(step);
            this->select(step, step(attribution_).value());
        }

      private:
        Attribution attribution_;
    };
};

/// The k largest attributions of every sample are active.
template <attribution_node Attribution, class Distil>
struct per_sample_top_k_mask : mask_base<mask_kind::binary> {
    Attribution attribution;
    std::size_t k;
    bool operator==(const per_sample_top_k_mask& other) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return detail::describe_mask<Distil>("per_sample_top_k", attribution, k); }

    template <class Problem>
    class state : public pairs_state<Problem, detail::ranked<Problem, Distil>> {
      public:
        state(const per_sample_top_k_mask& node, Problem& p)
            : pairs_state<Problem, detail::ranked<Problem, Distil>>(p), attribution_(node.attribution), k_(node.k) {
            detail::check_k(static_cast<double>(k_), this->ranked, "per_sample_top_k");
        }
        void evaluate(auto& step) {
            step.problem.device.select_top_per_sample(this->ranked_part(step(attribution_).value()), k_,
                                                      this->writable());
            this->count_pairs(step);
        }

      private:
        Attribution attribution_;
        std::size_t k_;
    };
};

/// Example: `auto active = apd::batch_top_k(apd::gradient_attribution(), 0.211);` k is a mean over samples, and real.
/// Errors, when the run starts: `apd::error` if k exceeds the number of ranked components.
template <class Attribution, class Distil = rank_all>
constexpr auto batch_top_k(Attribution attribution, double k, Distil = {}) {
    static_assert(is_an_attribution<Attribution>,
                  "apd::batch_top_k: takes an attribution, such as gradient_attribution(), and k.");
    if constexpr (is_an_attribution<Attribution>) return batch_top_k_mask<Attribution, Distil>{{}, attribution, k};
}
template <class Attribution, class Distil = rank_all>
constexpr auto exact_top_k(Attribution attribution, Distil = {}) {
    static_assert(is_an_attribution<Attribution>,
                  "apd::exact_top_k: takes an attribution, such as gradient_attribution().");
    if constexpr (is_an_attribution<Attribution>) return exact_top_k_mask<Attribution, Distil>{{}, attribution};
}
template <class Attribution, class Distil = rank_all>
constexpr auto per_sample_top_k(Attribution attribution, std::size_t k, Distil = {}) {
    static_assert(is_an_attribution<Attribution>,
                  "apd::per_sample_top_k: takes an attribution, such as gradient_attribution(), and k.");
    if constexpr (is_an_attribution<Attribution>) return per_sample_top_k_mask<Attribution, Distil>{{}, attribution, k};
}

}  // namespace apd::ext

namespace apd {
using ext::distil, ext::distil_last, ext::batch_top_k, ext::exact_top_k, ext::per_sample_top_k;
}  // namespace apd
