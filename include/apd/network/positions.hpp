#pragma once
// Where in its sequence a row stands: added to it, or as the angle by which queries and keys are turned.

#include <cmath>
#include <cstddef>

#include <apd/array/elementwise.hpp>
#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

/// y[b, t, i] = x[b, t, i] + p[t, i]; p is stored [Most, N] under its name, of which sequences use the first Length
/// rows. It is not decomposed.
///
/// Example: `apd::learned_positions<"wpe", 128, 64>`, or `<"wpe", 128, 768, 1024>` of a model for up to 1024 positions.
template <static_string Name, std::size_t Length, std::size_t N, std::size_t Most = Length>
struct learned_positions {
    static_assert(Length > 0 && N > 0 && Length <= Most,
                  "apd::learned_positions: there is one position at least, and a row for each.");
    using shape = extents<Most, N>;
    static constexpr auto name = Name;
    static constexpr std::size_t sequence_length = Length;
    static constexpr double initial_deviation = 0.02;
    static constexpr bool is_table = true;
    static constexpr std::size_t inputs = N;
    static constexpr std::size_t outputs(std::size_t = N) { return N; }
    static constexpr bool is_translation = true;

    static void forward(auto& device, const auto& p, const auto& x, const auto& y) {
        device(y.template unfold<Length>()["bti"_i] = x.template unfold<Length>()["bti"_i] + used(p.value)["ti"_i]);
    }
    static void pullback_parameter(auto& device, const auto& p, const auto&, const auto& gy) {
        device(used(p.gradient)["ti"_i] += gy.template unfold<Length>()["bti"_i]);
    }

  private:
    static auto used(const auto& table) { return table.template slice<Length>(0); }
};
template <static_string Name, std::size_t Length, std::size_t N, std::size_t Most>
struct unnamed_layer<learned_positions<Name, Length, N, Most>> {
    using type = learned_positions<"", Length, N, Most>;
};

namespace detail {
// t/10000^(2⌊i/2⌋/N), whose sine stands at even i and whose cosine at odd ones.
template <class T, std::size_t N>
struct sinusoid {
    APD_HOST_DEVICE T operator()(T t, T i) const {
        const auto number = static_cast<std::size_t>(i), pair = number / 2;
        const double angle = static_cast<double>(t) * std::pow(1e4, -2.0 * static_cast<double>(pair) / N);
        return static_cast<T>(number % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
};
// cos and sin of t·Base^(−2e/Size).
template <class T, std::size_t Size, std::size_t Base, bool IsSine>
struct turn {
    APD_HOST_DEVICE T operator()(T t, T e) const {
        const double angle =
            static_cast<double>(t) * std::pow(static_cast<double>(Base), -2.0 * static_cast<double>(e) / Size);
        return static_cast<T>(IsSine ? std::sin(angle) : std::cos(angle));
    }
};
}  // namespace detail

/// y[b, t, j, i] = x[b, t, j, i] + sin(t/10000^(i/N)), i even, or + cos(t/10000^((i − 1)/N)), i odd (Vaswani et al.,
/// arXiv 1706.03762): added to each of the first Parts parts [N] of a row; what is behind them, Rest numbers, stays.
///
/// Example: `apd::sinusoidal_positions<64, 16>`, or, for queries and keys but not values, `<64, 16, 2, 16>`.
template <std::size_t Length, std::size_t N, std::size_t Parts = 1, std::size_t Rest = 0>
struct sinusoidal_positions {
    static constexpr std::size_t sequence_length = Length;
    static constexpr std::size_t inputs = Parts * N + Rest;
    static constexpr std::size_t outputs(std::size_t = inputs) { return inputs; }
    static constexpr bool is_translation = true;

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        using T = typename std::remove_cvref_t<decltype(y)>::value_type;
        for (std::size_t j = 0; j < Parts; ++j)
            device(part<N>(y, j * N)["bti"_i] =
                       part<N>(x, j * N)["bti"_i] +
                       map(detail::sinusoid<T, N>{}, number_of<T>("t"_i), number_of<T>("i"_i)));
        if constexpr (Rest > 0) device(part<Rest>(y, Parts * N)["bti"_i] = part<Rest>(x, Parts * N)["bti"_i]);
    }

  private:
    template <std::size_t Size>
    static auto part(const auto& x, std::size_t begin) {
        return x.template part<0, Size>(begin).template unfold<Length>();
    }
};

/// Turns pairs of numbers of a row by angles that grow with its position, so that products of queries and keys know
/// only how far these are apart (Su et al., arXiv 2104.09864): of each of the first Heads parts [Size] of a row, with
/// half = Size/2 and θ = t·Base^(−2e/Size), y[e] = x[e] cos θ − x[e + half] sin θ and y[e + half] = x[e + half] cos θ +
/// x[e] sin θ. What is behind them, Rest parts, stays.
///
/// Example: `apd::rotary<128, 6, 16, 2>`: 4 queries and 2 keys are turned, 2 values are not.
template <std::size_t Length, std::size_t Heads, std::size_t Size, std::size_t Rest = 0, std::size_t Base = 10'000>
struct rotary {
    static_assert(Size % 2 == 0, "apd::rotary: pairs of numbers are turned, so that the size of a head is even.");
    static constexpr std::size_t sequence_length = Length;
    static constexpr std::size_t inputs = (Heads + Rest) * Size;
    static constexpr std::size_t outputs(std::size_t = inputs) { return inputs; }
    static constexpr bool preserves_zero = true;
    /// cos θ and sin θ for every e.
    static constexpr std::size_t workspace(std::size_t) { return Size; }

    static void forward(auto& device, const auto&, const auto& x, const auto& y, const auto& workspace) {
        using T = typename std::remove_cvref_t<decltype(y)>::value_type;
        const auto rows = workspace.template unfold<Length>();
        device(rows.template part<0, half>(0)["bte"_i] =
                   map(detail::turn<T, Size, Base, false>{}, number_of<T>("t"_i), number_of<T>("e"_i)));
        device(rows.template part<0, half>(half)["bte"_i] =
                   map(detail::turn<T, Size, Base, true>{}, number_of<T>("t"_i), number_of<T>("e"_i)));
        turned(device, x, y, workspace, 1);
    }
    static void pushforward(auto& device, const auto&, const auto&, const auto& tx, const auto& ty, const auto& kept,
                            const auto&) {
        turned(device, tx, ty, kept, 1);
    }
    // The other way round.
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx, const auto& kept,
                         const auto&) {
        turned(device, gy, gx, kept, -1);
    }

  private:
    static constexpr std::size_t half = Size / 2;
    static void turned(auto& device, const auto& x, const auto& y, const auto& table, double sign) {
        const auto cosine = table.template part<0, half>(0)["be"_i], sine = table.template part<0, half>(half)["be"_i];
        const auto side = [](const auto& of, std::size_t which) {
            return along<"he">(
                of.template split<Size>().template part<1, Heads>(0).template part<0, half>(which * half));
        };
        device(side(y, 0) = side(x, 0) * cosine - side(x, 1) * sine * sign);
        device(side(y, 1) = side(x, 1) * cosine + side(x, 0) * sine * sign);
        if constexpr (Rest > 0) {
            const auto rest = [](const auto& of) { return along<"i">(of.template part<0, Rest * Size>(Heads * Size)); };
            device(rest(y) = rest(x));
        }
    }
};

namespace detail {
template <class T, std::size_t Length>
struct in_last_position {
    APD_HOST_DEVICE T operator()(T x, T t) const { return t == static_cast<T>(Length - 1) ? x : T{0}; }
};
}  // namespace detail

/// y[b, t, i] = x[b, t, i] in the last position of a sequence, 0 in all others: before the unembedding of a network
/// whose answer is read there alone, and which is decomposed for that answer.
///
/// Example: `apd::last_position<64>`
template <std::size_t Length>
struct last_position {
    static_assert(Length > 0, "apd::last_position: a sequence has one position at least.");
    static constexpr std::size_t sequence_length = Length;
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
    static constexpr bool preserves_zero = true;

    static void forward(auto& device, const auto&, const auto& x, const auto& y) { keep(device, x, y); }
    static void pushforward(auto& device, const auto&, const auto&, const auto& tx, const auto& ty) {
        keep(device, tx, ty);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx) {
        keep(device, gy, gx);
    }

  private:
    static void keep(auto& device, const auto& from, const auto& to) {
        using T = typename std::remove_cvref_t<decltype(to)>::value_type;
        const auto rows = [](const auto& of) {
            const auto sequences = of.template unfold<Length>();
            if constexpr (std::remove_cvref_t<decltype(of)>::shape::rank == 2) return sequences["bti"_i];
            else return sequences["btki"_i];
        };
        device(rows(to) = map(detail::in_last_position<T, Length>{}, rows(from), number_of<T>("t"_i)));
    }
};

}  // namespace apd::ext

namespace apd {
using ext::learned_positions, ext::sinusoidal_positions, ext::rotary, ext::last_position;
}  // namespace apd
