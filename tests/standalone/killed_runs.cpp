// Runs that are killed at random moments, while they save too, and resumed until they end: killed_runs [kills].
//
// Now and then there is no room to save in, or the last checkpoint is damaged. Every run ends bit for bit where the
// unbroken one does, and none loses more than what it did since its last checkpoint, or the one before a damaged one.

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <random>
#include <string>
#include <thread>

#include <support/scratch_folder.hpp>
#include <support/toy.hpp>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr apd::decompose_options options{.steps = 6000, .batch = 64, .learning_rate = 1e-2, .log_every = 10};

/// What a run tells the process that kills it.
struct seen_steps {
    std::size_t first, saved, saved_before;
    bool has_begun;
};

auto learned(auto&&... observers) { return apd_test::toy_decomposition(options, 1, 2, observers...); }

/// One process: it goes on from the checkpoint, if there is one, and leaves its result behind.
int go_on(const std::filesystem::path& folder, bool has_room, seen_steps& seen) {
    if (!has_room) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit nothing{100, 100};
        ::setrlimit(RLIMIT_FSIZE, &nothing);
    }
    const auto path = folder / "run.safetensors";
    const auto note = [&](const apd::progress& p) {
        if (p.begins) seen.first = seen.saved = p.steps_before, seen.has_begun = true;
        if (has_room) seen.saved_before = seen.saved, seen.saved = p.step - 1;
    };
    const apd::resume saved(path);
    const auto from = saved.is_there(1) ? saved : apd::resume();
    const auto result = learned(from, apd::checkpoint(path, 0), note);
    apd::save(result, folder / "result.safetensors");
    return 0;
}
/// Cuts the file short, or changes a bit of it.
void damage(const std::filesystem::path& path, std::mt19937& random) {
    const auto size = static_cast<unsigned>(std::filesystem::file_size(path));
    const auto place = random() % size;
    if (random() % 2 == 0) return std::filesystem::resize_file(path, place);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(place);
    const int old = file.get();
    file.seekp(place);
    file.put(static_cast<char>(old ^ (1 << random() % 8)));
}

}  // namespace

int main(int argc, char** argv) {
    const int kills = argc > 1 ? std::atoi(argv[1]) : 20;
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors", result = folder.path / "result.safetensors";
    const std::string whole = apd::to_safetensors(learned().to_tensors());
    auto* const seen =
        new (::mmap(nullptr, sizeof(seen_steps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
            seen_steps{};
    std::mt19937 random(0);
    int killed = 0, ends = 0, damaged = 0;
    bool is_damaged = false;
    while (killed < kills || ends == 0) {
        const bool has_room = killed % 10 != 9;
        const auto before = *seen;
        seen->has_begun = false;
        const auto child = ::fork();
        if (child == 0) {
            try {
                if (std::freopen((folder.path / "told").c_str(), "w", stderr) == nullptr) std::_Exit(1);
                std::_Exit(go_on(folder.path, has_room, *seen));
            } catch (const std::exception& failure) {
                std::cout << failure.what() << std::endl;
                std::_Exit(1);
            }
        }
        if (killed < kills) {
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 120'000));
            ::kill(child, SIGKILL);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        const auto fail = [&](const std::string& what) {
            std::cout << "killed_runs: after " << killed << " kills " << what << std::endl;
            return 1;
        };
        if (seen->has_begun && seen->first < (is_damaged ? before.saved_before : before.saved))
            return fail("steps were lost: saved " + std::to_string(before.saved) + ", began at " +
                        std::to_string(seen->first));
        if (WIFSIGNALED(status)) {
            ++killed;
        } else if (has_room) {
            if (WEXITSTATUS(status) != 0) return fail("a run failed");
            if (apd::read_file(result) != whole) return fail("a run ended elsewhere");
            ++ends;
            for (const auto& each : std::filesystem::directory_iterator(folder.path))
                std::filesystem::remove(each.path());
            *seen = {};
        }
        if (seen->has_begun) is_damaged = false;
        if (random() % 7 == 0 && std::filesystem::exists(apd::ext::detail::previous_of(path)) &&
            std::filesystem::exists(path)) {
            damage(path, random);
            is_damaged = true, ++damaged;
        }
    }
    std::cout << killed << " kills, " << damaged << " damaged checkpoints, " << ends << " ends, all whole" << std::endl;
}
