// Feeds a fuzzer, where there is no libFuzzer: fuzz_<what> <inputs> <corpus>. Inputs are files of the corpus with a few
// random changes: bytes changed, numbers made extreme, pieces left out, doubled, or put into another file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <apd/io/atomic_file.hpp>

#include "fuzz.hpp"

namespace {

std::string changed(std::string input, const std::vector<std::string>& corpus, std::mt19937_64& random) {
    const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound); };
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
        const std::size_t place = below(input.size()), length = 1 + below(std::min<std::size_t>(16, input.size()));
        if (input.empty()) input.push_back('0');
        switch (below(7)) {
            case 0:
                input[place] = static_cast<char>(random());
                break;
            case 1:
                input[place] = static_cast<char>(input[place] ^ (1 << below(8)));
                break;
            case 2:
                input.erase(place, length);
                break;
            case 3:
                input.insert(place, input.substr(place, length));
                break;
            case 4: {
                const auto& other = corpus[below(corpus.size())];
                input.insert(place, other.substr(below(other.size()), 1 + below(64)));
                break;
            }
            case 5: {
                constexpr const char* extreme[]{
                    "18446744073709551615", "-1", "1e999", "nan", "{}", "[]", "null", "\"\""};
                input.replace(place, length, extreme[below(std::size(extreme))]);
                break;
            }
            default:
                input.resize(place);
        }
    }
    return input;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "driver: give a number of inputs and the folder of a corpus\n", 1;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[2])) files.push_back(entry.path());
    std::ranges::sort(files);
    std::vector<std::string> corpus;
    for (const auto& file : files) corpus.push_back(apd::read_file(file));
    const auto feed = [](const std::string& input) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    };
    for (const auto& each : corpus) feed(each);
    std::mt19937_64 random(0);
    const auto inputs = std::strtoul(argv[1], nullptr, 10);
    for (std::size_t i = 0; i < inputs; ++i) feed(changed(corpus[random() % corpus.size()], corpus, random));
    std::cout << inputs << " inputs, no finding" << std::endl;
}
