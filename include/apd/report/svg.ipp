#pragma once
// Bodies of what svg.hpp declares.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext::svg {
namespace detail {

APD_INLINE std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text.append(part);
    return text;
}

}  // namespace detail

APD_INLINE std::string escape(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '&') {
            safe += "&amp;";
        } else if (c == '<') {
            safe += "&lt;";
        } else if (c == '>') {
            safe += "&gt;";
        } else if (c == '"') {
            safe += "&quot;";
        } else if (c == '\'') {
            safe += "&#39;";
        } else if ((code < 0x20 && c != '\n' && c != '\t') || code == 0x7f) {
            safe += "\xEF\xBF\xBD";
        } else {
            safe += c;
        }
    }
    return safe;
}
namespace detail {

APD_INLINE std::string written(double value, std::chars_format format, int precision) {
    std::array<char, 400> buffer{};  // the largest double in fixed notation has 309 digits before the point
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision).ptr;
    return {buffer.data(), end};
}

inline void trim_zeros(std::string& digits) {
    if (digits.find('.') == std::string::npos) return;
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
}

inline std::string superscript(int exponent) {
    static constexpr std::array<std::string_view, 10> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text = exponent < 0 ? "⁻" : "";
    for (const char c : std::to_string(std::abs(exponent))) text += digits[static_cast<std::size_t>(c - '0')];
    return text;
}

inline double power_of_ten(int exponent) { return std::pow(10.0, exponent); }

}  // namespace detail

APD_INLINE std::string coordinate(double value, int decimals) {
    std::string digits = detail::written(value, std::chars_format::fixed, decimals);
    detail::trim_zeros(digits);
    return digits == "-0" ? "0" : digits;
}

APD_INLINE std::string scientific(double value, int significant) {
    const std::string digits = detail::written(value, std::chars_format::scientific, significant - 1);
    const std::size_t mark = digits.find('e');
    std::string mantissa = digits.substr(0, mark);
    detail::trim_zeros(mantissa);
    const std::string power = concatenate("10", detail::superscript(std::stoi(digits.substr(mark + 1))));
    if (mantissa == "1" || mantissa == "-1") return concatenate(mantissa == "1" ? "" : "−", power);
    if (mantissa.front() == '-') mantissa.replace(0, 1, "−");
    return concatenate(mantissa, "×", power);
}

APD_INLINE std::string label(double value, int significant) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
    if (std::abs(value) <= 0) return "0";
    const double size = std::abs(value);
    if (size < 1e-3 || size >= 1e6) return scientific(value, significant);
    const int decimals = significant - 1 - static_cast<int>(std::floor(std::log10(size)));
    std::string digits = coordinate(size, std::max(decimals, 0));
    const std::size_t whole = std::min(digits.find('.'), digits.size());
    if (whole > 6) return scientific(value, significant);  // rounded up to a million
    if (whole > 3) digits.insert(whole - 3, " ");
    return concatenate(value < 0 ? "−" : "", digits);
}

APD_INLINE std::vector<double> linear_ticks(double low, double high, int wanted) {
    if (!(high > low) || !std::isfinite(high - low)) return {low};
    const double rough = (high - low) / wanted;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double ratio = rough / power;
    const double step = power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
    if (step < 1e-12 * std::max(std::abs(low), std::abs(high))) return {low};  // finer than a double resolves
    const double slack = 1e-9;  // so that rounding does not lose a tick at either end
    const double first = std::ceil(low / step - slack), last = std::floor(high / step + slack);
    std::vector<double> ticks;
    for (int i = 0; first + i <= last; ++i) ticks.push_back((first + i) * step + 0.0);
    return ticks;
}

APD_INLINE std::vector<double> log_ticks(double low, double high) {
    if (!(low > 0) || !(high > low) || !std::isfinite(high)) return {low};
    const double slack = 1e-9;
    const int first = static_cast<int>(std::ceil(std::log10(low) - slack));
    const int last = static_cast<int>(std::floor(std::log10(high) + slack));
    std::vector<double> ticks;
    if (last - first >= 2) {
        const int stride = (last - first) / 9 + 1;
        for (int k = first; k <= last; k += stride) ticks.push_back(detail::power_of_ten(k));
        return ticks;
    }
    for (int k = first - 1; k <= last; ++k) {
        for (const double digit : {1.0, 2.0, 5.0}) {
            const double tick = digit * detail::power_of_ten(k);
            if (tick >= low * (1 - slack) && tick <= high * (1 + slack)) ticks.push_back(tick);
        }
    }
    return ticks.size() >= 3 ? ticks : linear_ticks(low, high);
}

APD_INLINE std::vector<std::string> tick_labels(const std::vector<double>& ticks) {
    const bool powers = std::any_of(ticks.begin(), ticks.end(), [](double tick) {
        return std::abs(tick) > 0 && (std::abs(tick) < 0.99e-3 || std::abs(tick) >= 1e6);
    });
    std::vector<std::string> labels;
    for (const int digits : {6, 9, 12, 15}) {
        labels.clear();
        for (const double tick : ticks)
            labels.push_back(powers && std::abs(tick) > 0 ? scientific(tick, digits) : label(tick, digits));
        if (std::adjacent_find(labels.begin(), labels.end()) == labels.end()) break;
    }
    return labels;
}

APD_INLINE std::string colour(std::size_t index) {
    if (index < 8) return concatenate("var(--colour-", std::to_string(index), ")");
    const double hue = std::fmod(static_cast<double>(index) * 137.508, 360.0);
    return concatenate("hsl(", coordinate(hue, 0), ",55%,50%)");
}

}  // namespace apd::ext::svg
