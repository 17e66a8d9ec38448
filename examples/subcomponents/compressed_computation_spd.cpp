// Compressed computation by SPD.

#include "residual.hpp"

int take_apart_by_spd(const residual_options& options, const residual_settings& paper) {
    return options.where.run([&](auto& device) {
        if (options.quick)
            return take_residual_apart<one_block<20, 100, 10>, 26>(
                device, options, paper, layerwise_spd<20, 16>{{1e-5, 2e-3, 0.1, 5'000}}, 5 * paper.probability, 2'000);
        return take_residual_apart<one_block<100, 1000, 50>, 130>(
            device, options, paper, layerwise_spd<100, 16>{{1e-5, 2e-3, 0.1, 20'000}}, paper.probability, 1'000);
    });
}
