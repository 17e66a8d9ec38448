#pragma once
// Bodies of what shard_index.hpp declares.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/json_reader.hpp>
#include <apd/io/shard_index.hpp>
#include <apd/io/stored_tensor.hpp>

namespace apd::ext::detail {

class shard_index_reader final : public json_events {
  public:
    explicit shard_index_reader(std::string_view source) : source_(source) {}

    std::map<std::string, std::string> read(std::string_view text);

    inline void take(json_token token, std::string_view text) override;

  private:
    bool is_entry() const { return in_map_ && depth_ == 2; }
    void add(const std::string& file);
    [[noreturn]] void refuse(const std::string& problem) const;

    std::string_view source_;
    std::map<std::string, std::string> files_;
    std::string tensor_;
    std::size_t depth_ = 0;
    bool in_map_ = false;
};

inline std::map<std::string, std::string> shard_index_reader::read(std::string_view text) {
    if (read_json(text, *this)) refuse("is not valid JSON");
    if (files_.empty())
        throw error(source_, "is JSON without a weight_map, and so no index of a model",
                    "load the .safetensors or .safetensors.index.json beside it");
    return std::move(files_);
}

inline void shard_index_reader::take(json_token token, std::string_view text) {
    if (token == json_token::end_object || token == json_token::end_list) {
        --depth_;
    } else if (token == json_token::key) {
        if (depth_ == 1) in_map_ = text == "weight_map";
        else if (is_entry()) tensor_ = text;
    } else if (is_entry()) {
        if (token != json_token::text) refuse("has a weight_map with something else than names of files");
        add(std::string(text));
    } else if (token == json_token::begin_object || token == json_token::begin_list) {
        ++depth_;
    }
}

inline void shard_index_reader::add(const std::string& file) {
    const std::filesystem::path path(file);
    bool is_beside = !file.empty() && path.is_relative() && file.find('\0') == file.npos && path.has_filename();
    for (const auto& part : path) is_beside = is_beside && part != "..";
    if (!is_beside) refuse("places tensor " + in_quotes(tensor_) + " in " + in_quotes(file) + ", not a file beside it");
    if (!files_.emplace(tensor_, file).second) refuse("names tensor " + in_quotes(tensor_) + " twice");
}

inline void shard_index_reader::refuse(const std::string& problem) const {
    throw error(source_, problem, "copy or download it again");
}

APD_INLINE std::map<std::string, std::string> read_shard_index(std::string_view text, std::string_view source) {
    return shard_index_reader(source).read(text);
}

}  // namespace apd::ext::detail
