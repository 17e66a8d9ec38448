#pragma once
// The command line of an example. What reads it is compiled once, not with every example.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Options, each bound to a variable that holds its default.
///
/// Example: `arguments line("What the program does."); line.add("--steps", steps, "How many", arguments::positive);`
/// then `return line.run(argc, argv, [&] { return take_apart(steps); });`
class arguments {
  public:
    enum numbers { any, positive };

    explicit arguments(const std::string& description);
    arguments(const arguments&) = delete;
    arguments& operator=(const arguments&) = delete;
    ~arguments();

    /// A word; one of `choices`, if there are any.
    void add(const std::string& name, std::string& value, const std::string& help,
             const std::vector<std::string>& choices = {});
    void add(const std::string& name, std::vector<std::string>& values, const std::string& help,
             const std::vector<std::string>& choices);
    void add(const std::string& name, std::size_t& value, const std::string& help, numbers allowed = any);
    void add(const std::string& name, std::size_t& value, const std::string& help,
             const std::vector<std::string>& choices);
    void add(const std::string& name, std::optional<std::size_t>& value, const std::string& help);
    /// Present or not.
    void add_flag(const std::string& name, bool& value, const std::string& help);
    /// Two options that can't be given together.
    void exclude(const std::string& name, const std::string& other);

    /// Sets the variables. The exit code, if the program is to end: after `--help`, or an error, which is printed.
    std::optional<int> read(int argc, char** argv);
    /// Sets the variables and does the work: the exit code, that of `read`, of the work or, if this throws, 1; what was
    /// thrown is printed behind the program's name.
    int run(int argc, char** argv, const std::function<int()>& work);

  private:
    struct parser;
    std::unique_ptr<parser> parser_;
};
