// A run that learns ten million numbers takes little more memory than they, their gradients and their moments, also
// while it saves them; and files of over 4 GB are written without holding them.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <support/resident_memory.hpp>
#include <support/scratch_folder.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace {

double seconds_of(auto&& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

using net = apd::network<apd::linear<"W", 1000, 1000>>;
constexpr std::size_t learned = 2 * 20 * 1000 * 250;  // U and V of 20 components of rank 250
constexpr std::size_t bytes = 4 * learned * sizeof(float);

/// Tells what a checkpoint costs beside writing as many bytes to the disk.
class timed_checkpoint {
  public:
    explicit timed_checkpoint(const std::filesystem::path& folder)
        : folder_(folder), saves_(folder / "run.safetensors", 0) {}
    void operator()(const apd::progress& p, auto&& snapshot) {
        const double whole = seconds_of([&] { saves_(p, snapshot); });
        const std::vector<std::byte> piece(std::size_t{1} << 20U, std::byte{1});
        const auto size = std::filesystem::file_size(folder_ / "run.safetensors");
        const double disk = seconds_of([&] {
            apd::ext::detail::write_file_atomically(
                folder_ / "as_many_bytes", [&](const apd::ext::detail::byte_sink& sink) {
                    bool goes_on = true;
                    for (std::size_t done = 0; done < size; done += piece.size())
                        goes_on = goes_on && sink(std::span(piece).first(std::min(piece.size(), size - done)));
                    return goes_on;
                });
        });
        std::cout << "a checkpoint of " << size / 1000000 << " MB: " << whole << " s; as many bytes alone: " << disk
                  << " s\n";
    }

  private:
    std::filesystem::path folder_;
    apd::checkpoint saves_;
};

bool a_large_run_takes_little_more_than_it_learns(const std::filesystem::path& folder) {
    const auto target = apd_test::random_parameters<net, float>(1);
    const auto before = most_resident();
    apd::cpu device({.threads = 1});
    const auto objective = apd::faithfulness() + apd::minimality(apd::per_sample_top_k(apd::gradient_attribution(), 2));
    const apd::decompose_options options{.steps = 3, .batch = 16, .log_every = 1};
    std::size_t most = 0;
    apd::decompose<20, 250>(device, target, apd::sparse_features<1000>{.probability = 0.01}, objective, options,
                            timed_checkpoint(folder), [&](const apd::progress&) { most = most_resident() - before; });
    const double share = static_cast<double>(most) / bytes;
    std::cout << "factors, gradients and moments of " << learned << " numbers: " << share << " of their bytes\n";
    return share >= 1 && (share <= 1.3 || is_sanitized);
}

bool large_files_are_written(const std::filesystem::path& path) {
    constexpr std::size_t size = 4'400'000'000;
    const auto before = most_resident();
    apd::tensors contents;
    contents.set_later("large", apd::ext::tensor_dtype::u8, {size}, [](std::size_t begin, std::span<std::byte> to) {
        std::ranges::fill(to, static_cast<std::byte>(begin >> 24U & 255U));
    });
    contents.set("last", {1}, std::vector<std::uint8_t>{7});
    apd::save(contents, path);
    const auto taken = most_resident() - before;
    const apd::tensors read = apd::load(path);
    const auto& stored = read.copies("large").front().bytes;
    std::byte last{};
    stored.read(size - 1, std::span(&last, 1));
    std::cout << "a file of " << std::filesystem::file_size(path) << " bytes was written with " << taken << "\n";
    return stored.size() == size && last == static_cast<std::byte>((size - 1) >> 24U & 255U) &&
           read.get<std::uint8_t>("last")(0) == 7 && (taken < 100'000'000 || is_sanitized);
}

}  // namespace

int main() {
    const scratch_folder folder;
    if (std::filesystem::space(folder.path).available < 6'000'000'000) {
        std::cout << "there is no room for large files here\n";
        return 77;
    }
    const bool runs = a_large_run_takes_little_more_than_it_learns(folder.path);
    return large_files_are_written(folder.path / "large.safetensors") && runs ? 0 : 1;
}
