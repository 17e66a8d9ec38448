#pragma once
// Self-attention: the positions of a sequence read from each other (Vaswani et al., arXiv 1706.03762).

#include <cmath>
#include <cstddef>
#include <limits>

#include <apd/array/elementwise.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

/// From which positions of its sequence a position reads.
enum class attends_to { all, earlier };

/// y[b, t, h] = Σ_s p[s] v[b, s, h], p = softmax over s of q[b, t, h]·k[b, s, h]/√Size, of sequences b of Length rows
/// each; s ≤ t, where positions attend to `earlier` ones and themselves. A row holds q [Heads, Size], k and v
/// [KeyHeads, Size], one behind the other; it becomes [Heads, Size]. Neighbouring heads share a key and a value if
/// there are fewer of these.
///
/// Example: `apd::causal_attention<64, 4, 8>`: sequences of 64 positions, rows of 96 numbers.
template <std::size_t Length, std::size_t Heads, std::size_t Size, std::size_t KeyHeads = Heads,
          attends_to Positions = attends_to::all>
struct attention {
    static_assert(Length > 0 && Heads > 0 && Size > 0 && KeyHeads > 0 && Heads % KeyHeads == 0,
                  "apd::attention: every size is at least 1, and keys are shared by a whole number of heads.");
    static constexpr std::size_t sequence_length = Length;
    static constexpr std::size_t inputs = (Heads + 2 * KeyHeads) * Size;
    static constexpr std::size_t outputs(std::size_t = inputs) { return Heads * Size; }
    static constexpr std::size_t heads = Heads;
    /// Of a row and each head: the weights p [s], and two numbers.
    static constexpr std::size_t workspace(std::size_t) { return Heads * (Length + 2); }
    /// Where in the workspace those of a head begin, after a pass.
    static constexpr std::size_t weights_of_head(std::size_t head) { return head * (Length + 2); }

    static void forward(auto& device, const auto&, const auto& x, const auto& y, const auto& workspace) {
        const auto p = at<"t", "grs">(weights(workspace));
        const auto largest = at<"t", "grn">(beside(workspace, 0)), sum = at<"t", "grn">(beside(workspace, 1));
        device(p = at<"t", "grd">(queries(x)) * at<"s", "gd">(keys(x)));
        if constexpr (Positions == attends_to::earlier) {
            using T = typename decltype(p)::scalar;
            device(largest = maximum(where("s"_i <= "t"_i, p, -std::numeric_limits<T>::infinity())));
            device(p = where("s"_i <= "t"_i, exp((p - largest) * scale()), 0));
        } else {
            device(largest = maximum(p));
            device(p = exp((p - largest) * scale()));
        }
        device(sum = p);
        device(p = p / sum);
        device(at<"t", "grd">(of_heads(y)) = p * at<"s", "gd">(values(x)));
    }
    static void pushforward(auto& device, const auto&, const auto& x, const auto& tx, const auto& ty, const auto& kept,
                            const auto& workspace) {
        const auto p = at<"t", "grs">(weights(kept));
        const auto tp = at<"t", "grs">(weights(workspace));
        device(tp = at<"t", "grd">(queries(tx)) * at<"s", "gd">(keys(x)));
        device(tp += at<"t", "grd">(queries(x)) * at<"s", "gd">(keys(tx)));
        through_softmax(device, p, tp, workspace);
        const auto t_out = at<"t", "grd">(of_heads(ty));
        device(t_out = tp * at<"s", "gd">(values(x)));
        device(t_out += p * at<"s", "gd">(values(tx)));
    }
    static void pullback(auto& device, const auto&, const auto& x, const auto& gy, const auto& gx, const auto& kept,
                         const auto& workspace) {
        const auto p = at<"t", "grs">(weights(kept));
        const auto gp = at<"t", "grs">(weights(workspace));
        const auto g = at<"t", "grd">(of_heads(gy));
        device(at<"s", "gd">(values(gx)) = p * g);
        device(gp = g * at<"s", "gd">(values(x)));
        through_softmax(device, p, gp, workspace);
        device(at<"t", "grd">(queries(gx)) = gp * at<"s", "gd">(keys(x)));
        device(at<"s", "gd">(keys(gx)) = gp * at<"t", "grd">(queries(x)));
    }

  private:
    static constexpr std::size_t shared_by = Heads / KeyHeads;
    static double scale() { return 1 / std::sqrt(static_cast<double>(Size)); }

    // Names the axes of an array over rows [N, length, …], "b⟨Position⟩⟨Last⟩", or of K tangents, "b⟨Position⟩k⟨Last⟩".
    template <static_string Position, static_string Last>
    static auto at(const auto& x) {
        constexpr auto row = detail::joined("b"_i, operator""_i<Position>());
        constexpr auto last = operator""_i<Last>();
        if constexpr (std::remove_cvref_t<decltype(x)>::shape::rank == Last.size() + 2)
            return x[detail::joined(row, last)];
        else return x[detail::joined(detail::joined(row, "k"_i), last)];
    }
    // g ← (diag(p) − p pᵀ) g/√Size over s.
    static void through_softmax(auto& device, const auto& p, const auto& g, const auto& workspace) {
        const auto mean = at<"t", "grn">(beside(workspace, 0));
        device(mean = p * g);
        device(g = p * (g - mean) * scale());
    }
    // [N, length, g, r, d] of queries and of what is read; [N, length, g, d] of keys and values.
    static auto queries(const auto& x) {
        return in_sequences(x).template part<1, Heads>(0).template split_axis<1, shared_by>();
    }
    static auto keys(const auto& x) { return in_sequences(x).template part<1, KeyHeads>(Heads); }
    static auto values(const auto& x) { return in_sequences(x).template part<1, KeyHeads>(Heads + KeyHeads); }
    static auto of_heads(const auto& y) { return in_sequences(y).template split_axis<1, shared_by>(); }
    static auto in_sequences(const auto& x) { return x.template split<Size>().template unfold<Length>(); }
    // [N, length, g, r, s], and [N, length, g, r, 1] behind it
    static auto weights(const auto& workspace) { return numbers_of_heads(workspace).template part<0, Length>(0); }
    static auto beside(const auto& workspace, std::size_t which) {
        return numbers_of_heads(workspace).template part<0, 1>(Length + which);
    }
    static auto numbers_of_heads(const auto& workspace) {
        return workspace.template split<shared_by*(Length + 2)>()
            .template split<Length + 2>()
            .template unfold<Length>();
    }
};

template <class Layer>
inline constexpr bool is_attention = false;
template <std::size_t Length, std::size_t Heads, std::size_t Size, std::size_t KeyHeads, attends_to Positions>
inline constexpr bool is_attention<attention<Length, Heads, Size, KeyHeads, Positions>> = true;

/// Attention in which a position reads from itself and from those before it.
template <std::size_t Length, std::size_t Heads, std::size_t Size, std::size_t KeyHeads = Heads>
using causal_attention = attention<Length, Heads, Size, KeyHeads, attends_to::earlier>;

}  // namespace apd::ext

namespace apd {
using ext::attends_to, ext::attention, ext::causal_attention;
}  // namespace apd
