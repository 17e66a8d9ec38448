#pragma once
// The concept `loss_term`, and what the states of losses share.

#include <concepts>
#include <cstddef>
#include <string_view>

#include <apd/backend/array.hpp>
#include <apd/component/method_node.hpp>

namespace apd::ext {

/// Marks a type as a loss, so that `0.7 * term + other_term` builds an objective.
struct loss_base {
    static constexpr bool goes_in_pieces = false;
    bool operator==(const loss_base&) const = default;
};

/// Concept: one term of an objective.
///
/// A node (see `method_node`) that derives from `loss_base`, with a static `name`, and a state that has
/// * `measure(step)`: writes the value to a scalar array, `value()`;
/// * `pullback(step, weight)`: adds weight times the gradient to what the term reads; of any `weight`, if the
///   coefficient may change along a run (see `scheduled_loss`), then a number or an expression of one.
///
/// Optional: `is_of_weights`, true if it is the same whatever the rows of the batch are; of a batch that is cut into
/// slices (see `team`) it then counts once, where other losses are added up over the slices. A loss whose dependencies
/// are components alone has to say it, true or false, before batches are cut.
///
/// Optional: `goes_in_pieces`, true if it is a sum over rows of which it also computes some alone: those of
/// `problem.piece`, with arrays of no more than `problem.rows_at_once`. Such losses are computed together for one piece
/// of a batch after the other, so that what they read and write is in the caches.
///
/// Law: pullback is the gradient of measure. Models: faithfulness, minimality, simplicity, sparsity, …; a user's own in
/// examples/own_parts.hpp.
template <class L>
concept loss_term = method_node<L> && std::derived_from<L, loss_base> && requires {
    { L::name } -> std::convertible_to<std::string_view>;
};

/// A scalar in the backend's memory; derive the state of a loss from it.
template <class Problem>
class loss_state {
  public:
    explicit loss_state(Problem& p) : value_(p.device) {}
    auto value() const { return *value_; }

  private:
    array<typename Problem::device_type, typename Problem::scalar, extents<>> value_;
};

}  // namespace apd::ext
