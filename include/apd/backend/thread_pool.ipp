#pragma once
// Bodies of what thread_pool.hpp declares.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <apd/backend/thread_pool.hpp>
#include <apd/core/annotations.hpp>

namespace apd::ext::detail {

APD_INLINE thread_pool::thread_pool(std::size_t threads) : ranges_(std::max<std::size_t>(threads, 1)) {
    for (std::size_t worker = 1; worker < threads; ++worker)
        threads_.emplace_back([this, worker](const std::stop_token& stop) { serve(stop, worker); });
}

APD_INLINE thread_pool::~thread_pool() {
    for (auto& thread : threads_) thread.request_stop();
    wake_.notify_all();
}

APD_INLINE void thread_pool::run_calls(std::size_t pieces, void* work,
                                       void (*call)(void*, std::size_t worker, std::size_t piece)) {
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

APD_INLINE bool thread_pool::take(std::size_t worker, std::size_t& piece) {
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

APD_INLINE void thread_pool::drain(std::size_t worker) {
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

APD_INLINE void thread_pool::serve(const std::stop_token& stop, std::size_t worker) {
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

}  // namespace apd::ext::detail
