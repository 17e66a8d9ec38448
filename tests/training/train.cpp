// That the gradients are right is tested in laws/layers.cpp.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>
#include <support/toy.hpp>

#include <apd/analysis/score.hpp>

using Catch::Matchers::Contains;

namespace {

struct silent_relu {  // gives zeros for zeros, but does not say so
    constexpr auto operator()(const auto& x) const { return x + apd::relu::value(x); }
};
struct relu_that_preserves_zero : silent_relu {
    static constexpr bool preserves_zero = true;
};

}  // namespace

TEST_CASE("a toy model learns to represent more features than it has hidden dimensions") {
    apd_test::tested_backend device;
    const apd::sparse_features<5> data{.probability = 0.05, .low = 0, .high = 1, .seed = 0};
    const auto target = apd::train<apd_test::toy>(device, data, {.steps = 2'000, .batch = 512});
    const auto w = target.get<"W">();
    for (std::size_t f = 0; f < 5; ++f) {
        // A pentagon: every feature has its own direction, and its neighbours are repelled by a negative bias.
        CHECK(std::hypot(w[2 * f], w[2 * f + 1]) == Approx(1).margin(0.25));
        CHECK(target.get<"b">()[f] < 0);
    }
}
TEST_CASE("the same seed trains the same target") {
    const auto with_seed = [](std::uint64_t seed) {
        apd_test::tested_backend device;
        const auto target =
            apd::train<apd_test::toy>(device, apd_test::toy_data, {.steps = 20, .batch = 32, .seed = seed});
        return std::vector<float>(target.get<"W">().begin(), target.get<"W">().end());
    };
    CHECK(with_seed(1) == with_seed(1));
    CHECK_FALSE(with_seed(1) == with_seed(2));
}
TEST_CASE("training that diverges, or has no samples, is an error") {
    apd_test::tested_backend device;
    const auto train = [&](const apd::train_options& options) {
        return apd::train<apd_test::toy>(device, apd_test::toy_data, options);
    };
    CHECK_THROWS_WITH(train({.steps = 20, .batch = 32, .learning_rate = 1e38}),
                      "train: the loss became NaN or infinite; lower the learning rate");
    CHECK_THROWS_WITH(train({.batch = 0}), Contains("a batch of 0 samples"));
    CHECK_THROWS_WITH(train({.learning_rate = 0}), Contains("the learning rate is not positive"));
    CHECK_THROWS_WITH(train({.weight_decay = -1}), Contains("the weight decay is negative"));
}
TEST_CASE("parameters before the first site are trained too") {
    using network = apd::network<apd::bias<"shift", 2>, apd::linear<"W", 2, 2>>;
    apd_test::tested_backend device;
    const apd::sparse_features<2> data{.probability = 1, .low = 1, .high = 2, .seed = 3};
    const auto target = apd::train<network>(device, data, {.steps = 50, .batch = 32});
    CHECK(target.get<"shift">()[0] != 0);
    CHECK(target.get<"shift">()[1] != 0);
}
TEST_CASE("samples of zeros are left out where they teach nothing, with the same result") {
    using network = apd::network<apd::residual<apd::linear<"in", 6, 4>, apd::relu, apd::linear<"out", 4, 6>>>;
    STATIC_REQUIRE(apd::ext::detail::trains_without_zero_rows<network, relu_that_preserves_zero>());
    STATIC_REQUIRE_FALSE(apd::ext::detail::trains_without_zero_rows<network, silent_relu>());
    STATIC_REQUIRE_FALSE(apd::ext::detail::trains_without_zero_rows<apd_test::toy, relu_that_preserves_zero>());
    apd_test::tested_backend device;
    const apd::sparse_features<6> data{.probability = 0.1, .low = -1, .high = 1, .seed = 5};
    const auto learn = [&](const auto& label) {
        const auto target = apd::train(device, apd::initial_parameters<network, double>(1), data,
                                       {.steps = 50, .batch = 64, .learning_rate = 0.01}, label);
        return std::vector<double>(target.template get<"in">().begin(), target.template get<"in">().end());
    };
    const auto all = learn(silent_relu{}), without_zeros = learn(relu_that_preserves_zero{});
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(without_zeros[i] == Approx(all[i]).epsilon(1e-9));
}

namespace {

// Four clouds at the corners of a square, of which opposite ones are of one class: no line parts them.
apd::labelled_samples<2, apd::class_labels<2>> crossed_clouds(std::size_t count, std::uint64_t seed) {
    std::vector<float> rows(2 * count);
    apd::ext::detail::fill_normal<float>(rows, 0.2, seed, 1);
    std::vector<std::uint32_t> classes(count);
    for (std::size_t i = 0; i < count; ++i) {
        rows[2 * i] += i % 2 == 0 ? 1.F : -1.F;
        rows[2 * i + 1] += i % 4 < 2 ? 1.F : -1.F;
        classes[i] = i % 4 == 0 || i % 4 == 3 ? 0U : 1U;
    }
    return {rows, classes, seed};
}
using classifier =
    apd::network<apd::linear<"in", 2, 8>, apd::bias<"a", 8>, apd::relu, apd::linear<"out", 8, 2>, apd::bias<"b", 2>>;

}  // namespace

TEST_CASE("a classifier is trained on labels, and knows samples that it has not seen") {
    apd_test::tested_backend device;
    const auto target =
        apd::train<classifier>(device, crossed_clouds(400, 1), {.steps = 300, .batch = 64, .learning_rate = 1e-2});
    const auto found = apd::score(device, target, crossed_clouds(200, 2));
    CHECK(found.accuracy > 0.98);
    CHECK(found.loss < 0.1);
}
TEST_CASE("a network is trained on what it should give, with more outputs than inputs") {
    using network = apd::network<apd::linear<"W", 2, 3>, apd::bias<"b", 3>>;
    std::vector<float> rows(200), outputs;
    apd::ext::detail::fill_normal<float>(rows, 1, 4, 1);
    for (std::size_t i = 0; i < 100; ++i)
        for (const float each : {rows[2 * i] + 1, rows[2 * i + 1], rows[2 * i] - rows[2 * i + 1]})
            outputs.push_back(each);
    const apd::labelled_samples<2, apd::output_labels<3>> data(rows, outputs);
    apd_test::tested_backend device;
    const auto target =
        apd::train<network>(device, data, {.steps = 800, .batch = 50, .learning_rate = 1e-2}, apd::squared_error{});
    CHECK(apd::score(device, target, data).loss < 1e-4);
    CHECK(target.get<"b">()[0] == Approx(1).margin(0.01));
}
TEST_CASE("data that lie on the device train, and are taken apart, as those of the host") {
    apd_test::recording_backend device;
    const auto data = crossed_clouds(100, 1);
    const auto stored = apd::stored_on(device, data);
    const auto bytes = [](const auto& target) { return apd::to_safetensors(target.to_tensors("")); };
    const apd::train_options how{.steps = 30, .batch = 32};
    const auto target = apd::train<classifier>(device, data, how);
    CHECK(bytes(apd::train<classifier>(device, stored, how)) == bytes(target));
    CHECK(apd::score(device, target, stored).loss == apd::score(device, target, data).loss);
    const auto objective = apd::faithfulness() + apd::minimality(apd::batch_top_k(apd::gradient_attribution(), 1));
    const apd::decompose_options few{.steps = 20, .batch = 32, .log_every = 5};
    const auto from_host = apd::decompose<3>(device, target, data, objective, few);
    const auto from_device = apd::decompose<3>(device, target, stored, objective, few);
    CHECK(from_device.learned.left == from_host.learned.left);
    CHECK(from_device.history.back().total == from_host.history.back().total);
}
TEST_CASE("training on labels tells its loss, and is the same for the same seeds") {
    apd_test::tested_backend device;
    std::vector<double> losses;
    const auto learn = [&](std::uint64_t seed) {
        return apd::train<classifier>(device, crossed_clouds(100, seed), {.steps = 20, .batch = 32, .log_every = 5},
                                      apd::cross_entropy, [&](const apd::progress& p) { losses.push_back(p.total); });
    };
    const auto first = learn(1), again = learn(1), other = learn(2);
    const auto bytes = [](const auto& target) { return apd::to_safetensors(target.to_tensors("")); };
    CHECK(bytes(first) == bytes(again));
    CHECK(bytes(first) != bytes(other));
    CHECK(losses[0] > losses[4]);
}
