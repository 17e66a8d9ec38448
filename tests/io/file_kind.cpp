#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include <apd/io/file_kind.hpp>

namespace {

std::string kind(std::string_view start) {
    const auto found = apd::ext::detail::kind_of_file(start);
    return found ? found->is + "; " + std::string(found->remedy) : "";
}
/// A zip archive begins so if this is the first file in it.
std::string zip(const std::string& name) { return "PK\3\4" + std::string(26, '\1') + name + "contents"; }

const std::string convert = "; convert it with tools/to_apd.py";

}  // namespace

TEST_CASE("files of other programs are told by how they begin") {
    using namespace std::string_view_literals;
    CHECK(kind("") == "empty; copy or save it again");
    CHECK(kind("version https://git-lfs.github.com/spec/v1\noid sha256:01\n") ==
          "a Git LFS pointer, which stands for the file; fetch the file itself with `git lfs pull`");
    CHECK(kind(zip("archive/data.pkl")) == "a zip archive, as PyTorch's .pt and .pth files are" + convert);
    CHECK(kind(zip("arr_0.npy")) == "an .npz archive of NumPy" + convert);
    CHECK(kind("PK\3\4") == "a zip archive, as PyTorch's .pt and .pth files are" + convert);
    CHECK(kind("\x80\x02\x8a\nl\xfc\x9c\x46\xf9"sv) == "a pickle of Python, as older PyTorch files are" + convert);
    CHECK(kind("\x80\x04\x95\x0b\0\0\0\0"sv) == "a pickle of Python, as older PyTorch files are" + convert);
    CHECK(kind("\x93NUMPY\1\0v\0{'descr'"sv) == "an .npy array of NumPy" + convert);
    CHECK(kind("GGUF\3\0\0\0"sv).starts_with("a GGUF file of llama.cpp; "));
    CHECK(kind("\x89HDF\r\n\x1a\n\0\0"sv).starts_with("an HDF5 file, as Keras' .h5 files are; "));
    CHECK(kind("\x1f\x8b\x08\0\0\0\0\0"sv) == "compressed with gzip; unpack it");
    CHECK(kind("BZh91AY&SY") == "compressed with bzip2; unpack it");
    CHECK(kind("\xfd"
               "7zXZ\0\0\4"sv) == "compressed with xz; unpack it");
    CHECK(kind("\x28\xb5\x2f\xfd\4\0"sv) == "compressed with Zstandard; unpack it");
    std::string tar(512, '\0');
    tar.replace(257, 5, "ustar");
    CHECK(kind(tar) == "a tar archive; unpack it");
}

TEST_CASE("what a server says in the place of a file is told as it is") {
    const std::string page =
        "a page of HTML or XML, as a server sends in place of a file that it doesn't have; download it again";
    CHECK(kind("<!DOCTYPE html><html>") == page);
    CHECK(kind("\n  <html>\n") == page);
    CHECK(kind("\xEF\xBB\xBF<?xml version=\"1.0\"?><Error>") == page);
    CHECK(kind("Entry not found") ==
          "a text that begins 'Entry not found'; give the .safetensors file, or download it again");
    CHECK(kind("Access to model x\nis restricted. You must be authenticated") ==
          "a text that begins 'Access to model x?is restricted. You mus'; give the .safetensors file, or download it "
          "again");
    CHECK(kind(R"({"architectures": ["LlamaForCausalLM"]})") ==
          "JSON; load the .safetensors or .safetensors.index.json beside it");
}

TEST_CASE("how a safetensors file can begin is taken for nothing else") {
    using namespace std::string_view_literals;
    CHECK(kind("\x80\x02\0\0\0\0\0\0{\"W\""sv).empty());  // a header of 640 bytes, no pickle
    CHECK(kind("\x40\0\0\0\0\0\0\0{\"W\""sv).empty());
    CHECK(kind("1234567").empty());
    CHECK(kind(std::string(600, '\xFF')).empty());
    CHECK(kind(std::string(16, '\0')).empty());
}

TEST_CASE("JSON is told from a header by its first letters") {
    CHECK(apd::ext::detail::is_json("{\"a\": 1}"));
    CHECK(apd::ext::detail::is_json(" \n {\"a\": 1}"));
    CHECK(apd::ext::detail::is_json("\xEF\xBB\xBF{\"a\": 1}"));
    CHECK_FALSE(apd::ext::detail::is_json("[\"a\", 1]"));
    CHECK_FALSE(apd::ext::detail::is_json(""));
    CHECK_FALSE(apd::ext::detail::is_json("        "));
    // A header of 123 bytes, which is the letter '{', then zeros.
    CHECK_FALSE(apd::ext::detail::is_json(std::string("{\0\0\0\0\0\0\0{\"W\"", 12)));
}
