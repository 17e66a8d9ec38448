// Mechanisms across two layers, or three, by SPD.

#include "residual.hpp"

int take_apart_by_spd(const residual_options& options, const residual_settings& paper) {
    return options.where.run([&](auto& device) {
        if (options.quick)
            return take_residual_apart<two_blocks<20, 100, 5>, 40>(
                device, options, paper, adversarial_spd<40, 32>{{1e-4, 1e-3, 0, 5'000}}, 5 * paper.probability, 2'000);
        if (options.blocks == "3")
            return take_residual_apart<three_blocks<102, 1000, 17>, 300>(
                device, options, paper, layerwise_spd<500, 128>{{1e-5, 1e-3, 0.1, 50'000}}, paper.probability, 10'000);
        return take_residual_apart<two_blocks<100, 1000, 25>, 200>(
            device, options, paper, adversarial_spd<400, 256>{{1e-4, 3e-4, 0, 25'000}}, paper.probability, 1'000);
    });
}
