#pragma once
// One run on many machines: every rank takes some slices of the batch.

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <mpi.h>

#include <apd/backend/cpu.hpp>
#include <apd/backend/process_limits.hpp>
#include <apd/backend/team.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/core/error.hpp>
#include <apd/mpi/plans.hpp>
#include <apd/mpi/world.hpp>
#include <apd/training/decompose.hpp>
#include <apd/training/plan.hpp>
#include <apd/training/resume.hpp>

namespace apd::ext {

namespace mpi {

/// How a run is cut: into `count` slices of every batch, as many for each rank.
///
/// The result is that of so many slices, bit for bit, for any number of ranks that divides it.
struct slices {
    const world& ranks;
    std::size_t count;
    std::size_t threads = 0;  ///< of this rank, for all its slices; 0: as many as it has processors
};

namespace detail {

/// Where the slices of a rank meet, each a thread. The last to come does for all what there is to do with the other
/// ranks.
class meeting {
  public:
    meeting(const world& ranks, std::size_t slices)
        : ranks_(ranks),
          counts_(slices),
          before_(slices),
          of_ranks_(static_cast<std::size_t>(ranks.size())),
          numbers_(slices) {}

    const world& ranks() const { return ranks_; }
    std::size_t slices() const { return counts_.size(); }

    team::counted count(std::size_t slice, std::size_t own) {
        counts_[slice] = own;
        meet([&] {
            std::uint64_t here = 0;
            for (const std::size_t each : counts_) here += each;
            MPI_Allgather(&here, 1, MPI_UINT64_T, of_ranks_.data(), 1, MPI_UINT64_T, ranks_.communicator());
            const auto own_rank = of_ranks_.begin() + ranks_.rank();
            all_ = std::accumulate(of_ranks_.begin(), of_ranks_.end(), std::size_t{0});
            std::size_t before = std::accumulate(of_ranks_.begin(), own_rank, std::size_t{0});
            for (std::size_t s = 0; s < slices(); ++s) before_[s] = std::exchange(before, before + counts_[s]);
        });
        return {all_, before_[slice]};
    }
    template <class T>
    void add_up(std::size_t slice, std::span<T> numbers) {
        numbers_[slice] = numbers.data();
        meet([&] {
            std::vector<T*> all;
            for (void* const each : numbers_) all.push_back(static_cast<T*>(each));
            add_up(all, numbers.size());
        });
    }
    /// One of the slices ended by an exception: the others do not wait for it, and end too.
    void break_up(std::exception_ptr why) {
        const std::lock_guard lock(mutex_);
        if (!why_) why_ = std::move(why);
        all_are_here_.notify_all();
    }
    /// What the first to end threw, if one has.
    std::exception_ptr why() {
        const std::lock_guard lock(mutex_);
        return why_;
    }

  private:
    template <class F>
    void meet(const F& do_for_all) {
        std::unique_lock lock(mutex_);
        const std::size_t round = round_;
        if (!why_ && ++here_ == slices()) {
            do_for_all();
            here_ = 0, ++round_;
            all_are_here_.notify_all();
        }
        all_are_here_.wait(lock, [&] { return why_ || round_ != round; });
        if (round_ == round) throw error("slices", "another slice of the run has failed", "see why that one did");
    }
    // Every rank adds up a piece of the numbers, slice after slice, and gives it to the others.
    template <class T>
    void add_up(const std::vector<T*>& all, std::size_t size) {
        constexpr std::size_t most = std::size_t{1} << 24U;  // numbers at once: MPI counts by int
        for (std::size_t first = 0; first < size; first += most) add_up(all, first, std::min(most, size - first));
    }
    template <class T>
    void add_up(const std::vector<T*>& all, std::size_t first, std::size_t size) {
        const auto ranks = static_cast<std::size_t>(ranks_.size()), own = static_cast<std::size_t>(ranks_.rank());
        const auto type = std::is_same_v<T, float> ? MPI_FLOAT : MPI_DOUBLE;
        std::vector<int> counts, begins, own_counts, own_begins;
        if (ranks == 1) return add_up_here(all, first, size);
        const auto edge = [&](std::size_t rank) { return size * rank / ranks; };
        const std::size_t piece = edge(own + 1) - edge(own);
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            counts.push_back(static_cast<int>(edge(rank + 1) - edge(rank)));
            begins.push_back(static_cast<int>(edge(rank)));
            own_counts.push_back(static_cast<int>(piece));
            own_begins.push_back(static_cast<int>(rank * piece));
        }
        std::vector<T>& received = std::get<std::vector<T>>(workspaces_);
        received.resize(slices() * ranks * piece);
        for (std::size_t s = 0; s < slices(); ++s)
            MPI_Alltoallv(all[s] + first, counts.data(), begins.data(), type, received.data() + s * ranks * piece,
                          own_counts.data(), own_begins.data(), type, ranks_.communicator());
        T* const sum = all.front() + first + edge(own);
        for (std::size_t rank = 0; rank < ranks; ++rank)
            for (std::size_t s = 0; s < slices(); ++s) {
                const T* const part = received.data() + (s * ranks + rank) * piece;
                if (rank + s == 0) std::copy_n(part, piece, sum);
                else
                    for (std::size_t i = 0; i < piece; ++i) sum[i] += part[i];
            }
        MPI_Allgatherv(MPI_IN_PLACE, 0, type, all.front() + first, counts.data(), begins.data(), type,
                       ranks_.communicator());
        for (std::size_t s = 1; s < slices(); ++s) std::copy_n(all.front() + first, size, all[s] + first);
    }
    template <class T>
    static void add_up_here(const std::vector<T*>& all, std::size_t first, std::size_t size) {
        T* const sum = all.front() + first;
        for (std::size_t s = 1; s < all.size(); ++s)
            for (std::size_t i = 0; i < size; ++i) sum[i] += all[s][first + i];
        for (std::size_t s = 1; s < all.size(); ++s) std::copy_n(sum, size, all[s] + first);
    }

    const world& ranks_;
    std::vector<std::size_t> counts_, before_;  // of the slices here
    std::vector<std::uint64_t> of_ranks_;       // the counts of all ranks
    std::vector<void*> numbers_;
    std::size_t all_ = 0, here_ = 0, round_ = 0;
    std::exception_ptr why_;
    std::mutex mutex_;
    std::condition_variable all_are_here_;
    std::tuple<std::vector<float>, std::vector<double>> workspaces_;
};

/// One slice: a thread of a rank.
class slice final : public team {
  public:
    slice(meeting& of_rank, std::size_t number) : meeting_(of_rank), number_(number) {}

    std::size_t number() const override {
        return static_cast<std::size_t>(meeting_.ranks().rank()) * meeting_.slices() + number_;
    }
    std::size_t size() const override { return static_cast<std::size_t>(meeting_.ranks().size()) * meeting_.slices(); }
    counted count(std::size_t own) override { return meeting_.count(number_, own); }
    void add_up(std::span<float> numbers) override { meeting_.add_up(number_, numbers); }
    void add_up(std::span<double> numbers) override { meeting_.add_up(number_, numbers); }

  private:
    meeting& meeting_;
    std::size_t number_;
};

/// What watches a slice: the first tells all observers; the others have to know where the run goes on.
template <class Observer>
auto& observer_of_other_slice(Observer& observer, no_observer& none) {
    if constexpr (is_resume<Observer>) return observer;
    else return none;
}

}  // namespace detail
}  // namespace mpi

/// Learns what a plan says, each batch cut into slices that ranks compute at the same time: masks select among all rows
/// of the batch, and every rank ends with the whole result.
///
/// All ranks call it with the same plan; each makes devices of its own, on processors of the host. Observers are called
/// on rank 0; with `resume` among them all ranks read the file. A rank that fails ends all. Errors: those of
/// `decompose`, and `apd::error` if the ranks do not divide the slices, or these the batch.
///
/// Example: `auto result = apd::decompose<5>(apd::mpi::slices{world, 8}, plan, apd::checkpoint("run.safetensors"));`
template <class Shape, detail::any_plan Plan, class... Observers>
auto decompose(const mpi::slices& how, const Plan& plan, Observers&&... observers) {
    const auto ranks = static_cast<std::size_t>(how.ranks.size());
    const std::size_t own = how.count / ranks;
    if (own * ranks != how.count || own == 0)
        throw error(
            "slices",
            std::to_string(ranks) + " ranks can't take as many of " + std::to_string(how.count) + " slices each",
            "choose a multiple of the number of ranks");
    const std::size_t threads = how.threads != 0 ? how.threads : usable_processors();
    mpi::detail::meeting meeting(how.ranks, own);
    using parts = detail::parts_of_plan<Plan>;
    using result_type = decomposition<typename parts::network_type, Shape, typename parts::scalar>;
    std::optional<result_type> result;
    const auto learn = [&](std::size_t number) {
        try {
            mpi::detail::slice slice(meeting, number);
            cpu device({.threads = std::max<std::size_t>(1, threads / own)});
            device.join(slice);
            [[maybe_unused]] mpi::detail::no_observer none;
            const detail::plan_list list(plan);
            if (slice.number() == 0) result = detail::only(detail::decompose<Shape>(device, list, observers...));
            else {
                auto one = detail::only(
                    detail::decompose<Shape>(device, list, mpi::detail::observer_of_other_slice(observers, none)...));
                if (number == 0) result = std::move(one);
            }
        } catch (...) {
            meeting.break_up(std::current_exception());
        }
    };
    {
        std::vector<std::jthread> others;
        try {
            for (std::size_t number = 1; number < own; ++number) others.emplace_back(learn, number);
        } catch (...) {
            meeting.break_up(std::current_exception());  // those that have begun wait for all
        }
        if (!meeting.why()) learn(0);
    }
    if (const auto failure = meeting.why()) std::rethrow_exception(failure);
    return *std::move(result);
}
template <std::size_t C, std::size_t Rank = full_rank, detail::plan_with_random_factors Plan, class... Observers>
auto decompose(const mpi::slices& how, const Plan& plan, Observers&&... observers) {
    return decompose<shared_components<C, Rank>>(how, plan, observers...);
}
/// The same for a plan that gives the factors to start from.
template <detail::plan_with_factors Plan, class... Observers>
auto decompose(const mpi::slices& how, const Plan& plan, Observers&&... observers) {
    return decompose<typename detail::given_shape<Plan>::type>(how, plan, observers...);
}

}  // namespace apd::ext

namespace apd {
using ext::decompose;
}  // namespace apd
