#pragma once
// The registry of all that a run learns: the factors of components, and arrays that nodes of a method own.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/core/error.hpp>
#include <apd/core/hash.hpp>
#include <apd/core/normal.hpp>
#include <apd/core/streams.hpp>

namespace apd::ext {

/// An array that is learned, and its gradient, in a backend's memory.
template <class T, class Extents>
struct trained_array {
    view<T, Extents> value, gradient;
};

/// Numbers on the host, row-major, with what they are called.
template <class T>
struct named_numbers {
    std::string name;
    std::vector<std::size_t> shape;
    std::vector<T> values;
};

/// All that a run learns, each part with a name, a shape, its value and its gradient. What goes over the parts (an
/// optimiser, what saves them, what adds up gradients) sees flat arrays, so that it is compiled once for a scalar.
///
/// Example, in the state of a node: made by `slope_(p.parts.template add<extents<C>>("my_mask.slope", 0.1))`, read in
/// evaluate as `slope_.value`; pullback adds to `slope_.gradient`.
template <class Device, class T>
class trainable_parts {
  public:
    struct part {
        std::string name;
        std::vector<std::size_t> shape;
        view<T, extents<dynamic>> value, gradient;
        bool is_claimed = true;
    };

    /// What outlives a step and follows no gradient.
    struct kept_numbers {
        std::string name;
        std::vector<std::size_t> shape;
        view<T, extents<dynamic>> value;
        bool is_claimed = true;
    };

    trainable_parts(Device& device, std::uint64_t seed) : device_(device), seed_(seed) {}

    /// A part of normal numbers with mean 0, or of zeros: a pure function of the run's seed and of the name; what
    /// `restore` says of a part of that name, if it does.
    ///
    /// A method whose nodes ask for it again, over the same problem, shares it with those before. Errors: `apd::error`
    /// if two nodes of one method ask for the same name, or for another shape.
    ///
    /// `shared`, unless it is null, is the memory of another part that has as many numbers: it becomes that of this one
    /// too, which has a gradient of its own and moments.
    template <class Extents>
    trained_array<T, Extents> add(const std::string& name, double deviation = 0, T* shared = nullptr) {
        static_assert(!Extents::is_batched, "apd: what is learned has no axis of samples.");
        const part& made = add(name, {Extents::sizes.begin(), Extents::sizes.end()}, deviation, shared);
        return {{made.value.data}, {made.gradient.data}};
    }
    const part& add(const std::string& name, std::vector<std::size_t> shape, double deviation = 0,
                    T* shared = nullptr) {
        for (part& each : parts_)
            if (each.name == name) {
                if (std::exchange(each.is_claimed, true))
                    throw error("trainable parts", "two nodes of one method learn '" + name + "'",
                                "give all losses the same importances, and arrays of your own nodes a name each");
                return checked(each, shape);
            }
        std::size_t elements = 1;
        for (const std::size_t size : shape) elements *= size;
        const auto flat = [&] {
            memory_.emplace_back(device_, elements);
            return view<T, extents<dynamic>>{memory_.back().template as<extents<>>().data, elements, elements};
        };
        const auto value = shared == nullptr ? flat() : view<T, extents<dynamic>>{shared, elements, elements};
        const auto gradient = flat();
        const part& made = parts_.emplace_back(part{name, std::move(shape), value, gradient});
        if (const auto* const known = restored(name)) {
            put(made, *known);
        } else if (deviation > 0) {
            std::vector<T> numbers(elements);
            detail::fill_normal<T>(numbers, deviation, seed_, part_streams | detail::hash_of(name));
            device_.upload(std::span<const T>(numbers), made.value);
        }
        return made;
    }
    /// Numbers that outlive a step, and are saved with a run that is to go on, but that no optimiser steps: their node
    /// changes them in `update`. At first fill(numbers, stream) writes them, with a stream of random numbers of theirs.
    ///
    /// Errors: as of `add`.
    view<T, extents<dynamic>> keep(const std::string& name, std::vector<std::size_t> shape, auto&& fill) {
        for (kept_numbers& each : kept_)
            if (each.name == name) {
                if (std::exchange(each.is_claimed, true) || each.shape != shape)
                    throw error("trainable parts", "two nodes of one method keep '" + name + "'",
                                "give every array that is kept a name of its own");
                return each.value;
            }
        std::size_t elements = 1;
        for (const std::size_t size : shape) elements *= size;
        memory_.emplace_back(device_, elements);
        const view<T, extents<dynamic>> value{memory_.back().template as<extents<>>().data, elements, elements};
        std::vector<T> numbers(elements);
        fill(std::span<T>(numbers), seed_, part_streams | detail::hash_of(name));
        device_.upload(std::span<const T>(numbers), value);
        kept_.push_back({name, std::move(shape), value});
        return value;
    }
    const std::deque<kept_numbers>& kept() const { return kept_; }

    /// Arrays that someone else owns.
    void add(part other) { parts_.push_back(std::move(other)); }

    /// A method begins: its nodes may ask for the parts that there are.
    void release_names() {
        for (part& each : parts_) each.is_claimed = false;
        for (kept_numbers& each : kept_) each.is_claimed = false;
    }

    auto begin() const { return parts_.begin(); }
    auto end() const { return parts_.end(); }
    std::size_t size() const { return parts_.size(); }

    void zero_gradients() const {
        for (const part& each : parts_) device_(each.gradient["i"_i] = T(0));
    }
    /// The numbers of the parts from number `first` on.
    std::vector<named_numbers<T>> download(std::size_t first = 0) const {
        std::vector<named_numbers<T>> all;
        for (std::size_t i = first; i < parts_.size(); ++i) {
            auto& copy = all.emplace_back(
                named_numbers<T>{parts_[i].name, parts_[i].shape, std::vector<T>(parts_[i].value.batch)});
            device_.download(parts_[i].value, std::span(copy.values));
        }
        return all;
    }
    /// The numbers of parts of these names, of those too that are added later.
    ///
    /// Errors: `apd::error` if a part of that name has another shape.
    void restore(std::vector<named_numbers<T>> numbers) {
        restored_ = std::move(numbers);
        for (const part& each : parts_)
            if (const auto* const known = restored(each.name)) put(each, *known);
    }

  private:
    const named_numbers<T>* restored(const std::string& name) const {
        const auto found = std::ranges::find(restored_, name, &named_numbers<T>::name);
        return found == restored_.end() ? nullptr : &*found;
    }
    void put(const part& to, const named_numbers<T>& from) {
        checked(to, from.shape);
        device_.upload(std::span<const T>(from.values), to.value);
    }
    static const part& checked(const part& known, const std::vector<std::size_t>& shape) {
        if (known.shape != shape)
            throw error("trainable parts", "'" + known.name + "' is there with another shape",
                        "give every array that is learned a name of its own");
        return known;
    }

    Device& device_;
    std::uint64_t seed_;
    std::deque<part> parts_;
    std::deque<kept_numbers> kept_;
    std::vector<detail::array_memory<Device, T>> memory_;
    std::vector<named_numbers<T>> restored_;
};

}  // namespace apd::ext
