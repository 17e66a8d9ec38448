// Files in the format safetensors: whatever is taken is written to a file that says the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <apd/io/safetensors.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    fuzz([&] {
        const apd::tensors read = apd::parse_safetensors(bytes, "input", apd::stored_in_out);
        for (const auto& name : read.names()) {
            fuzz([&] { read.bytes(name); });
            fuzz([&] { read.get<double>(name); });
            fuzz([&] { read.get<std::int64_t>(name); });
        }
        const std::string written = apd::to_safetensors(read);
        const apd::tensors again = apd::parse_safetensors(written, "written");
        if (again.names() != read.names() || apd::to_safetensors(again) != written) __builtin_trap();
    });
    return 0;
}
