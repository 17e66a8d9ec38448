#pragma once
// One run on many machines: every rank takes some slices of the batch, and computes on its processors.

#include <algorithm>
#include <array>
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

namespace detail {

/// Numbers in the memory of the host, and how ranks send them to each other.
class host_numbers {
  public:
    explicit host_numbers(const world& ranks) : ranks_(ranks) {}

    /// Room for numbers; what it held before is lost.
    template <class T>
    T* room(std::size_t size) {
        std::vector<T>& memory = std::get<std::vector<T>>(rooms_);
        if (memory.size() < size) memory.resize(size);
        return memory.data();
    }
    template <class T>
    static void copy(const T* from, std::size_t size, T* to) {
        std::copy_n(from, size, to);
    }
    /// to[i] = parts[0][i] + parts[1][i] + …, in this order. One of them may be `to`.
    template <class T>
    static void sum(std::span<const T* const> parts, std::size_t size, T* to) {
        constexpr std::size_t at_once = 1024;  // stay in the nearest cache
        std::array<T, at_once> some;
        for (std::size_t first = 0; first < size; first += at_once) {
            const std::size_t count = std::min(at_once, size - first);
            std::copy_n(parts.front() + first, count, some.begin());
            for (const T* const part : parts.subspan(1))
                for (std::size_t i = 0; i < count; ++i) some[i] += part[first + i];
            std::copy_n(some.begin(), count, to + first);
        }
    }
    /// With `sum` a reduce-scatter in the order of slices: rank r gets piece r of these numbers, from edges[r] on, and
    /// that which is this rank's comes from all others, side by side in the order of ranks, with a gap for its own.
    template <class T>
    void exchange(const T* numbers, std::span<const std::size_t> edges, T* pieces) const {
        const std::size_t piece = edges[own() + 1] - edges[own()];
        std::vector<int> counts, begins, own_counts, own_begins;
        for (std::size_t rank = 0; rank + 1 < edges.size(); ++rank) {
            counts.push_back(rank == own() ? 0 : static_cast<int>(edges[rank + 1] - edges[rank]));
            begins.push_back(static_cast<int>(edges[rank]));
            own_counts.push_back(rank == own() ? 0 : static_cast<int>(piece));
            own_begins.push_back(static_cast<int>(rank * piece));
        }
        MPI_Alltoallv(numbers, counts.data(), begins.data(), type<T>(), pieces, own_counts.data(), own_begins.data(),
                      type<T>(), ranks_.communicator());
    }
    /// All get piece r of rank r.
    template <class T>
    void gather(T* numbers, std::span<const std::size_t> edges) const {
        std::vector<int> counts, begins;
        for (std::size_t rank = 0; rank + 1 < edges.size(); ++rank) {
            counts.push_back(static_cast<int>(edges[rank + 1] - edges[rank]));
            begins.push_back(static_cast<int>(edges[rank]));
        }
        MPI_Allgatherv(MPI_IN_PLACE, 0, type<T>(), numbers, counts.data(), begins.data(), type<T>(),
                       ranks_.communicator());
    }

    static void finish() {}

  private:
    template <class T>
    static MPI_Datatype type() {
        return std::is_same_v<T, float> ? MPI_FLOAT : MPI_DOUBLE;
    }
    std::size_t own() const { return static_cast<std::size_t>(ranks_.rank()); }

    const world& ranks_;
    std::tuple<std::vector<float>, std::vector<double>> rooms_;
};

/// Every number of all[0], all[1], …, those of the slices of this rank, becomes the sum of those of all ranks: an
/// all-reduce whose sums have the order of slices, whatever the ranks, as those of MPI have not.
template <class T, class Numbers>
void add_up(Numbers& memory, const world& world, const std::vector<T*>& all, std::size_t size) {
    const auto ranks = static_cast<std::size_t>(world.size()), own = static_cast<std::size_t>(world.rank());
    constexpr std::size_t most = std::size_t{1} << 24U;  // numbers at once: MPI counts by int
    for (std::size_t first = 0; first < size; first += most) {
        const std::size_t some = std::min(most, size - first);
        std::vector<std::size_t> edges;
        for (std::size_t rank = 0; rank <= ranks; ++rank) edges.push_back(some * rank / ranks);
        const std::size_t begin = first + edges[own], piece = edges[own + 1] - edges[own];
        T* const received = ranks > 1 ? memory.template room<T>(all.size() * ranks * piece) : nullptr;
        for (std::size_t s = 0; ranks > 1 && s < all.size(); ++s)
            memory.exchange(all[s] + first, edges, received + s * ranks * piece);
        std::vector<const T*> parts;
        for (std::size_t rank = 0; rank < ranks; ++rank)
            for (std::size_t s = 0; s < all.size(); ++s)
                parts.push_back(rank == own ? all[s] + begin : received + (s * ranks + rank) * piece);
        memory.template sum<T>(parts, piece, all.front() + begin);
        if (ranks > 1) memory.gather(all.front() + first, edges);
        for (std::size_t s = 1; s < all.size(); ++s) memory.copy(all.front() + first, some, all[s] + first);
    }
}

/// Where the slices of a rank meet, each a thread. The last to come does for all what there is to do with the other
/// ranks.
class meeting {
  public:
    meeting(const world& ranks, std::size_t slices)
        : ranks_(ranks),
          host_(ranks),
          counts_(slices),
          before_(slices),
          of_ranks_(static_cast<std::size_t>(ranks.size())),
          numbers_(slices),
          calls_(slices) {}

    const world& ranks() const { return ranks_; }
    std::size_t slices() const { return counts_.size(); }

    team::counted count(std::size_t slice, std::size_t own) {
        counts_[slice] = own;
        meet(slice, {call::counts, 0}, [&] {
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
    /// In the memory of the host, or another.
    template <class T>
    void add_up(std::size_t slice, std::span<T> numbers) {
        add_up(slice, numbers, host_);
    }
    template <class T>
    void add_up(std::size_t slice, std::span<T> numbers, auto& memory) {
        numbers_[slice] = numbers.data();
        meet(slice, {sizeof(T) == sizeof(float) ? call::floats : call::doubles, numbers.size()}, [&] {
            std::vector<T*> all;
            for (void* const each : numbers_) all.push_back(static_cast<T*>(each));
            detail::add_up(memory, ranks_, all, numbers.size());
            memory.finish();
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
    // What a slice comes for.
    struct call {
        enum kind { counts, floats, doubles } of;
        std::size_t size;
        bool operator==(const call&) const = default;
    };
    template <class F>
    void meet(std::size_t slice, call own, const F& do_for_all) {
        std::unique_lock lock(mutex_);
        const std::size_t round = round_;
        calls_[slice] = own;
        if (!why_ && ++here_ == slices()) {
            for (const call& each : calls_)
                if (each != own)
                    throw error("slices", "slices of a batch add up different numbers",
                                "let a node ask for the same sums, in the same order, on every slice");
            do_for_all();
            here_ = 0, ++round_;
            all_are_here_.notify_all();
        }
        all_are_here_.wait(lock, [&] { return why_ || round_ != round; });
        if (round_ == round) throw error("slices", "another slice of the run has failed", "see why that one did");
    }

    const world& ranks_;
    host_numbers host_;
    std::vector<std::size_t> counts_, before_;  // of the slices here
    std::vector<std::uint64_t> of_ranks_;       // the counts of all ranks
    std::vector<void*> numbers_;
    std::vector<call> calls_;
    std::size_t all_ = 0, here_ = 0, round_ = 0;
    std::exception_ptr why_;
    std::mutex mutex_;
    std::condition_variable all_are_here_;
};

/// One slice: a thread of a rank.
class slice : public team {
  public:
    slice(meeting& of_rank, std::size_t number) : meeting_(of_rank), number_(number) {}

    std::size_t number() const override {
        return static_cast<std::size_t>(meeting_.ranks().rank()) * meeting_.slices() + number_;
    }
    std::size_t size() const override { return static_cast<std::size_t>(meeting_.ranks().size()) * meeting_.slices(); }
    counted count(std::size_t own) override { return meeting_.count(number_, own); }
    void add_up(std::span<float> numbers) override { meeting_.add_up(number_, numbers); }
    void add_up(std::span<double> numbers) override { meeting_.add_up(number_, numbers); }

  protected:
    template <class T>
    void add_up_in(auto& memory, std::span<T> numbers) {
        meeting_.add_up(number_, numbers, memory);
    }

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

/// Slices of this rank, of `count` in all. Errors: `apd::error` if the ranks do not divide them.
inline std::size_t own_slices(const world& ranks, std::size_t count) {
    const auto size = static_cast<std::size_t>(ranks.size());
    if (count == 0 || count % size != 0)
        throw error("slices",
                    std::to_string(size) + " ranks can't take as many of " + std::to_string(count) + " slices each",
                    "choose a multiple of the number of ranks");
    return count / size;
}

/// Learns what a plan says. `here` has a `meeting` and, in learn_slice(number, f), calls f(team, device) with those of
/// a slice.
template <class Shape, class Plan, class... Observers>
auto decompose_in_slices(auto& here, const Plan& plan, Observers&... observers) {
    using parts = ext::detail::parts_of_plan<Plan>;
    std::optional<decomposition<typename parts::network_type, Shape, typename parts::scalar>> result;
    const auto learn = [&](std::size_t number) {
        try {
            here.learn_slice(number, [&](team& slice, auto& device) {
                device.join(slice);
                [[maybe_unused]] no_observer none;
                const ext::detail::plan_list list(plan);
                if (slice.number() == 0) {
                    result = ext::detail::only(ext::detail::decompose<Shape>(device, list, observers...));
                } else {
                    auto one = ext::detail::only(
                        ext::detail::decompose<Shape>(device, list, observer_of_other_slice(observers, none)...));
                    if (number == 0) result = std::move(one);
                }
            });
        } catch (...) {
            here.meeting.break_up(std::current_exception());
        }
    };
    {
        std::vector<std::jthread> others;
        try {
            for (std::size_t number = 1; number < here.meeting.slices(); ++number) others.emplace_back(learn, number);
        } catch (...) {
            here.meeting.break_up(std::current_exception());  // those that have begun wait for all
        }
        if (!here.meeting.why()) learn(0);
    }
    if (const auto failure = here.meeting.why()) std::rethrow_exception(failure);
    return *std::move(result);
}

}  // namespace detail

/// How a run is cut: into `count` slices of every batch, as many for each rank, which computes on its processors.
///
/// The result is that of so many slices, bit for bit, for any number of ranks that divides it.
struct slices {
    const world& ranks;
    std::size_t count;
    std::size_t threads = 0;  ///< of this rank, for all its slices; 0: as many as it has processors

    /// The slices of this rank.
    struct of_rank {
        explicit of_rank(const slices& how)
            : meeting(how.ranks, detail::own_slices(how.ranks, how.count)),
              threads((how.threads != 0 ? how.threads : usable_processors()) / meeting.slices()) {}
        void learn_slice(std::size_t number, const auto& learn) {
            detail::slice slice(meeting, number);
            cpu device({.threads = std::max<std::size_t>(1, threads)});
            learn(slice, device);
        }
        detail::meeting meeting;
        std::size_t threads;
    };
};

namespace detail {
template <class How>
concept way_to_slice = requires {
    typename How::of_rank;
};
}  // namespace detail
}  // namespace mpi

/// Learns what a plan says, each batch cut into slices that ranks compute at the same time: masks select among all rows
/// of the batch, and every rank ends with the whole result.
///
/// All ranks call it with the same plan, and each makes devices of its own. Observers are called on rank 0; with
/// `resume` among them all ranks read the file. A rank that fails ends all. Errors: those of `decompose`, and
/// `apd::error` if the ranks do not divide the slices, or these the batch.
///
/// Example: `auto result = apd::decompose<5>(apd::mpi::slices{world, 8}, plan, apd::checkpoint("run.safetensors"));`
template <class Shape, mpi::detail::way_to_slice How, detail::any_plan Plan, class... Observers>
auto decompose(const How& how, const Plan& plan, Observers&&... observers) {
    typename How::of_rank here(how);
    return mpi::detail::decompose_in_slices<Shape>(here, plan, observers...);
}
template <std::size_t C, std::size_t Rank = full_rank, mpi::detail::way_to_slice How,
          detail::plan_with_random_factors Plan, class... Observers>
auto decompose(const How& how, const Plan& plan, Observers&&... observers) {
    return decompose<shared_components<C, Rank>>(how, plan, observers...);
}
/// The same for a plan that gives the factors to start from.
template <mpi::detail::way_to_slice How, detail::plan_with_factors Plan, class... Observers>
auto decompose(const How& how, const Plan& plan, Observers&&... observers) {
    return decompose<typename detail::given_shape<Plan>::type>(how, plan, observers...);
}

}  // namespace apd::ext

namespace apd {
using ext::decompose;
}  // namespace apd
