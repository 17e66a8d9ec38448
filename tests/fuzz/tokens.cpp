// Files of tokens: the first byte says their type. Windows of a text that is taken are words, or it is refused.

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <vector>

#include <support/scratch_folder.hpp>

#include <apd/array/view.hpp>
#include <apd/backend/cpu.hpp>
#include <apd/data/token_windows.hpp>
#include <apd/io/tokens.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const scratch_folder folder;
    static apd::cpu device({.threads = 1});
    if (size == 0) return 0;
    const auto file = folder.path / "text";
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(data + 1), static_cast<long>(size - 1));
    fuzz([&] {
        const apd::tokens text(file, static_cast<apd::token_type>(data[0] % 3));
        fuzz([&] {
            std::vector<std::uint32_t> all(text.size());
            text.read(0, all);
            text.part(data[0] % 8, text.size() / 2).read(data[0] % 4, std::span(all).first(text.size() / 4));
        });
        const apd::token_windows<4, 300> windows(text, data[0]);
        float x[8];
        std::uint32_t y[8];
        const apd::ext::view<float, apd::ext::extents<apd::ext::dynamic, 1>> inputs{x, 8};
        const apd::ext::view<std::uint32_t, apd::ext::extents<apd::ext::dynamic>> labels{y, 8};
        fuzz([&] { windows.fill(device, 3, inputs, labels); });
        if (windows.size() < 8) return;
        windows.fill_in_order(device, windows.size() - 8, inputs, labels);
        for (std::size_t n = 0; n < 8; ++n)
            if (y[n] >= 300 || (n % 4 < 3 && x[n + 1] != static_cast<float>(y[n]))) __builtin_trap();
    });
    return 0;
}
