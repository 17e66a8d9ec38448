// SPD agrees with its published code, step by step: every loss, every gradient, every number that is learned.

#include <string>

#include <catch2/catch.hpp>
#include <support/published_run.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

using apd_test::agrees_with_published, apd_test::published_draws, apd_test::published_routing,
    apd_test::published_source;

namespace {

using with_hidden =
    apd::network<apd::linear<"target.linear1.weight", 5, 2>, apd::linear<"target.hidden_layers.0.weight", 2, 2>,
                 apd::linear<"target.linear2.weight", 2, 5>, apd::bias<"target.linear2.bias", 5>, apd::relu>;
template <std::size_t F, std::size_t H>
using toy = apd::network<apd::linear<"target.linear1.weight", F, H>, apd::linear<"target.linear2.weight", H, F>,
                         apd::bias<"target.linear2.bias", F>, apd::relu>;

using residual_with_biases = apd::network<
    apd::frozen<apd::linear<"target.W_E", 10, 16>>,
    apd::residual<apd::linear<"target.layers.0.mlp_in.weight", 16, 6>, apd::bias<"target.layers.0.mlp_in.bias", 6>,
                  apd::relu, apd::linear<"target.layers.0.mlp_out.weight", 6, 16>,
                  apd::bias<"target.layers.0.mlp_out.bias", 16>>,
    apd::residual<apd::linear<"target.layers.1.mlp_in.weight", 16, 6>, apd::bias<"target.layers.1.mlp_in.bias", 6>,
                  apd::relu, apd::linear<"target.layers.1.mlp_out.weight", 6, 16>,
                  apd::bias<"target.layers.1.mlp_out.bias", 16>>,
    apd::frozen<apd::linear<"target.W_U", 16, 10>>>;
template <class Activation>
using residual_network = apd::network<apd::frozen<apd::linear<"target.W_E", 10, 16>>,
                                      apd::residual<apd::linear<"target.layers.0.mlp_in.weight", 16, 6>, Activation,
                                                    apd::linear<"target.layers.0.mlp_out.weight", 6, 16>>,
                                      apd::residual<apd::linear<"target.layers.1.mlp_in.weight", 16, 6>, Activation,
                                                    apd::linear<"target.layers.1.mlp_out.weight", 6, 16>>,
                                      apd::frozen<apd::linear<"target.W_U", 16, 10>>>;

using one_block = apd::network<apd::frozen<apd::linear<"target.W_E", 10, 16>>,
                               apd::residual<apd::linear<"target.layers.0.mlp_in.weight", 16, 6>, apd::relu,
                                             apd::linear<"target.layers.0.mlp_out.weight", 6, 16>>,
                               apd::frozen<apd::linear<"target.W_U", 16, 10>>>;

template <class Importance>
auto drawn(published_draws& draws, const std::string& term, Importance ci) {
    return apd::stochastic(ci, published_source{{}, &draws, term});
}
auto random_routes(published_draws& draws, const std::string& term) { return published_routing{{}, &draws, term}; }

}  // namespace

TEMPLATE_LIST_TEST_CASE("the losses of the SPD paper on TMS 5-2 with a hidden layer agree", "",
                        apd_test::tested_scalars) {
    agrees_with_published<TestType, with_hidden, apd::subcomponents<10, 4, 9>>(
        "spd_tms_5-2_id",
        {"FaithfulnessLoss", "ImportanceMinimalityLoss", "StochasticReconLoss", "StochasticReconLayerwiseLoss"},
        [](published_draws& draws) {
            const auto ci = apd::private_importances<6>();
            return apd::faithfulness() + 0.003 * apd::importance_minimality(ci, 1) +
                   apd::reconstruction(drawn(draws, "StochasticReconLoss", ci).without_delta()) +
                   apd::reconstruction(drawn(draws, "StochasticReconLayerwiseLoss", ci).without_delta(),
                                       apd::each_site);
        },
        {.learning_rate = 0.01, .shape = apd::decay::half_cosine});
}
TEMPLATE_LIST_TEST_CASE("factors that two sites share agree", "", apd_test::tested_scalars) {
    agrees_with_published<TestType, with_hidden, apd::tied_factors<apd::subcomponents<6, 3, 6>, 2, 0>>(
        "spd_tms_5-2_id_tied", {"ImportanceMinimalityLoss", "StochasticReconLoss", "StochasticReconLayerwiseLoss"},
        [](published_draws& draws) {
            const auto ci = apd::private_importances<4>();
            return 0.003 * apd::importance_minimality(ci, 1) +
                   apd::reconstruction(drawn(draws, "StochasticReconLoss", ci)) +
                   apd::reconstruction(drawn(draws, "StochasticReconLayerwiseLoss", ci), apd::each_site);
        },
        {.learning_rate = 0.01});
}
TEMPLATE_LIST_TEST_CASE("masks of one site or of some, with delta components, agree", "", apd_test::tested_scalars) {
    agrees_with_published<TestType, toy<6, 3>, apd::subcomponents<8, 7>>(
        "spd_tms_6-3_delta_layerwise",
        {"ImportanceMinimalityLoss", "StochasticReconLayerwiseLoss", "CIMaskedReconLayerwiseLoss", "CIMaskedReconLoss",
         "UnmaskedReconLoss", "CIMaskedReconSubsetLoss", "StochasticReconSubsetLoss"},
        [](published_draws& draws) {
            const auto ci = apd::shared_importances<7>();
            auto routes = random_routes(draws, "CIMaskedReconSubsetLoss");
            routes.has_samples = false;
            auto some = random_routes(draws, "StochasticReconSubsetLoss");
            some.probability = 0.6;
            return 0.002 * apd::importance_minimality(ci, 0.8) +
                   apd::reconstruction(drawn(draws, "StochasticReconLayerwiseLoss", ci).times(2), apd::each_site) +
                   0.5 * apd::reconstruction(apd::masked_by(ci), apd::each_site) +
                   0.4 * apd::reconstruction(apd::masked_by(ci)) + 0.6 * apd::output_reconstruction() +
                   0.3 * apd::reconstruction(apd::masked_by(ci), routes) +
                   0.2 * apd::reconstruction(drawn(draws, "StochasticReconSubsetLoss", ci).times(2), some);
        },
        {.learning_rate = 0.01, .shape = apd::decay::half_cosine, .final_share = 0.1});
}
TEMPLATE_LIST_TEST_CASE("masks of coins agree", "", apd_test::tested_scalars) {
    agrees_with_published<TestType, toy<5, 2>, apd::subcomponents<6, 7>>(
        "spd_tms_5-2_binomial", {"ImportanceMinimalityLoss", "StochasticReconLoss"},
        [](published_draws& draws) {
            const auto ci = apd::private_importances<4, 3>().blurred(published_source{{}, &draws, "ci_noise", ""});
            return 0.003 * apd::importance_minimality(ci, 1) +
                   apd::reconstruction(drawn(draws, "StochasticReconLoss", ci));
        },
        {.learning_rate = 0.01});
}
TEMPLATE_LIST_TEST_CASE("annealing, frequencies, what goes into sites and cut gradients agree", "",
                        apd_test::tested_scalars) {
    agrees_with_published<TestType, residual_with_biases, apd::subcomponents<12, 9, 12, 9>>(
        "spd_resid_mlp_2layer",
        {"FaithfulnessLoss", "ImportanceMinimalityLoss", "StochasticReconSubsetLoss", "StochasticReconLoss",
         "StochasticHiddenActsReconLoss"},
        [](published_draws& draws) {
            const auto ci = apd::vector_importances<5>();
            return 0.5 * apd::faithfulness() +
                   0.001 * apd::importance_minimality(ci, apd::annealed{2, 0.4, 0.8, 3.6}, 0.3) +
                   apd::reconstruction(drawn(draws, "StochasticReconSubsetLoss", ci).times(2),
                                       random_routes(draws, "StochasticReconSubsetLoss")) +
                   0.7 * apd::reconstruction(drawn(draws, "StochasticReconLoss", ci).times(2)) +
                   0.3 * apd::reconstruction(drawn(draws, "StochasticHiddenActsReconLoss", ci).times(2),
                                             apd::site_inputs);
        },
        {.learning_rate = 0.005, .shape = apd::decay::straight, .warm_up = 0.25, .final_share = 0.2},
        {.factors = 0.05, .others = 0.02});
}
TEMPLATE_LIST_TEST_CASE("adversaries that climb anew in every step agree", "", apd_test::tested_scalars) {
    agrees_with_published<TestType, residual_network<apd::gelu>, apd::subcomponents<11, 8, 11, 8>>(
        "spd_resid_mlp_pgd",
        {"ImportanceMinimalityLoss", "StochasticReconSubsetLoss", "PGDReconSubsetLoss", "PGDReconLoss",
         "PGDReconLayerwiseLoss"},
        [](published_draws& draws) {
            const auto ci = apd::shared_importances<8, 6>();
            auto routes = random_routes(draws, "PGDReconSubsetLoss");
            routes.has_samples = false;
            const auto start = [&](const char* term) { return apd_test::published_start{{}, &draws, term}; };
            return 0.001 * apd::importance_minimality(ci, 2) +
                   2 * apd::reconstruction(drawn(draws, "StochasticReconSubsetLoss", ci),
                                           random_routes(draws, "StochasticReconSubsetLoss")) +
                   2 * apd::reconstruction(
                           apd::shared_adversary(ci, {.steps = 1, .rate = 1}, start("PGDReconSubsetLoss")), routes) +
                   0.5 * apd::reconstruction(apd::adversary(ci, {.steps = 3, .rate = 0.1}, start("PGDReconLoss"))) +
                   0.25 * apd::reconstruction(
                              apd::shared_adversary(ci, {.steps = 2, .rate = 0.25}, apd::constant_source(0)),
                              apd::each_site);
        },
        {.learning_rate = 0.003});
}
TEMPLATE_LIST_TEST_CASE("adversaries that remember, with Adam, and importances of all sites together agree", "",
                        apd_test::tested_scalars) {
    agrees_with_published<TestType, residual_network<apd::relu>, apd::subcomponents<11, 8, 11, 8>>(
        "vpd_resid_mlp_ppgd",
        {"FaithfulnessLoss", "ImportanceMinimalityLoss", "StochasticReconSubsetLoss", "PersistentPGD"},
        [](published_draws& draws) {
            const auto ci = apd::global_importances<9>();
            return 10 * apd::faithfulness() + 0.002 * apd::importance_minimality(ci, apd::annealed{2, 0.4, 0, 3}, 0.5) +
                   0.5 * apd::reconstruction(drawn(draws, "StochasticReconSubsetLoss", ci),
                                             random_routes(draws, "StochasticReconSubsetLoss")) +
                   0.5 * apd::reconstruction(apd::persistent_adversary(ci, {.rate = 0.05, .ramp = 1, .before = 2}));
        },
        {.learning_rate = 0.003, .shape = apd::decay::half_cosine, .final_share = 0.1}, {.factors = 0.05});
}
TEMPLATE_LIST_TEST_CASE("adversaries that remember a few rows, by sign and sigmoid, agree", "",
                        apd_test::tested_scalars) {
    agrees_with_published<TestType, one_block, apd::subcomponents<9, 8>>(
        "vpd_resid_mlp_ppgd_sign_sigmoid",
        {"ImportanceMinimalityLoss", "StochasticHiddenActsReconLoss", "PersistentPGD"},
        [](published_draws& draws) {
            const auto ci = apd::shared_importances<7>();
            auto routes = random_routes(draws, "PersistentPGD");
            routes.has_samples = false;
            routes.ascents = 1;
            return 0.002 * apd::importance_minimality(ci, 1) +
                   0.4 * apd::reconstruction(drawn(draws, "StochasticHiddenActsReconLoss", ci), apd::site_outputs) +
                   0.5 * apd::reconstruction(apd::persistent_adversary(ci, {.rate = 0.2,
                                                                            .before = 1,
                                                                            .rule = apd::ascent_rule::sign,
                                                                            .bounds = apd::ascent_bounds::sigmoid,
                                                                            .rows = 4}),
                                             routes);
        },
        {.learning_rate = 0.003});
}
