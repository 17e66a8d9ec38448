// Two sites A [2, 2] and B [2, 1], two components of rank 1. P_1, P_2 of A: (1, 2)(1, 1), (3, -1)(0, 2); of B: (1, 0)3,
// (2, 1)(-1). Their sums are [[1, 7], [2, 0]] and (1, -1).

#include <string_view>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/components.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/objective/step.hpp>

using namespace apd::ext::literals;

namespace {

using apd_test::on_host;
using numbers = std::vector<double>;
using network = apd::network<apd::linear<"A", 2, 2>, apd::linear<"B", 2, 1>>;
using problem_type = apd::ext::problem<apd_test::plain_backend, double, network, apd::shared_components<2, 1>>;

/// A loss whose gradient with respect to every entry of every P_c of A is its weight.
struct entries_of_a : apd::ext::loss_base {
    static constexpr std::string_view name = "entries of A";
    bool operator==(const entries_of_a&) const = default;
    static constexpr std::tuple<apd::ext::components> dependencies() { return {}; }

    template <class Problem>
    struct state : apd::ext::loss_state<Problem> {
        state(const entries_of_a&, Problem& p) : apd::ext::loss_state<Problem>(p) {}
        void measure(auto&) {}
        void pullback(auto& step, double weight) {
            auto& device = step.problem.device;
            device(step(apd::ext::components{}).component_gradients(device, Problem::template site<0>)["cio"_i] +=
                   weight);
        }
    };
};

struct fixture {
    apd_test::plain_backend device;
    problem_type problem{device, apd::parameters<network, double>(), 1};  // the target is 0

    fixture() {
        apd::factors<network, apd::shared_components<2, 1>, double> host;
        host.left = {{{1, 2, 3, -1}, {1, 0, 2, 1}}};
        host.right = {{{1, 1, 0, 2}, {3, -1}}};
        problem.factors.upload(device, host);
    }
    template <class Objective>
    auto run(const Objective& objective) {
        return apd::ext::objective_step<problem_type, Objective>(problem, objective);
    }
    auto left(auto site) { return on_host(device, problem.gradients.left(problem_type::site<site>)); }
    auto right(auto site) { return on_host(device, problem.gradients.right(problem_type::site<site>)); }
};
constexpr std::integral_constant<std::size_t, 0> A;
constexpr std::integral_constant<std::size_t, 1> B;

}  // namespace

static_assert(apd::ext::method_node<apd::ext::components> && !apd::ext::method_node<int> &&
              !apd::ext::method_node<fixture>);

TEST_CASE("components are products of their factors, and are summed") {
    fixture f;
    auto step = f.run(1.0 * apd::faithfulness());
    step.evaluate();
    auto& all = step(apd::ext::components{});
    CHECK(on_host(f.device, all.component_matrices(problem_type::site<0>)) == numbers{1, 1, 2, 2, 0, 6, 0, -2});
    CHECK(on_host(f.device, all.component_matrices(problem_type::site<1>)) == numbers{3, 0, -2, -1});
    CHECK(on_host(f.device, all.weight_sum(problem_type::site<0>)) == numbers{1, 7, 2, 0});
    CHECK(on_host(f.device, all.weight_sum(problem_type::site<1>)) == numbers{1, -1});
}
TEST_CASE("the gradient of the sum goes to the factors of every component") {
    // 3 · (1/6) ‖S − 0‖² has the gradient S: dU_c = S V_cᵀ, dV_c = U_cᵀ S.
    fixture f;
    auto step = f.run(3 * apd::faithfulness());
    for (int repeated = 0; repeated < 2; ++repeated) {  // gradients start from 0 in every step
        step.evaluate();
        step.pullback();
        using Catch::Matchers::Approx;
        CHECK_THAT(f.left(A), Approx(numbers{8, 2, 14, 0}));
        CHECK_THAT(f.right(A), Approx(numbers{5, 7, 1, 21}));
        CHECK_THAT(f.left(B), Approx(numbers{3, -3, -1, 1}));
        CHECK_THAT(f.right(B), Approx(numbers{1, 1}));
    }
}
TEST_CASE("gradients of components add to that of the sum") {
    // The gradient of both P_c of A is S + 1; B has that of the sum alone.
    fixture f;
    auto step = f.run(3 * apd::faithfulness() + 1 * entries_of_a());
    for (int repeated = 0; repeated < 2; ++repeated) {
        step.evaluate();
        step.pullback();
        using Catch::Matchers::Approx;
        CHECK_THAT(f.left(A), Approx(numbers{8 + 2, 2 + 2, 14 + 2, 0 + 2}));
        CHECK_THAT(f.right(A), Approx(numbers{5 + 3, 7 + 3, 1 + 2, 21 + 2}));
        CHECK_THAT(f.left(B), Approx(numbers{3, -3, -1, 1}));
        CHECK_THAT(f.right(B), Approx(numbers{1, 1}));
    }
}
