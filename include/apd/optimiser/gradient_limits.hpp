#pragma once
// Gradients that are cut down when they are long, so that one batch can't throw a run off its way.

#include <cmath>
#include <cstddef>
#include <limits>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext {

/// How long gradients may be: that of all factors together, and that of all else that is learned.
struct gradient_limits {
    static constexpr double none = std::numeric_limits<double>::max();
    double factors = none, others = none;
};

namespace detail {
template <class T>
struct limiting_factor {
    double limit;
    APD_HOST_DEVICE T operator()(T squared) const {
        const double factor = limit / (std::sqrt(static_cast<double>(squared)) + 1e-6);
        return static_cast<T>(factor < 1 ? factor : 1);  // NaN is told by what it makes of the numbers
    }
};
}  // namespace detail

/// g ← g·min(1, limit/(‖g‖ + 10⁻⁶)) for the gradients g of some parts together.
template <class Device, class T>
class gradient_limiter {
  public:
    explicit gradient_limiter(Device& device) : factor_(device) {}
    void limit(Device& device, const auto& parts, std::size_t first, std::size_t end, double limit) {
        if (!(limit < gradient_limits::none)) return;
        device(factor_[""_i] = 0);
        each(parts, first, end, [&](const auto& gradient) { device(factor_[""_i] += square(gradient["i"_i])); });
        device(factor_[""_i] = map(detail::limiting_factor<T>{limit}, factor_[""_i]));
        each(parts, first, end,
             [&](const auto& gradient) { device(gradient["i"_i] = gradient["i"_i] * factor_[""_i]); });
    }

  private:
    static void each(const auto& parts, std::size_t first, std::size_t end, auto&& f) {
        std::size_t number = 0;
        for (const auto& part : parts) {
            if (number >= first && number < end) f(part.gradient);
            ++number;
        }
    }
    array<Device, T, extents<>> factor_;
};

}  // namespace apd::ext
