// Command lines of the examples, an argument a line: they are read, or end with a sentence and a code.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <support/arguments.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> words{"program"};
    std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
    for (std::string word; std::getline(lines, word);) words.push_back(word);
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);

    std::string model = "5-2", target;
    std::vector<std::string> variants;
    std::size_t seeds = 1, components = 5;
    std::optional<std::size_t> steps;
    bool resumes = false;
    arguments line("What the program does.");
    line.add("--model", model, "A choice", {"5-2", "40-10"});
    line.add("--components", components, "A choice of numbers", {"5", "20"});
    line.add("--target", target, "A word");
    line.add("--variants", variants, "Words", {"a", "b"});
    line.add("--seeds", seeds, "A number", arguments::positive);
    line.add("--steps", steps, "A number, or none");
    line.add_flag("--resume", resumes, "A flag");
    line.exclude("--seeds", "--target");

    std::ostringstream told;
    auto* const out = std::cout.rdbuf(told.rdbuf());
    auto* const problems = std::cerr.rdbuf(told.rdbuf());
    const auto end = line.read(static_cast<int>(words.size()), pointers.data());
    std::cout.rdbuf(out);
    std::cerr.rdbuf(problems);
    if (end ? told.str().empty() : seeds == 0 || (model != "5-2" && model != "40-10") || steps == std::size_t{0})
        __builtin_trap();
    return 0;
}
