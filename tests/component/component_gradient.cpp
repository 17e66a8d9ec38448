#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/component_gradient.hpp>

using namespace apd::ext::literals;

namespace {
using apd_test::on_host, apd_test::tested_backend;
using numbers = std::vector<double>;
using network = apd::network<apd::linear<"W", 3, 2>, apd::gelu, apd::linear<"V", 2, 3>>;
}  // namespace

TEST_CASE("every site of a gradient begins by itself, and is zero where nobody adds") {
    apd_test::small_problem_of<network, apd::subcomponents<2, 1>, tested_backend> small(2);
    using problem = decltype(small)::problem_type;
    auto& device = small.device;
    apd::ext::component_gradient<problem> gradient(small.problem);
    const auto one = apd::ext::constant(1.);
    const auto of_all = [&] {
        gradient.begin();
        gradient.add(device, one);
        return on_host(device, gradient.complete(device));
    };
    CHECK(of_all() == numbers(6, 1));
    gradient.begin();
    problem::for_each_site([&](auto site) {
        if (site.number == 1) gradient.at(site).add(device, one * 3);
    });
    CHECK(on_host(device, gradient.complete(device)) == numbers{0, 0, 3, 0, 0, 3});
    gradient.begin();
    problem::for_each_site([&](auto site) {
        if (site.number == 0) gradient.at(site).add(device, one * 3);
    });
    gradient.add(device, one);  // at all sites
    gradient.add(device, one);
    CHECK(on_host(device, gradient.complete(device)) == numbers{5, 5, 2, 5, 5, 2});
    CHECK(of_all() == numbers(6, 1));
}
