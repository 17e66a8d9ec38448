// That derivatives are derivatives is tested in laws/layers.cpp and laws/networks.cpp.

#include <cmath>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/layer_output.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/network/attention.hpp>

namespace {

using numbers = std::vector<double>;

template <class Layer, class Device>
numbers output(const numbers& rows) {
    return apd_test::layer_output<Layer, Layer::inputs, Device>(rows);
}

}  // namespace

static_assert(apd::ext::layer_with_workspace<apd::attention<3, 2, 2>> &&
              !apd::ext::parametrised_layer<apd::attention<3, 2, 2>>);
static_assert(apd::attention<3, 2, 4>::inputs == 3 * 8 && apd::attention<3, 2, 4>::outputs() == 8);
static_assert(apd::attention<3, 4, 5, 2>::inputs == 40 && apd::attention<3, 4, 5, 2>::outputs() == 20);

namespace {

// What attention is, in loops. Rows hold q of `Heads` heads, k and v of `KeyHeads`.
template <std::size_t Length, std::size_t Heads, std::size_t Size, std::size_t KeyHeads, bool IsCausal>
numbers attention_in_loops(const numbers& x) {
    constexpr std::size_t width = (Heads + 2 * KeyHeads) * Size;
    numbers read(x.size() / width * Heads * Size);
    for (std::size_t row = 0; row < x.size() / width; ++row)
        for (std::size_t h = 0; h < Heads; ++h) {
            const std::size_t first = row / Length * Length, key = h / (Heads / KeyHeads);
            const double* const q = &x[row * width + h * Size];
            double weights = 0;
            for (std::size_t s = first; s < (IsCausal ? row + 1 : first + Length); ++s) {
                const double *const k = &x[s * width + (Heads + key) * Size], *const v = k + KeyHeads * Size;
                double score = 0;
                for (std::size_t d = 0; d < Size; ++d) score += q[d] * k[d];
                const double weight = std::exp(score / std::sqrt(static_cast<double>(Size)));
                weights += weight;
                for (std::size_t d = 0; d < Size; ++d) read[(row * Heads + h) * Size + d] += weight * v[d];
            }
            for (std::size_t d = 0; d < Size; ++d) read[(row * Heads + h) * Size + d] /= weights;
        }
    return read;
}
template <std::size_t Length, std::size_t Heads, std::size_t Size, std::size_t KeyHeads>
void attention_is_as_in_loops() {
    using everywhere = apd::attention<Length, Heads, Size, KeyHeads>;
    using causal = apd::causal_attention<Length, Heads, Size, KeyHeads>;
    const auto x = apd_test::random_numbers(3 * Length * everywhere::inputs, 8);
    const auto all = attention_in_loops<Length, Heads, Size, KeyHeads, false>(x),
               earlier = attention_in_loops<Length, Heads, Size, KeyHeads, true>(x);
    using Catch::Matchers::Approx;
    CHECK_THAT((output<everywhere, apd_test::tested_backend>(x)), Approx(all).margin(1e-14));
    CHECK_THAT((output<causal, apd_test::tested_backend>(x)), Approx(earlier).margin(1e-14));
    CHECK_THAT((output<causal, apd_test::plain_backend>(x)), Approx(earlier).margin(1e-14));
}

}  // namespace

TEST_CASE("a position reads the values of its sequence, weighted by how well its query meets their keys") {
    attention_is_as_in_loops<3, 2, 2, 2>();
    attention_is_as_in_loops<1, 1, 3, 1>();
}
TEST_CASE("heads may share keys and values, and fill vectors") { attention_is_as_in_loops<17, 4, 5, 2>(); }
TEST_CASE("huge scores do not overflow") {
    // Two positions of one head of size 1: query, key, value of each.
    constexpr double huge = 1e100;
    const auto read = output<apd::attention<2, 1, 1>, apd_test::tested_backend>;
    CHECK(read({huge, huge, 1, -huge, 0, 3}) == numbers{1, 3});      // scores (huge², 0) and (−huge², 0)
    CHECK(read({huge, huge, 1, -huge, huge, 3}) == numbers{2, 2});   // each the same
    CHECK(read({huge, -huge, 1, huge, -huge, 3}) == numbers{2, 2});  // each the same, and far below 0
    // What lies ahead is not read, however large its score.
    const auto read_earlier = output<apd::causal_attention<2, 1, 1>, apd_test::tested_backend>;
    CHECK(read_earlier({1, -huge, 1, -1, huge, 3}) == numbers{1, 1});
}
