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
#include <utility>
#include <vector>

namespace apd::detail {

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
    explicit thread_pool(std::size_t threads) : ranges_(std::max<std::size_t>(threads, 1)) {
        for (std::size_t worker = 1; worker < threads; ++worker)
            threads_.emplace_back([this, worker](const std::stop_token& stop) { serve(stop, worker); });
    }
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool() {
        for (auto& thread : threads_) thread.request_stop();
        wake_.notify_all();
    }

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

    void run_calls(std::size_t pieces, void* work, void (*call)(void*, std::size_t worker, std::size_t piece)) {
        work_ = work;
        call_ = call;
        unfinished_ = pieces;
        const auto edge = [&](std::size_t w) { return static_cast<std::uint32_t>(pieces * w / size()); };
        for (std::size_t w = 0; w < size(); ++w) ranges_[w].left = range{edge(w), edge(w + 1)};
        {
            const std::lock_guard lock(mutex_);
            ++round_;
        }
        wake_.notify_all();
        drain(0);
        const auto is_done = [this] { return unfinished_ == 0; };
        if (!comes_soon(is_done)) {
            std::unique_lock lock(mutex_);
            done_.wait(lock, is_done);
        }
        if (has_failed_.exchange(false)) std::rethrow_exception(std::exchange(failure_, nullptr));
    }
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
    bool take(std::size_t worker, std::size_t& piece) {
        for (std::size_t i = 0; i < size(); ++i) {
            auto& left = ranges_[(worker + i) % size()].left;
            for (range some = left; some.begin < some.end;) {
                const bool is_own = i == 0;
                const range rest{some.begin + (is_own ? 1U : 0U), some.end - (is_own ? 0U : 1U)};
                if (!left.compare_exchange_weak(some, rest)) continue;
                piece = is_own ? some.begin : rest.end;
                return true;
            }
        }
        return false;
    }
    void drain(std::size_t worker) {
        std::size_t done = 0;
        inside_ = true;
        for (std::size_t piece = 0; take(worker, piece); ++done) {
            try {
                if (!has_failed_) call_(work_, worker, piece);
            } catch (...) {
                const std::lock_guard lock(mutex_);
                if (!has_failed_.exchange(true)) failure_ = std::current_exception();
            }
        }
        inside_ = false;
        if (done > 0 && (unfinished_ -= done) == 0 && worker != 0) {
            const std::lock_guard lock(mutex_);
            done_.notify_one();
        }
    }
    void serve(const std::stop_token& stop, std::size_t worker) {
        std::uint32_t last = 0;
        const auto has_work = [&] { return round_ != last; };
        while (!stop.stop_requested()) {
            if (!comes_soon([&] { return has_work() || stop.stop_requested(); })) {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, stop, has_work);
            }
            last = round_;
            drain(worker);
        }
    }

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

}  // namespace apd::detail
