// Indices of models that are spread over several files: no file that is named lies elsewhere than beside the index.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <apd/io/shard_index.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    fuzz([&] {
        for (const auto& [tensor, file] : apd::ext::detail::read_shard_index(text, "input")) {
            const auto path = (std::filesystem::path("/models/this") / file).lexically_normal();
            if (!path.string().starts_with("/models/this/")) __builtin_trap();
        }
    });
    return 0;
}
