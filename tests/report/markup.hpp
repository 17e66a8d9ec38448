#pragma once
// A strict reader of the markup we write: every tag closed in order, every attribute quoted, every sign escaped.
// Stricter than browsers, so that text which escaped from its place is found even where a browser would mend it.

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text that ends every place it could be put in, and how it has to come back: as text.
inline const std::string hostile = "\"'></svg></style></title><script>alert(1)</script><!--&lt;\x01\x7f\r";
inline const std::string hostile_read =
    "\"'></svg></style></title><script>alert(1)</script><!--&lt;\xEF\xBF\xBD"
    "\xEF\xBF\xBD\xEF\xBF\xBD";

struct markup_element {
    std::string tag;
    std::map<std::string, std::string> attributes;
    std::string text;  ///< what stands directly in it

    std::string operator[](const std::string& name) const {
        const auto found = attributes.find(name);
        return found == attributes.end() ? std::string{} : found->second;
    }
};

/// The text that the escaped text stands for.
inline std::string unescape(std::string_view escaped) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> entities{
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
    std::string text;
    while (!escaped.empty()) {
        const char c = escaped.front();
        const auto* entity =
            std::find_if(entities.begin(), entities.end(), [&](const auto& e) { return escaped.starts_with(e.first); });
        if (entity == entities.end()) {
            const bool control = std::iscntrl(static_cast<unsigned char>(c)) != 0 && c != '\n' && c != '\t';
            if (control || c == '&' || c == '<' || c == '>' || c == '"')
                throw std::runtime_error("not escaped: " + std::string(escaped.substr(0, 40)));
            text += c;
            escaped.remove_prefix(1);
        } else {
            text += entity->second;
            escaped.remove_prefix(entity->first.size());
        }
    }
    return text;
}

/// What stands between < and >.
inline markup_element read_tag(std::string_view inside) {
    const std::size_t name = std::min(inside.find(' '), inside.size());
    markup_element read{.tag = std::string(inside.substr(0, name)), .attributes = {}, .text = {}};
    const auto alnum = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    if (read.tag.empty() || !std::all_of(read.tag.begin(), read.tag.end(), alnum))
        throw std::runtime_error("not a tag: " + std::string(inside));
    for (inside.remove_prefix(name); !inside.empty();) {
        const std::size_t equals = inside.find("=\"");
        const std::size_t end = equals == inside.npos ? inside.npos : inside.find('"', equals + 2);
        if (end == inside.npos || inside.front() != ' ')
            throw std::runtime_error("not an attribute: " + std::string(inside));
        const std::string attribute(inside.substr(1, equals - 1));
        const std::string value = unescape(inside.substr(equals + 2, end - equals - 2));
        if (attribute.empty() || attribute.find_first_of(" '<>") != attribute.npos ||
            !read.attributes.emplace(attribute, value).second)
            throw std::runtime_error("not a new attribute: " + attribute);
        inside.remove_prefix(end + 1);
    }
    return read;
}

/// All elements in the order of their start tags. Throws std::runtime_error at the first fault.
inline std::vector<markup_element> read_markup(std::string_view html) {
    if (html.starts_with("<!DOCTYPE html>")) html.remove_prefix(15);
    std::vector<markup_element> elements;
    std::vector<std::size_t> open;
    while (!html.empty()) {
        const bool style = !open.empty() && elements[open.back()].tag == "style";
        const std::size_t begin = std::min(style ? html.find("</style") : html.find('<'), html.size());
        const std::string_view text = html.substr(0, begin);
        if (!open.empty()) elements[open.back()].text += style ? std::string(text) : unescape(text);
        else if (text.find_first_not_of('\n') != text.npos)
            throw std::runtime_error("outside of every element: " + std::string(text));
        html.remove_prefix(begin);
        if (html.empty()) break;
        const std::size_t end = html.find('>');
        if (end == html.npos) throw std::runtime_error("not closed: " + std::string(html));
        std::string_view inside = html.substr(1, end - 1);
        html.remove_prefix(end + 1);
        if (inside.starts_with('/')) {
            if (open.empty() || inside.substr(1) != elements[open.back()].tag)
                throw std::runtime_error("closes nothing: " + std::string(inside));
            open.pop_back();
            continue;
        }
        const bool closed = inside.ends_with('/');
        if (closed) inside.remove_suffix(1);
        elements.push_back(read_tag(inside));
        if (!closed && elements.back().tag != "meta") open.push_back(elements.size() - 1);
    }
    if (!open.empty()) throw std::runtime_error("never closed: " + elements[open.back()].tag);
    return elements;
}

inline std::vector<markup_element> with_tag(const std::vector<markup_element>& all, std::string_view tag) {
    std::vector<markup_element> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const auto& e) { return e.tag == tag; });
    return found;
}

inline std::vector<markup_element> with_class(const std::vector<markup_element>& all, std::string_view name) {
    std::vector<markup_element> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const auto& e) { return e["class"] == name; });
    return found;
}

inline std::vector<std::string> texts(const std::vector<markup_element>& elements) {
    std::vector<std::string> found;
    for (const auto& element : elements) found.push_back(element.text);
    return found;
}

/// The attributes that place something and are not a place, such as x="nan".
inline std::vector<std::string> not_places(const std::vector<markup_element>& elements) {
    std::vector<std::string> found;
    for (const auto& element : elements) {
        for (const auto& [name, value] : element.attributes) {
            if (name == "aria-label" || name == "class") continue;
            if (value.find("nan") != value.npos || value.find("inf") != value.npos) found.push_back(name + "=" + value);
        }
    }
    return found;
}
