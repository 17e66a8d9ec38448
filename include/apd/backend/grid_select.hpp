#pragma once
// Selection of active pairs on a grid of threads: the n-th largest entry digit by digit, then the pairs in order.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <apd/array/active_pairs.hpp>
#include <apd/array/view.hpp>

namespace apd::detail {

/// What selection knows of the cut, the smallest entry that is active: digits above those being counted are fixed.
struct selection_cut {
    std::uint64_t key = 0;     ///< the bits of the cut, as far as they are known
    std::uint32_t wanted = 0;  ///< how many of the entries equal to them are active
    bool is_zero = false;      ///< all positive entries are active, and some others
};

inline constexpr std::size_t digit_values = 256;  // eight bits at a time

/// Room for one selection in a backend's memory.
struct selection_room {
    selection_cut* cut = nullptr;
    std::uint32_t* histogram = nullptr;  ///< [digits of the scalar, digit_values]
    std::uint32_t* ties = nullptr;       ///< [B]: entries equal to the cut in earlier samples
    std::uint32_t* count = nullptr;      ///< [C]
    std::uint8_t* active = nullptr;      ///< [C, B]
};

/// A selection: phases that follow each other, each done by a number of groups that don't wait for each other.
template <class T, std::size_t Ranked>
struct selection {
    using key = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static constexpr std::size_t digits = sizeof(T);
    static constexpr std::size_t samples_of_group = 256;

    view<const T, extents<dynamic, Ranked>> scores;
    active_pairs pairs;
    selection_room room;
    std::size_t parts;  ///< groups that count digits

    /// The bits of a positive number, which are in the order of the numbers; 0 for any other.
    APD_HOST_DEVICE key key_of(std::size_t b, std::size_t c) const {
        const T value = scores.data[c * scores.stride + b];
        return value > T(0) ? std::bit_cast<key>(value) : key(0);
    }
    APD_HOST_DEVICE std::size_t samples() const { return scores.batch; }

    /// Counts the values that digit number Digit, from the highest, has in entries equal to the cut above it.
    template <std::size_t Digit>
    struct count_digits {
        struct shared {
            std::uint32_t bins[digit_values];
        };
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return of.parts; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t part, shared& counted) const {
            group.for_each(digit_values, [&](std::size_t i) { counted.bins[i] = 0; });
            group.sync();
            const std::size_t all = of.samples() * Ranked, of_part = (all + of.parts - 1) / of.parts,
                              begin = part * of_part, end = begin + of_part < all ? begin + of_part : all;
            constexpr std::size_t below = 8 * (digits - 1 - Digit);
            const auto above = static_cast<key>(of.room.cut->key);
            const bool is_zero = of.room.cut->is_zero;
            group.for_each(begin < end && !is_zero ? end - begin : 0, [&](std::size_t i) {
                const key k = of.key_of((begin + i) % of.samples(), (begin + i) / of.samples());
                bool is_equal = k != 0;
                if constexpr (Digit > 0) is_equal = is_equal && (k >> (below + 8)) == above;
                if (is_equal) group.add(&counted.bins[(k >> below) % digit_values], 1U);
            });
            group.sync();
            group.for_each(digit_values, [&](std::size_t i) {
                if (counted.bins[i] != 0) group.add(&of.room.histogram[Digit * digit_values + i], counted.bins[i]);
            });
        }
    };

    /// Fixes digit number Digit of the cut.
    template <std::size_t Digit>
    struct fix_digit {
        struct shared {};
        selection of;
        APD_HOST_DEVICE static std::size_t groups() { return 1; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t, shared&) const {
            selection_cut& cut = *of.room.cut;
            const selection_cut before = cut;
            group.sync();
            const auto times = [&](std::size_t i) {
                return of.room.histogram[Digit * digit_values + digit_values - 1 - i];
            };
            const std::uint32_t found =
                group.scan(digit_values, times, [&](std::size_t i, std::uint32_t larger, std::uint32_t equal) {
                    const bool is_cut = before.wanted > larger && before.wanted <= larger + equal;
                    if (!before.is_zero && (is_cut || (before.wanted == 0 && i == 0)))
                        cut = {before.key << 8U | (digit_values - 1 - i),
                               before.wanted == 0 ? 0 : before.wanted - larger, false};
                });
            group.sync();
            group.for_each(1, [&](std::size_t) {
                if (!before.is_zero && found < before.wanted) cut = {0, before.wanted - found, true};
            });
        }
    };

    /// Clears what is counted, and reads how many entries are wanted.
    template <class Number>
    struct start {
        struct shared {};
        selection of;
        Number wanted;
        APD_HOST_DEVICE static std::size_t groups() { return 1; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t, shared&) const {
            group.for_each(digits * digit_values, [&](std::size_t i) { of.room.histogram[i] = 0; });
            group.for_each(1, [&](std::size_t) {
                const std::size_t all = of.samples() * Ranked, n = static_cast<std::size_t>(*wanted.data);
                *of.room.cut = {0, static_cast<std::uint32_t>(n < all ? n : all), false};
            });
        }
    };

    /// Counts the entries of every sample that equal the cut.
    struct count_ties {
        struct shared {};
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return (of.samples() + samples_of_group - 1) / samples_of_group; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t part, shared&) const {
            const auto cut = static_cast<key>(of.room.cut->key);
            of.for_each_sample(group, part, [&](std::size_t b) {
                std::uint32_t ties = 0;
                for (std::size_t c = 0; c < Ranked; ++c) ties += of.key_of(b, c) == cut;
                of.room.ties[b] = ties;
            });
        }
    };
    /// Sums them over earlier samples.
    struct sum_ties {
        struct shared {};
        selection of;
        APD_HOST_DEVICE static std::size_t groups() { return 1; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t, shared&) const {
            group.scan(
                of.samples(), [&](std::size_t b) { return of.room.ties[b]; },
                [&](std::size_t b, std::uint32_t earlier, std::uint32_t) { of.room.ties[b] = earlier; });
        }
    };
    /// Marks what is above the cut and, of what equals it, the first in (b, c) order.
    struct mark_top {
        struct shared {};
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return (of.samples() + samples_of_group - 1) / samples_of_group; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t part, shared&) const {
            const auto cut = static_cast<key>(of.room.cut->key);
            const std::uint32_t wanted = of.room.cut->wanted;
            of.for_each_sample(group, part, [&](std::size_t b) {
                std::uint32_t earlier = of.room.ties[b];
                for (std::size_t c = 0; c < of.pairs.components; ++c) {
                    bool is_active = true;
                    if (c < Ranked) {
                        const key k = of.key_of(b, c);
                        is_active = k > cut || (k == cut && earlier < wanted);
                        earlier += k == cut;
                    }
                    of.room.active[c * of.samples() + b] = is_active;
                }
            });
        }
    };
    /// Marks the k largest of every sample.
    struct mark_top_of_sample {
        struct shared {};
        selection of;
        std::size_t k;
        APD_HOST_DEVICE std::size_t groups() const { return (of.samples() + samples_of_group - 1) / samples_of_group; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t part, shared&) const {
            of.for_each_sample(group, part, [&](std::size_t b) {
                for (std::size_t c = 0; c < of.pairs.components; ++c) {
                    std::size_t larger = 0;
                    const key mine = c < Ranked ? of.key_of(b, c) : key(0);
                    for (std::size_t other = 0; c < Ranked && other < Ranked; ++other) {
                        const key theirs = of.key_of(b, other);
                        larger += theirs > mine || (theirs == mine && other < c);
                    }
                    of.room.active[c * of.samples() + b] = c >= Ranked || larger < k;
                }
            });
        }
    };

    /// Counts the active samples of every component.
    struct count_active {
        struct shared {};
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return of.pairs.components; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t c, shared&) const {
            group.template sum_columns<std::uint32_t, 1>(
                of.samples(), [&](std::size_t, std::size_t b) { return of.is_active(b, c); },
                [&](std::size_t, std::uint32_t sum) { of.room.count[c] = sum; });
        }
    };
    /// Sums them over earlier components.
    struct sum_active {
        struct shared {};
        selection of;
        APD_HOST_DEVICE static std::size_t groups() { return 1; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t, shared&) const {
            group.for_each(1, [&](std::size_t) { of.pairs.first[0] = 0; });
            group.scan(
                of.pairs.components, [&](std::size_t c) { return of.room.count[c]; },
                [&](std::size_t c, std::uint32_t earlier, std::uint32_t count) {
                    of.pairs.first[c + 1] = earlier + count;
                });
        }
    };
    /// Writes every component's samples in order.
    struct list_samples {
        struct shared {};
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return of.pairs.components; }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t c, shared&) const {
            std::uint32_t* const list = of.pairs.sample + of.pairs.first[c];
            group.scan(
                of.samples(), [&](std::size_t b) { return of.is_active(b, c); },
                [&](std::size_t b, std::uint32_t place, std::uint32_t is_active) {
                    if (is_active != 0) list[place] = static_cast<std::uint32_t>(b);
                });
        }
    };

  private:
    APD_HOST_DEVICE std::uint32_t is_active(std::size_t b, std::size_t c) const {
        return room.active[c * samples() + b];
    }
    APD_HOST_DEVICE void for_each_sample(const auto& group, std::size_t part, const auto& f) const {
        const std::size_t begin = part * samples_of_group, left = samples() - begin;
        group.for_each(left < samples_of_group ? left : samples_of_group, [&](std::size_t i) { f(begin + i); });
    }
};

}  // namespace apd::detail
