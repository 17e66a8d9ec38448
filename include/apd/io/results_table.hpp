#pragma once
// What many runs came to, a row each, in a file that any number of processes share.

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/core/number_text.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/locked_lines.hpp>

namespace apd::ext {

/// One run: the texts that name it, and its numbers or, if it failed, why.
struct table_row {
    std::vector<std::string> key;
    std::vector<double> numbers = {};
    std::string failure = {};

    bool operator==(const table_row&) const = default;
};

/// A table as CSV (`pandas.read_csv(path)`): a line of names, then a line for every run as soon as it is added: its
/// key, its numbers to the last digit (NaN is a number), its failure. A key has one row: the first.
///
/// Any number of processes and threads may add to one table, on network file systems too where these have locks. A row
/// is written under the file's lock, whole and at once: it outlives its process, and what a process that was killed
/// amid a line has left is cut off, so that its run counts as not done. A run is done again if its line is deleted.
/// Errors: `apd::error` if the file can't be opened, locked, read or written, is another table, or holds a line that
/// is no row.
///
/// Example:
/// ```
/// apd::results_table table("sweep.csv", {"variant", "seed"}, {"MMCS", "seconds"});
/// if (!table.has({"robust", "0"})) table.add({{"robust", "0"}, {0.998, 1.5}});
/// ```
class results_table {
  public:
    using key_type = std::vector<std::string>;

    /// The names of what a key consists of, and of the numbers.
    results_table(std::filesystem::path path, const std::vector<std::string>& keys,
                  const std::vector<std::string>& numbers);

    bool has(const key_type& key);
    /// Whether it was added: not if the key has a row. Line breaks in a failure become spaces.
    /// Errors: also `apd::error` for a row of another size, or line breaks in a key.
    bool add(const table_row& row);
    /// All rows, whoever added them, in that order.
    std::vector<table_row> rows();

  private:
    // The rows that are new since the last time; makes the header of a new file.
    void read(detail::locked_lines& file);
    // NaN without its sign.
    static std::string written(double number) { return std::isnan(number) ? "nan" : detail::in_digits(number); }
    // Fields that hold a comma or a quote stand in quotes, and quotes in them are doubled.
    static std::string line_of(const std::vector<std::string>& fields);
    table_row row_of(std::string_view line) const;
    static std::string unquoted(const std::string& field);

    std::filesystem::path path_;
    std::size_t keys_, numbers_;
    std::string header_;
    std::size_t read_ = 0;  // bytes
    std::vector<table_row> rows_;
    std::set<key_type> known_;
    std::mutex mutex_;
};

}  // namespace apd::ext

namespace apd {
using ext::table_row, ext::results_table;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/io/results_table.ipp>
#endif
