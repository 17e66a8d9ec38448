#pragma once
// The concept `mask_node`: which components each sample uses, and how much of them.

#include <concepts>
#include <cstddef>

#include <apd/backend/array.hpp>
#include <apd/component/mask_state.hpp>
#include <apd/component/method_node.hpp>

namespace apd::ext {

/// What the entries of a mask are: 0 or 1, or numbers through which losses are differentiated.
enum class mask_kind { binary, real };

/// Marks a type as a mask, so that losses take it.
template <mask_kind Kind>
struct mask_base {
    bool operator==(const mask_base&) const = default;
};

/// Concept: what multiplies component c on sample b.
///
/// A node (see `method_node`) that derives from `mask_base`, and whose state is a `binary_mask_state` or a
/// `real_mask_state`, as its kind says.
///
/// Models: batch_top_k, per_sample_top_k, exact_top_k, attribution_share (binary), lp, given_mask (real); a user's own
/// in examples/own_parts.hpp.
template <class M>
concept mask_node = method_node<M> &&
    (std::derived_from<M, mask_base<mask_kind::binary>> || std::derived_from<M, mask_base<mask_kind::real>>);

/// True for a mask: what losses that read one are made from. (A variable: it is named in messages.)
template <class Argument>
inline constexpr bool is_a_mask = mask_node<Argument>;
template <class Argument>
inline constexpr bool is_a_real_mask = mask_node<Argument>&& std::derived_from<Argument, mask_base<mask_kind::real>>;

/// What stands in the place of a mask that was not given.
struct no_mask {};

/// What the states of binary masks share: the active pairs, and how many samples each component is active on.
///
/// The first `Ranked` components are ranked by a score; every further one is active on all samples. A mask of one's own
/// derives its state from this, fills `writable()` with a backend's `select_top`, then calls `count_pairs`: see
/// examples/own_parts.hpp.
template <class Problem, std::size_t Ranked = Problem::components>
class pairs_state {
    static_assert(Ranked > 0, "apd: distil leaves no component to rank; use at least two components.");

  public:
    static constexpr std::size_t ranked = Ranked;

    explicit pairs_state(Problem& p) : pairs_(p.device, p.rows.capacity * Problem::components) {}
    const active_pairs& pairs() const { return pairs_.get(); }
    /// Σ_b s_c(b), [C]
    auto count() const { return pairs_.count(); }

  protected:
    active_pairs& writable() { return *pairs_; }
    static auto ranked_part(const auto& attribution) { return attribution.template slice<ranked>(0); }
    void count_pairs(auto& step) { step.problem.device(count()["c"_i] = step.problem.ones["b"_i], pairs()); }

  private:
    pair_storage<typename Problem::device_type, typename Problem::scalar, Problem::components> pairs_;
};

}  // namespace apd::ext
