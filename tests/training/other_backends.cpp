// Backends of one's own run the same text.

#include <catch2/catch.hpp>
#include <support/host_grid.hpp>
#include <support/reference.hpp>
#include <support/serial.hpp>

#include <apd/apd.hpp>

namespace {

using toy = apd::network<apd::linear<"target.embed.weight", 5, 2>, apd::transposed<"target.embed.weight">,
                         apd::bias<"target.bias", 5>, apd::relu>;

}  // namespace

TEMPLATE_TEST_CASE("other backends run the same text and agree with the reference too", "", apd_test::serial,
                   apd_test::host_grid_of_groups) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 0.5);
    apd_test::agrees<double, toy, 5, 3, TestType>(
        "tms_5-2_batch_topk", attribution, mask,
        apd::faithfulness() + 1.0 * apd::minimality(mask) + 0.7 * apd::simplicity(mask, apd::schatten(1.0)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 0.03});
}
