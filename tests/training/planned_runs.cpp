#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/host_grid.hpp>
#include <support/toy.hpp>

namespace {

/// Counts what is allocated.
struct counted_machine : apd_test::host_machine<1000, 1000, 100, 8> {
    using host_machine::host_machine;
    std::size_t bytes = 0;

    void* allocate(std::size_t more) {
        bytes += more;
        return host_machine::allocate(more);
    }
};

}  // namespace

TEST_CASE("runs take memory for their batch alone, however large the tiles of a backend may be") {
    using device_type = apd::ext::grid<counted_machine>;
    STATIC_REQUIRE(device_type::tile_bytes >= std::size_t{1} << 30U);
    const auto mask = [](auto attribution) { return apd::batch_top_k(attribution, 1); };
    const auto reverse = apd::gradient_attribution(apd::of_target, apd::reverse_mode);
    const auto objective = apd::faithfulness() + apd::minimality(mask(apd::gradient_attribution())) +
                           apd::minimality(mask(reverse)) + apd::minimality(mask(apd::ablation_attribution())) +
                           apd::minimality(mask(apd::activation_attribution())) +
                           apd::minimality(mask(apd::integrated_gradient_attribution(2))) +
                           apd::sparsity(apd::lp(apd::gradient_attribution(), 0.9));
    device_type device;
    const std::vector plans(3, apd::plan{apd_test::toy_target, apd_test::toy_data, objective,
                                         apd::decompose_options{.steps = 3, .batch = 16, .learning_rate = 1e-3}});
    apd::decompose<5, 3>(device, plans);
    CHECK(device.machine().bytes < 3 * 100'000);
}
