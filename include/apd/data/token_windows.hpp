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
#include <apd/core/annotations.hpp>
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
/// Errors: `apd::error` if the text is shorter than Length + 1 and, when a batch is filled, if it has a token of Words
/// or more. A batch that ends within a window has the beginning of that one. Example: `apd::token_windows<128, 256>
/// data(apd::tokens("book.txt"));`
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

    /// All words but the last, and those that follow them. Errors: `apd::error` for a token of Words or more.
    std::vector<T> rows() const {
        std::vector<T> numbers;
        for (const label_number word : all_words()) numbers.push_back(static_cast<T>(word));
        numbers.pop_back();
        return numbers;
    }
    std::vector<label_number> labels_of_rows() const {
        std::vector<label_number> next = all_words();
        next.erase(next.begin());
        return next;
    }

    /// Which of the rows is row b of batch number `step`: a window begins at 64 random bits modulo the number of
    /// places.
    struct batch_order {
        std::size_t places;
        std::uint64_t seed;
        APD_HOST_DEVICE std::size_t operator()(step_number step, std::size_t /*batch*/, std::size_t b) const {
            const random_key key{.seed = seed, .stream = data_stream, .step = step};
            const std::size_t n = b / Length;
            const std::uint64_t drawn = std::uint64_t{random_word(key, n, 0)} << 32U | random_word(key, n, 1);
            return static_cast<std::size_t>(drawn % places) + b % Length;
        }
    };
    batch_order order() const { return {text_.size() - Length, seed_}; }

    void fill(auto& device, std::uint32_t step, words x) const { put(device, x, nullptr, begins(step, x.batch)); }
    void fill(auto& device, std::uint32_t step, words x, label_view y) const {
        put(device, x, &y, begins(step, x.batch));
    }
    /// Rows first, first + 1, … of the windows one behind the other; whole windows.
    void fill_in_order(auto& device, std::size_t first, words x, label_view y) const {
        put(device, x, &y, [&](std::size_t n) { return first + n * Length; });
    }

  private:
    // Where window n of a batch begins.
    auto begins(std::uint32_t step, std::size_t batch) const {
        return [in = order(), step, batch](std::size_t n) { return in(step, batch, n * Length); };
    }
    std::vector<label_number> all_words() const {
        std::vector<label_number> all(text_.size());
        text_.read(0, all);
        for (std::size_t i = 0; i < all.size(); ++i) check_word(i, all[i]);
        return all;
    }
    static void check_word(std::size_t place, label_number word) {
        if (word >= Words)
            throw error("token_windows", "token " + std::to_string(place) + " is " + std::to_string(word),
                        "number the words from 0 to " + std::to_string(Words - 1));
    }
    void put(auto& device, words x, const label_view* y, auto&& begin) const {
        std::vector<T> numbers(x.batch);
        std::vector<label_number> next(x.batch);
        std::array<label_number, Length + 1> window;
        for (std::size_t row = 0; row < x.batch; row += Length) {
            const std::size_t first = begin(row / Length), rows = std::min(Length, x.batch - row);
            text_.read(first, std::span(window).first(rows + 1));
            for (std::size_t t = 0; t <= rows; ++t) check_word(first + t, window[t]);
            for (std::size_t t = 0; t < rows; ++t) {
                numbers[row + t] = static_cast<T>(window[t]);
                next[row + t] = window[t + 1];
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
