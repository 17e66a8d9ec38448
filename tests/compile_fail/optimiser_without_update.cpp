// expect: apd: an optimiser has no update\(device, n, x, g, m\) const
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/objective/objective.hpp>
#include <apd/training/decompose.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>;

struct my_optimiser {
    bool operator==(const my_optimiser&) const = default;
    std::string describe() const { return "mine"; }
    static constexpr std::size_t moments = 0, numbers = 1;
    template <std::size_t I>
    APD_HOST_DEVICE double number(double rate, std::uint32_t) const {
        return rate;
    }
#ifdef APD_COMPILE_FAIL_FIXED
    void update(auto& device, const auto& n, const auto& x, const auto& g, const auto&) const {
        device(x = x - g * n[0]);
    }
#endif
};

void learn(apd::cpu& device, const apd::parameters<network>& target) {
    const apd::plan plan{target, apd::sparse_features<5>{}, 1.0 * apd::faithfulness(), apd::decompose_options{}};
    apd::decompose<5>(device, plan.with(my_optimiser{}));
}
