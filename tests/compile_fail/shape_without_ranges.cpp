// expect: apd::decompose: the shape lacks components\(sites\), range_of\(site, sites\) or rank_bound
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/objective/objective.hpp>
#include <apd/training/decompose.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>;

struct my_shape {
    static constexpr std::size_t rank_bound = 1;
    static constexpr std::size_t components(std::size_t) { return 5; }
#ifdef APD_COMPILE_FAIL_FIXED
    static constexpr apd::ext::component_range range_of(std::size_t, std::size_t) { return {0, 5}; }
#endif
};

void learn(apd::cpu& device, const apd::parameters<network>& target) {
    apd::decompose<my_shape>(device, target, apd::sparse_features<5>{}, 1.0 * apd::faithfulness());
}
