// A rank that dies ends the others, and what was learned goes on when the program is started again:
// test_mpi_deaths <folder> dies|throws, with two ranks. Of the first start rank 1 does not come to its end.

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <support/toy.hpp>

#include <apd/mpi.hpp>

int main(int, char** argv) try {
    const apd::mpi::world world;
    const std::filesystem::path folder = argv[1];
    const auto path = folder / "run.safetensors", marker = folder / "began";
    const bool is_first_start = !std::filesystem::exists(marker);
    apd::cpu device({.threads = 1});
    std::vector plans(5, apd::plan{apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(1),
                                   apd::decompose_options{.steps = 2000, .batch = 64, .learning_rate = 1e-2}});
    for (std::uint64_t seed = 0; seed < plans.size(); ++seed) plans[seed].options.seed = seed;

    const auto die = [&](const apd::progress& p) {
        if (!is_first_start || world.rank() != 1 || p.step < p.steps / 2) return;
        apd::write_file_atomically(marker, "");
        if (argv[2] == std::string("dies")) std::raise(SIGKILL);
    };
    const auto from = is_first_start ? apd::resume() : apd::resume(path);
    const auto results = apd::decompose<5, 3>(world, device, plans, from, apd::checkpoint(path, 0), die);
    if (is_first_start && world.rank() == 1) throw apd::error("rank 1", "does not come to its end", "");
    if (is_first_start) return world.receive(1).empty() ? 0 : 1;  // would wait for rank 1 for ever

    std::size_t whole = 0;
    for (std::size_t i = 0; i < results.size(); ++i)
        whole += apd::to_safetensors(results[i].to_tensors()) ==
                 apd::to_safetensors(apd::decompose<5, 3>(device, plans[i]).to_tensors());
    if (world.rank() == 0) std::cout << whole << " of " << plans.size() << " plans are whole" << std::endl;
} catch (const std::exception& failure) {
    std::cerr << "deaths: " << failure.what() << std::endl;
    return 1;
}
