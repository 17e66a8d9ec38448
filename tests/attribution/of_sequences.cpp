#include <algorithm>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

constexpr std::size_t length = 3, B = 4 * length, C = 3;
using network = apd::network<apd::linear<"qkv", 4, 12>, apd::causal_attention<length, 2, 2>, apd::linear<"out", 4, 4>>;
using tested = apd_test::tested_backend;

}  // namespace

TEST_CASE("the attribution of a sequence is the mean over its positions") {
    apd_test::small_problem<network, C, 2, tested> small{B};
    const auto of_rows = apd_test::attributions_of(small, apd::gradient_attribution());
    const auto found = apd_test::attributions_of(small, apd::of_sequences(apd::gradient_attribution()));
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t c = 0; c < C; ++c) {
            double mean = 0;
            for (std::size_t t = 0; t < length; ++t) mean += of_rows[(b / length * length + t) * C + c] / length;
            CHECK(found[b * C + c] == Approx(mean));
        }
    CHECK(apd::of_sequences(apd::gradient_attribution()).describe() == "of_sequences(gradient_attribution(of_target))");
}
TEST_CASE("a mask that ranks sequences activates a component on all positions of one, or on none") {
    apd_test::small_problem<network, C, 2, tested> small{B};
    apd::decomposition<network, apd::shared_components<C, 2>, double> result;
    result.target = small.target;
    result.learned = small.factors;
    apd::evaluator answers(small.device, result, B);
    auto x = decltype(answers)::matrix::from_shape({B, network::inputs});
    std::ranges::copy(small.x, x.data());
    const auto count_of_rows = [&](const auto& mask, bool are_whole) {
        const auto m = answers.active(x, mask);
        double count = 0;
        bool all_are_whole = true;
        for (std::size_t b = 0; b < B; ++b)
            for (std::size_t c = 0; c < C; ++c) {
                count += m(b, c);
                all_are_whole = all_are_whole && m(b, c) == m(b / length * length, c);
            }
        CHECK(all_are_whole == are_whole);
        return count;
    };
    CHECK(count_of_rows(apd::batch_top_k(apd::of_sequences(apd::gradient_attribution()), 1.25), true) == 5 * length);
    CHECK(count_of_rows(apd::per_sample_top_k(apd::of_sequences(apd::gradient_attribution()), 1), true) == B);
    CHECK(count_of_rows(apd::batch_top_k(apd::gradient_attribution(), 1.25), false) == 5 * length);
}
