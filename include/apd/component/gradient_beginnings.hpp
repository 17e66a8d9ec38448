#pragma once
// To which of several gradients somebody has added.

#include <algorithm>
#include <array>
#include <cstddef>

namespace apd::ext {

/// For N gradients that the first to add writes (see `shared_gradient`): whether somebody has. Where the rows of a
/// batch come in pieces, each begins with what there was before the first.
template <std::size_t N>
class gradient_beginnings {
  public:
    /// Nobody has added to any.
    void clear() { has_begun_.fill(false); }
    void begin_piece(bool is_first) {
        if (is_first) before_ = has_begun_;
        else has_begun_ = before_;
    }
    bool& operator[](std::size_t i) { return has_begun_[i]; }
    void set() { has_begun_.fill(true); }
    bool any() const { return std::ranges::find(has_begun_, true) != has_begun_.end(); }

  private:
    std::array<bool, N> has_begun_{}, before_{};
};

}  // namespace apd::ext
