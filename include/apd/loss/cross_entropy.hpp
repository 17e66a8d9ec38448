#pragma once
// Cross-entropy: how well logits meet the classes of samples.

#include <cstddef>
#include <cstdint>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/data/labelled_samples.hpp>
#include <apd/loss/distance.hpp>
#include <apd/network/softmax.hpp>

namespace apd::ext {

namespace detail {
// 1 where a letter has the number that an array says, else 0.
template <class T>
struct is_number {
    APD_HOST_DEVICE T operator()(std::uint32_t a, std::uint32_t b) const { return a == b ? T(1) : T(0); }
};
// 1 where there is a class.
template <class T>
struct has_class {
    APD_HOST_DEVICE T operator()(std::uint32_t c) const { return c == no_class ? T(0) : T(1); }
};
}  // namespace detail

/// How far outputs that are logits are from classes c [B]: mean over b of −log softmax(y)_c, where a row of `no_class`,
/// such as the positions of a sequence that are not asked for, counts as 0. It is what a distance is (see
/// `distance_base`), with classes in the place of the target's outputs.
struct cross_entropy_of_logits : distance_base {
    static constexpr bool takes_classes = true;
    bool operator==(const cross_entropy_of_logits&) const = default;
    static std::string describe() { return "cross_entropy"; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        array<device_type, T, extents<dynamic, 2>> sums_;
        array<device_type, std::uint32_t, extents<dynamic>> output_;  // 0, 1, …
        double mean_;

      public:
        state(const cross_entropy_of_logits&, Problem& p)
            : sums_(p.device, p.rows.capacity),
              output_(p.device, Problem::network_type::outputs),
              mean_(1.0 / static_cast<double>(p.rows.nominal)) {
            upload_in_order(p.device, output_, Problem::network_type::outputs);
        }
        void measure(auto& device, const auto& y, const auto& classes, const auto& value) {
            const auto q = softmax_of(device, y);
            device(value[""_i] = is_class(classes) * q.logarithm(y["bi"_i]) * -mean_);
        }
        auto gradient(auto& device, const auto& y, const auto& classes, auto weight) {
            const auto q = softmax_of(device, y);
            return (q.value(y["bi"_i]) - is_class(classes)) * map(detail::has_class<T>{}, classes["b"_i]) *
                   (weight * mean_);
        }

      private:
        auto softmax_of(auto& device, const auto& y) {
            sums_.resize(y.batch);
            const detail::softmax_sums q(*sums_);
            q.evaluate(device, y);
            return q;
        }
        auto is_class(const auto& classes) const {
            const view<std::uint32_t, extents<Problem::network_type::outputs>> output{(*output_).data};
            return map(detail::is_number<T>{}, classes["b"_i], output["i"_i]);
        }
    };
};
inline constexpr cross_entropy_of_logits cross_entropy;

}  // namespace apd::ext

namespace apd {
using ext::cross_entropy_of_logits, ext::cross_entropy;
}  // namespace apd
