// One run in slices: started as `mpirun -n <ranks> test_mpi_slices <folder>`, with 1, 2 or 4 ranks. Rank 0 also learns
// with all slices in one process, as a world of its own would, and compares.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <own_parts.hpp>
#include <support/host_grid.hpp>
#include <support/toy.hpp>

#include <apd/mpi.hpp>

#include "checks.hpp"

namespace {

using namespace apd::ext::literals;

/// A file that every start of the test compares with, whatever the number of its ranks.
void check_same_for_any_ranks(const apd::mpi::world& world, const std::filesystem::path& file,
                              const std::string& bytes) {
    if (world.rank() != 0) return;
    if (std::filesystem::exists(file)) check(apd::read_file(file) == bytes, file.filename().string() + " is the same");
    else apd::write_file_atomically(file, bytes);
}
template <class A, class B>
double largest_difference(const A& a, const B& b) {
    double most = 0;
    const auto compare = [&](const auto& of_a, const auto& of_b) {
        for (std::size_t s = 0; s < of_a.size(); ++s)
            for (std::size_t i = 0; i < of_a[s].size(); ++i)
                most = std::max(most, std::abs(static_cast<double>(of_a[s][i]) - of_b[s][i]));
    };
    compare(a.learned.left, b.learned.left);
    compare(a.learned.right, b.learned.right);
    return most;
}
bool is_refused(auto&& f, const std::string& sentence) {
    try {
        f();
    } catch (const apd::error& refusal) {
        return std::string(refusal.what()).find(sentence) != std::string::npos;
    }
    return false;
}

/// Its factors are so many that slices deal out what depends on weights alone: sums over components, maps between links
/// and norms.
using wide = apd::network<apd::frozen<apd::linear<"E", 64, 256>>,
                          apd::residual<apd::linear<"in", 256, 64>, apd::relu, apd::linear<"out", 64, 256>>,
                          apd::frozen<apd::linear<"D", 256, 64>>>;
template <std::size_t... Out>
using sum_target = decltype(apd::ext::view<double, apd::extents<Out...>>()["io"_i]);
template <std::size_t... In>
using factor = apd::ext::view<double, apd::extents<In...>>;
static_assert(apd::ext::detail::is_worth_dealing<sum_target<256, 64>, decltype(factor<64, 256, 64>()["cir"_i] *
                                                                               factor<64, 64, 64>()["cro"_i])>);
static_assert(apd::ext::detail::is_worth_dealing<decltype(factor<64, 64>()["cr"_i]),
                                                 decltype(square(factor<64, 256, 64>()["cir"_i]))>);

/// Slices that are computed as a GPU does, but by the host.
struct grid_slices {
    const apd::mpi::world& ranks;
    std::size_t count;

    struct of_rank {
        explicit of_rank(const grid_slices& how)
            : meeting(how.ranks, apd::ext::mpi::detail::own_slices(how.ranks, how.count)) {}
        void learn_slice(std::size_t number, const auto& learn) {
            apd::ext::mpi::detail::slice slice(meeting, number);
            apd_test::host_grid device;
            learn(slice, device);
        }
        apd::ext::mpi::detail::meeting meeting;
    };
};

constexpr apd::decompose_options quick{.steps = 60, .batch = 64, .learning_rate = 1e-2, .log_every = 7};

template <std::size_t C = 5, std::size_t Rank = 3>
void check_method(const apd::mpi::world& world, const std::filesystem::path& folder, const std::string& name,
                  const auto& plan) {
    const auto in_slices = apd::decompose<C, Rank>(apd::mpi::slices{world, 4}, plan);
    check_same_for_any_ranks(world, folder / (name + ".safetensors"), bytes_of(in_slices));
    apd::cpu device({.threads = 1});
    const auto whole = apd::decompose<C, Rank>(device, plan);
    check(largest_difference(in_slices, whole) < 1e-9, name + ": slices add up to the whole");
    check(std::abs(in_slices.history.back().total - whole.history.back().total) < 1e-9, name + ": so do losses");
    check(std::abs(in_slices.without_components[1] - whole.without_components[1]) < 1e-9, name + ": also at first");
}

}  // namespace

int main(int, char** argv) {
    const apd::mpi::world world;
    const std::filesystem::path folder = argv[1];
    using toy = apd_test::toy;
    const auto target = apd_test::random_parameters<toy, double>(8);
    const auto& data = apd_test::toy_data;
    const auto attribution = apd::gradient_attribution();
    const auto top = apd::batch_top_k(attribution, 1.5);
    const auto share = apd::attribution_share(attribution, 0.2);

    check_method(world, folder, "published", apd::plan{target, data, apd_test::toy_objective(1.5), quick});
    auto unit = quick;
    unit.columns = apd::column_norm::unit;
    check_method(world, folder, "drawn",
                 apd::plan{target, data,
                           apd::faithfulness() + apd::minimality(apd::with_bystanders(share, 0.2)) +
                               0.1 * apd::simplicity(share, apd::schatten(0.9)),
                           unit});
    const auto check_on_grid = [&](const std::string& name, const auto& method) {
        const auto on_grid = apd::decompose<5, 3>(grid_slices{world, 4}, method);
        check_same_for_any_ranks(world, folder / (name + "_on_grid.safetensors"), bytes_of(on_grid));
        apd::cpu device({.threads = 1});
        check(largest_difference(on_grid, apd::decompose<5, 3>(device, method)) < 1e-9, name + ": on a grid too");
    };
    check_on_grid("published", apd::plan{target, data, apd_test::toy_objective(1.5), quick});
    check_on_grid("ties", apd::plan{target, apd::samples<5, double>(std::vector<double>(5 * 64, 1.0)),
                                    apd::faithfulness() + apd::minimality(top), quick});

    // Attributions that are equal on many rows: which are taken, depends on where the slices before end.
    check_method(world, folder, "ties",
                 apd::plan{target, apd::samples<5, double>(std::vector<double>(5 * 64, 1.0)),
                           apd::faithfulness() + apd::minimality(top), quick});
    check_method(world, folder, "learned",
                 apd::plan{target, data,
                           apd::faithfulness() + apd::minimality(own::learned_mask()) + own::component_norm(), quick});

    auto few_steps = unit;
    few_steps.steps = 5;
    const apd::sparse_features<64> features{.probability = 0.05, .seed = 1};
    const auto wide_target = apd_test::random_parameters<wide, double>(3);
    const apd::plan dealt{wide_target, features,
                          apd::faithfulness() + apd::minimality(top) + 0.1 * apd::simplicity(top, apd::schatten(0.9)),
                          few_steps};
    check_method<64, 64>(world, folder, "wide", dealt);
    const auto on_threads = apd::decompose<64, 64>(apd::mpi::slices{world, 4, 12}, dealt);
    check_same_for_any_ranks(world, folder / "wide.safetensors", bytes_of(on_threads));
    check_method<64, 64>(
        world, folder, "wide_norm",
        apd::plan{wide_target, features, apd::faithfulness() + apd::minimality(top) + 0.1 * own::component_norm(),
                  few_steps});
    few_steps.steps = 2;
    check_method<64, 64>(
        world, folder, "wide_ablation",
        apd::plan{wide_target, features,
                  apd::faithfulness() + apd::minimality(apd::batch_top_k(apd::ablation_attribution(), 1.5)),
                  few_steps});

    // Importances that are learned, masks that are drawn, and adversaries of the whole batch: rows of 64 take ten rows
    // of numbers in turn, wherever slices end.
    const auto importances = apd::private_importances<4>();
    const auto learned_with = [&](std::size_t rows) {
        return apd::plan{target, data,
                         apd::faithfulness() + 0.01 * apd::importance_minimality(importances, 1, 0.5) +
                             apd::reconstruction(apd::stochastic(importances), apd::random_sites) +
                             apd::reconstruction(apd::shared_adversary(importances, {.steps = 2, .rate = 0.3})) +
                             apd::reconstruction(apd::persistent_adversary(importances, {.before = 1, .rows = rows})),
                         quick};
    };
    check_method<6, 1>(world, folder, "importances", learned_with(10));
    const auto run = folder / "importances_run.safetensors";
    const auto all = apd::decompose<6, 1>(apd::mpi::slices{world, 4}, learned_with(10), apd::checkpoint(run, 0));
    wait_for_rank_0(world, [&] { std::filesystem::rename(folder / "importances_run.previous.safetensors", run); });
    check(
        bytes_of(apd::decompose<6, 1>(apd::mpi::slices{world, 4}, learned_with(10), apd::resume(run))) == bytes_of(all),
        "what an adversary remembers goes on too");
    check_method<6, 1>(
        world, folder, "merged",
        apd::plan{
            target, data,
            apd::faithfulness() + 0.01 * apd::importance_minimality(importances, 1) +
                apd::reconstruction(
                    apd::merged(importances, 0.5,
                                {.rule = apd::ascent_rule::sign, .bounds = apd::ascent_bounds::sigmoid, .rows = 10}),
                    apd::random_sites),
            quick});
    check(is_refused(
              [&] {
                  apd::decompose<6, 1>(apd::mpi::slices{world, 4}, learned_with(0));
              },
              "numbers for every row would be remembered in pieces"),
          "an adversary that remembers every row is refused in slices");

    // Cut off and resumed, by another number of ranks if the folder is there from before.
    const auto plan = apd::plan{target, data, apd_test::toy_objective(1.5), quick};
    const auto path = folder / "run.safetensors";
    std::size_t records = 0;
    const auto count = [&](const apd::progress&) { ++records; };
    const auto saved = apd::decompose<5, 3>(apd::mpi::slices{world, 4}, plan, apd::checkpoint(path, 0), count);
    check((records > 0) == (world.rank() == 0), "observers are called on rank 0");
    wait_for_rank_0(world, [&] { std::filesystem::rename(folder / "run.previous.safetensors", path); });
    const apd::resume from(path);
    const auto resumed = apd::decompose<5, 3>(apd::mpi::slices{world, 4}, plan, from);
    check(bytes_of(resumed) == bytes_of(saved), "a run in slices goes on, bit for bit, and is the same on all ranks");

    check(is_refused(
              [&] {
                  apd::decompose<5, 3>(apd::mpi::slices{world, 0}, plan);
              },
              "can't take as many of 0 slices"),
          "0 slices are refused");
    check(is_refused(
              [&] {
                  apd::decompose<5, 3>(apd::mpi::slices{world, 12}, plan);
              },
              "a batch of 64 can't be cut into 12 equal slices"),
          "a batch that can't be cut is refused");
    return faults == 0 ? 0 : 1;
}
