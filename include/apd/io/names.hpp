#pragma once
// Names of tensors in a file, and those that a network has for them.

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/io/matrix_order.hpp>

namespace apd::ext {

/// One rule of `names`.
struct name_rule {
    std::string from;                           ///< how names in the file begin
    std::string to;                             ///< what stands there instead
    matrix_order order = matrix_order::unsaid;  ///< of these tensors, where it is not that of the file
};

/// What a network calls the tensors of a file: rules, each applied to what those before it made of a name.
///
/// A rule holds for the names that begin with `from`, if that ends with a dot, before a dot or with the name. "{}"
/// stands for letters without a dot, and gives them back, in order, in `to`. A rule may say that its tensors are stored
/// another way than the rest of the file, as embeddings are.
/// Errors: `apd::error` if `to` has more "{}" than `from`.
///
///     const apd::names rules({{"model.", ""}, {"layers.{}.fc.weight", "W{}"}});
///     rules.renamed("model.layers.0.fc.weight").name;  // "W0"
///     const apd::names embedded({{"embed.weight", "E", apd::stored_in_out}});
class names {
  public:
    struct renaming {
        std::string name;
        matrix_order order;
    };

    names() = default;
    names(std::initializer_list<name_rule> rules);

    /// The new name of a tensor, and what the last rule with a word on it says of its order.
    renaming renamed(std::string name) const;

  private:
    static std::size_t pieces(std::string_view text);
    /// How many letters at the end of a name of `size` letters, `rest`, the pattern takes; `found`: what its {} are.
    static std::optional<std::size_t> matched(std::string_view pattern, std::string_view rest, std::size_t size,
                                              std::vector<std::string>& found);
    static std::string filled(std::string_view text, const std::vector<std::string>& found);

    std::vector<name_rule> rules_;
};

}  // namespace apd::ext

namespace apd {
using ext::names;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/io/names.ipp>
#endif
