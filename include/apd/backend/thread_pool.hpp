#pragma once
// A few threads that wait for numbered pieces of work; which thread does a piece never changes a result.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace apd::ext::detail {

/// Runs `work(worker, piece)` for every piece in [0, pieces), fewer than 2³²; the caller is worker 0. The first
/// exception that a piece throws is thrown again by `run`, once no piece is being worked on.
///
/// Every worker begins with a range of its own, the same for the same number of pieces, so that what it has in its
/// caches from the statement before is of use; who has done with it takes from the ends of the others'.
///
/// Statements follow each other in microseconds, and a thread that sleeps takes fifteen to wake: threads look for new
/// work for a while, letting others run in between, before they go to sleep. Nobody waits for a thread that has not
/// begun: where all processors are busy, the caller does the work alone.
class thread_pool {
  public:
    explicit thread_pool(std::size_t threads);
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool();

    std::size_t size() const { return ranges_.size(); }
    /// Whether the caller is at work on a piece, of whatever pool.
    static bool is_inside() { return inside_; }

    template <class Work>
    void run(std::size_t pieces, Work&& work) {
        // A reference in a plain function pointer, not std::function: a step allocates nothing.
        run_calls(pieces, const_cast<void*>(static_cast<const void*>(&work)),  // NOLINT: cast back below
                  [](void* target, std::size_t worker, std::size_t piece) {
                      (*static_cast<std::remove_reference_t<Work>*>(target))(worker, piece);
                  });
    }

  private:
    struct alignas(8) range {  // so that clang++, too, sees that the processor has such an atomic, and calls no library
        std::uint32_t begin, end;
    };
    struct alignas(64) worker_range {  // in a line of the caches of its own
        std::atomic<range> left{};
    };

    void run_calls(std::size_t pieces, void* work, void (*call)(void*, std::size_t worker, std::size_t piece));
    // Whether a condition holds within some hundred microseconds.
    template <class Condition>
    static bool comes_soon(const Condition& condition) {
        constexpr int patience = 500;
        for (int i = 0; i < patience; ++i) {
            if (condition()) return true;
            std::this_thread::yield();
        }
        return false;
    }
    // A piece that nobody has begun. Who takes one knows that its round is not over, and what was written before.
    bool take(std::size_t worker, std::size_t& piece);
    void drain(std::size_t worker);
    void serve(const std::stop_token& stop, std::size_t worker);

    static inline thread_local bool inside_ = false;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::condition_variable done_;
    void* work_ = nullptr;
    void (*call_)(void*, std::size_t, std::size_t) = nullptr;
    std::vector<worker_range> ranges_;
    std::atomic<std::uint32_t> round_ = 0;
    std::atomic<std::size_t> unfinished_ = 0;
    std::atomic<bool> has_failed_ = false;
    std::exception_ptr failure_;
    std::vector<std::jthread> threads_;  // last: they stop before what they use goes away
};

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/backend/thread_pool.ipp>
#endif
