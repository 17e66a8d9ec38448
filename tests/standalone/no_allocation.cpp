// A step allocates nothing: once two steps have run, further steps leave every form of operator new untouched.

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <support/counted_allocations.hpp>

#include <apd/apd.hpp>

namespace {

using apd_test::allocations;

using network =
    apd::network<apd::linear<"W", 12, 4>, apd::linear<"H", 4, 4>, apd::transposed<"W">, apd::bias<"b", 12>, apd::relu>;

using any_rank = apd::shared_components<10, 3>;
using of_sites = apd::subcomponents<10, 6>;

/// The allocations of ten steps after the first two.
template <class Shape, class Objective>
std::size_t allocations_of(const Objective& objective, std::size_t threads, apd::column_norm columns) {
    apd::cpu device({.threads = threads});
    const apd::sparse_features<12> data{.probability = 0.3};
    apd::ext::problem<apd::cpu, float, network, Shape> problem(device, apd::parameters<network>{}, 4096);
    problem.factors.upload(device, apd::factors<network, Shape, float>::random(1, 1));
    apd::ext::decomposition_run<decltype(problem), Objective> run(problem, objective, columns);
    std::size_t before = 0;
    for (std::uint32_t step = 0; step < 12; ++step) {
        if (step == 2) before = allocations;
        run.fill(data, step);
        run.differentiate();
        run.update(apd::schedule{.learning_rate = 1e-3}.over(12));
    }
    return allocations - before;
}

int failures = 0;
template <class Shape = any_rank, class Objective>
void expect_none(const char* name, const Objective& objective, apd::column_norm columns = apd::column_norm::unit) {
    for (const std::size_t threads : {1U, 3U}) {
        const auto found = allocations_of<Shape>(objective, threads, columns);
        std::printf("%s, %zu threads: %zu allocations in ten steps\n", name, threads, found);
        failures += found != 0;
    }
}

}  // namespace

int main() {
    const auto used = allocations.load();
    ::operator delete(::operator new(1));
    if (allocations == used) return std::puts("operator new is not counted"), 1;

    const auto attribution = apd::gradient_attribution();
    const auto batch = apd::batch_top_k(attribution, 1.3);
    expect_none("batch top-k", apd::faithfulness() + apd::minimality(batch) + apd::hidden_reconstruction(batch) +
                                   apd::simplicity(batch, apd::schatten(0.9)));
    const auto each = apd::per_sample_top_k(apd::activation_attribution(), 2, apd::distil);
    expect_none("per-sample top-k", apd::faithfulness() + apd::minimality(each));
    const auto real = apd::lp(apd::gradient_attribution(apd::of_target, apd::reverse_mode), 0.9);
    expect_none("L_p", apd::sparsity(real) + apd::simplicity(real, apd::schatten(1)) + apd::output_reconstruction());
    const auto ci = apd::private_importances<4>();
    expect_none<of_sites>("SPD",
                          apd::importance_minimality(ci, 2) + apd::reconstruction(apd::stochastic(ci)) +
                              apd::reconstruction(apd::stochastic(ci), apd::each_site) +
                              apd::reconstruction(apd::persistent_adversary(ci), apd::random_sites),
                          apd::column_norm::free);
    return failures;
}
