// expect: apd::plan: with\(\) takes an optimiser
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/objective/objective.hpp>
#include <apd/training/decompose.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>;

struct my_optimiser {
    bool operator==(const my_optimiser&) const = default;
    std::string describe() const { return "mine"; }
    static constexpr std::size_t moments = 0;
#ifdef APD_COMPILE_FAIL_FIXED
    static constexpr std::size_t numbers = 1;
#endif
    template <std::size_t I>
    APD_HOST_DEVICE double number(double rate, std::uint32_t) const {
        return rate;
    }
    void update(auto& device, const auto& n, const auto& x, const auto& g, const auto&) const {
        device(x = x - g * n[0]);
    }
};

void learn(apd::cpu& device, const apd::parameters<network>& target) {
    const apd::plan plan{target, apd::sparse_features<5>{}, 1.0 * apd::faithfulness(), apd::decompose_options{}};
#ifdef APD_COMPILE_FAIL_FIXED
    apd::decompose<5>(device, plan.with(my_optimiser{}));
#else
    plan.with(my_optimiser{});
#endif
}
