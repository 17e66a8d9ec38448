// Plans dealt to ranks: started as `mpirun -n <ranks> test_mpi_plans <folder>`, with any number of ranks.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <support/toy.hpp>

#include <apd/mpi.hpp>

#include "checks.hpp"

namespace {

auto some_plans() {
    std::vector<apd::plan<apd_test::toy, float, apd::sparse_features<5>, decltype(apd_test::toy_objective())>> plans;
    for (std::uint64_t seed = 0; seed < 9; ++seed)
        plans.push_back(
            {apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(1),
             apd::decompose_options{
                 .steps = 40 + 10 * seed, .batch = 64, .learning_rate = 1e-2, .seed = seed, .log_every = 7}});
    plans[2].options.learning_rate = 1e30;  // becomes NaN
    plans[4].options.batch = 0;             // throws
    plans[5].target.get<"b">()[1] = std::numeric_limits<float>::quiet_NaN();
    plans[6].options.half_life = std::numeric_limits<double>::infinity();
    return plans;
}

}  // namespace

int main(int, char** argv) {
    const apd::mpi::world world;
    const std::filesystem::path folder = argv[1];
    const auto path = folder / "run.safetensors";
    apd::cpu device({.threads = 1});
    const auto plans = some_plans();
    const bool is_first = world.rank() == 0;
    if (is_first) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
    }
    const auto check_results = [&](const auto& results) {
        check(results.size() == (is_first ? plans.size() : 0), "rank 0 has all results, the others none");
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (i == 2) check(results[i].failure.find("NaN") != std::string::npos, "a plan that becomes NaN says so");
            else if (i == 5)
                check(results[i].failure.find("NaN") != std::string::npos, "a target that holds NaN is a failed plan");
            else if (i == 6)
                check(results[i].failure.find("half-life") != std::string::npos, "so is an option that can't be");
            else if (i == 4)
                check(results[i].failure.find("a batch of 0") != std::string::npos, "what throws says why");
            else
                check(
                    bytes_of(results[i]) == bytes_of(apd::decompose<5, 3>(device, plans[i])) && results[i].seconds > 0,
                    "plan " + std::to_string(i) + " ends as on one machine");
        }
    };

    std::ostringstream bar;
    std::atomic<bool> stop = false;
    std::size_t seen = 0;
    check_results(apd::decompose<5, 3>(world, device, plans, apd::progress_bar("plans", bar, apd::bar_style::redrawn),
                                       apd::checkpoint(path, 0), [&](const apd::progress& p) {
                                           seen += p.begins ? 1 : 0;
                                           check(p.runs == plans.size() && p.run < p.runs, "plans have their numbers");
                                       }));
    check(is_first == (bar.str().find("100 %") != std::string::npos), "rank 0 shows how many plans are done");
    if (world.size() <= 2) check(seen > 0, "every rank has learned something");

    // Cut off: some were saved on the way, one has not begun. The folder is all that the next ranks find.
    wait_for_rank_0(world, [&] {
        std::filesystem::rename(folder / "run_7.previous.safetensors", folder / "run_7.safetensors");
        std::filesystem::remove(folder / "run_8.safetensors");
        std::filesystem::remove(folder / "run_8.previous.safetensors");
    });
    const apd::resume from(path);
    check_results(apd::decompose<5, 3>(world, device, plans, from, apd::checkpoint(path, 0)));
    check(apd::decompose<5, 3>(
              world, device,
              std::vector<
                  apd::plan<apd_test::toy, float, apd::sparse_features<5>, decltype(apd_test::toy_objective())>>{})
              .empty(),
          "no plans have no results");
    return faults == 0 ? 0 : 1;
}
