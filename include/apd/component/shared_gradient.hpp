#pragma once
// A gradient that several add to, the first of whom writes.

#include <utility>

#include <apd/array/statement.hpp>

namespace apd::ext {

/// A gradient that several add to: what was there before the first of them does not count.
///
/// Example: `bool has_begun = false; shared_gradient<decltype(*g)> sum{*g, &has_begun}; sum.add(device, x["bc"_i]);`
template <class Array>
struct shared_gradient {
    Array array{};              ///< without data the gradient is not wanted
    bool* has_begun = nullptr;  ///< whether somebody has added; null: what is there counts

    bool is_wanted() const { return array.data != nullptr; }
    /// An expression in b and c, and r, where the array has three axes.
    void add(auto& device, const auto& gradient) const {
        const auto sum = [this] {
            if constexpr (Array::shape::rank == 2) return array["bc"_i];
            else return array["bcr"_i];
        }();
        if (has_begun == nullptr || std::exchange(*has_begun, true)) device(sum += gradient);
        else device(sum = gradient);
    }
};

}  // namespace apd::ext
