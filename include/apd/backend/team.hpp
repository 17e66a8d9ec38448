#pragma once
// Those who take a step together, each on its slice of the batch.

#include <cstddef>
#include <span>

#include <apd/array/statement.hpp>
#include <apd/array/view.hpp>

namespace apd::ext {

/// One of several that take a step together: each computes with its slice of the batch, one after the other in the
/// order of the batch, and what belongs to the whole batch is added up, in that order, so that it is the same bit for
/// bit whoever computes which slice. All call the same functions in the same order, and wait for each other in them.
///
/// Models: `mpi::slice`, threads of a process and ranks of MPI. A device that has joined one, by `join`, selects among
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
    /// Every number becomes the sum of those of all slices. The numbers lie in the memory of the host.
    virtual void add_up(std::span<float> numbers) = 0;
    virtual void add_up(std::span<double> numbers) = 0;
    /// The same for numbers in the memory of a GPU; false if it can't, and the host has to do it.
    virtual bool add_up_on_gpu(std::span<float>) { return false; }
    virtual bool add_up_on_gpu(std::span<double>) { return false; }
};

namespace detail {
/// The team that a device has joined; null, if it has joined none, or can't.
template <class Device>
team* team_of(const Device& device) {
    if constexpr (requires { device.joined(); }) return device.joined();
    else return nullptr;
}
// Numbers of an array that lie side by side.
template <class T, class E>
std::span<T> all_numbers(view<T, E> a) {
    static_assert(!E::is_batched || E::elements == 1, "apd: numbers that are added up lie side by side.");
    return {a.data, E::is_batched ? a.batch : E::elements};
}
// Whether a statement is so much work, and so few numbers come of it, that a team deals it out.
template <class Target, class Value>
inline constexpr bool is_worth_dealing = [] {
    using traits = statement_traits<assignment<Target, Value, false>>;
    constexpr std::size_t numbers = Target::view_type::shape::elements;
    return traits::batch_letter == '\0' && traits::positions >= (std::size_t{1} << 20U) &&
           traits::positions / 128 >= numbers;
}();
// Whether a device computes the part of a statement that falls to it.
template <class Device, class Target, class Value>
concept deals_out = is_worth_dealing<Target, Value> &&
    requires(Device& device, const Target& target, const Value& value) {
    device.own_part(assignment<Target, Value, true>{target, value});
};

/// target = value, of numbers that all of a team have alike: each computes a part, where that pays, and all add up.
///
/// Like everything that asks a team, on all slices in the same order, and not in `parallel`.
template <class Device, class Target, class Value>
void compute_dealt(Device& device, const assignment<Target, Value, false>& statement) {
    if constexpr (deals_out<Device, Target, Value>)
        if (team_of(device) != nullptr) {
            device(statement.target = 0);
            device.own_part(statement.target += statement.value);
            return device.add_up(statement.target.array);
        }
    device(statement);
}
/// Gradients of what `forward` multiplies, by statements such as dU += G Vᵀ: a team makes the sum of them later. G is
/// the sum over slices s of parts G_s, and V is alike on all: where `forward` is worth dealing, the parts are added up,
/// G = Σ_s G_s, and each slice adds some of the numbers of G Vᵀ; else every slice adds G_s Vᵀ.
template <class Device, class Target, class Value, class T, class E, class... Statements>
void add_dealt_gradients(Device& device, const assignment<Target, Value, false>& /*forward*/, view<T, E> parts,
                         const Statements&... statements) {
    if constexpr (deals_out<Device, Target, Value>)
        if (team_of(device) != nullptr) {
            device.add_up(parts);
            return (device.own_part(statements), ...);
        }
    (device(statements), ...);
}
}  // namespace detail

}  // namespace apd::ext
