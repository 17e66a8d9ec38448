// expect: apd: the data have no fill\(device, step, x\) that writes a batch
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/objective/objective.hpp>
#include <apd/training/decompose.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>;

struct my_data {
    static constexpr std::size_t features = 5;
#ifdef APD_COMPILE_FAIL_FIXED
    void fill(auto& device, std::uint32_t, const auto& x) const {
        using namespace apd::ext::literals;
        device(x["bi"_i] = 1);
    }
#endif
};

void learn(apd::cpu& device, const apd::parameters<network>& target) {
    apd::decompose<5>(device, target, my_data{}, 1.0 * apd::faithfulness());
}
