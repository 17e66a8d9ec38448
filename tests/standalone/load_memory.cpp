// Loading a network takes the memory of the tensors that it reads, whatever else the file holds.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include <malloc.h>
#include <support/resident_memory.hpp>
#include <support/scratch_folder.hpp>

#include <apd/io/safetensors.hpp>
#include <apd/network/parameters.hpp>

namespace {

std::atomic<std::size_t> in_use{0}, most_in_use{0};

void* counted(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    const std::size_t now = in_use += malloc_usable_size(memory);
    for (std::size_t most = most_in_use; now > most && !most_in_use.compare_exchange_weak(most, now);) {
    }
    return memory;
}
void uncounted(void* memory) {
    in_use -= memory == nullptr ? 0 : malloc_usable_size(memory);
    std::free(memory);  // NOLINT: what operator delete does
}

constexpr std::size_t size = 2'500;  // 25 MB of float
using net = apd::network<apd::linear<"fc.weight", size, size>, apd::bias<"fc.bias", size>>;
constexpr std::size_t bytes = 4 * (size * size + size), unused = 5'000'000'000;

/// A file of PyTorch with those two tensors, W[o, i] = i, and before them one that the network does not read, a hole.
void write_file(const std::filesystem::path& path) {
    const auto at = [](std::size_t begin, std::size_t end) {
        return "\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
    };
    const std::string n = std::to_string(size);
    std::string header = R"({"__metadata__":{"format":"pt"},"unused":{"dtype":"F8_E4M3","shape":[)" +
                         std::to_string(unused) + "]," + at(0, unused) + R"(,"fc.weight":{"dtype":"F32","shape":[)" +
                         n + "," + n + "]," + at(unused, unused + 4 * size * size) +
                         R"(,"fc.bias":{"dtype":"F32","shape":[)" + n + "]," +
                         at(unused + 4 * size * size, unused + bytes) + "}";
    const std::uint64_t length = header.size();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&length), 8);
    file << header;
    file.seekp(static_cast<std::streamoff>(unused), std::ios::cur);
    std::vector<float> row(size);
    for (std::size_t i = 0; i < size; ++i) row[i] = static_cast<float>(i);
    for (std::size_t o = 0; o <= size; ++o)  // one more: the bias
        file.write(reinterpret_cast<const char*>(row.data()), 4 * size);
}

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t count) { return counted(std::malloc(count)); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { uncounted(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { uncounted(memory); }

int main() {
    const scratch_folder scratch;
    const auto path = scratch.path / "model.safetensors";
    write_file(path);
    std::ofstream("/proc/self/clear_refs") << 5;  // what was resident so far is forgotten
    const std::size_t resident_before = most_resident(), before = in_use;
    most_in_use = before;

    const apd::parameters<net> read = apd::load(path, apd::stored_out_in);

    const double allocated = static_cast<double>(most_in_use - before) / bytes;
    const double resident = static_cast<double>(most_resident() - resident_before) / bytes;
    std::cout << "of the bytes that are read " << allocated << " were allocated and " << resident << " resident\n";
    const auto w = read.get<"fc.weight">();
    if (w[1] != 0 || w[size] != 1 || w[size * size - 1] != size - 1 || read.get<"fc.bias">()[7] != 7)
        return std::cout << "the numbers are others\n", 1;
    return allocated >= 1 && allocated <= 1.1 && (resident <= 1.1 || is_sanitized) ? 0 : 1;
}
