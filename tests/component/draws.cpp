#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/draws.hpp>

using namespace apd::ext::literals;

namespace {

using network = apd_test::small_network<apd::relu>;
using problem_type = apd::ext::problem<apd_test::tested_backend, double, network, apd::shared_components<5, 1>>;
struct as_number {
    APD_HOST_DEVICE double operator()(std::uint32_t word) const { return word; }
};
std::vector<double> drawn(problem_type& problem, const apd::ext::component_draws<problem_type>& draws) {
    const apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 5>> x(problem.device,
                                                                                             problem.rows.present);
    problem.device(x["bc"_i] = draws(as_number{}));
    return apd_test::on_host(problem.device, *x);
}

}  // namespace

TEST_CASE("a draw depends on seed, stream, step, the sample's number and the component alone") {
    apd_test::tested_backend device;
    constexpr std::size_t batch = 40;
    problem_type problem(device, apd_test::random_parameters<network>(1), batch, 7);
    const apd::ext::component_draws<problem_type> first(problem), second(problem);
    device(problem.step[""_i] = 3U);
    const auto all = drawn(problem, first);
    for (std::uint32_t b = 0; b < batch; ++b)
        for (std::uint32_t c = 0; c < 5; ++c)
            CHECK(all[b * 5 + c] == apd::ext::philox<std::uint32_t>({b, c, 3, apd::ext::node_streams}, 7)[0]);
    CHECK(drawn(problem, second) != all);

    // Samples 10 and 33 alone, as a step that leaves the others out has them.
    problem.x.resize(2), problem.number.resize(2), problem.rows.present = 2, problem.piece = {0, 2};
    device.upload(std::span<const std::uint32_t>(std::vector<std::uint32_t>{10, 33}), *problem.number);
    const auto some = drawn(problem, first);
    CHECK(std::vector(some.begin(), some.begin() + 5) == std::vector(all.begin() + 50, all.begin() + 55));
    CHECK(std::vector(some.begin() + 5, some.end()) == std::vector(all.begin() + 165, all.begin() + 170));
}
TEST_CASE("draws of rows are words of counters of their own, four things to one") {
    apd_test::tested_backend device;
    constexpr std::size_t batch = 40;
    problem_type problem(device, apd_test::random_parameters<network>(1), batch, 7);
    const apd::ext::row_draws<problem_type, 7> first(problem), second(problem);
    device(problem.step[""_i] = 3U);
    std::vector<std::uint32_t> numbers(batch);
    for (std::uint32_t b = 0; b < batch; ++b) numbers[b] = 3 * b;
    device.upload(std::span<const std::uint32_t>(numbers), *problem.number);
    const apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 7>> x(device, batch),
        y(device, batch);
    first.fill(as_number{}, *x);
    const auto all = apd_test::on_host(device, *x);
    for (std::uint32_t b = 0; b < batch; ++b)
        for (std::uint32_t c = 0; c < 7; ++c)
            CHECK(all[b * 7 + c] ==
                  apd::ext::philox<std::uint32_t>({3 * b, c / 4, 3, apd::ext::node_streams}, 7)[c % 4]);
    second.fill(as_number{}, *y);
    CHECK(apd_test::on_host(device, *y) != all);
    const apd::ext::array<apd_test::tested_backend, double, apd::extents<7>> shared(device);
    first.fill(as_number{}, *shared);
    const auto one = apd_test::on_host(device, *shared);
    for (std::size_t c = 1; c < 7; ++c) CHECK(one[c] != one[0]);
}
