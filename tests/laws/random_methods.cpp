// Methods drawn at random, on every backend and with more threads than one, and their gradients along a random
// direction. APD_TRIALS=1000 test_laws "[random]" draws more of them than a usual run has time for.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

constexpr std::size_t C = 4, Rank = 2;

/// The numbers of one trial, each a pure function of its number.
class drawn {
  public:
    explicit drawn(std::uint64_t trial) : trial_(trial) {}
    double between(double low, double high) {
        return low +
               (high - low) * apd::ext::unit_interval<double>(apd::ext::random_word({.seed = trial_}, next_++, 0));
    }
    std::size_t up_to(std::size_t most) { return 1 + static_cast<std::size_t>(between(0, static_cast<double>(most))); }

  private:
    std::uint64_t trial_;
    std::size_t next_ = 0;
};

template <class Net>
auto plan_of(const auto& objective, drawn& numbers) {
    const apd::sparse_features<Net::inputs> data{
        .probability = numbers.between(0.02, 1), .low = -1, .high = 1, .seed = numbers.up_to(1000)};
    return apd::plan{apd_test::random_parameters<Net>(numbers.up_to(1000)), data, objective,
                     apd::decompose_options{.steps = 4,
                                            .batch = numbers.up_to(80),
                                            .learning_rate = 1e-2,
                                            .seed = numbers.up_to(1000),
                                            .log_every = 1}};
}

template <class Device, class Plan>
auto learned(Device&& device, const Plan& plan) {
    return apd::decompose<C, Rank>(device, std::vector{plan}).front();
}
void are_the_same(const auto& found, const auto& expected, double epsilon) {
    REQUIRE(found.failure == expected.failure);
    REQUIRE(found.history.size() == expected.history.size());
    for (std::size_t i = 0; i < found.history.size(); ++i)
        CHECK(found.history[i].total == Approx(expected.history[i].total).epsilon(epsilon).margin(1e-12));
    for (std::size_t s = 0; s < found.learned.left.size(); ++s) {
        CHECK_THAT(found.learned.left[s],
                   Catch::Matchers::Approx(expected.learned.left[s]).epsilon(epsilon).margin(1e-12));
        CHECK_THAT(found.learned.right[s],
                   Catch::Matchers::Approx(expected.learned.right[s]).epsilon(epsilon).margin(1e-12));
    }
}

/// ⟨∂L/∂x, d⟩ against (L(x + h d) − L(x − h d))/2h, x all factors and d random.
template <class Net, class Plan>
void gradient_is_right(const Plan& plan, std::uint64_t trial) {
    apd_test::small_problem<Net, C, Rank, apd::cpu> small(plan.options.batch, trial);
    apd::ext::objective_step<typename decltype(small)::problem_type, decltype(plan.objective)> run(small.problem,
                                                                                                   plan.objective);
    const auto direction = apd::factors<Net, apd::shared_components<C, Rank>, double>::random(trial + 1, 1);
    const auto loss = [&](double step) {
        auto moved = small.factors;
        for (std::size_t s = 0; s < moved.left.size(); ++s) {
            for (std::size_t i = 0; i < moved.left[s].size(); ++i) moved.left[s][i] += step * direction.left[s][i];
            for (std::size_t i = 0; i < moved.right[s].size(); ++i) moved.right[s][i] += step * direction.right[s][i];
        }
        small.problem.factors.upload(small.device, moved);
        run.evaluate();
        const auto values = run.values();
        double total = 0;
        std::size_t at = 0;
        std::apply([&](const auto&... each) { ((total += each.weight * values[at++]), ...); }, plan.objective.terms);
        return total;
    };
    loss(0);
    run.pullback();
    auto gradient = small.factors;
    small.problem.gradients.download(small.device, gradient);
    double along = 0, norm = 0;
    const auto add = [&](const auto& g, const auto& d) {
        for (std::size_t i = 0; i < g.size(); ++i) along += g[i] * d[i], norm += g[i] * g[i];
    };
    for (std::size_t s = 0; s < gradient.left.size(); ++s) {
        add(gradient.left[s], direction.left[s]);
        add(gradient.right[s], direction.right[s]);
    }
    const double h = 1e-6;
    CHECK(along == Approx((loss(h) - loss(-h)) / (2 * h)).epsilon(1e-5).margin(1e-7 * (1 + std::sqrt(norm))));
}

std::size_t trials() {
    const char* const asked = std::getenv("APD_TRIALS");
    return asked == nullptr ? 3 : std::stoul(asked);
}
/// objective(numbers): one of the kind, its numbers drawn.
template <class Net>
void agree(auto objective) {
    for (std::uint64_t trial = 0; trial < trials(); ++trial) {
        drawn numbers(trial);
        const auto plan = plan_of<Net>(objective(numbers), numbers);
        INFO("trial " << trial << ", batch " << plan.options.batch << ", probability " << plan.data.probability << ": "
                      << plan.objective.describe());
        const auto one = learned(apd::cpu({.threads = 1}), plan);
        CHECK(learned(apd::cpu({.threads = 3}), plan).learned.left == one.learned.left);
        are_the_same(learned(apd_test::plain_backend(), plan), one, 1e-9);
        are_the_same(learned(apd_test::recording_backend(), plan), one, 1e-9);
        gradient_is_right<Net>(plan, trial);
    }
}

using tied = apd_test::small_network<apd::gelu>;
using with_zeros = apd::network<apd::linear<"A", 6, 4>, apd::relu, apd::residual<apd::linear<"B", 4, 4>, apd::relu>,
                                apd::linear<"D", 4, 3>>;
using sequence = apd::network<apd::convolution<"K", 4, 2, 3, 2>, apd::gelu, apd::linear<"B", 9, 2>>;

}  // namespace

TEMPLATE_TEST_CASE("methods with a top-k are the same everywhere", "[random]", with_zeros, sequence) {
    agree<TestType>([](drawn& numbers) {
        const auto active = apd::batch_top_k(apd::gradient_attribution(), numbers.between(0, 4));
        return numbers.between(0.1, 10) * apd::faithfulness() + numbers.between(0.1, 2) * apd::minimality(active) +
               numbers.between(0.01, 1) * apd::simplicity(active, apd::schatten(numbers.between(0.5, 2)));
    });
}
TEST_CASE("methods with shares and bystanders are the same everywhere", "[random]") {
    agree<with_zeros>([](drawn& numbers) {
        const double first = numbers.between(0.01, 0.2);
        const auto active = apd::attribution_share(apd::gradient_attribution(),
                                                   apd::rising_share{first, numbers.between(first, 0.4), 3});
        const auto among_others = apd::with_bystanders(active, numbers.between(0, 0.5));
        return apd::faithfulness() + numbers.between(0.1, 2) * apd::minimality(among_others) +
               numbers.between(0.01, 1) * apd::hidden_reconstruction(active);
    });
}
TEST_CASE("methods with a differentiated mask are the same everywhere", "[random]") {
    agree<tied>([](drawn& numbers) {
        const auto used = apd::lp(apd::gradient_attribution(), numbers.between(0.5, 2));
        return apd::faithfulness() + numbers.between(0.1, 2) * apd::sparsity(used) +
               numbers.between(0.1, 1) * apd::minimality(used) + apd::output_reconstruction();
    });
}
TEST_CASE("methods with other attributions are the same everywhere", "[random]") {
    agree<with_zeros>([](drawn& numbers) {
        const std::size_t k = numbers.up_to(3);
        return apd::faithfulness() + apd::minimality(apd::per_sample_top_k(apd::ablation_attribution(), k)) +
               apd::minimality(apd::exact_top_k(apd::activation_attribution(), apd::distil));
    });
}
