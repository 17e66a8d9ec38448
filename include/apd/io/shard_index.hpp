#pragma once
// The index of a model that is spread over several files, model.safetensors.index.json.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <apd/core/error.hpp>
#include <apd/io/json_reader.hpp>
#include <apd/io/stored_tensor.hpp>

namespace apd::detail {

/// Reads {"metadata": …, "weight_map": {tensor: file}}.
class shard_index_reader final : public json_events {
  public:
    explicit shard_index_reader(std::string_view source) : source_(source) {}

    /// The file of every tensor. Errors: `apd::error` if there are none, or if a file lies elsewhere than beside the
    /// index.
    std::map<std::string, std::string> read(std::string_view text) {
        if (read_json(text, *this)) refuse("is not valid JSON");
        if (files_.empty())
            throw error(source_, "is JSON without a weight_map, and so no index of a model",
                        "load the .safetensors or .safetensors.index.json beside it");
        return std::move(files_);
    }

    void take(json_token token, std::string_view text) override {
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

  private:
    bool is_entry() const { return in_map_ && depth_ == 2; }
    void add(const std::string& file) {
        const std::filesystem::path path(file);
        bool is_beside = !file.empty() && path.is_relative() && file.find('\0') == file.npos && path.has_filename();
        for (const auto& part : path) is_beside = is_beside && part != "..";
        if (!is_beside)
            refuse("places tensor " + in_quotes(tensor_) + " in " + in_quotes(file) + ", not a file beside it");
        if (!files_.emplace(tensor_, file).second) refuse("names tensor " + in_quotes(tensor_) + " twice");
    }
    [[noreturn]] void refuse(const std::string& problem) const {
        throw error(source_, problem, "copy or download it again");
    }

    std::string_view source_;
    std::map<std::string, std::string> files_;
    std::string tensor_;
    std::size_t depth_ = 0;
    bool in_map_ = false;
};

}  // namespace apd::detail
