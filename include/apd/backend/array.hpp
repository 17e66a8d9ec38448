#pragma once
// An array that owns memory of a backend.

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <apd/array/view.hpp>
#include <apd/backend/backend.hpp>

namespace apd::ext {

namespace detail {
// Neighbouring static entries of a batched array lie an odd number of 64-byte lines (16 floats) apart: a power-of-two
// distance would map them all to one set of the cache.
constexpr std::size_t padded_batch(std::size_t batch) {
    const std::size_t lines = (batch + 15) / 16;
    return batch <= 16 ? 16 : (lines | 1U) * 16;
}

// The memory of an array, whatever its shape: one type for all of them, so that what owns is compiled once.
template <class Device, class T>
class array_memory {
  public:
    array_memory() = default;
    // Not inlined, and so is what releases: states of methods make and release dozens of arrays.
    [[gnu::noinline]] array_memory(Device& device, std::size_t size)
        : device_(&device), view_{device.template allocate<T>(size), 1, 1} {}
    [[gnu::noinline]] array_memory(Device& device, std::size_t size_of_sample, std::size_t batch)
        : array_memory(device, size_of_sample * padded_batch(batch)) {
        view_.batch = batch;
        view_.stride = padded_batch(batch);
    }
    array_memory(array_memory&& other) noexcept { swap(other); }
    [[gnu::noinline]] array_memory& operator=(array_memory&& other) noexcept {
        swap(other);
        return *this;
    }
    ~array_memory() { release(); }

    template <class Extents>
    view<T, Extents> as() const {
        return {view_.data, view_.batch, view_.stride};
    }
    void resize(std::size_t samples) { view_.batch = samples; }

  private:
    void swap(array_memory& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(view_, other.view_);
    }
    [[gnu::noinline]] void release() {
        if (device_ != nullptr) device_->deallocate(view_.data);
    }

    Device* device_ = nullptr;
    view<T, extents<>> view_;
};
}  // namespace detail

/// Owned memory, zero at first; it must not outlive its backend. Moves, does not copy.
///
/// Example: `array<cpu, float, extents<dynamic, 5>> x(device, 2048); device(x["bi"_i] = 1.f);`
template <class Device, class T, class Extents>
class array {
  public:
    array() = default;
    explicit array(Device& device) requires(!Extents::is_batched) : memory_(device, Extents::elements) {}
    array(Device& device, std::size_t batch) requires Extents::is_batched : memory_(device, Extents::elements, batch) {}

    view<T, Extents> operator*() const { return memory_.template as<Extents>(); }
    /// From now on the array is its first `samples` samples, at most as many as it was made for.
    void resize(std::size_t samples) requires Extents::is_batched { memory_.resize(samples); }
    template <named_axes Axes>
    auto operator[](Axes letters) const {
        return (**this)[letters];
    }

  private:
    detail::array_memory<Device, T> memory_;
};

/// An array of so many entries becomes 0, 1, 2, ….
template <class Device, class E>
void upload_in_order(Device& device, const array<Device, std::uint32_t, E>& numbers, std::size_t count) {
    std::vector<std::uint32_t> in_order(count);
    std::iota(in_order.begin(), in_order.end(), 0U);
    device.upload(std::span<const std::uint32_t>(in_order), *numbers);
}

/// Owned arrays of several shapes, array i with the extents Shape<i>. Each is empty, its view without data, until it is
/// made.
///
/// Example: `template <std::size_t I> using square = extents<I + 1, I + 1>;` then
/// `array_list<cpu, float, square, 3> all; all.make<2>(device);` makes an array [3, 3], `all.at<2>()`.
template <class Device, class T, template <std::size_t> class Shape, std::size_t Count>
class array_list {
  public:
    /// Array I: zeros, and as many samples as are said, where it has them.
    template <std::size_t I>
    view<T, Shape<I>> make(Device& device) requires(!Shape<I>::is_batched) {
        std::get<I>(memory_) = {device, Shape<I>::elements};
        return at<I>();
    }
    template <std::size_t I>
    view<T, Shape<I>> make(Device& device, std::size_t batch) requires Shape<I>::is_batched {
        std::get<I>(memory_) = {device, Shape<I>::elements, batch};
        return at<I>();
    }
    /// Array I, which is made unless it is there.
    template <std::size_t I, class... Batch>
    view<T, Shape<I>> ensure(Device& device, Batch... batch) {
        return has<I>() ? at<I>() : make<I>(device, batch...);
    }
    template <std::size_t I>
    bool has() const {
        return at<I>().data != nullptr;
    }
    template <std::size_t I>
    view<T, Shape<I>> at() const {
        return std::get<I>(memory_).template as<Shape<I>>();
    }
    /// From now on array I is its first `samples` samples, at most as many as it was made for.
    template <std::size_t I>
    void resize(std::size_t samples) requires Shape<I>::is_batched {
        std::get<I>(memory_).resize(samples);
    }

  private:
    std::array<detail::array_memory<Device, T>, Count> memory_;
};

/// Owned arrays, one for each of the things of a kind, such as the sites of a network: that of `key` has the extents
/// Shape<Key>, and is number `key.number` of them. What is compiled for it depends on the type of the key alone. Each
/// is empty, its view without data, until it is made.
template <class Device, class T, template <class> class Shape, std::size_t Count>
class array_table {
  public:
    template <class Key>
    view<T, Shape<Key>> make(Device& device, Key key) requires(!Shape<Key>::is_batched) {
        memory_[key.number] = {device, Shape<Key>::elements};
        return at(key);
    }
    template <class Key>
    view<T, Shape<Key>> make(Device& device, Key key, std::size_t batch) requires Shape<Key>::is_batched {
        memory_[key.number] = {device, Shape<Key>::elements, batch};
        return at(key);
    }
    /// The array of a key, which is made unless it is there.
    template <class Key, class... Batch>
    view<T, Shape<Key>> ensure(Device& device, Key key, Batch... batch) {
        return has(key) ? at(key) : make(device, key, batch...);
    }
    template <class Key>
    bool has(Key key) const {
        return at(key).data != nullptr;
    }
    template <class Key>
    view<T, Shape<Key>> at(Key key) const {
        return memory_[key.number].template as<Shape<Key>>();
    }
    /// From now on every array is its first `samples` samples, at most as many as it was made for.
    void resize(std::size_t samples) {
        for (auto& each : memory_) each.resize(samples);
    }

  private:
    std::array<detail::array_memory<Device, T>, Count> memory_;
};

/// Lays the samples of x that are not all zero first, where the device can, and leaves the others out if they are to
/// be. `number` [B]: which sample of the batch each row of x is then.
template <class Device, class T, class Extents>
void nonzero_first(Device& device, array<Device, T, Extents>& x, array<Device, std::uint32_t, extents<dynamic>>& number,
                   bool leaves_others_out) {
    if constexpr (requires { device.nonzero_first(*x, *number); }) {
        number.resize((*x).batch);
        const std::size_t samples = device.nonzero_first(*x, *number);
        if (!leaves_others_out) return;
        x.resize(samples);
        number.resize(samples);
    }
}

/// Room for the active pairs of a batch and the number of samples of each component, `count` [C].
template <class Device, class T, std::size_t Components>
class pair_storage {
  public:
    pair_storage(Device& device, std::size_t capacity) : first_(device), sample_(device, capacity), count_(device) {
        pairs_ = {(*first_).data, (*sample_).data, Components, capacity};
    }
    active_pairs& operator*() { return pairs_; }
    const active_pairs& get() const { return pairs_; }
    view<T, extents<Components>> count() const { return *count_; }

  private:
    array<Device, std::uint32_t, extents<Components + 1>> first_;
    array<Device, std::uint32_t, extents<dynamic>> sample_;
    array<Device, T, extents<Components>> count_;
    active_pairs pairs_;
};

}  // namespace apd::ext
