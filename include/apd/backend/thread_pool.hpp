#pragma once
// A few threads that wait for numbered pieces of work; which thread does a piece never changes a result.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace apd::detail {

/// Runs `work(worker, piece)` for every piece in [0, pieces); the caller is worker 0. The first exception that a piece
/// throws is thrown again by `run`, once no piece is being worked on.
class thread_pool {
  public:
    explicit thread_pool(std::size_t threads) {
        for (std::size_t worker = 1; worker < threads; ++worker)
            threads_.emplace_back([this, worker](const std::stop_token& stop) { serve(stop, worker); });
    }
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool() {
        for (auto& thread : threads_) thread.request_stop();
        wake_.notify_all();
    }

    std::size_t size() const { return threads_.size() + 1; }
    /// Whether the caller is at work on a piece, of whatever pool.
    static bool is_inside() { return inside_; }

    template <class Work>
    void run(std::size_t pieces, Work&& work) {
        {
            const std::lock_guard lock(mutex_);
            // A reference in a plain function pointer, not std::function: a step allocates nothing.
            work_ = const_cast<void*>(static_cast<const void*>(&work));  // NOLINT: cast back below
            call_ = [](void* target, std::size_t worker, std::size_t piece) {
                (*static_cast<std::remove_reference_t<Work>*>(target))(worker, piece);
            };
            pieces_ = pieces;
            next_ = 0;
            busy_ = threads_.size();
            ++round_;
        }
        wake_.notify_all();
        drain(0);
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return busy_ == 0; });
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

  private:
    void drain(std::size_t worker) {
        inside_ = true;
        try {
            for (std::size_t piece = next_++; piece < pieces_; piece = next_++) call_(work_, worker, piece);
        } catch (...) {
            next_ = pieces_;
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
        }
        inside_ = false;
    }
    void serve(const std::stop_token& stop, std::size_t worker) {
        std::size_t seen = 0;
        std::unique_lock lock(mutex_);
        while (wake_.wait(lock, stop, [&] { return round_ != seen; })) {
            seen = round_;
            lock.unlock();
            drain(worker);
            lock.lock();
            if (--busy_ == 0) done_.notify_one();
        }
    }

    static inline thread_local bool inside_ = false;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::condition_variable done_;
    void* work_ = nullptr;
    void (*call_)(void*, std::size_t, std::size_t) = nullptr;
    std::size_t pieces_ = 0, busy_ = 0, round_ = 0;
    std::atomic<std::size_t> next_ = 0;
    std::exception_ptr failure_;
    std::vector<std::jthread> threads_;  // last: they stop before what they use goes away
};

}  // namespace apd::detail
