// Every step of the published method on small toy models, against numbers of an independent float64 implementation.

#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/serial.hpp>

#include <apd/apd.hpp>

namespace {

template <std::size_t F, std::size_t H>
using toy = apd::network<apd::linear<"target.embed.weight", F, H>, apd::transposed<"target.embed.weight">,
                         apd::bias<"target.bias", F>, apd::relu>;
using hidden_toy = apd::network<apd::linear<"target.embed.weight", 6, 3>, apd::linear<"target.hidden.0.weight", 3, 3>,
                                apd::transposed<"target.embed.weight">, apd::bias<"target.bias", 6>, apd::relu>;

template <apd::static_string In, apd::static_string Out, std::size_t Width, std::size_t Neurons, class Activation>
using mlp = apd::residual<apd::linear<In, Width, Neurons>, Activation, apd::linear<Out, Neurons, Width>>;
template <std::size_t F, std::size_t Width, class... Blocks>
using residual_network = apd::network<apd::frozen<apd::linear<"target.W_E", F, Width>>, Blocks...,
                                      apd::frozen<apd::linear<"target.W_U", Width, F>>>;
using one_layer =
    residual_network<10, 24, mlp<"target.layers.0.mlp_in.weight", "target.layers.0.mlp_out.weight", 24, 8, apd::relu>>;
using two_gelu_layers =
    residual_network<9, 16, mlp<"target.layers.0.mlp_in.weight", "target.layers.0.mlp_out.weight", 16, 7, apd::gelu>,
                     mlp<"target.layers.1.mlp_in.weight", "target.layers.1.mlp_out.weight", 16, 7, apd::gelu>>;
using two_layers_with_biases = residual_network<
    9, 20,
    apd::residual<apd::linear<"target.layers.0.mlp_in.weight", 20, 6>, apd::bias<"target.layers.0.bias_in", 6>,
                  apd::relu, apd::linear<"target.layers.0.mlp_out.weight", 6, 20>,
                  apd::bias<"target.layers.0.bias_out", 20>>,
    apd::residual<apd::linear<"target.layers.1.mlp_in.weight", 20, 6>, apd::bias<"target.layers.1.bias_in", 6>,
                  apd::relu, apd::linear<"target.layers.1.mlp_out.weight", 6, 20>,
                  apd::bias<"target.layers.1.bias_out", 20>>>;

/// ‖a − b‖/‖b‖, or ‖a‖ where b is 0.
template <class T>
double distance(const std::vector<T>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
        norm += b[i] * b[i];
    }
    return std::sqrt(norm == 0 ? difference : difference / norm);
}

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-9 : 1e-3;

/// Runs all steps of a fixture. `loss_names` are its names of the objective's terms, in order.
template <class T, class Net, std::size_t C, std::size_t Rank, class Device = apd::cpu, class Attribution, class Mask,
          class... Terms>
void agrees(const std::string& name, Attribution attribution, Mask mask, const apd::objective<Terms...>& sum,
            const std::vector<std::string>& loss_names, const apd::schedule& rates, apd::column_norm columns = {}) {
    const auto file = apd::load(std::string(APD_REFERENCE_DIR) + "/" + name + ".safetensors");
    const auto numbers = [&](const std::string& tensor) {
        const auto array = file.get<double>(tensor);
        return std::vector<double>(array.begin(), array.end());
    };
    const auto shape = file.shape("batches");
    const std::size_t steps = shape[0], batch = shape[1];
    const auto batches = file.get<T>("batches");

    Device device;
    using problem = apd::problem<Device, T, Net, C, Rank>;
    problem p(device, apd::parameters<Net, T>(file), batch);
    using host_factors = apd::factors<Net, C, Rank, T>;
    host_factors host;
    const auto site = [](auto s) {
        std::string weight(Net::template site_at<s>::name.view());  // target.⟨site⟩.weight
        return weight.substr(7, weight.size() - 14);
    };
    apd::repeat<Net::sites.size()>([&](auto s) {
        const auto u = file.get<T>("init." + site(s) + ".U"), v = file.get<T>("init." + site(s) + ".V");
        host.left[s].assign(u.begin(), u.end());
        host.right[s].assign(v.begin(), v.end());
    });
    p.factors.upload(device, host);
    apd::decomposition_run<problem, apd::objective<Terms...>> run(p, sum, columns);

    for (std::size_t step = 0; step < steps; ++step) {
        INFO(name << ", step " << step);
        const std::string at = "step." + std::to_string(step) + ".";
        device.upload(std::span<const T>(batches.data() + step * batch * Net::inputs, batch * Net::inputs), *p.x);
        run.differentiate();
        auto& objective = run.objective();

        std::vector<T> a(batch * C), y(batch * Net::outputs);
        device.download(objective(attribution).value(), std::span(a));
        constexpr bool is_gradient = !std::is_same_v<Attribution, apd::activation_attribution_node>;
        if constexpr (is_gradient)
            for (T& value : a) value *= static_cast<T>(Net::outputs);
        CHECK(distance(a, numbers(at + "attribution_sum_of_squares")) < tolerance<T>);

        using mask_state = typename Mask::template state<problem>;
        if constexpr (apd::binary_mask_state<mask_state> && sizeof(T) == 8) {
            const std::vector<double> expected = numbers(at + "mask");
            const auto& pairs = objective(mask).pairs();
            std::vector<double> found(expected.size(), 0.0);
            for (std::size_t c = 0; c < mask_state::ranked; ++c)
                for (auto i = pairs.first[c]; i < pairs.first[c + 1]; ++i)
                    found[pairs.sample[i] * mask_state::ranked + c] += 1;
            CHECK(found == expected);
            for (std::size_t c = mask_state::ranked; c < C; ++c) CHECK(pairs.first[c + 1] - pairs.first[c] == batch);
        }
        const auto losses = objective.values();
        double total = 0;
        std::size_t i = 0;
        std::apply([&](const auto&... each) { ((total += each.weight * losses[i++]), ...); }, sum.terms);
        for (i = 0; i < losses.size(); ++i) {
            INFO(loss_names[i]);
            CHECK(distance(std::vector{losses[i]}, numbers(at + loss_names[i])) < tolerance<T>);
        }
        CHECK(distance(std::vector{total}, numbers(at + "total_loss")) < tolerance<T>);

        const double rate = rates.at(step, steps);
        CHECK(rate == Approx(numbers(at + "lr")[0]).epsilon(1e-12));
        p.gradients.download(device, host);
        apd::repeat<Net::sites.size()>([&](auto s) {
            CHECK(distance(host.left[s], numbers(at + "grad." + site(s) + ".U")) < tolerance<T>);
            CHECK(distance(host.right[s], numbers(at + "grad." + site(s) + ".V")) < tolerance<T>);
        });
        run.update(rate, step);
        p.factors.download(device, host);
        apd::repeat<Net::sites.size()>([&](auto s) {
            CHECK(distance(host.left[s], numbers(at + "after." + site(s) + ".U")) < tolerance<T>);
            CHECK(distance(host.right[s], numbers(at + "after." + site(s) + ".V")) < tolerance<T>);
        });
    }
}

}  // namespace

TEMPLATE_TEST_CASE("batch top-k on TMS 5-2 agrees with the reference", "", double, float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 0.5);
    agrees<TestType, toy<5, 2>, 5, 3>(
        "tms_5-2_batch_topk", attribution, mask,
        apd::faithfulness() + 1.0 * apd::minimality(mask) + 0.7 * apd::simplicity(mask, apd::schatten(1.0)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 0.03});
}
TEST_CASE("the plain serial backend runs the same text and agrees with the reference too") {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 0.5);
    agrees<double, toy<5, 2>, 5, 3, apd_test::serial>(
        "tms_5-2_batch_topk", attribution, mask,
        apd::faithfulness() + 1.0 * apd::minimality(mask) + 0.7 * apd::simplicity(mask, apd::schatten(1.0)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 0.03});
}
TEMPLATE_TEST_CASE("cosine with warm-up on TMS 12-4 agrees with the reference", "", double, float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.0);
    agrees<TestType, toy<12, 4>, 15, 5>(
        "tms_12-4_cosine_warmup", attribution, mask,
        apd::faithfulness() + 10.0 * apd::minimality(mask) + 15.0 * apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"},
        {.learning_rate = 0.01, .shape = apd::decay::cosine, .warm_up = 0.4});
}
TEMPLATE_TEST_CASE("per-sample top-k of activation attributions agrees with the reference", "", double, float) {
    const auto attribution = apd::activation_attribution();
    const auto mask = apd::per_sample_top_k(attribution, 2);
    agrees<TestType, toy<5, 2>, 5, 3>(
        "tms_5-2_per_sample_topk", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + 0.7 * apd::simplicity(mask, apd::schatten(1.0)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 0.01});
}
TEMPLATE_TEST_CASE("a hidden layer and hidden reconstruction agree with the reference", "", double, float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.5);
    agrees<TestType, hidden_toy, 9, 3>("tms_6-3_hidden_layer", attribution, mask,
                                       apd::faithfulness() + apd::minimality(mask) +
                                           0.5 * apd::hidden_reconstruction(mask) +
                                           0.5 * apd::simplicity(mask, apd::schatten(0.9)),
                                       {"param_match_loss", "topk_recon_loss", "act_recon_loss", "schatten_loss"},
                                       {.learning_rate = 0.01, .shape = apd::decay::linear});
}
TEMPLATE_TEST_CASE("exact top-k with distil agrees with the reference", "", double, float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::exact_top_k(attribution, apd::distil);
    agrees<TestType, toy<8, 3>, 10, 4>(
        "tms_8-3_exact_topk_distil", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + 0.3 * apd::simplicity(mask, apd::schatten(0.8)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"},
        {.learning_rate = 0.01, .shape = apd::decay::exponential, .half_life = 3});
}
TEMPLATE_TEST_CASE("the L_p form with unit columns agrees with the reference", "", double, float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::lp(attribution, 0.9);
    agrees<TestType, toy<5, 2>, 5, 3>("tms_5-2_lp", attribution, mask,
                                      apd::faithfulness() + 0.25 * apd::output_reconstruction() +
                                          7.0 * apd::sparsity(mask) + 1.0 * apd::simplicity(mask, apd::schatten(1.0)),
                                      {"param_match_loss", "out_recon_loss", "lp_sparsity_loss", "schatten_loss"},
                                      {.learning_rate = 0.01}, apd::column_norm::unit);
}
TEMPLATE_TEST_CASE("a residual network with unit columns agrees with the reference", "", double, float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.28);
    agrees<TestType, one_layer, 13, apd::full_rank>(
        "resid_mlp_1layer", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction<apd::relu>(mask) +
            10 * apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "act_recon_loss", "schatten_loss"},
        {.learning_rate = 1e-3, .shape = apd::decay::cosine, .warm_up = 0.01}, apd::column_norm::unit);
}
TEMPLATE_TEST_CASE("two residual blocks with biases agree with the reference", "", double, float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.28);
    agrees<TestType, two_layers_with_biases, 12, 4>(
        "resid_mlp_2layer_bias", attribution, mask,
        apd::faithfulness() + 2 * apd::minimality(mask) + apd::hidden_reconstruction<apd::relu>(mask) +
            7 * apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "act_recon_loss", "schatten_loss"},
        {.learning_rate = 1e-3, .shape = apd::decay::cosine, .warm_up = 0.01});
}
TEMPLATE_TEST_CASE("two residual blocks with gelu in components of rank 1 agree with the reference", "", double,
                   float) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.0);
    agrees<TestType, two_gelu_layers, 11, 1>(
        "resid_mlp_2layer_gelu_rank1", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 2e-3});
}
