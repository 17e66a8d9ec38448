// That derivatives are derivatives is tested in laws/branches.cpp.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/network.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

namespace {

using network =
    apd::network<apd::beside<apd::linear<"f", 4, 2>, apd::chain<apd::linear<"k", 4, 3>, apd::bias<"b", 3>, apd::gelu>,
                             apd::linear<"q", 4, 2>>,
                 apd::gelu>;

}  // namespace

static_assert(network::outputs == 7 && network::sizes[6] == 7 && network::start == 0);
static_assert(network::reads == std::array<std::size_t, 7>{0, 0, 2, 3, 0, 5, 6});
static_assert(network::part_of[1] == 6 && network::part_of[4] == 6 && network::part_begin[4] == 2 &&
              network::part_begin[5] == 5 && network::part_of[2] == 2);

TEST_CASE("branches give what each would alone, one behind the other") {
    apd_test::tested_backend device;
    const auto target = apd_test::random_parameters<network>(1);
    const apd::ext::device_parameters<apd_test::tested_backend, double, network> weights(device, target);
    apd::ext::activation_arrays<apd_test::tested_backend, double, network> x(device, 1);
    const apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 4>> input(device, 1);
    const std::vector<double> given{0.3, -1, 2, 0.5};
    device.upload(std::span(given), *input);
    x.set<0>(*input);
    apd::ext::forward<network>(
        device, [&](auto layer) { return weights.view_of(layer); }, x);
    const auto product = [&](std::span<const double> w, std::size_t out) {
        std::vector<double> z(out, 0.0);
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t o = 0; o < out; ++o) z[o] += given[i] * w[i * out + o];
        return z;
    };
    const auto f = product(target.get<"f">(), 2), k = product(target.get<"k">(), 3), q = product(target.get<"q">(), 2);
    const auto joined = apd_test::on_host(device, x.at<6>());
    for (std::size_t i = 0; i < 2; ++i) CHECK(joined[i] == Approx(f[i]));
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(joined[2 + i] == Approx(apd::ext::gelu_function()(k[i] + target.get<"b">()[i])));
    for (std::size_t i = 0; i < 2; ++i) CHECK(joined[5 + i] == Approx(q[i]));
}
