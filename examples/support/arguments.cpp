#include "arguments.hpp"

#include <exception>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

struct arguments::parser {
    CLI::App app;
};

namespace {
void check_choices(CLI::Option* option, const std::vector<std::string>& choices) {
    if (!choices.empty()) option->check(CLI::IsMember(choices));
}
}  // namespace

arguments::arguments(const std::string& description) : parser_(new parser{CLI::App(description)}) {
    parser_->app.option_defaults()->always_capture_default();
}
arguments::~arguments() = default;

void arguments::add(const std::string& name, std::string& value, const std::string& help,
                    const std::vector<std::string>& choices) {
    check_choices(parser_->app.add_option(name, value, help), choices);
}
void arguments::add(const std::string& name, std::vector<std::string>& values, const std::string& help,
                    const std::vector<std::string>& choices) {
    check_choices(parser_->app.add_option(name, values, help), choices);
}
void arguments::add(const std::string& name, std::size_t& value, const std::string& help, numbers allowed) {
    auto* const option = parser_->app.add_option(name, value, help);
    if (allowed == positive) option->check(CLI::PositiveNumber);
}
void arguments::add(const std::string& name, std::size_t& value, const std::string& help,
                    const std::vector<std::string>& choices) {
    check_choices(parser_->app.add_option(name, value, help), choices);
}
void arguments::add(const std::string& name, std::optional<std::size_t>& value, const std::string& help) {
    parser_->app.add_option(name, value, help)->check(CLI::PositiveNumber);
}
void arguments::add_flag(const std::string& name, bool& value, const std::string& help) {
    parser_->app.add_flag(name, value, help);
}
void arguments::exclude(const std::string& name, const std::string& other) {
    parser_->app.get_option(name)->excludes(parser_->app.get_option(other));
}

std::optional<int> arguments::read(int argc, char** argv) {
    try {
        parser_->app.parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::ParseError& stopped) {
        return parser_->app.exit(stopped);
    }
}

int arguments::run(int argc, char** argv, const std::function<int()>& work) {
    if (const auto end = read(argc, argv)) return *end;
    try {
        return work();
    } catch (const std::exception& failure) {
        std::cerr << std::filesystem::path(argv[0]).stem().string() << ": " << failure.what() << '\n';
        return 1;
    }
}
