#pragma once
// An array that owns memory of a backend.

#include <cstddef>
#include <utility>

#include <apd/array/view.hpp>
#include <apd/backend/backend.hpp>

namespace apd {

namespace detail {
// Neighbouring static entries of a batched array lie an odd number of 64-byte lines (16 floats) apart: a power-of-two
// distance would map them all to one set of the cache.
constexpr std::size_t padded_batch(std::size_t batch) {
    const std::size_t lines = (batch + 15) / 16;
    return batch <= 16 ? 16 : (lines | 1U) * 16;
}
}  // namespace detail

/// Owned memory, zero at first; it must not outlive its backend. Moves, does not copy.
///
/// Example: `array<cpu, float, extents<dynamic, 5>> x(device, 2048); device(x["bi"_i] = 1.f);`
template <class Device, class T, class Extents>
class array {
  public:
    array() = default;
    explicit array(Device& device) requires(!Extents::is_batched)
        : device_(&device), view_{device.template allocate<T>(Extents::elements), 1, 1} {}
    array(Device& device, std::size_t batch) requires Extents::is_batched
        : device_(&device),
          view_{device.template allocate<T>(Extents::elements * detail::padded_batch(batch)), batch,
                detail::padded_batch(batch)} {}
    array(array&& other) noexcept
        : device_(std::exchange(other.device_, nullptr)), view_(std::exchange(other.view_, {})) {}
    array& operator=(array&& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(view_, other.view_);
        return *this;
    }
    ~array() {
        if (device_ != nullptr) device_->deallocate(view_.data);
    }

    view<T, Extents> operator*() const { return view_; }
    /// From now on the array is its first `samples` samples, at most as many as it was made for.
    void resize(std::size_t samples) requires Extents::is_batched { view_.batch = samples; }
    template <named_axes Axes>
    auto operator[](Axes letters) const {
        return view_[letters];
    }

  private:
    Device* device_ = nullptr;
    view<T, Extents> view_;
};

/// Lays the samples of x that are not all zero first, where the device can, and leaves the others out if they are to
/// be.
template <class Device, class T, class Extents>
void nonzero_first(Device& device, array<Device, T, Extents>& x, bool leaves_others_out) {
    if constexpr (requires { device.nonzero_first(*x); }) {
        const std::size_t samples = device.nonzero_first(*x);
        if (leaves_others_out) x.resize(samples);
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

}  // namespace apd
