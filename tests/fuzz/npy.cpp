// Arrays of NumPy: what is taken has the bytes that its shape needs.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <apd/io/npy.hpp>
#include <apd/io/safetensors.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto* const first = reinterpret_cast<const std::byte*>(data);
    fuzz([&] {
        apd::tensors read;
        apd::ext::detail::add_npy(read, apd::ext::detail::stored_bytes(std::vector(first, first + size)), "input", "a",
                                  apd::stored_in_out);
        if (read.bytes("a").size() > size) __builtin_trap();
        fuzz([&] { read.get<double>("a"); });
        fuzz([&] { read.get<std::int64_t>("a"); });
        apd::parse_safetensors(apd::to_safetensors(read), "written");
    });
    return 0;
}
