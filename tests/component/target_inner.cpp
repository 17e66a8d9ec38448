#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/importances.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>
#include <apd/component/target_inner.hpp>

using namespace apd::ext::literals;

namespace {
using apd_test::on_host, apd_test::tested_backend;

/// Two sites read the same, behind them are a third in a block and a fourth.
using branches =
    apd::network<apd::beside<apd::linear<"Q", 4, 2>, apd::chain<apd::linear<"K", 4, 2>, apd::gelu>>,
                 apd::residual<apd::linear<"O", 4, 3>, apd::gelu, apd::linear<"P", 3, 4>>, apd::bias<"b", 4>>;
using shape = apd::subcomponents<3, 2, 2, 3>;
}  // namespace

TEST_CASE("the numbers inside of components are those on the target's activations, computed once in a step") {
    apd_test::small_problem_of<branches, shape, tested_backend> small(5);
    using problem = decltype(small)::problem_type;
    apd::ext::node_states step(small.problem);
    step.add(apd::ext::target_inner{});
    step.evaluate();
    auto& inner = step(apd::ext::target_inner{});
    apd::ext::for_each_use<problem>([&](auto layer) {
        const auto site = problem::site_of(layer);
        const auto x = on_host(small.device, step(apd::ext::target_pass{}).activations().before(layer));
        const auto u = on_host(small.device, small.problem.factors.left(site));
        const auto found = on_host(small.device, inner.numbers(step, layer));
        for (std::size_t b = 0; b < 5; ++b)
            for (std::size_t c = 0; c < site.count; ++c) {
                double expected = 0;
                for (std::size_t i = 0; i < site.in; ++i) expected += x[b * site.in + i] * u[c * site.in + i];
                CHECK(found[b * site.count + c] == Approx(expected));
            }
        small.device(small.problem.factors.left(site)["cir"_i] = 0);
        CHECK(on_host(small.device, inner.numbers(step, layer)) == found);
    });
    step.evaluate();
    apd::ext::for_each_use<problem>([&](auto layer) {
        for (const double number : on_host(small.device, inner.numbers(step, layer))) CHECK(number == 0);
    });
}
TEST_CASE("who shares the numbers inside of components gives gradients that add up") {
    const auto gradients_are_right = [](const auto& importance, const auto& loss) {
        apd_test::gradients_of_shape_are_right<branches, shape, tested_backend>(
            1 * loss + 0.3 * apd::importance_minimality(importance, 0.7, 0.3),
            [](auto& problem) { apd_test::lay_between_0_and_1(problem); });
    };
    const auto by_number = apd::private_importances<3>();
    // A site that is used twice: of the second use nothing is the target's.
    apd_test::gradients_of_shape_are_right<apd_test::small_network<apd::gelu>, apd::subcomponents<3, 2>,
                                           tested_backend>(
        apd::reconstruction(apd::stochastic(by_number)) +
            apd::reconstruction(apd::stochastic(by_number), apd::each_site) +
            0.3 * apd::importance_minimality(by_number, 0.7, 0.3),
        [](auto& problem) { apd_test::lay_between_0_and_1(problem); });
    const auto deep = apd::private_importances<3, 2>();
    const auto by_vector = apd::vector_importances<3>();
    gradients_are_right(by_number, apd::reconstruction(apd::stochastic(by_number)));
    gradients_are_right(by_number, apd::reconstruction(apd::stochastic(by_number), apd::each_site));
    gradients_are_right(by_number, apd::reconstruction(apd::masked_by(by_number), apd::each_site));
    gradients_are_right(by_number, apd::reconstruction(apd::stochastic(by_number), apd::random_sites));
    gradients_are_right(deep, apd::reconstruction(apd::stochastic(deep), apd::each_site));
    gradients_are_right(by_vector, apd::reconstruction(apd::stochastic(by_vector), apd::each_site));
}
TEST_CASE("gradients of a step have nothing of the step before") {
    apd_test::small_problem_of<branches, shape, tested_backend> small(5);
    const auto ci = apd::private_importances<3>();
    apd::ext::objective_step run(small.problem,
                                 apd::reconstruction(apd::masked_by(ci)) + apd::importance_minimality(ci, 2));
    const auto gradients = [&] {
        small.problem.begin_step();
        run.evaluate();
        run.pullback();
        std::vector<double> all;
        const auto add = [&](const auto& some) { all.insert(all.end(), some.begin(), some.end()); };
        small.problem.for_each_site([&](auto site) { add(on_host(small.device, small.problem.gradients.left(site))); });
        for (const auto& part : small.problem.parts) add(on_host(small.device, part.gradient));
        return all;
    };
    const auto once = gradients();
    CHECK(gradients() == once);
}
