#pragma once
// Selection of active pairs on a grid of threads: the n-th largest entry digit by digit, then the pairs in order.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <apd/array/active_pairs.hpp>
#include <apd/array/view.hpp>

namespace apd::ext::detail {

/// What selection knows of the cut, the smallest entry that is active: digits above those being counted are fixed.
struct selection_cut {
    std::uint64_t key = 0;       ///< the bits of the cut, as far as they are known
    std::uint32_t wanted = 0;    ///< how many of the entries equal to them are active
    bool is_everything = false;  ///< all positive entries are active
    bool takes_equals = false;   ///< all entries equal to them are active
};

inline constexpr std::size_t digit_values = 256;  // eight bits at a time

/// Room for one selection in a backend's memory.
struct selection_workspace {
    selection_cut* cut = nullptr;        ///< [digits of the scalar + 1]: before each digit, and after the last
    std::uint32_t* histogram = nullptr;  ///< [digits of the scalar, digit_values], of zeros between selections
    std::uint32_t* ties = nullptr;       ///< [B]: entries equal to the cut
    std::uint32_t* count = nullptr;      ///< [C, parts]: active samples
    std::uint8_t* active = nullptr;      ///< [C, B]
};

/// A selection: phases that follow each other, each done by a number of groups that don't wait for each other. Most
/// work on a part of the samples of one component, whose entries are neighbours.
template <class T, std::size_t Ranked>
struct selection {
    using key = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static constexpr std::size_t digits = sizeof(T), most_parts = 8;

    view<const T, extents<dynamic, Ranked>> scores;
    active_pairs pairs;
    selection_workspace workspace;
    const T* wanted = nullptr;  ///< how many of the batch

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
            selection_cut cut;
            std::uint32_t bins[digit_values];
        };
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return Ranked * parts(); }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared& counted) const {
            group.for_each(digit_values, [&](std::size_t i) { counted.bins[i] = 0; });
            of.template find_cut<Digit>(group, number, counted.cut);
            if (counted.cut.is_everything) return;
            constexpr std::size_t below = 8 * (digits - 1 - Digit);
            const auto above = static_cast<key>(counted.cut.key);
            const std::size_t c = number / parts();
            const part_of_samples part(number % parts(), parts(), of.samples());
            group.for_each(part.count, [&](std::size_t i) {
                const key k = of.key_of(part.begin + i, c);
                bool is_equal = k != 0;
                if constexpr (Digit > 0) is_equal = is_equal && (k >> (below + 8)) == above;
                if (is_equal) group.add(&counted.bins[(k >> below) % digit_values], 1U);
            });
            group.sync();
            group.for_each(digit_values, [&](std::size_t i) {
                if (counted.bins[i] != 0) group.add(&of.workspace.histogram[Digit * digit_values + i], counted.bins[i]);
            });
        }

      private:
        // About a thousand groups at most, as each adds what it has counted to what all have.
        APD_HOST_DEVICE std::size_t parts() const {
            const std::size_t many = (of.samples() + 511) / 512, most = Ranked < 1024 ? 1024 / Ranked : 1;
            return many < most ? many : most;
        }
    };

    /// Counts the entries of every sample that equal the cut, unless all of them are active.
    struct count_ties {
        struct shared {
            selection_cut cut;
        };
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return of.parts(); }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared& found) const {
            of.template find_cut<digits>(group, number, found.cut);
            if (found.cut.takes_equals) return;
            const auto cut = static_cast<key>(found.cut.key);
            const part_of_samples part(number, of.parts(), of.samples());
            group.for_each(part.count, [&](std::size_t i) {
                std::uint32_t ties = 0;
                for (std::size_t c = 0; c < Ranked; ++c) ties += of.key_of(part.begin + i, c) == cut;
                of.workspace.ties[part.begin + i] = ties;
            });
        }
    };

    struct nothing_shared {};
    /// Marks what is above the cut and, of what equals it, the first in (b, c) order.
    struct mark_top {
        using shared = nothing_shared;
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return of.pairs.components * of.parts(); }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared&) const {
            const std::size_t c = number / of.parts();
            const selection_cut& found = of.workspace.cut[digits];
            const auto cut = static_cast<key>(found.key);
            if (c >= Ranked || found.takes_equals)
                return of.mark(group, number, [&](std::size_t b) { return c >= Ranked || of.key_of(b, c) >= cut; });
            const part_of_samples part(number % of.parts(), of.parts(), of.samples());
            const std::uint32_t before = of.sum_of(group, part.begin, of.workspace.ties);
            group.scan(
                part.count, [&](std::size_t i) { return of.workspace.ties[part.begin + i]; },
                [&](std::size_t i, std::uint32_t earlier, std::uint32_t) {
                    const std::size_t b = part.begin + i;
                    const key k = of.key_of(b, c);
                    std::uint32_t ahead = before + earlier;
                    for (std::size_t other = 0; k == cut && other < c; ++other) ahead += of.key_of(b, other) == cut;
                    of.workspace.active[c * of.samples() + b] = k > cut || (k == cut && ahead < found.wanted);
                });
            group.sync();
            of.mark(group, number, [&](std::size_t b) { return of.is_active(b, c) != 0; });
        }
    };
    /// Marks the k largest of every sample.
    struct mark_top_of_sample {
        using shared = nothing_shared;
        selection of;
        std::size_t k;
        APD_HOST_DEVICE std::size_t groups() const { return of.pairs.components * of.parts(); }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared&) const {
            const std::size_t c = number / of.parts();
            of.mark(group, number, [&](std::size_t b) {
                if (c >= Ranked) return true;
                std::size_t larger = 0;
                const key mine = of.key_of(b, c);
                for (std::size_t other = 0; other < Ranked; ++other) {
                    const key theirs = of.key_of(b, other);
                    larger += theirs > mine || (theirs == mine && other < c);
                }
                return larger < k;
            });
        }
    };

    /// Writes every component's samples in order, and leaves the workspace as the next selection needs it.
    struct list_samples {
        using shared = nothing_shared;
        selection of;
        APD_HOST_DEVICE std::size_t groups() const { return of.pairs.components * of.parts(); }
        APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared&) const {
            const std::size_t c = number / of.parts();
            const part_of_samples part(number % of.parts(), of.parts(), of.samples());
            const std::uint32_t first = of.sum_of(group, number, of.workspace.count);
            const std::uint32_t found = group.scan(
                part.count, [&](std::size_t i) { return of.is_active(part.begin + i, c); },
                [&](std::size_t i, std::uint32_t place, std::uint32_t is_active) {
                    if (is_active != 0) of.pairs.sample[first + place] = static_cast<std::uint32_t>(part.begin + i);
                });
            group.for_each(1, [&](std::size_t) {
                if (number % of.parts() == 0) of.pairs.first[c] = first;
                if (number + 1 == groups()) of.pairs.first[of.pairs.components] = first + found;
            });
            if (number == 0)
                group.for_each(digits * digit_values, [&](std::size_t i) { of.workspace.histogram[i] = 0; });
        }
    };

  private:
    struct part_of_samples {
        std::size_t begin, count;
        APD_HOST_DEVICE part_of_samples(std::size_t number, std::size_t parts, std::size_t samples) {
            const std::size_t size = (samples + parts - 1) / parts, left = samples - number * size;
            begin = number * size;
            count = begin >= samples ? 0 : left < size ? left : size;
        }
    };
    APD_HOST_DEVICE std::size_t parts() const {
        const std::size_t many = (samples() + 255) / 256;
        return many < most_parts ? many : most_parts;
    }
    APD_HOST_DEVICE std::uint32_t is_active(std::size_t b, std::size_t c) const {
        return workspace.active[c * samples() + b];
    }
    // Σ_{i < n} of some numbers, for every thread of a group.
    template <class Group>
    APD_HOST_DEVICE static std::uint32_t sum_of(const Group& group, std::size_t n, const std::uint32_t* numbers) {
        return group.scan(
            Group::size,
            [&](std::size_t thread) {
                std::uint32_t sum = 0;
                for (std::size_t i = thread; i < n; i += Group::size) sum += numbers[i];
                return sum;
            },
            [](std::size_t, std::uint32_t, std::uint32_t) {});
    }
    // Marks and counts the samples b of a part of a component for which f(b).
    APD_HOST_DEVICE void mark(const auto& group, std::size_t number, const auto& f) const {
        const std::size_t c = number / parts();
        const part_of_samples part(number % parts(), parts(), samples());
        const std::uint32_t found = group.scan(
            part.count,
            [&](std::size_t i) -> std::uint32_t {
                const bool is_active = f(part.begin + i);
                workspace.active[c * samples() + part.begin + i] = is_active;
                return is_active;
            },
            [](std::size_t, std::uint32_t, std::uint32_t) {});
        group.for_each(1, [&](std::size_t) { workspace.count[number] = found; });
    }
    // The cut before digit number Digit is counted, for every thread of a group; the first group notes it.
    template <std::size_t Digit>
    APD_HOST_DEVICE void find_cut(const auto& group, std::size_t number, selection_cut& cut) const {
        group.for_each(1, [&](std::size_t) {
            constexpr std::size_t most = 0xffffffffU;  // of all slices of a batch, of which it may be one
            const auto n = static_cast<std::size_t>(*wanted);
            if constexpr (Digit > 1) cut = workspace.cut[Digit - 1];
            else cut = {0, static_cast<std::uint32_t>(n < most ? n : most), false, false};
        });
        group.sync();
        if constexpr (Digit == 0) return;
        const selection_cut before = cut;
        group.sync();
        const std::uint32_t found = group.scan(
            digit_values,
            [&](std::size_t i) { return workspace.histogram[(Digit - 1) * digit_values + digit_values - 1 - i]; },
            [&](std::size_t i, std::uint32_t larger, std::uint32_t equal) {
                const bool is_cut = before.wanted > larger && before.wanted <= larger + equal;
                if (before.is_everything || !(is_cut || (before.wanted == 0 && i == 0))) return;
                const std::uint32_t rest = before.wanted == 0 ? 0 : before.wanted - larger;
                cut = {before.key << 8U | (digit_values - 1 - i), rest, false, rest == 0 || rest == equal};
            });
        group.sync();
        group.for_each(1, [&](std::size_t) {
            if (!before.is_everything && found < before.wanted) cut = {1, 0, true, true};
            if (number == 0) workspace.cut[Digit] = cut;
        });
        group.sync();
    }
};

}  // namespace apd::ext::detail
