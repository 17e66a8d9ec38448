#pragma once
// Data: windows of a text, and the word that follows each of their words.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <apd/array/view.hpp>
#include <apd/core/error.hpp>
#include <apd/core/philox.hpp>
#include <apd/core/streams.hpp>
#include <apd/data/labelled_samples.hpp>
#include <apd/io/tokens.hpp>

namespace apd::ext {

/// Sequences of Length neighbouring words out of Words, each from a place of the text that is drawn from the seed; a
/// row is the number of a word, its label the word that follows. A decomposition, which asks for no labels, takes them
/// too.
///
/// Errors: `apd::error` if the text is shorter than Length + 1 and, when a batch is filled, if it has a word that is
/// none. Example: `apd::token_windows<128, 256> data(apd::tokens("book.txt"));`
template <std::size_t Length, std::size_t Words, class T = float>
class token_windows {
    static_assert(Length > 0 && Words > 0, "apd::token_windows: a window has one word at least, of one at least.");
    using words = view<T, extents<dynamic, 1>>;

  public:
    static constexpr std::size_t features = 1;
    static constexpr std::size_t sequence_length = Length;
    using labels = class_labels<Words>;
    using label_number = std::uint32_t;
    using label_view = view<label_number, extents<dynamic>>;

    explicit token_windows(tokens text, std::uint64_t seed = 0) : text_(std::move(text)), seed_(seed) {
        if (text_.size() < Length + 1)
            throw error("token_windows",
                        "the text has " + std::to_string(text_.size()) + " tokens, fewer than a window of " +
                            std::to_string(Length) + " and the one behind it",
                        "give a longer text, or take shorter windows");
    }
    /// Rows of as many windows as the text has one behind the other.
    std::size_t size() const { return (text_.size() - 1) / Length * Length; }

    void fill(auto& device, std::uint32_t step, words x) const {
        put(device, x, nullptr, [&](std::size_t n) { return place(step, n); });
    }
    void fill(auto& device, std::uint32_t step, words x, label_view y) const {
        put(device, x, &y, [&](std::size_t n) { return place(step, n); });
    }
    /// Rows first, first + 1, … of the windows one behind the other; whole windows.
    void fill_in_order(auto& device, std::size_t first, words x, label_view y) const {
        put(device, x, &y, [&](std::size_t n) { return first + n * Length; });
    }

  private:
    // Where window n of a batch begins: a place has 64 bits, of which those above that of the last are cut off evenly.
    std::size_t place(std::uint32_t step, std::size_t n) const {
        const random_key key{.seed = seed_, .stream = data_stream, .step = step};
        const std::uint64_t drawn = std::uint64_t{random_word(key, n, 0)} << 32U | random_word(key, n, 1);
        return static_cast<std::size_t>(drawn % (text_.size() - Length));
    }
    void put(auto& device, words x, const label_view* y, auto&& begin) const {
        std::vector<T> numbers(x.batch);
        std::vector<label_number> next(x.batch);
        std::array<label_number, Length + 1> window;
        for (std::size_t n = 0; n < x.batch / Length; ++n) {
            const std::size_t first = begin(n);
            text_.read(first, window);
            for (std::size_t t = 0; t <= Length; ++t)
                if (window[t] >= Words)
                    throw error("token_windows",
                                "token " + std::to_string(first + t) + " is " + std::to_string(window[t]),
                                "number the words from 0 to " + std::to_string(Words - 1));
            for (std::size_t t = 0; t < Length; ++t) {
                numbers[n * Length + t] = static_cast<T>(window[t]);
                next[n * Length + t] = window[t + 1];
            }
        }
        device.upload(std::span<const T>(numbers), x);
        if (y != nullptr) device.upload(std::span<const label_number>(next), *y);
    }

    tokens text_;
    std::uint64_t seed_;
};

}  // namespace apd::ext

namespace apd {
using ext::token_windows;
}  // namespace apd
