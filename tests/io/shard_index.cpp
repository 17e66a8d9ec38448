#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <xtensor/xarray.hpp>

#include <apd/io/safetensors.hpp>

namespace {

std::string index_of(const std::string& map) {
    return R"({"metadata": {"total_size": 4, "more": [1, {"weight_map": {}}]}, "weight_map": {)" + map + "}}";
}

/// A model in two files, a and W in the first, b in the second.
struct sharded_model {
    scratch_folder scratch;
    std::filesystem::path index = scratch.path / "model.safetensors.index.json";

    sharded_model() {
        apd::tensors first, second;
        first.set("a", xt::xarray<float>{1, 2});
        first.set("W", xt::xarray<float>{{1, 2}, {3, 4}});
        first.metadata()["format"] = "pt";
        second.set("b", xt::xarray<double>{5});
        apd::save(first, scratch.path / "one.safetensors");
        apd::save(second, scratch.path / "two.safetensors");
        write(R"("a": "one.safetensors", "W": "one.safetensors", "b": "two.safetensors")");
    }
    void write(const std::string& map) const { apd::write_file_atomically(index, index_of(map)); }
    void check_refused(const std::filesystem::path& where, const std::string& problem) const {
        CHECK_THROWS_MATCHES(apd::load(index), apd::error, Catch::Message(where.string() + ": " + problem));
    }
};

}  // namespace

TEST_CASE("an index loads the tensors of all its files") {
    const sharded_model model;
    const auto contents = apd::load(model.index, apd::stored_out_in, apd::names({{"W", "fc"}}));
    CHECK(contents.names() == std::vector<std::string>{"a", "b", "fc"});
    CHECK((contents.get<float>("a") == xt::xarray<float>{1, 2}));
    CHECK((contents.get<float>("fc") == xt::xarray<float>{{1, 2}, {3, 4}}));
    CHECK(contents.get<double>("b")(0) == 5);
    CHECK(contents.copies("fc").front().order == apd::stored_out_in);
    CHECK(contents.copies("fc").front().name == "W");
    CHECK(contents.metadata().at("format") == "pt");
    CHECK(contents.source() == model.index.string());
}

TEST_CASE("an index may lie in the current folder, and its files in folders below") {
    const sharded_model model;
    const auto before = std::filesystem::current_path();
    std::filesystem::create_directory(model.scratch.path / "below");
    std::filesystem::rename(model.scratch.path / "two.safetensors", model.scratch.path / "below" / "two.safetensors");
    std::filesystem::create_symlink(model.scratch.path / "below" / "two.safetensors", model.scratch.path / "link");
    model.write(R"("a": "one.safetensors", "W": "./one.safetensors", "b": "below/two.safetensors")");
    std::filesystem::current_path(model.scratch.path);
    CHECK_THROWS_AS(apd::load("model.safetensors.index.json"), apd::error);  // one file under two names: 'a' twice
    model.write(R"("a": "one.safetensors", "b": "below/two.safetensors")");
    CHECK(apd::load("model.safetensors.index.json").names().size() == 3);
    model.write(R"("a": "one.safetensors", "b": "link")");  // as model caches have them
    CHECK(apd::load("model.safetensors.index.json").names().size() == 3);
    std::filesystem::current_path(before);
}

TEST_CASE("a file that is missing, or lacks a tensor, is an error that names it") {
    const sharded_model model;
    model.write(R"("a": "one.safetensors", "b": "three.safetensors")");
    model.check_refused(model.scratch.path / "three.safetensors",
                        "can't be read (No such file or directory); check the name and the permissions");
    model.write(R"("a": "one.safetensors", "b": "one.safetensors")");
    model.check_refused(model.scratch.path / "one.safetensors",
                        "lacks tensor 'b', which the index places there; copy or download the model again");
    apd::write_file_atomically(model.scratch.path / "one.safetensors", "version https://git-lfs.github.com/spec/v1\n");
    model.check_refused(model.scratch.path / "one.safetensors",
                        "the file is a Git LFS pointer, which stands for the file; fetch the file itself with `git "
                        "lfs pull`");
}

TEST_CASE("a tensor that two files hold is an error") {
    const sharded_model model;
    apd::tensors second;
    second.set("a", xt::xarray<float>{1, 2});
    second.set("b", xt::xarray<float>{1, 2});
    apd::save(second, model.scratch.path / "two.safetensors");
    model.check_refused(
        model.index, "tensor 'a' is in 'one.safetensors' and in 'two.safetensors'; copy or download the model again");
}

TEST_CASE("an index that leads out of its folder is refused") {
    const sharded_model model;
    for (const std::string path : {"../one.safetensors", "/etc/passwd", "below/../../one.safetensors", "", "below/"}) {
        model.write(R"("a": ")" + path + "\"");
        model.check_refused(model.index,
                            "places tensor 'a' in '" + path + "', not a file beside it; copy or download it again");
    }
    model.write(R"("a": "one.safetensors\u0000.txt")");
    model.check_refused(model.index,
                        "places tensor 'a' in 'one.safetensors?.txt', not a file beside it; copy or download it again");
}

TEST_CASE("JSON that is no index is told so") {
    const sharded_model model;
    const auto check = [&](const std::string& text, const std::string& problem) {
        apd::write_file_atomically(model.index, text);
        model.check_refused(model.index, problem);
    };
    const std::string other =
        "is JSON without a weight_map, and so no index of a model; load the .safetensors or "
        ".safetensors.index.json beside it";
    check(R"({"architectures": ["LlamaForCausalLM"], "x": {"weight_map": {"a": "b"}}})", other);
    check(R"({"weight_map": {}})", other);
    check(R"({"weight_map": "one"})", other);
    check(R"({"weight_map": {"a": 1}})",
          "has a weight_map with something else than names of files; copy or download it again");
    check(R"({"weight_map": {"a": ["b"]}})",
          "has a weight_map with something else than names of files; copy or download it again");
    check(R"({"weight_map": {"a": {"b": "c"}}})",
          "has a weight_map with something else than names of files; copy or download it again");
    check(R"({"weight_map": {"a": "one)", "is not valid JSON; copy or download it again");
    check(R"({"weight_map": {"a": "one.safetensors", "a": "two.safetensors"}})",
          "names tensor 'a' twice; copy or download it again");
    check("{\"x\":" + std::string(100'000, '['), "is not valid JSON; copy or download it again");
}

TEST_CASE("an index with any byte changed or cut off is read or refused, nothing else") {
    const sharded_model model;
    const std::string text = apd::read_file(model.index);
    std::size_t refused = 0;
    const auto load = [&](const std::string& mutated) {
        std::ofstream(model.index, std::ios::binary) << mutated;
        try {
            apd::load(model.index);
        } catch (const apd::error&) {
            ++refused;
        }
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        load(text.substr(0, i));
        for (const char value : {'\0', '"', '}', '/'}) {
            std::string mutated = text;
            mutated[i] = value;
            load(mutated);
        }
    }
    CHECK(refused > 2 * text.size());
}
