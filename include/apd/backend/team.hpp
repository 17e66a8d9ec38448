#pragma once
// Those who take a step together, each on its slice of the batch.

#include <cstddef>
#include <span>

namespace apd::ext {

/// One of several that take a step together: each computes with its slice of the batch, one after the other in the
/// order of the batch, and what belongs to the whole batch is added up, in that order, so that it is the same bit for
/// bit whoever computes which slice. All call the same functions in the same order, and wait for each other in them.
///
/// Model: `mpi::slice`, threads of a process and ranks of MPI; a device that has joined one (`cpu::join`) selects among
/// all rows of the batch, and a decomposition on it learns from all of them.
class team {
  public:
    team() = default;
    team(const team&) = delete;
    team& operator=(const team&) = delete;
    virtual ~team() = default;

    /// Which slice, of how many.
    virtual std::size_t number() const = 0;
    virtual std::size_t size() const = 0;

    struct counted {
        std::size_t all, before;  ///< the sum of the counts of all slices, and of those before this one
    };
    virtual counted count(std::size_t own) = 0;
    /// Every number becomes the sum of those of all slices.
    virtual void add_up(std::span<float> numbers) = 0;
    virtual void add_up(std::span<double> numbers) = 0;
};

namespace detail {
/// The team that a device has joined; null, if it has joined none, or can't.
template <class Device>
team* team_of(const Device& device) {
    if constexpr (requires { device.joined(); }) return device.joined();
    else return nullptr;
}
}  // namespace detail

}  // namespace apd::ext
