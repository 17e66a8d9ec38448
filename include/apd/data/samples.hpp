#pragma once
// Data: samples of one's own, taken in order and again from the start.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <apd/array/view.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/philox.hpp>

namespace apd::ext {

/// N samples [N, features], row after row; batch t holds samples t·B, …, t·B + B − 1 modulo N. With a Length they are
/// sequences of so many rows.
///
/// Errors: `apd::error` if there is no whole sample or sequence, or a value is NaN or infinite.
/// Example: `apd::samples<5> data(std::vector<float>{…});`
template <std::size_t Features, class T = float, std::size_t Length = 1>
class samples {
  public:
    static constexpr std::size_t features = Features;
    static constexpr std::size_t sequence_length = Length;

    explicit samples(std::vector<T> rows) : rows_(std::move(rows)) {
        if (rows_.empty() || rows_.size() % Features != 0)
            throw error("samples", std::to_string(rows_.size()) + " numbers are not a whole number of samples",
                        "give " + std::to_string(Features) + " for each sample, and at least one sample");
        if (size() % Length != 0)
            throw error("samples", std::to_string(size()) + " rows are not a whole number of sequences",
                        "give " + std::to_string(Length) + " rows for each sequence");
        if (!std::all_of(rows_.begin(), rows_.end(), [](T v) { return std::isfinite(v); }))
            throw error("samples", "a value is NaN or infinite", "remove the sample it belongs to");
    }
    std::size_t size() const { return rows_.size() / Features; }
    const std::vector<T>& rows() const { return rows_; }

    /// Which of the rows is row b of batch number `step`, of `batch` rows.
    struct batch_order {
        std::size_t size;
        APD_HOST_DEVICE std::size_t operator()(step_number step, std::size_t batch, std::size_t b) const {
            return (step.value() * batch + b) % size;
        }
    };
    batch_order order() const { return {size()}; }

    void fill(auto& device, std::uint32_t step, view<T, extents<dynamic, Features>> x) const {
        std::size_t from = order()(step, x.batch, 0);
        for (std::size_t done = 0; done < x.batch;) {
            const std::size_t count = std::min(x.batch - done, size() - from);
            device.upload(std::span(rows_).subspan(from * Features, count * Features), x.rows(done, count));
            done += count;
            from = 0;
        }
    }

  private:
    std::vector<T> rows_;
};

}  // namespace apd::ext

namespace apd {
using ext::samples;
}  // namespace apd
