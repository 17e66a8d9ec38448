#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/toy.hpp>

namespace {

template <class Plan>
using run_of = apd::ext::detail::planned_run<apd::shared_components<5, 3>, apd::cpu, Plan>;
const auto plan = apd::plan{apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(),
                            apd::decompose_options{.steps = 10, .batch = 16, .learning_rate = 1e-2}};
/// Takes whatever a step is, and would be asked for one batch alone by a backend that repeats what it recorded.
struct from_the_host {
    static constexpr std::size_t features = 5;
    void fill(auto& device, auto step, apd::ext::view<float, apd::extents<apd::dynamic, 5>> x) const {
        const std::vector<float> numbers(x.batch * 5, static_cast<float>(step));
        device.upload(std::span<const float>(numbers), x);
    }
};
using run = run_of<std::decay_t<decltype(plan)>>;

}  // namespace

TEST_CASE("data that read the step from memory need no host") {
    STATIC_REQUIRE(run::data_read_the_step);
    using samples = apd::plan<apd_test::toy, float, apd::samples<5>, std::decay_t<decltype(plan.objective)>>;
    STATIC_REQUIRE_FALSE(run_of<samples>::data_read_the_step);
}
TEST_CASE("a record is the losses of the last batch, until the first that is not finite") {
    apd::cpu device({.threads = 1});
    run one(device, plan);
    one.differentiate();
    one.record(0);
    one.update();
    one.differentiate();
    one.record(1);
    REQUIRE(one.result().history.size() == 2);
    CHECK(one.result().history[1].step == 1);
    CHECK(one.result().history[1].learning_rate == 1e-2);
    CHECK(one.result().history[1].total != one.result().history[0].total);
    CHECK(one.result().failure.empty());

    auto bad = plan;
    bad.options.learning_rate = 1e30;
    run other(device, bad);
    for (std::size_t step = 0; step < 4; ++step) {
        other.differentiate();
        other.record(step);
        other.update();
    }
    CHECK(other.result().history.size() < 4);
    CHECK(other.result().completed_steps < 4);
    CHECK_THAT(other.result().failure, Catch::Matchers::StartsWith("the term '"));
}
TEST_CASE("a result holds what was learned when it is asked for") {
    apd::cpu device({.threads = 1});
    run one(device, plan);
    const auto before = one.result_after(0.5).learned.left;
    CHECK(one.result().seconds == 0.5);
    one.differentiate();
    one.update();
    CHECK(one.result_after(1).learned.left != before);
}
TEST_CASE("a result knows the losses of no components") {
    apd::cpu device({.threads = 1});
    run one(device, plan);
    const auto& w = apd_test::toy_target.get<"W">();
    double square = 0;
    for (const float each : w) square += each * each;
    REQUIRE(one.result().without_components.size() == 3);
    CHECK(one.result().without_components[0] == Approx(square / 10));
    CHECK(one.result().without_components[1] > 0);
    CHECK(one.result().without_components[2] == Approx(0).margin(1e-6));
    // The run starts from its own factors all the same.
    one.differentiate();
    one.record(0);
    CHECK(one.result().history[0].values[0] != Approx(square / 10));
    CHECK(one.result().history[0].values[2] > 1e-3);
}
TEST_CASE("data are filled by the host unless they say that the device fills them") {
    STATIC_REQUIRE_FALSE(apd::ext::fills_on_device<from_the_host>);
    STATIC_REQUIRE(apd::ext::fills_on_device<apd::sparse_features<5>>);
    using by_host = apd::plan<apd_test::toy, float, from_the_host, std::decay_t<decltype(plan.objective)>>;
    STATIC_REQUIRE_FALSE(run_of<by_host>::data_read_the_step);
}
