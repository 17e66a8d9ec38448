#pragma once
// Every failure at run time is an `apd::error`: one sentence that says where, what, and what to do.

#include <stdexcept>
#include <string_view>

#include <apd/core/requirements.hpp>

namespace apd::ext {

/// The library's only exception type.
///
/// `what()` is one sentence, "where: problem; remedy", for instance
/// "target.safetensors: tensor 'W' has shape [4, 2], expected [5, 2]; save the tensor in the shape of the network".
class error : public std::runtime_error {
  public:
    /// where: a file, tensor, term or call; problem: what was found; remedy: what the user can do about it.
    error(std::string_view where, std::string_view problem, std::string_view remedy);
};

}  // namespace apd::ext

namespace apd {
using ext::error;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/core/error.ipp>
#endif
