#pragma once
// What a fuzzer asks of the code that it feeds: a good answer, or an apd::error.

#include <cstddef>
#include <cstdint>
#include <string>

#include <apd/core/error.hpp>

/// The entry of libFuzzer, and of driver.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// f(), which may refuse its input, but with a sentence.
void fuzz(auto&& f) {
    try {
        f();
    } catch (const apd::error& refusal) {
        if (std::string(refusal.what()).empty()) __builtin_trap();
    }
}
