// That derivatives are derivatives is tested in laws/layers.cpp.

#include <cstddef>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/layer_output.hpp>

#include <apd/apd.hpp>

namespace {

using numbers = std::vector<double>;

// Two images [height, width, channels] of different numbers.
numbers images(std::size_t size) {
    numbers all(2 * size);
    std::iota(all.begin(), all.end(), 1);
    return all;
}

}  // namespace

static_assert(apd::image_windows<8, 6, 1, 3, 3>::positions == 24);
static_assert(std::is_same_v<apd::image_convolution<"kernels", 6, 4, 2, 5, 3, 2, 2>::parts,
                             std::tuple<apd::image_windows<6, 4, 2, 3, 2, 2>, apd::linear<"kernels", 12, 5, 4>>>);

TEST_CASE("windows of an image are its pixels, with all their channels") {
    constexpr std::size_t height = 4, width = 6, channels = 2, high = 3, wide = 2;
    const auto x = images(height * width * channels);
    const auto check = [&](const numbers& found, std::size_t rows, std::size_t columns, std::size_t stride) {
        REQUIRE(found.size() == 2 * rows * columns * high * wide * channels);
        std::size_t at = 0;
        bool all = true;
        for (std::size_t b = 0; b < 2; ++b)
            for (std::size_t v = 0; v < rows; ++v)
                for (std::size_t w = 0; w < columns; ++w)
                    for (std::size_t m = 0; m < high; ++m)
                        for (std::size_t n = 0; n < wide; ++n)
                            for (std::size_t i = 0; i < channels; ++i)
                                all = all &&
                                      found[at++] ==
                                          x[((b * height + v * stride + m) * width + w * stride + n) * channels + i];
        CHECK(all);
    };
    check(apd_test::layer_output<apd::image_windows<height, width, channels, high, wide>, 48>(x), 2, 5, 1);
    check(apd_test::layer_output<apd::image_windows<height, width, channels, high, wide, 2>, 48>(x), 1, 3, 2);
}
TEST_CASE("an image with a border of zeros") {
    const auto found = apd_test::layer_output<apd::zero_border<1, 2, 2, 1>, 4>({1, 2, 3, 4});
    const numbers zeros(8), row{0, 0, 1, 2, 3, 4, 0, 0};
    numbers expected = zeros;
    expected.insert(expected.end(), row.begin(), row.end());
    expected.insert(expected.end(), zeros.begin(), zeros.end());
    CHECK(found == expected);
}
TEST_CASE("the mean and the largest of squares of pixels, for each channel") {
    // [2, 4, 1]: two squares.
    const numbers image{1, 2, 5, -5, 3, 6, 7, 1};
    CHECK(apd_test::layer_output<apd::mean_pooling<2, 4, 1, 2>, 8>(image) == numbers{3, 2});
    CHECK(apd_test::layer_output<apd::max_pooling<2, 4, 1, 2>, 8>(image) == numbers{6, 7});
    // [2, 2, 2]: one square of two channels.
    CHECK(apd_test::layer_output<apd::mean_pooling<2, 2, 2, 2>, 8>(image) == numbers{4, 1});
    CHECK(apd_test::layer_output<apd::max_pooling<2, 2, 2, 2>, 8>(image) == numbers{7, 6});
}
