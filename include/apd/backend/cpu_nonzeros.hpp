#pragma once
// Where a batch of inputs is not zero, and products that multiply by nothing else.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <vector>

#include <apd/array/view.hpp>
#include <apd/backend/cpu_tiles.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext::detail {

/// What is known of an array [B, J]: for every sample the features that are not zero, as long as nothing is written
/// there.
///
/// The width of vectors is a part of the type, whose functions have to fit each other: units of a program that are
/// compiled for different processors each have their own.
template <class T, std::size_t width = packet_size<T>>
class nonzeros {
  public:
    /// Lays the samples that are not all zero first, in their order, zeros behind them, and returns how many there are;
    /// `number`: room for which sample each is then.
    template <std::size_t J>
    std::size_t sort(view<T, extents<dynamic, J>> x, std::uint32_t* number) {
        reserve(x);
        const std::size_t kept = find_samples(x);
        if constexpr (J >= fewest_features) {
            list_entries(x, kept);
        } else if (kept < x.batch) {
            for (std::size_t j = 0; j < J; ++j) {
                T* const row = x.data + j * x.stride;
                for (std::size_t b = 0; b < kept; ++b) row[b] = row[sample_[b]];
                std::fill(row + kept, row + x.batch, T(0));
            }
        }
        std::copy_n(sample_.begin(), x.batch, number);
        data_ = x.data;
        end_ = x.data + J * x.stride;
        samples_ = x.batch;
        return kept;
    }
    /// With fewer features than this, multiplying by zeros costs less than leaving them out.
    static constexpr std::size_t fewest_features = 16;
    /// The first of the samples of an array that is a range of them, if it is known to be sparse; else `unknown`.
    static constexpr std::size_t unknown = static_cast<std::size_t>(-1);
    std::size_t find(const T* data) const {
        const auto begin = static_cast<std::size_t>(data - data_);
        return is_sparse_ && begin < samples_ ? begin : unknown;
    }
    /// Something was written at an address, or what was there is gone.
    void forget(const void* data) {
        if (!std::less<>()(data, static_cast<const void*>(data_)) &&
            std::less<>()(data, static_cast<const void*>(end_)))
            is_sparse_ = false;
    }

    /// target[o][l] (+)= Σ_j x[l][j]·matrix[j][o] for `count` samples l from `begin` on and `columns` entries o.
    void multiply(std::size_t begin, std::size_t count, const T* matrix, std::size_t matrix_step, std::size_t columns,
                  T* target, std::size_t target_step, bool accumulate) const {
        constexpr std::size_t at_once = 8 * width;  // columns whose sums stay in the first-level cache
        std::array<T, width * at_once> sums;
        for (std::size_t l = 0; l < count; l += width) {
            const std::size_t here = std::min(width, count - l);
            for (std::size_t first = 0; first < columns; first += at_once) {
                const std::size_t some = std::min(at_once, columns - first);
                for (std::size_t i = 0; i < width; ++i)
                    add_up(begin + l + i, i < here, matrix + first, matrix_step, some, sums.data() + i * at_once);
                turn(sums.data(), at_once, some, here, target + first * target_step + l, target_step, accumulate);
            }
        }
    }

  private:
    using word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    struct entry {
        std::uint32_t at;  // a sample or feature
        T value;
    };

    template <std::size_t J>
    void reserve(view<T, extents<dynamic, J>> x) {
        is_sparse_ = false;
        if (sample_.size() < x.batch + 1) {
            sample_.resize(x.batch + 1);
            place_.resize(x.batch);
            flag_.resize(x.batch);
        }
        if constexpr (J < fewest_features) return;
        if (first_.size() < x.batch + 2) first_.resize(x.batch + 2);
        if (entry_.size() < x.batch * J + 1) {
            entry_.resize(x.batch * J + 1);
            sorted_.resize(x.batch * J + 1);
        }
        if (row_end_.size() < J) row_end_.resize(J);
    }
    // The samples that are not all zero, and behind them the others, backwards.
    template <std::size_t J>
    std::size_t find_samples(view<T, extents<dynamic, J>> x) {
        flag_.assign(x.batch, 0);
        for (std::size_t j = 0; j < J; ++j) {
            const T* const row = x.data + j * x.stride;
            for (std::size_t b = 0; b < x.batch; ++b)
                flag_[b] |= static_cast<word>(std::bit_cast<word>(row[b]) << 1U);  // without the sign: -0 is zero
        }
        std::size_t kept = 0;
        for (std::size_t b = 0; b < x.batch; ++b) {
            // Without a branch: at both ends, of which the wrong one is overwritten by the next sample.
            sample_[kept] = sample_[x.batch - 1 - (b - kept)] = static_cast<std::uint32_t>(b);
            if constexpr (J >= fewest_features) place_[b] = static_cast<std::uint32_t>(kept);
            kept += flag_[b] != 0 ? 1U : 0U;
        }
        return kept;
    }
    // The entries that are not zero. They alone are put where the samples that are kept lie.
    template <std::size_t J>
    void list_entries(view<T, extents<dynamic, J>> x, std::size_t kept) {
        std::fill(first_.begin(), first_.end(), 0);
        std::size_t found = 0;
        for (std::size_t j = 0; j < J; ++j) {
            T* const row = x.data + j * x.stride;
            const std::size_t begin = found;
            found = list_row(row, x.batch, found);
            row_end_[j] = found;
            if (kept < x.batch) std::fill(row, row + x.batch, T(0));
            for (std::size_t e = begin; e < found; ++e) {
                row[entry_[e].at] = entry_[e].value;
                ++first_[entry_[e].at + 2];
            }
        }
        by_sample(J);
        is_sparse_ = found * 4 <= kept * J;
    }
    // The entries of a feature, of which none has been listed before number `found`; returns how many there are then.
    std::size_t list_row(const T* row, std::size_t batch, std::size_t found) {
        constexpr std::size_t at_once = 8;  // most such are zeros
        const auto list = [&](std::size_t b) {
            // Without a branch: every sample is written down, and the next over those that are zero.
            entry_[found] = {place_[b], row[b]};
            found += exactly_equal(row[b], T(0)) ? 0U : 1U;
        };
        std::size_t b = 0;
        for (; b + at_once <= batch; b += at_once) {
            word bits = 0;
            for (std::size_t i = 0; i < at_once; ++i) bits |= std::bit_cast<word>(row[b + i]);
            if (bits != 0)
                for (std::size_t i = 0; i < at_once; ++i) list(b + i);
        }
        for (; b < batch; ++b) list(b);
        return found;
    }
    // The entries feature by feature, into those sample by sample.
    void by_sample(std::size_t features) {
        for (std::size_t b = 2; b < first_.size(); ++b) first_[b] += first_[b - 1];
        std::size_t e = 0;
        for (std::size_t j = 0; j < features; ++j)
            for (; e < row_end_[j]; ++e)
                sorted_[first_[entry_[e].at + 1]++] = {static_cast<std::uint32_t>(j), entry_[e].value};
    }
    // sums[o] = Σ_j x[sample][j]·matrix[j][o]
    void add_up(std::size_t sample, bool is_there, const T* matrix, std::size_t matrix_step, std::size_t columns,
                T* sums) const {
        std::uint32_t e = is_there ? first_[sample] : 0;
        const std::uint32_t end = is_there ? first_[sample + 1] : 0;
        if (e == end) return static_cast<void>(std::fill_n(sums, columns, T(0)));
        const auto add = [&](auto is_first) {
            const T* const row = matrix + sorted_[e].at * matrix_step;
            const T value = sorted_[e].value;
            for (std::size_t o = 0; o < columns; ++o) sums[o] = is_first ? value * row[o] : sums[o] + value * row[o];
        };
        add(std::true_type{});
        for (++e; e < end; ++e) add(std::false_type{});
    }
    // target[o][l] (+)= sums[l][o]
    static void turn(const T* sums, std::size_t sums_step, std::size_t columns, std::size_t here, T* target,
                     std::size_t target_step, bool accumulate) {
        if (!accumulate) return transpose(sums, sums_step, target, target_step, here, columns);
        std::array<T, width * 8 * width> turned;
        transpose(sums, sums_step, turned.data(), width, here, columns);
        for (std::size_t o = 0; o < columns; ++o)
            for (std::size_t l = 0; l < here; ++l) target[o * target_step + l] += turned[o * width + l];
    }

    const T* data_ = nullptr;
    const T* end_ = nullptr;
    std::size_t samples_ = 0;
    bool is_sparse_ = false;
    std::vector<std::uint32_t> sample_;  // those that are kept, then the others
    std::vector<std::uint32_t> place_;   // of every sample among them
    std::vector<word> flag_;             // its bits, all features' together
    std::vector<entry> entry_, sorted_;  // by feature (at: the sample), by sample (at: the feature)
    std::vector<std::size_t> row_end_;   // of the features in entry_
    std::vector<std::uint32_t> first_;   // of the samples in sorted_
};

}  // namespace apd::ext::detail
