#pragma once
// Names of tensors in a file, and those that a network has for them.

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/io/matrix_order.hpp>

namespace apd {

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
///     const apd::names rules({{"model.", ""}, {"layers.{}.fc.weight", "W{}"}, {"embed.weight", "E",
///     apd::stored_in_out}}); rules.renamed("model.layers.0.fc.weight").name;  // "W0"
class names {
  public:
    struct renaming {
        std::string name;
        matrix_order order;
    };

    names() = default;
    names(std::initializer_list<name_rule> rules) : rules_(rules) {
        for (const auto& [from, to, order] : rules_)
            if (pieces(to) > pieces(from))
                throw error("names", "'" + to + "' has more {} than '" + from + "'", "write no more than there are");
    }

    /// The new name of a tensor, and what the last rule with a word on it says of its order.
    renaming renamed(std::string name) const {
        renaming result{std::move(name), matrix_order::unsaid};
        for (const auto& [from, to, order] : rules_) {
            std::vector<std::string> found;
            const auto length = matched(from, result.name, result.name.size(), found);
            if (!length) continue;
            result.name = filled(to, found) + result.name.substr(*length);
            if (order != matrix_order::unsaid) result.order = order;
        }
        return result;
    }

  private:
    static std::size_t pieces(std::string_view text) {
        std::size_t count = 0;
        for (auto at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2)) ++count;
        return count;
    }
    /// How many letters at the end of a name of `size` letters, `rest`, the pattern takes; `found`: what its {} are.
    static std::optional<std::size_t> matched(std::string_view pattern, std::string_view rest, std::size_t size,
                                              std::vector<std::string>& found) {
        const std::string_view literal = pattern.substr(0, pattern.find("{}"));
        if (!rest.starts_with(literal)) return std::nullopt;
        pattern.remove_prefix(literal.size());
        const std::string_view after = rest.substr(literal.size());
        if (pattern.empty()) {
            const bool whole_words = after.empty() || after.front() == '.' || literal.ends_with('.') ||
                                     (literal.empty() && rest.size() == size);
            return whole_words ? std::optional(size - after.size()) : std::nullopt;
        }
        for (std::size_t letters = std::min(after.find('.'), after.size()); letters > 0; --letters) {
            found.emplace_back(after.substr(0, letters));
            if (const auto length = matched(pattern.substr(2), after.substr(letters), size, found)) return length;
            found.pop_back();
        }
        return std::nullopt;
    }
    static std::string filled(std::string_view text, const std::vector<std::string>& found) {
        std::string result;
        for (const auto& piece : found) {
            const auto at = text.find("{}");
            if (at == std::string_view::npos) break;
            result.append(text.substr(0, at)).append(piece);
            text.remove_prefix(at + 2);
        }
        return result.append(text);
    }

    std::vector<name_rule> rules_;
};

}  // namespace apd
