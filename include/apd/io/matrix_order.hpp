#pragma once
// Which way round a file holds its matrices.

#include <cstdint>

namespace apd::ext {

/// How a matrix that maps `in` numbers to `out` numbers lies in a file.
///
/// The library multiplies z = x W and stores W as [in, out]. `torch.nn.Linear` and `torch.nn.Conv1d` multiply x Wᵀ and
/// store [out, in] and [out, in, width]; `torch.nn.Embedding` stores [in, out]. No file says which, and a square matrix
/// fits both ways.
enum class matrix_order : std::uint8_t {
    unsaid,  ///< nobody has said: a network whose matrices could be meant either way does not read them
    in_out,
    out_in,
};

/// For `load`: matrices are stored as this library, Flax and Keras store them, [in, out].
inline constexpr matrix_order stored_in_out = matrix_order::in_out;
/// For `load`: matrices are stored as `torch.nn.Linear` stores them, [out, in].
inline constexpr matrix_order stored_out_in = matrix_order::out_in;

}  // namespace apd::ext

namespace apd {
using ext::matrix_order, ext::stored_in_out, ext::stored_out_in;
}  // namespace apd
