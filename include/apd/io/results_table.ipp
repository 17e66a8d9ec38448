#pragma once
// Bodies of what results_table.hpp declares.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/locked_lines.hpp>
#include <apd/io/results_table.hpp>

namespace apd::ext {

APD_INLINE results_table::results_table(std::filesystem::path path, const std::vector<std::string>& keys,
                                        const std::vector<std::string>& numbers)
    : path_(std::move(path)), keys_(keys.size()), numbers_(numbers.size()) {
    detail::check_file_name("results_table", path_, "give one for the rows");
    auto names = keys;
    names.insert(names.end(), numbers.begin(), numbers.end());
    names.emplace_back("failure");
    header_ = line_of(names);
    rows();
}

APD_INLINE bool results_table::has(const key_type& key) {
    const std::lock_guard alone(mutex_);
    detail::locked_lines file(path_, header_);
    read(file);
    return known_.contains(key);
}

APD_INLINE bool results_table::add(const table_row& row) {
    if (row.key.size() != keys_ || row.numbers.size() != (row.failure.empty() ? numbers_ : 0))
        throw error(path_.string(), "a row has not as many texts and numbers as the table has columns",
                    "give one for each, or a failure and no numbers");
    for (const auto& text : row.key)
        if (text.find_first_of("\r\n") != std::string::npos)
            throw error(path_.string(), "the key '" + text + "' has more than one line", "give it in one");
    auto fields = row.key;
    for (std::size_t i = 0; i < numbers_; ++i)
        fields.push_back(row.failure.empty() ? written(row.numbers[i]) : std::string());
    fields.push_back(row.failure);
    const std::string line = line_of(fields);
    const std::lock_guard alone(mutex_);
    detail::locked_lines file(path_, header_);
    read(file);
    if (known_.contains(row.key)) return false;
    file.append(line);
    return true;
}

APD_INLINE std::vector<table_row> results_table::rows() {
    const std::lock_guard alone(mutex_);
    detail::locked_lines file(path_, header_);
    read(file);
    return rows_;
}

APD_INLINE void results_table::read(detail::locked_lines& file) {
    if (file.size() < read_) read_ = 0, rows_.clear(), known_.clear();  // it was begun anew
    if (file.size() == 0) file.append(header_);
    const std::string text = file.from(std::max(read_, header_.size()));
    read_ = file.size();
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        if (auto row = row_of(std::string_view(text).substr(begin, end + 1 - begin)); known_.insert(row.key).second)
            rows_.push_back(std::move(row));
        begin = end + 1;
    }
}

APD_INLINE std::string results_table::line_of(const std::vector<std::string>& fields) {
    std::string line;
    for (const auto& field : fields) {
        const bool quoted = field.find_first_of(",\"") != std::string::npos;
        if (quoted) line += '"';
        for (const char c : field) line += c == '"' ? "\"\"" : std::string(1, c == '\n' || c == '\r' ? ' ' : c);
        line += quoted ? "\"," : ",";
    }
    line.back() = '\n';
    return line;
}

APD_INLINE table_row results_table::row_of(std::string_view line) const {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line.substr(0, line.size() - 1)) {
        if (c == '"') quoted = !quoted;
        else if (c == ',' && !quoted) fields.emplace_back();
        if (c != ',' || quoted) fields.back() += c;
    }
    for (auto& field : fields) field = unquoted(field);
    table_row row;
    bool is_row = !quoted && fields.size() == keys_ + numbers_ + 1;
    if (is_row) {
        const auto first = fields.begin(), numbers = first + static_cast<std::ptrdiff_t>(keys_);
        row.key.assign(first, numbers);
        row.failure = fields.back();
        for (auto field = numbers; row.failure.empty() && field + 1 != fields.end(); ++field) {
            const char* const end = field->data() + field->size();
            const auto [stop, problem] = std::from_chars(field->data(), end, row.numbers.emplace_back());
            is_row = is_row && problem == std::errc{} && stop == end;
        }
    }
    if (!is_row)
        throw error(path_.string(), "the line '" + std::string(line.substr(0, line.size() - 1)) + "' is no row",
                    "delete it, and its run is done again");
    return row;
}

APD_INLINE std::string results_table::unquoted(const std::string& field) {
    if (field.size() < 2 || field.front() != '"') return field;
    std::string text;
    for (std::size_t i = 1; i + 1 < field.size(); ++i) {
        text += field[i];
        if (field[i] == '"') ++i;
    }
    return text;
}

}  // namespace apd::ext
