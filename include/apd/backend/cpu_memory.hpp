#pragma once
// Memory of the CPU backend: aligned to cache lines, and in large pages where there is much of it.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#if defined(__linux__)
#include <sys/mman.h>

#include <apd/core/requirements.hpp>
#endif

#include <apd/backend/process_limits.hpp>

namespace apd::ext::detail {

struct free_memory {
    void operator()(void* memory) const { std::free(memory); }
};
using owned_memory = std::unique_ptr<void, free_memory>;

/// So many bytes of zeros, there to be written to from now on: an `apd::error` if they can't be had. Walking through
/// arrays of many megabytes in pages of 4 KB, a processor looks up addresses as often as numbers: large arrays are
/// asked for in pages of 2 MB.
inline owned_memory allocate_zeros(std::size_t bytes) {
    constexpr std::size_t line = 64, page = std::size_t{1} << 21U;
    const std::size_t alignment = bytes < 2 * page ? line : page;
    const std::size_t size = (std::max(bytes, line) + alignment - 1) / alignment * alignment;
    check_memory(size);
    void* const memory = std::aligned_alloc(alignment, size);
    if (memory == nullptr) refuse_memory(size);
#if defined(__linux__)
    if (alignment == page) madvise(memory, size, MADV_HUGEPAGE);  // a wish: without effect it is merely slower
#endif
    std::memset(memory, 0, size);
    return owned_memory(memory);
}

/// Room that grows.
class growing_workspace {
  public:
    /// So many bytes, aligned to cache lines; what they held before is lost if there were fewer.
    void* of(std::size_t bytes) {
        if (bytes > size_) {
            memory_ = allocate_zeros(bytes);
            size_ = bytes;
        }
        return memory_.get();
    }

  private:
    owned_memory memory_;
    std::size_t size_ = 0;
};

}  // namespace apd::ext::detail
