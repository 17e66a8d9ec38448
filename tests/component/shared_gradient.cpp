#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/shared_gradient.hpp>

using namespace apd::ext::literals;

namespace {
using apd_test::on_host, apd_test::tested_backend;
using numbers = std::vector<double>;
}  // namespace

TEST_CASE("the first who adds to a gradient writes it, unless what is there counts") {
    tested_backend device;
    apd::ext::array<tested_backend, double, apd::extents<apd::dynamic, 1>> sum(device, 2);
    bool has_begun = false;
    const apd::ext::shared_gradient<decltype(*sum)> to{*sum, &has_begun}, kept{*sum};
    device(sum["bc"_i] = 7);
    to.add(device, sum["bc"_i] * 0 + apd::ext::constant(2.));
    to.add(device, sum["bc"_i] * 2);
    CHECK(on_host(device, *sum) == numbers{6, 6});
    has_begun = false;
    kept.add(device, sum["bc"_i] * 2);
    CHECK(on_host(device, *sum) == numbers{18, 18});
    CHECK(!has_begun);
}
