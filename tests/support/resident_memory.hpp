#pragma once
// What a process holds of memory.

#include <cstddef>
#include <fstream>
#include <string>

/// In bytes, at most so far: pages of mapped files count. 0 where the system does not say.
inline std::size_t most_resident() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "VmHWM:") {
            std::size_t kilobytes = 0;
            status >> kilobytes;
            return 1024 * kilobytes;
        }
    return 0;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;  // there is memory beside all memory
#else
inline constexpr bool is_sanitized = false;
#endif
