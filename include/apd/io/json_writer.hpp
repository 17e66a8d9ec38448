#pragma once
// JSON as text: members of objects, one after the other.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace apd::ext::detail {

/// Writes one JSON object.
///
/// Errors: `apd::error` if a name or a text is not UTF-8, or too long for RapidJSON.
///
///     apd::ext::detail::compact_json json("run.json");
///     json.add("steps", std::size_t{60});
///     json.open("losses"), json.add("total", 0.5), json.close();
///     json.text();  // {"steps":60,"losses":{"total":0.5}}
class json_writer {
  public:
    json_writer(const json_writer&) = delete;
    json_writer& operator=(const json_writer&) = delete;

    /// An object as a member: what follows are its members, until it is closed.
    void open(std::string_view name);
    void close();

    void add(std::string_view name, std::string_view text);
    void add(std::string_view name, std::size_t number);
    /// NaN and infinity, which JSON has no word for, become null.
    void add(std::string_view name, double number);
    void add(std::string_view name, const std::vector<std::string>& texts);
    void add(std::string_view name, const std::vector<std::size_t>& numbers);
    void add(std::string_view name, const std::vector<double>& numbers);

    /// The whole object; nothing can be added any more.
    std::string text();

  protected:
    enum class layout { compact, pretty };
    /// source: what the text is for, in errors.
    json_writer(std::string_view source, layout how);
    ~json_writer();

  private:
    struct writers;  // of RapidJSON
    void key(std::string_view name);
    void write(std::string_view text);
    void write(std::size_t number);
    void write(double number);
    template <class Value>
    void add_list(std::string_view name, const std::vector<Value>& values);
    void check(std::string_view text) const;

    std::string source_;
    std::unique_ptr<writers> writers_;
};

/// All in one line.
struct compact_json : json_writer {
    explicit compact_json(std::string_view source) : json_writer(source, layout::compact) {}
};
/// For people: a member in each line, lists in one.
struct pretty_json : json_writer {
    explicit pretty_json(std::string_view source) : json_writer(source, layout::pretty) {}
};

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/json_writer.ipp>
#endif
