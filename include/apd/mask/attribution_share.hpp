#pragma once
// A binary mask without a k: the components that have a share of what all of them do to a sample.

#include <cstddef>
#include <limits>
#include <string>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/attribution/attribution.hpp>
#include <apd/core/error.hpp>
#include <apd/mask/top_k.hpp>

namespace apd {

namespace detail {
template <class T>
struct reaches {
    T share;
    APD_HOST_DEVICE T operator()(T x) const { return x < share ? T(0) : T(1); }
};
}  // namespace detail

/// Component c is active on sample b if a[b, c] ≥ share·max(Σ_c a[b, c], ā): it does at least this share of what all
/// components do to the sample, and to a usual sample; ā is the mean of Σ_c a[b, c] over the samples to which something
/// is done at all.
template <attribution_node Attribution, class Distil>
struct attribution_share_mask : mask_base<mask_kind::binary> {
    static constexpr bool ignores_zeros = true;
    Attribution attribution;
    double share;
    bool operator==(const attribution_share_mask& other) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return detail::describe_mask<Distil>("attribution_share", attribution, share); }

    template <class Problem>
    class state : public detail::top_n_state<Problem, Distil> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;

      public:
        state(const attribution_share_mask& node, Problem& p)
            : detail::top_n_state<Problem, Distil>(p),
              node_(node),
              all_(p.device, p.batch),
              score_(p.device, p.batch),
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
            device(sum_[""_i] = sum_[""_i] / larger(samples_[""_i], constant(T(1))));
            device(score_["bc"_i] =
                       a["bc"_i] / larger(larger(all_["b"_i], sum_[""_i]), constant(std::numeric_limits<T>::min())));
            const auto scores = this->ranked_part(*score_);
            device(this->wanted() = map(detail::reaches<T>{static_cast<T>(node_.share)}, scores["bc"_i]));
            this->select(step, *score_);
        }

      private:
        attribution_share_mask node_;
        array<device_type, T, extents<dynamic>> all_;
        array<device_type, T, extents<dynamic, Problem::components>> score_;
        array<device_type, T, extents<>> sum_, samples_;
    };
};

/// Example: `auto active = apd::attribution_share(apd::gradient_attribution(), 0.01);` No number of components is
/// chosen beforehand: as many are active as the sample needs. Errors: `apd::error` unless 0 < share ≤ 1.
template <attribution_node Attribution, class Distil = rank_all>
constexpr auto attribution_share(Attribution attribution, double share, Distil = {}) {
    if (!(share > 0 && share <= 1))
        throw error("attribution_share", "the share is " + std::to_string(share),
                    "choose one above 0 and at most 1, such as 0.01");
    return attribution_share_mask<Attribution, Distil>{{}, attribution, share};
}

}  // namespace apd
