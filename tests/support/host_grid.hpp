#pragma once
// A grid of threads played by the host: it runs the very functions that a GPU runs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <support/crowd.hpp>
#include <sys/mman.h>

#include <apd/backend/grid.hpp>

namespace apd_test {

/// A group of one thread.
struct lone_thread {
    static constexpr std::size_t size = 1;
    static std::size_t rank() { return 0; }

    void for_each(std::size_t n, const auto& f) const {
        for (std::size_t i = 0; i < n; ++i) f(i);
    }
    template <class T, std::size_t Columns>
    void sum_columns(std::size_t n, const auto& f, const auto& done) const {
        for (std::size_t j = 0; j < Columns; ++j) {
            T sum = 0;
            for (std::size_t i = 0; i < n; ++i) sum += f(j, i);
            done(j, sum);
        }
    }
    std::uint32_t scan(std::size_t n, const auto& f, const auto& done) const {
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const std::uint32_t value = f(i);
            done(i, sum, value);
            sum += value;
        }
        return sum;
    }
    static void add(std::uint32_t* place, std::uint32_t n) { *place += n; }
    static void sync() {}
};
static_assert(apd::ext::detail::thread_group<lone_thread>);

/// Memory that the host may not touch but where it plays the grid: a test that reads it elsewhere, as if it were the
/// host's, crashes as it would with a GPU. Under a sanitizer, which sees what lies around an array instead, it is open.
class guarded_memory {
#if defined(__SANITIZE_ADDRESS__)
  public:
    static void* allocate(std::size_t bytes) { return std::memset(::operator new(bytes), 0, bytes); }
    static void deallocate(void* memory) { ::operator delete(memory); }
    static int open() { return 0; }
#else
    static constexpr std::size_t most = std::size_t{1} << 36U;
    struct close {
        void operator()(const guarded_memory* memory) const { memory->allow(PROT_NONE); }
    };

  public:
    guarded_memory()
        : begin_(static_cast<std::byte*>(
              ::mmap(nullptr, most, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
        if (begin_ == MAP_FAILED) throw std::bad_alloc();
    }
    guarded_memory(const guarded_memory&) = delete;
    guarded_memory& operator=(const guarded_memory&) = delete;
    ~guarded_memory() { ::munmap(begin_, most); }

    /// Zeros.
    void* allocate(std::size_t bytes) {
        const std::size_t size = (bytes + 63) / 64 * 64;
        void* memory = nullptr;
        if (const auto found = free_.find(size); found != free_.end()) {
            memory = found->second;
            free_.erase(found);
            [[maybe_unused]] const auto opened = open();
            std::memset(memory, 0, size);
        } else {
            if (most - used_ < size) throw std::bad_alloc();
            memory = begin_ + std::exchange(used_, used_ + size);
        }
        size_of_.emplace(memory, size);
        return memory;
    }
    void deallocate(void* memory) {
        const auto found = size_of_.find(memory);
        free_.emplace(found->second, memory);
        size_of_.erase(found);
    }
    /// Until its result goes away, the host may read and write.
    std::unique_ptr<const guarded_memory, close> open() const {
        allow(PROT_READ | PROT_WRITE);
        return std::unique_ptr<const guarded_memory, close>(this);
    }

  private:
    void allow(int access) const {
        if (used_ != 0 && ::mprotect(begin_, used_, access) != 0) throw std::bad_alloc();
    }

    std::byte* begin_;
    std::size_t used_ = 0;
    std::multimap<std::size_t, void*> free_;
    std::map<void*, std::size_t> size_of_;
#endif
};

inline constexpr std::size_t never = static_cast<std::size_t>(-1);

/// How many threads play the grid: many are slow, and show races.
enum class players { one, many };

/// The thresholds of a `grid_machine` are chosen so that a test reaches one way of computing or the other.
template <std::size_t SmallestProduct, std::size_t SmallestTile, std::size_t ManyElements, std::size_t FewTerms,
          players Players = players::one>
class host_machine {
  public:
    struct options {};
    explicit host_machine(options = {}) {}

    static constexpr std::size_t smallest_product = SmallestProduct, smallest_tile = SmallestTile,
                                 many_elements = ManyElements, few_terms = FewTerms;

    void* allocate(std::size_t bytes) { return memory_.allocate(bytes); }
    void deallocate(void* memory) { memory_.deallocate(memory); }
    void to_grid(void* to, const void* host, std::size_t bytes) {
        [[maybe_unused]] const auto opened = memory_.open();
        std::memcpy(to, host, bytes);
    }
    void to_host(void* host, const void* from, std::size_t bytes) {
        [[maybe_unused]] const auto opened = memory_.open();
        std::memcpy(host, from, bytes);
    }

    static void finish() {}

    void run(const auto& work, std::size_t most) {
        do_or_record([work, most] {
            if (work.count() > most) std::abort();  // a GPU would leave work undone
            if constexpr (Players == players::many) return run_by_crowds(work);
            for (std::size_t i = 0; i < work.count(); ++i) work(i);
        });
    }
    template <class Work>
    void run_groups(const Work& work, std::size_t most) {
        do_or_record([work, most] {
            if (work.groups() > most) std::abort();
            if constexpr (Players == players::many) return run_groups_by_crowds(work);
            typename Work::shared shared;
            for (std::size_t i = 0; i < work.groups(); ++i) work(lone_thread{}, i, shared);
        });
    }
    template <class T>
    void multiply(const apd::ext::detail::matrix_product<T>& product) {
        do_or_record([product] { multiply_now(product); });
    }

    using recording = std::vector<std::function<void()>>;
    recording record(const auto& f) {
        recording work;
        recorded_ = &work;
        f();
        recorded_ = nullptr;
        return work;
    }
    using program = std::vector<std::function<void()>>;
    static program join(const std::vector<recording>& recordings) {
        program joined;
        for (std::size_t i = 0; !recordings.empty() && i < recordings.front().size(); ++i)
            for (const auto& each : recordings) {
                if (each.size() != recordings.front().size() ||
                    each[i].target_type() != recordings.front()[i].target_type())
                    throw apd::error("join", "two recordings are of different work", "record the same work");
                joined.push_back(each[i]);
            }
        return joined;
    }
    void repeat(const program& joined) {
        [[maybe_unused]] const auto opened = memory_.open();
        for (const auto& each : joined) each();
    }

  private:
    void do_or_record(const auto& work) {
        if (recorded_ != nullptr) return void(recorded_->emplace_back(work));
        [[maybe_unused]] const auto opened = memory_.open();
        work();
    }
    template <class T>
    static void multiply_now(const apd::ext::detail::matrix_product<T>& p) {
        const auto at = [](const T* matrix, bool transposed, std::size_t lead, std::size_t row, std::size_t column) {
            return transposed ? matrix[column + row * lead] : matrix[row + column * lead];
        };
        for (std::size_t n = 0; n < p.count; ++n)
            for (std::size_t r = 0; r < p.rows; ++r)
                for (std::size_t c = 0; c < p.columns; ++c) {
                    T sum = 0;
                    for (std::size_t t = 0; t < p.terms; ++t)
                        sum += at(p.left + n * p.left_distance, p.left_is_transposed, p.left_lead, r, t) *
                               at(p.right + n * p.right_distance, p.right_is_transposed, p.right_lead, t, c);
                    T& target = p.target[n * p.target_distance + r + c * p.target_lead];
                    target = p.accumulates ? target + sum : sum;
                }
    }

    recording* recorded_ = nullptr;
    guarded_memory memory_;
};

/// Products as matrices where they can be, or in tiles, and sums by single threads; no matrices, and sums by groups.
using host_grid = apd::ext::grid<host_machine<1, 1, 1, never>>;
using host_grid_of_groups = apd::ext::grid<host_machine<never, never, never, 0>>;
/// Half of everything, by several threads.
using host_grid_of_crowds = apd::ext::grid<host_machine<never, 20, 64, 4, players::many>>;
static_assert(apd::ext::backend<host_grid>);

}  // namespace apd_test
