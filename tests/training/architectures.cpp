// Networks of every kind of layer are trained and decomposed like any other.

#include <string>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

// A sequence of 6 numbers: 3 kernels of width 2, and back.
using convolution =
    apd::network<apd::convolution<"kernels", 6, 1, 3, 2>, apd::relu, apd::linear<"back", 15, 6>, apd::bias<"b", 6>>;
// 4 positions of 6 numbers that read from those before them.
using attention =
    apd::network<apd::frozen<apd::linear<"embed", 6, 6>>,
                 apd::residual<apd::linear<"qkv", 6, 12>, apd::causal_attention<4, 2, 2>, apd::linear<"out", 4, 6>>,
                 apd::residual<apd::affine<"in", 6, 8>, apd::gelu, apd::linear<"out_mlp", 8, 6>>>;

}  // namespace

TEMPLATE_TEST_CASE("a convolution and self-attention are trained and taken apart", "", convolution, attention) {
    constexpr std::size_t features = TestType::inputs;
    apd_test::tested_backend device;
    const apd::sparse_features<features> data{.probability = 0.2, .low = -1, .high = 1, .seed = 3};
    const auto untrained = apd::initial_parameters<TestType>(0);
    const apd::train_options training{.steps = 400, .batch = 128, .learning_rate = 1e-2};
    const auto target = apd::train(device, untrained, data, training);
    const auto loss = [&](const apd::parameters<TestType>& at) {
        const apd::ext::device_parameters<apd_test::tested_backend, float, TestType> weights(device, at),
            gradients(device);
        apd::ext::array<apd_test::tested_backend, float, apd::extents<apd::dynamic, features>> x(device, 128);
        data.fill(device, 1'000'000, *x);
        apd::ext::computed_goal<apd_test::tested_backend, float, TestType, apd::input_as_label> goal(device, 128, {});
        apd::ext::training_pass<apd_test::tested_backend, float, TestType> pass(device, 128, weights, gradients, goal);
        pass.differentiate(*x);
        return pass.loss(*x);
    };
    CHECK(loss(target) < 0.5 * loss(untrained));

    const auto active = apd::batch_top_k(apd::gradient_attribution(), 2);
    const auto objective = apd::faithfulness() + apd::minimality(active) +
                           0.1 * apd::simplicity(active, apd::schatten(1)) + apd::hidden_reconstruction(active);
    const auto result = apd::decompose<6, 2>(device, target, data, objective,
                                             {.steps = 300, .batch = 64, .learning_rate = 1e-2, .warm_up = 0.05});
    const auto &first = result.history.front(), &last = result.history.back();
    CHECK(last.values[0] < 0.1 * first.values[0]);  // faithful
    CHECK(last.total < 0.5 * first.total);

    // What was found is asked like any other decomposition.
    apd::evaluator answers(device, result, 64);
    if constexpr (TestType::sequence_length > 1) return;
    const auto map = apd::feature_components(apd::attribution_matrix(answers));
    CHECK(map.component_of.size() == features);
    const auto scrubbed = apd::scrubbing(answers, answers.inputs(data, 100), map, active);
    CHECK(scrubbed.active.size() == scrubbed.zero.size());
}
