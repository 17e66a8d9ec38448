#pragma once
// Subcomponents that matter together, put together into components: merged as long as that describes them shorter.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <apd/core/xtensor.hpp>

namespace apd::ext {

/// Groups of subcomponents, and when each is active: on a sample where any of its members is.
///
/// To say which groups are active, and all that belongs to them, takes
///
///     MDL = Σ_i s_i (log₂ k + α r_i)
///
/// bits a sample, of k groups i with r_i members that are active on the share s_i of samples.
class subcomponent_groups {
  public:
    /// Every column of the importances [N, C] is a group of its own, active where it is above the threshold. Errors:
    /// `apd::error` if there are no samples.
    subcomponent_groups(const xt::xtensor<double, 2>& importances, double threshold, double alpha = 1);

    std::size_t count() const { return sizes_.size(); }
    /// For every subcomponent, the number of its group.
    const std::vector<std::size_t>& labels() const { return labels_; }
    /// On how many samples groups i and j are both active; one alone, if they are the same.
    std::size_t together(std::size_t i, std::size_t j) const { return together_(i, j); }
    double description_length() const;
    /// By how much it would change if groups i ≠ j were one.
    double cost_of_merging(std::size_t i, std::size_t j) const;
    /// Groups i ≠ j become one, with the smaller number; larger numbers than the other move down.
    void merge(std::size_t i, std::size_t j);

  private:
    double share(std::size_t i, std::size_t j) const {
        return static_cast<double>(together_(i, j)) / static_cast<double>(samples_);
    }
    // Of all groups, for every cost: Σ s_i, log₂ k and log₂(k − 1).
    struct totals {
        double share, name, shorter_name;
    };
    totals all() const;

    std::size_t samples_;
    double alpha_;
    std::vector<std::size_t> labels_, sizes_;
    std::vector<std::vector<std::uint64_t>> active_;  // of every group, a bit for each sample
    xt::xtensor<std::size_t, 2> together_;
    totals all_{};
};

/// Which two groups are merged next.
enum class merge_choice {
    range,     ///< any two whose cost is at most so far above the least: min + spread·(max − min)
    annealed,  ///< two with probability ∝ exp(−cost/spread)
    rank       ///< of the pairs in the order of their costs, number J, P(J) ∝ exp(−spread·J)
};

struct clustering_options {
    double threshold = 0.1;     ///< above which a subcomponent is active
    double alpha = 1;           ///< how many bits a member of an active group takes
    double dead_below = 0.001;  ///< a subcomponent whose largest importance is below this has no group
    merge_choice choice = merge_choice::range;
    double spread = 0;  ///< of the choice; 0: always the two that cost least
    std::uint64_t seed = 0;
};

/// The label of a subcomponent that has no group.
inline constexpr std::size_t no_group = std::numeric_limits<std::size_t>::max();

/// For every column of the importances [N, C] the number of its group, or no_group: two groups are merged after two,
/// until the next merge would take more bits. (§ "clustering" of the report on VPD.)
///
/// Errors: `apd::error` if there are no samples.
/// Example: `auto labels = apd::cluster(importances, {.threshold = 0.1});`
std::vector<std::size_t> cluster(const xt::xtensor<double, 2>& importances, const clustering_options& how = {});

/// How many labels differ when those of one clustering are renamed to fit the other best.
std::size_t label_distance(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b);
/// How many pairs are together in one clustering and apart in the other.
std::size_t pair_distance(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b);

}  // namespace apd::ext

namespace apd {
using ext::subcomponent_groups, ext::merge_choice, ext::clustering_options, ext::no_group, ext::cluster,
    ext::label_distance, ext::pair_distance;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/analysis/clustering.ipp>
#endif
