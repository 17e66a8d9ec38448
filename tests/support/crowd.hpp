#pragma once
// Threads of the host that play the threads of a grid, several groups at a time: what would be a race on a GPU is one
// here, which a thread sanitizer finds.

#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <apd/backend/grid_group.hpp>

namespace apd_test {

inline constexpr std::size_t threads_of_crowd = 2, crowds = 2;

/// One of the threads of a group.
class crowd_member {
  public:
    /// What its threads share.
    struct common {
        std::barrier<> meeting{threads_of_crowd};
        // Two, in turns: after a call threads go on without waiting, so that no call hides a race of what follows.
        struct {
            std::vector<std::uint32_t> values, before;
            std::uint32_t total = 0;
            alignas(8) std::byte sums[threads_of_crowd][8];
        } workspace[2];
    };
    crowd_member(common& shared, std::size_t thread) : common_(&shared), thread_(thread) {}

    static constexpr std::size_t size = threads_of_crowd;
    std::size_t rank() const { return thread_; }

    void for_each(std::size_t n, const auto& f) const {
        for (std::size_t i = thread_; i < n; i += threads_of_crowd) f(i);
    }
    template <class T, std::size_t Columns>
    void sum_columns(std::size_t n, const auto& f, const auto& done) const {
        for (std::size_t j = 0; j < Columns; ++j) {
            auto& workspace = common_->workspace[calls_++ % 2];
            T sum = 0;
            for (std::size_t i = thread_; i < n; i += threads_of_crowd) sum += f(j, i);
            *reinterpret_cast<T*>(workspace.sums[thread_]) = sum;
            sync();
            if (thread_ != 0) continue;
            for (std::size_t other = 1; other < threads_of_crowd; ++other)
                sum += *reinterpret_cast<T*>(workspace.sums[other]);
            done(j, sum);
        }
    }
    std::uint32_t scan(std::size_t n, const auto& f, const auto& done) const {
        auto& workspace = common_->workspace[calls_++ % 2];
        if (thread_ == 0) workspace.values.resize(n), workspace.before.resize(n);
        sync();
        for_each(n, [&](std::size_t i) { workspace.values[i] = f(i); });
        sync();
        if (thread_ == 0) {
            workspace.total = 0;
            for (std::size_t i = 0; i < n; ++i)
                workspace.before[i] = std::exchange(workspace.total, workspace.total + workspace.values[i]);
        }
        sync();
        for_each(n, [&](std::size_t i) { done(i, workspace.before[i], workspace.values[i]); });
        return workspace.total;
    }
    static void add(std::uint32_t* place, std::uint32_t n) { std::atomic_ref(*place) += n; }
    void sync() const { common_->meeting.arrive_and_wait(); }

  private:
    common* common_;
    std::size_t thread_;
    mutable std::size_t calls_ = 0;
};
static_assert(apd::ext::detail::thread_group<crowd_member>);

/// work(i) for i < work.count(), by all threads.
void run_by_crowds(const auto& work) {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < crowds * threads_of_crowd; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = t; i < work.count(); i += crowds * threads_of_crowd) work(i);
        });
}
/// work(group, i, shared) for i < work.groups(), each by a crowd.
template <class Work>
void run_groups_by_crowds(const Work& work) {
    struct crowd {
        crowd_member::common common;
        typename Work::shared shared;
    };
    std::vector<std::optional<crowd>> all(crowds);
    std::vector<std::jthread> threads;
    for (std::size_t c = 0; c < crowds; ++c) {
        all[c].emplace();
        for (std::size_t t = 0; t < threads_of_crowd; ++t)
            threads.emplace_back([&, c, t] {
                const crowd_member member(all[c]->common, t);
                for (std::size_t i = c; i < work.groups(); i += crowds) {
                    work(member, i, all[c]->shared);
                    member.sync();
                }
            });
    }
    threads.clear();  // they end before what they share does
}

}  // namespace apd_test
