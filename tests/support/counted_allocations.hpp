#pragma once
// Counts what the program allocates. One source of a program includes it: it replaces operator new.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace apd_test {

inline std::atomic<std::size_t> allocations = 0;

inline void* counted(void* memory) {
    ++allocations;
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace apd_test

// Inlined, the pairs of new and delete would look mismatched to the compiler.
[[gnu::noinline]] void* operator new(std::size_t size) { return apd_test::counted(std::malloc(size + 1)); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    return apd_test::counted(std::aligned_alloc(unit, (size / unit + 1) * unit));
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++apd_test::allocations;
    return std::malloc(size + 1);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
