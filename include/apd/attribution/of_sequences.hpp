#pragma once
// How much each component matters to a whole sequence.

#include <cstddef>
#include <string>
#include <tuple>

#include <apd/attribution/attribution_node.hpp>
#include <apd/backend/array.hpp>
#include <apd/component/method_node.hpp>
#include <apd/core/describe.hpp>

namespace apd::ext {

/// a[b, t, c] = (1/Length) Σ_s a'[b, s, c], the mean of an attribution over the positions s of a sequence: all
/// positions have the same, so that a mask activates a component on a whole sequence or on none of it.
template <attribution_node Attribution>
struct attribution_of_sequences : attribution_base {
    Attribution attribution;
    bool operator==(const attribution_of_sequences&) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return describe_call("of_sequences", attribution); }

    template <class Problem>
    class state {
        using T = typename Problem::scalar;
        static constexpr std::size_t length = Problem::network_type::sequence_length;

      public:
        state(const attribution_of_sequences& node, Problem& p)
            : attribution_(node.attribution),
              means_(p.device, p.rows.capacity / length),
              value_(p.device, p.rows.capacity) {}
        auto value() const { return *value_; }

        void evaluate(auto& step) {
            const auto of_rows = step(attribution_).value();
            value_.resize(of_rows.batch), means_.resize(of_rows.batch / length);
            auto& device = step.problem.device;
            device(means_["bc"_i] = of_rows.template unfold<length>()["btc"_i] * (1.0 / length));
            device(value().template unfold<length>()["btc"_i] = means_["bc"_i]);
        }

      private:
        using numbers = array<typename Problem::device_type, T, extents<dynamic, Problem::components>>;
        Attribution attribution_;
        numbers means_, value_;
    };
};

/// Without it positions are the samples that a mask ranks. Losses are not differentiated through it.
///
/// Example: `apd::batch_top_k(apd::of_sequences(apd::gradient_attribution()), 2)`: two components of a sequence, in the
/// mean over those of a batch; `per_sample_top_k` for two of each. (Let k times the sequences of a batch be a whole
/// number, else one of them is cut.)
template <attribution_node Attribution>
constexpr auto of_sequences(Attribution attribution) {
    return attribution_of_sequences<Attribution>{{}, attribution};
}

}  // namespace apd::ext

namespace apd {
using ext::of_sequences;
}  // namespace apd
