#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <xtensor/xarray.hpp>

#include <apd/io/safetensors.hpp>

namespace {

using shape = std::vector<std::size_t>;

/// A file of a header, its length as it is, and data of zeros.
std::string file_of(const std::string& header, std::size_t data_size) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(data_size, '\0');
}

std::string described(const std::string& name, const std::string& dtype, const std::string& dimensions,
                      const std::string& offsets) {
    return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + dimensions + R"(,"data_offsets":)" + offsets +
           "}";
}

void check_refused(std::string_view bytes, const std::string& problem,
                   const std::string& remedy = "copy or save the file again") {
    CHECK_THROWS_MATCHES(apd::parse_safetensors(bytes, "a.safetensors"), apd::error,
                         Catch::Message("a.safetensors: " + problem + "; " + remedy));
}

apd::tensors one_of_each() {
    apd::tensors contents;
    contents.metadata()["model"] = R"({"kind": "tms", "name": "ä"})";
    contents.set("f32", xt::xarray<float>{{1.5F, -2}, {3, 4}});
    contents.set("f64", xt::xarray<double>{0.1, -1e300, 0});
    contents.set("mask", xt::xarray<bool>{{true, false, true}});
    contents.set("i32", xt::xarray<std::int32_t>{-2147483647});
    contents.set("i64", xt::xarray<std::int64_t>(-9007199254740993));
    contents.set("u8", xt::xarray<std::uint8_t>{0, 255});
    contents.set("none", {4, 0}, std::vector<double>{});
    return contents;
}

void check_equal(const apd::tensors& a, const apd::tensors& b) {
    CHECK(a.metadata() == b.metadata());
    REQUIRE(a.names() == b.names());
    for (const auto& name : a.names()) {
        CHECK(a.dtype(name) == b.dtype(name));
        CHECK(a.shape(name) == b.shape(name));
        CHECK(std::ranges::equal(a.bytes(name), b.bytes(name)));
    }
}

/// Whether the bytes are a file; anything but a result or an `apd::error` fails the test.
bool parses(std::string_view bytes) {
    try {
        apd::parse_safetensors(bytes, "mutated");
        return true;
    } catch (const apd::error&) {
        return false;
    }
}

}  // namespace

TEST_CASE("a file gives back the tensors it was written from") {
    const scratch_folder scratch;
    const auto& folder = scratch.path;
    const apd::tensors model = one_of_each();
    // [example safetensors]
    apd::save(model, folder / "model.safetensors");
    const apd::tensors read = apd::load(folder / "model.safetensors");
    // [/example]
    check_equal(read, model);
    CHECK(read.source() == (folder / "model.safetensors").string());
}

TEST_CASE("the bytes of a file are those of the format, to the letter") {
    apd::tensors contents;
    contents.set("b", xt::xarray<std::uint8_t>{7});
    contents.set("a", xt::xarray<bool>{true});
    contents.set("c", {1, 1}, std::vector{1.0F});
    const std::string header = R"({"c":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
                               R"("a":{"dtype":"BOOL","shape":[1],"data_offsets":[4,5]},)"
                               R"("b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}})";
    std::string expected = file_of(header + std::string((8 - header.size() % 8) % 8, ' '), 0);
    expected += {'\0', '\0', '\x80', '\x3F', '\x01', '\x07'};  // 1.0F, true, 7
    CHECK(apd::to_safetensors(contents) == expected);
}

TEST_CASE("the same tensors give the same bytes, and every tensor is aligned") {
    const std::string bytes = apd::to_safetensors(one_of_each());
    CHECK(bytes == apd::to_safetensors(one_of_each()));
    CHECK(apd::to_safetensors(apd::parse_safetensors(bytes, "a")) == bytes);
    const auto header = apd::detail::header_of(bytes, "a");
    CHECK(header.size() % 8 == 0);
    for (const auto& record : apd::parse_safetensors_header(header, "a").records) {
        CHECK(record.begin % apd::detail::traits_of(record.dtype).size == 0);
    }
}

TEST_CASE("a file without tensors is a file") {
    check_equal(apd::parse_safetensors(apd::to_safetensors({}), "a"), {});
    check_equal(apd::parse_safetensors(file_of("{}", 0), "a"), {});
}

TEST_CASE("tensors are found wherever they lie") {
    std::string bytes =
        file_of("{" + described("first", "U8", "[]", "[2,3]") + "," + described("second", "U8", "[2,1]", "[0,2]") +
                    "," + described("none", "F64", "[0]", "[2,2]") + "}",
                3);
    bytes.replace(bytes.size() - 3, 3, "\x05\x06\x07");
    const auto contents = apd::parse_safetensors(bytes, "a");
    CHECK(contents.get<int>("first")() == 7);
    CHECK(contents.get<int>("second")(1, 0) == 6);
    CHECK(contents.get<double>("none").size() == 0);
}

TEST_CASE("a file of the reference implementation is read") {
    const auto contents = apd::load(APD_REFERENCE_DIR "/tms_5-2_batch_topk.safetensors");
    CHECK(contents.names().size() == 61);
    CHECK(contents.metadata().at("case") == "tms_5-2_batch_topk");
    CHECK(contents.metadata().at("batch_size") == "64");
    CHECK(contents.shape("target.embed.weight") == shape{5, 2});
    CHECK(contents.dtype("target.embed.weight") == apd::tensor_dtype::f64);
    CHECK(contents.get<double>("target.embed.weight")(0, 0) == -0.47730829009210185);
    CHECK(contents.get<double>("target.embed.weight")(4, 1) == -1.2072861957057617);
    CHECK(contents.dtype("step.0.mask") == apd::tensor_dtype::boolean);
    CHECK(contents.shape("step.0.mask") == shape{64, 5});
}

TEST_CASE("a file that is too short for its length is refused") {
    check_refused("", "the file has 0 bytes, a safetensors file at least 8");
    check_refused("1234567", "the file has 7 bytes, a safetensors file at least 8");
}

TEST_CASE("a header that is longer than the file or the format allows is refused") {
    check_refused(std::string("\x03\0\0\0\0\0\0\0{}", 10),
                  "the header claims 3 bytes, the file has 2 after the first 8");
    check_refused(std::string("\x01\xE1\xF5\x05\0\0\0\0{}", 10),
                  "the header claims 100000001 bytes, the format allows 100 MB");
    check_refused(std::string(8, '\xFF') + "{}",
                  "the header claims 18446744073709551615 bytes, the format allows 100 MB");
}

TEST_CASE("a file with a broken header is refused") {
    check_refused(file_of("{]", 0), "the header is not valid JSON at its byte 2");
}

TEST_CASE("offsets that lie outside the data or run backwards are refused") {
    check_refused(file_of("{" + described("W", "U8", "[2]", "[0,2]") + "}", 1),
                  "tensor 'W' has data_offsets [0, 2], outside the 1 bytes of data");
    check_refused(file_of("{" + described("W", "U8", "[1]", "[18446744073709551614,18446744073709551615]") + "}", 1),
                  "tensor 'W' has data_offsets [18446744073709551614, 18446744073709551615], outside the 1 bytes of "
                  "data");
    check_refused(file_of("{" + described("W", "U8", "[1]", "[2,1]") + "}", 2),
                  "tensor 'W' has data_offsets [2, 1], which end before they begin");
}

TEST_CASE("shapes that no memory could hold are refused, even with a zero") {
    for (const char* dimensions : {"[4294967296,4294967296]", "[18446744073709551615]", "[9223372036854775807,2]",
                                   "[0,9223372036854775807,2]", "[2305843009213693952]"}) {
        std::string header("{");
        header.append(described("W", "F64", dimensions, "[0,0]")).append("}");
        check_refused(file_of(header, 0), "tensor 'W' has a shape with more elements than memory could hold");
    }
}

TEST_CASE("data that is shorter or longer than its shape is refused") {
    check_refused(file_of("{" + described("W", "F32", "[2,3]", "[0,20]") + "}", 20),
                  "tensor 'W' has 20 bytes of data, its shape and dtype need 24");
    check_refused(file_of("{" + described("W", "U8", "[0]", "[0,1]") + "}", 1),
                  "tensor 'W' has 1 bytes of data, its shape and dtype need 0");
    check_refused(file_of("{" + described("W", "F64", "[100000000000]", "[0,8]") + "}", 8),
                  "tensor 'W' has 8 bytes of data, its shape and dtype need 800000000000");
}

TEST_CASE("tensors that share bytes are refused") {
    check_refused(
        file_of("{" + described("a", "U8", "[4]", "[0,4]") + "," + described("b", "U8", "[4]", "[3,7]") + "}", 7),
        "tensors 'a' and 'b' overlap");
    check_refused(
        file_of("{" + described("a", "U8", "[4]", "[0,4]") + "," + described("b", "U8", "[4]", "[0,4]") + "}", 4),
        "tensors 'a' and 'b' overlap");
}

TEST_CASE("bytes that belong to no tensor are refused") {
    const std::string tensor = described("W", "U8", "[2]", "[1,3]");
    check_refused(file_of("{" + tensor + "}", 3), "bytes 0 to 1 of the data belong to no tensor");
    check_refused(file_of("{" + described("W", "U8", "[2]", "[0,2]") + "}", 5),
                  "bytes 2 to 5 of the data belong to no tensor");
    check_refused(file_of("{" + described("a", "U8", "[1]", "[0,1]") + "," + tensor + "}", 4),
                  "bytes 3 to 4 of the data belong to no tensor");
    check_refused(file_of("{}", 1), "bytes 0 to 1 of the data belong to no tensor");
}

TEST_CASE("masks with bytes other than 0 and 1 are refused") {
    std::string bytes = file_of("{" + described("mask", "BOOL", "[2]", "[0,2]") + "}", 2);
    bytes.back() = '\x02';
    check_refused(bytes, "tensor 'mask' is BOOL and holds a byte that is neither 0 nor 1", "save it as U8");
}

TEST_CASE("names that are not UTF-8 and headers that are too long are not written") {
    apd::tensors contents;
    contents.set("\xFF", xt::xarray<float>{1});
    CHECK_THROWS_MATCHES(apd::to_safetensors(contents), apd::error,
                         Catch::Message("safetensors: a name or a text is not UTF-8; write it in UTF-8"));
    apd::tensors large("large.safetensors");
    large.metadata()["k"] = std::string(100'000'000, 'x');  // in 22 bytes before and 3 after, then full to 8
    CHECK_THROWS_MATCHES(apd::to_safetensors(large), apd::error,
                         Catch::Message("large.safetensors: the header needs 100000032 bytes, the format allows 100 "
                                        "MB; shorten the metadata"));
}

TEST_CASE("a missing file and a folder that can't be written are errors of files") {
    const scratch_folder scratch;
    const auto absent = scratch.path / "absent.safetensors";
    CHECK_THROWS_MATCHES(apd::load(absent), apd::error,
                         Catch::Message(absent.string() + ": can't be read (No such file or directory); check the name "
                                                          "and the permissions"));
    CHECK_THROWS_MATCHES(apd::save(one_of_each(), "/proc/apd/a.safetensors"), apd::error,
                         Catch::Message("/proc/apd/a.safetensors: the folder can't be made (No such file or "
                                        "directory); choose a folder that can be written"));
}

TEST_CASE("no truncated file is read") {
    const std::string bytes = apd::to_safetensors(one_of_each());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(parses({cut.data(), cut.size()}));
    }
    CHECK_FALSE(parses(bytes + '\0'));
}

TEST_CASE("a file with any byte changed is read or refused, nothing else") {
    const std::string bytes = apd::to_safetensors(one_of_each());
    std::size_t refused = 0;
    std::string mutated = bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const char value :
             {'\0', '\x01', '\x7F', '\x80', '\xFF', '"', '{', '}', '[',  ']',
              ',',  ':',    '-',    '.',    '0',    '9', 'e', ' ', '\\', static_cast<char>(bytes[i] ^ 1)}) {
            mutated[i] = value;
            if (!parses(mutated)) ++refused;
        }
        mutated[i] = bytes[i];
    }
    CHECK(parses(mutated));
    CHECK(refused > 8 * bytes.size());
}

TEST_CASE("a file with a byte taken out or put in is read or refused, nothing else") {
    const std::string bytes = apd::to_safetensors(one_of_each());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        parses(std::string(bytes).erase(i, 1));
        for (const char value : {'0', '9', '-', '[', '{', '"', '\0'}) parses(std::string(bytes).insert(i, 1, value));
    }
    SUCCEED();
}
