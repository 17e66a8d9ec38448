// A run on the cpu and one on a backend that records its steps and repeats them are the same run.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <own_parts.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;

/// The batches and active samples of every step of a decomposition.
template <class Device>
auto batches_and_masks(const apd::parameters<network, double>& target, std::size_t steps) {
    Device device;
    using problem_type = apd::ext::problem<Device, double, network, apd::shared_components<5, 3>>;
    problem_type problem(device, target, 2048);
    problem.factors.upload(device, apd::factors<network, apd::shared_components<5, 3>, double>::random(0, 1));
    const apd::sparse_features<5> data{.probability = 0.05};
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.211);
    const auto objective =
        apd::faithfulness() + apd::minimality(active) + 0.7 * apd::simplicity(active, apd::schatten(1));
    apd::ext::decomposition_run<problem_type, std::decay_t<decltype(objective)>> run(problem, objective,
                                                                                     apd::column_norm::free);
    const auto rates = apd::schedule{.learning_rate = 3e-2, .warm_up = 0.05}.over(20'000);
    auto differentiate = device.sequences(1, [&](std::size_t) {
        data.fill(device, apd::ext::step_number((*problem.step).data), *problem.x);
        run.differentiate();
    });
    auto update = device.sequences(1, [&](std::size_t) { run.update(rates); });
    std::vector<std::vector<double>> batches;
    std::vector<std::vector<std::vector<std::uint32_t>>> masks;
    for (std::size_t step = 0; step < steps; ++step) {
        differentiate(1);
        batches.push_back(apd_test::on_host(device, *problem.x));
        masks.push_back(apd_test::samples_of(device, run.objective()(active).pairs()));
        update(1);
    }
    return std::pair(batches, masks);
}

}  // namespace

TEST_CASE("a hundred steps of TMS 5-2 see the same batches and masks on every backend") {
    apd::cpu device({.threads = 1});
    const auto target = apd::train<network, double>(device, apd::sparse_features<5>{}, {.steps = 200, .batch = 256});
    const auto expected = batches_and_masks<apd::cpu>(target, 100);
    const auto found = batches_and_masks<apd_test::recording_backend>(target, 100);
    CHECK(found.first == expected.first);
    CHECK(found.second == expected.second);
}
TEST_CASE("a backend that records a step and repeats it learns the same as one that does not") {
    const apd::sparse_features<5> data{.probability = 0.2, .seed = 1};
    const auto active = own::annealed_top_k(apd::gradient_attribution(), 1.0, 0.3, 5);
    const auto objective =
        apd::faithfulness() + apd::minimality(active) + 0.7 * apd::simplicity(active, apd::schatten(1));
    const auto learned = [&](auto& device) {
        const auto target = apd::train<network, double>(device, data, {.steps = 10, .batch = 64});
        return apd::decompose<5>(device, target, data, objective,
                                 {.steps = 10, .batch = 64, .learning_rate = 1e-2, .log_every = 4});
    };
    apd::cpu plain({.threads = 1});
    apd_test::recording_backend recording;
    const auto expected = learned(plain), found = learned(recording);
    CHECK_THAT(found.learned.left[0], Catch::Matchers::Approx(expected.learned.left[0]).epsilon(1e-9).margin(1e-12));
    CHECK_THAT(found.learned.right[0], Catch::Matchers::Approx(expected.learned.right[0]).epsilon(1e-9).margin(1e-12));
    REQUIRE(found.history.size() == expected.history.size());
    for (std::size_t i = 0; i < found.history.size(); ++i)
        CHECK(found.history[i].total == Approx(expected.history[i].total).epsilon(1e-9));
}
TEST_CASE("the robust recipe is one run on every backend, whether it leaves samples of zeros out or not") {
    const auto target = apd_test::random_parameters<network>(3);
    const apd::sparse_features<5> data{.probability = 0.1, .seed = 1};
    apd::cpu plain({.threads = 1});
    // Half of all others, so that a draw for another sample would be seen.
    const auto plan =
        apd::robust_plan<5>(plain, target, data, {.bystanders = 0.5, .samples = 200, .steps = 20, .batch = 64});
    apd_test::plain_backend simple;
    apd_test::recording_backend recording;
    const auto expected = apd::decompose(plain, plan);
    for (const auto& found : {apd::decompose(simple, plan), apd::decompose(recording, plan)}) {
        CHECK_THAT(found.learned.left[0],
                   Catch::Matchers::Approx(expected.learned.left[0]).epsilon(1e-9).margin(1e-12));
        CHECK_THAT(found.learned.right[0],
                   Catch::Matchers::Approx(expected.learned.right[0]).epsilon(1e-9).margin(1e-12));
    }
}
