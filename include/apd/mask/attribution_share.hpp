#pragma once
// A binary mask without a k: the components that have a share of what all of them do to a sample.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/attribution/attribution_node.hpp>
#include <apd/component/draws.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/core/philox.hpp>
#include <apd/mask/top_k.hpp>

namespace apd::ext {

/// A share that rises by the same factor in every step, from `first` to `last` at step `steps`, where it stays. As long
/// as it is small, a mechanism that two components hold keeps both; when it has risen, one of them has to do.
struct rising_share {
    double first, last;
    std::size_t steps;
    bool operator==(const rising_share& other) const {
        return detail::exactly_equal(first, other.first) && detail::exactly_equal(last, other.last) &&
               steps == other.steps;
    }
};

namespace detail {
template <class T>
struct share_at {
    rising_share share;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        if (step >= share.steps) return static_cast<T>(share.last);
        return static_cast<T>(share.first * std::pow(share.last / share.first,
                                                     static_cast<double>(step) / static_cast<double>(share.steps)));
    }
};
// 1 by this chance, else 0.
template <class T>
struct drawn_with {
    double chance;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const {
        return unit_interval<T>(word) < static_cast<T>(chance) ? T(1) : T(0);
    }
};
template <class T>
struct reaches_one {
    APD_HOST_DEVICE T operator()(T x) const { return x < T(1) ? T(0) : T(1); }
};
}  // namespace detail

/// Component c is active on sample b if a[b, c] ≥ share·max(Σ_c a[b, c], ā): it does at least this share of what all
/// components do to the sample, and to a usual sample; ā is the mean of Σ_c a[b, c] over the samples to which something
/// is done at all. With `bystanders`, every other component is too, by this chance: see `with_bystanders`.
template <attribution_node Attribution, class Distil>
struct attribution_share_mask : mask_base<mask_kind::binary> {
    static constexpr bool unaffected_by_zero_rows = true;
    Attribution attribution;
    rising_share share;
    double bystanders = 0;
    bool operator==(const attribution_share_mask& other) const {
        return attribution == other.attribution && share == other.share &&
               detail::exactly_equal(bystanders, other.bystanders);
    }
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const {
        if (bystanders > 0) {
            auto alone = *this;
            alone.bystanders = 0;
            return describe_call("with_bystanders", alone, bystanders);
        }
        if (share.steps == 0) return detail::describe_mask<Distil>("attribution_share", attribution, share.last);
        return detail::describe_mask<Distil>("attribution_share", attribution, share.first, share.last, share.steps);
    }

    template <class Problem>
    class state : public detail::top_n_state<Problem, Distil> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;

      public:
        state(const attribution_share_mask& node, Problem& p)
            : detail::top_n_state<Problem, Distil>(p),
              node_(node),
              all_(p.device, p.rows.capacity),
              score_(p.device, p.rows.capacity),
              draws_(p),
              share_(p.device),
              sum_(p.device),
              samples_(p.device) {}
        void evaluate(auto& step) {
            auto& device = step.problem.device;
            const auto a = step(node_.attribution).value();
            all_.resize(a.batch);
            score_.resize(a.batch);
            device(all_["b"_i] = a["bc"_i]);
            device(sum_[""_i] = all_["b"_i]);
            device(samples_[""_i] = nonzero(all_["b"_i]));
            step.problem.add_up(*sum_);
            step.problem.add_up(*samples_);
            device(sum_[""_i] = sum_[""_i] / larger(samples_[""_i], constant(T(1))));
            device(share_[""_i] = map(detail::share_at<T>{node_.share}, step.problem.step[""_i]));
            device(all_["b"_i] = share_[""_i] * larger(all_["b"_i], sum_[""_i]));
            device(score_["bc"_i] = a["bc"_i] / larger(all_["b"_i], constant(std::numeric_limits<T>::min())));
            if (node_.bystanders > 0)
                device(score_["bc"_i] = larger(score_["bc"_i], draws_(detail::drawn_with<T>{node_.bystanders})));
            const auto scores = this->ranked_part(*score_);
            device(this->wanted() = map(detail::reaches_one<T>{}, scores["bc"_i]));
            this->add_up_wanted(step);
            this->select(step, *score_);
        }

      private:
        attribution_share_mask node_;
        array<device_type, T, extents<dynamic>> all_;
        array<device_type, T, extents<dynamic, Problem::components>> score_;
        component_draws<Problem> draws_;
        array<device_type, T, extents<>> share_, sum_, samples_;
    };
};

namespace detail {
inline void check_share(const rising_share& share) {
    for (const double each : {share.first, share.last})
        if (!(each > 0 && each <= 1))
            throw error("attribution_share", "the share is " + number_text(each),
                        "choose one above 0 and at most 1, such as 0.01");
    if (share.first > share.last)
        throw error("attribution_share",
                    "the share falls from " + number_text(share.first) + " to " + number_text(share.last),
                    "give the smaller one first");
}
template <class Mask>
inline constexpr bool is_attribution_share = false;
template <class Attribution, class Distil>
inline constexpr bool is_attribution_share<attribution_share_mask<Attribution, Distil>> = true;
}  // namespace detail

/// Example: `auto active = apd::attribution_share(apd::gradient_attribution(), 0.01);` No number of components is
/// chosen beforehand: as many are active as the sample needs. In the place of the share may stand a `rising_share`.
/// Errors: `apd::error` unless 0 < share ≤ 1, or if it falls.
template <class Attribution, class Distil = rank_all>
constexpr auto attribution_share(Attribution attribution, rising_share share, Distil = {}) {
    static_assert(is_an_attribution<Attribution>,
                  "apd::attribution_share: takes an attribution, such as gradient_attribution(), and a share.");
    detail::check_share(share);
    if constexpr (is_an_attribution<Attribution>)
        return attribution_share_mask<Attribution, Distil>{{}, attribution, share};
}
template <class Attribution, class Distil = rank_all>
constexpr auto attribution_share(Attribution attribution, double share, Distil last = {}) {
    return attribution_share(attribution, rising_share{share, share, 0}, last);
}

/// The same mask, and on every sample every other component by this chance. What should have no effect is taken along
/// at random, so that minimality teaches it to have none; without, components that are never active together may do
/// there what only cancels in the sum of all. They are drawn anew in every step.
///
/// Example: `auto among_others = apd::with_bystanders(active, 0.005);` Errors: `apd::error` unless 0 ≤ chance ≤ 1.
template <class Mask>
constexpr Mask with_bystanders(Mask mask, double chance) {
    static_assert(detail::is_attribution_share<Mask>,
                  "apd::with_bystanders: takes a mask that attribution_share(…) made, and a chance.");
    if (!(chance >= 0 && chance <= 1))
        throw error("with_bystanders", "the chance is " + number_text(chance),
                    "choose one of at least 0 and at most 1, such as 0.005");
    if constexpr (detail::is_attribution_share<Mask>) mask.bystanders = chance;
    return mask;
}

}  // namespace apd::ext

namespace apd {
using ext::rising_share, ext::attribution_share, ext::with_bystanders;
}  // namespace apd
