#pragma once
// Arrays of NumPy, one in a file: .npy.

#include <string>
#include <string_view>

#include <apd/io/matrix_order.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/io/tensors.hpp>

namespace apd::ext::detail {

/// Whether a file begins as an .npy file does.
bool is_npy(std::string_view start);

/// Adds the array of an .npy file as a tensor of that name. Errors: `apd::error` if the file is cut off, or the array
/// is in the order of Fortran, of numbers whose highest byte comes first, or of what no tensor holds.
void add_npy(tensors& to, const stored_bytes& file, std::string_view source, const std::string& name,
             matrix_order order);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/npy.ipp>
#endif
