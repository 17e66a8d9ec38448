#pragma once
// A mask that is given from outside, number by number: to ask what a network does with just these components.

#include <cstddef>
#include <string>
#include <tuple>

#include <apd/mask/mask_node.hpp>

namespace apd::ext {

/// m[b, c] as the caller writes it to `run(given_mask{}).value()`, an array of the backend; ones at first.
///
/// Example: `apd::ext::objective_step run(problem, 1.0 * apd::minimality(apd::given_mask{}));`, then
/// `device.upload(m, run(apd::given_mask{}).value())`.
struct given_mask : mask_base<mask_kind::real> {
    bool operator==(const given_mask&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }
    static std::string describe() { return "given_mask()"; }

    template <class Problem>
    class state {
        using mask_array =
            array<typename Problem::device_type, typename Problem::scalar, extents<dynamic, Problem::components>>;

      public:
        state(const given_mask&, Problem& p) : value_(p.device, p.rows.capacity), gradient_(p.device, p.rows.capacity) {
            p.device(value_["bc"_i] = 1);
        }
        auto value() const { return *value_; }
        /// The gradient of the loss with respect to m, as the last pullback left it.
        auto gradient() const { return *gradient_; }
        void evaluate(auto& step) { step.problem.device(gradient_["bc"_i] = 0); }

      private:
        mask_array value_, gradient_;
    };
};

}  // namespace apd::ext

namespace apd {
using ext::given_mask;
}  // namespace apd
