#pragma once
// Bodies of what page.hpp declares.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/report/page.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {
namespace detail {

/// Whether a cell reads as a number: "12", "−0.5", "20 000", "1.5×10⁻⁵", "93 %", "NaN", or a dash for none.
inline bool is_numeric(std::string_view cell) {
    if (cell.empty() || cell == "–" || cell == "NaN" || cell == "nan") return true;
    static constexpr std::string_view spelling[] = {"−", "×", " ", " ", "⁻", "⁰", "¹", "²", "³",
                                                    "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "±", "∞"};
    bool digit = cell.find("∞") != std::string_view::npos;
    while (!cell.empty()) {
        const auto* sign = std::find_if(std::begin(spelling), std::end(spelling),
                                        [&](std::string_view text) { return cell.starts_with(text); });
        if (sign == std::end(spelling) &&
            std::string_view("0123456789.,+-eE% ").find(cell[0]) == std::string_view::npos) {
            return false;
        }
        digit = digit || (cell[0] >= '0' && cell[0] <= '9');
        cell.remove_prefix(sign == std::end(spelling) ? 1 : sign->size());
    }
    return digit;
}

inline void add_row(std::string& html, const std::vector<std::string>& cells, const std::vector<bool>& numeric,
                    std::string_view tag) {
    html += "<tr>";
    for (std::size_t c = 0; c < cells.size(); ++c) {
        html.append("<").append(tag).append(numeric[c] ? " class=\"number\">" : ">");
        html.append(svg::escape(cells[c])).append("</").append(tag).append(">");
    }
    html += "</tr>\n";
}

}  // namespace detail

APD_INLINE std::string table_figure(const std::vector<std::string>& headers,
                                    const std::vector<std::vector<std::string>>& rows, std::string_view caption) {
    std::vector<bool> numeric(headers.size(), !rows.empty());
    for (std::size_t r = 0; r < rows.size(); ++r) {
        if (rows[r].size() != headers.size())
            throw error(svg::concatenate("page::table: row ", std::to_string(r)),
                        svg::concatenate("has ", std::to_string(rows[r].size()), " cells, expected ",
                                         std::to_string(headers.size())),
                        "give one cell for each header");
        for (std::size_t c = 0; c < headers.size(); ++c) numeric[c] = numeric[c] && detail::is_numeric(rows[r][c]);
    }
    std::string html = "<div class=\"scroll\"><table>";
    if (!caption.empty()) html += svg::concatenate("<caption>", svg::escape(caption), "</caption>");
    html += "<thead>";
    detail::add_row(html, headers, numeric, "th");
    html += "</thead>\n<tbody>";
    for (const auto& cells : rows) detail::add_row(html, cells, numeric, "td");
    return html += "</tbody></table></div>\n";
}

APD_INLINE page::page(std::string_view title, std::string_view subtitle)
    : title_(svg::escape(title)), subtitle_(svg::escape(subtitle)) {}

APD_INLINE page& page::figure(std::string_view html) {
    body_ += html;
    return *this;
}

APD_INLINE page& page::table(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows,
                             std::string_view caption) {
    return figure(table_figure(headers, rows, caption));
}

APD_INLINE page& page::key_values(const std::vector<std::pair<std::string, std::string>>& entries) {
    body_ += "<dl>";
    for (const auto& [key, value] : entries) {
        block("<div><dt>", key, "</dt>").block("<dd>", value, "</dd></div>\n");
    }
    body_ += "</dl>\n";
    return *this;
}

APD_INLINE std::string page::html() const {
    const std::string subtitle =
        subtitle_.empty() ? std::string{} : svg::concatenate("<p class=\"subtitle\">", subtitle_, "</p>\n");
    return svg::concatenate(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline'\">",
        "<title>", title_, "</title>\n<style>", detail::page_style, "</style></head>\n<body><main>\n<h1>", title_,
        "</h1>\n", subtitle, body_, "</main></body></html>\n");
}

APD_INLINE page& page::block(std::string_view open, std::string_view text, std::string_view close) {
    body_.append(open).append(svg::escape(text)).append(close);
    return *this;
}

}  // namespace apd::ext
