#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
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
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    const auto header = bytes.substr(8, length);
    CHECK(header.size() % 8 == 0);
    for (const auto& record : apd::ext::parse_safetensors_header(header, "a").records) {
        CHECK(record.begin % (*apd::ext::detail::value_bits(record.dtype) / 8) == 0);
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
    CHECK(contents.dtype("target.embed.weight") == apd::ext::tensor_dtype::f64);
    CHECK(contents.get<double>("target.embed.weight")(0, 0) == -0.47730829009210185);
    CHECK(contents.get<double>("target.embed.weight")(4, 1) == -1.2072861957057617);
    CHECK(contents.dtype("step.0.mask") == apd::ext::tensor_dtype::boolean);
    CHECK(contents.shape("step.0.mask") == shape{64, 5});
}

TEST_CASE("a file that is too short for its length is refused") {
    check_refused("", "the file is empty", "copy or save it again");
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

TEST_CASE("of a mask every byte but 0 is true") {
    std::string bytes = file_of("{" + described("mask", "BOOL", "[3]", "[0,3]") + "}", 3);
    bytes.replace(bytes.size() - 3, 3, std::string("\x02\0\xFF", 3));
    const auto contents = apd::parse_safetensors(bytes, "a");
    CHECK((contents.get<bool>("mask") == xt::xarray<bool>{true, false, true}));
    CHECK((contents.get<float>("mask") == xt::xarray<float>{1, 0, 1}));
    CHECK(apd::to_safetensors(contents).ends_with(std::string("\x02\0\xFF", 3)));  // written as it was
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

namespace {

const std::filesystem::path files = APD_REFERENCE_DIR "/files";

apd::tensors read(const std::string& name) { return apd::load(files / name); }

void check_told(const std::string& name, const std::string& problem) {
    CHECK_THROWS_MATCHES(read(name), apd::error, Catch::Message((files / name).string() + ": " + problem));
}

}  // namespace

TEST_CASE("what other writers write is read") {
    CHECK((read("01_zero_size.safetensors").get<float>("W") == xt::xarray<float>{1, 2, 3}));
    CHECK(read("01_zero_size.safetensors").shape("b") == shape{3, 0, 2});
    CHECK(read("02_scalar.safetensors").get<float>("s")() == 3.5F);
    CHECK((read("03_f16.safetensors").get<float>("h") == xt::xarray<float>{1.5F, -2}));
    CHECK((read("04_bf16.safetensors").get<double>("W") == xt::xarray<double>{1.5, -2}));
    CHECK((read("06_i8.safetensors").get<int>("i8") == xt::xarray<int>{1, -2}));
    CHECK((read("07_i16.safetensors").get<int>("i16") == xt::xarray<int>{1, -2}));
    CHECK((read("08_u16_beside_f32.safetensors").get<float>("W") == xt::xarray<float>{1, 2}));
    CHECK((read("08_u16_beside_f32.safetensors").get<float>("u16") == xt::xarray<float>{1, 2}));
    CHECK((read("09_u64.safetensors").get<int>("u64") == xt::xarray<int>{1, 2}));
    CHECK(read("11_bf16_beside_f32.safetensors").get<float>("W")(0) == 7);
    CHECK(read("17_empty_no_tensors.safetensors").names().empty());
    CHECK(read("18_unaligned_header.safetensors").get<double>("W")(0) == 2.5);
    CHECK(read("20_unicode_name.safetensors").get<float>("слой.0.重み")(0) == 1);
    CHECK(std::isnan(read("28_nan_inf.safetensors").get<float>("W")(0)));
    CHECK(read("29_f64_overflow.safetensors").get<double>("W")(0) == 1e300);
    CHECK(read("30_name_newline.safetensors").names() == std::vector{std::string("a\nb\0c", 5)});
    CHECK(read("34_offsets_out_of_order.safetensors").get<float>("A")(0) == 1);
    CHECK(read("34_offsets_out_of_order.safetensors").get<float>("B")(0) == 2);
}

TEST_CASE("what the format's own reader reads beyond the format is read") {
    CHECK(read("16_meta_null.safetensors").get<float>("W")(0) == 1);
    CHECK(read("16_meta_null.safetensors").metadata().empty());
    CHECK(read("21_extra_field.safetensors").get<float>("W")(0) == 1);
    CHECK(read("32_leading_space.safetensors").get<float>("W")(0) == 1);
    CHECK((read("27_bool_2.safetensors").get<bool>("m") == xt::xarray<bool>{true, true}));
}

TEST_CASE("what no reader reads, or what means two things, is refused") {
    const std::string again = "; copy or save the file again";
    check_told("12_trailing_bytes.safetensors", "bytes 4 to 8 of the data belong to no tensor" + again);
    check_told("13_hole.safetensors", "bytes 0 to 4 of the data belong to no tensor" + again);
    check_told("14_dup_keys.safetensors", "the header names 'W' twice in one object" + again);
    check_told("15_meta_nested.safetensors", "__metadata__ has a value under 'cfg' that is not a text" + again);
    check_told("31_same_offsets_tied.safetensors", "tensors 'W' and 'W_tied' overlap" + again);
    check_told("33_float_shape.safetensors",
               "tensor 'W' has a shape that is not a list of whole numbers from 0" + again);
    for (const char* name : {"35_shape_overflow.safetensors", "36_zero_dim_overflow.safetensors"})
        check_told(name, "tensor 'W' has a shape with more elements than memory could hold" + again);
}

TEST_CASE("a file that is something else is told what it is") {
    check_told("23_lfs_pointer.safetensors",
               "the file is a Git LFS pointer, which stands for the file; fetch the file itself with `git lfs pull`");
    check_told("24_html_404.safetensors",
               "the file is a page of HTML or XML, as a server sends in place of a file that it doesn't have; download "
               "it again");
    check_told("25_empty.safetensors", "the file is empty; copy or save it again");
    check_told("26_torch_pickle_zip.safetensors",
               "the file is a zip archive, as PyTorch's .pt and .pth files are; convert it with tools/to_apd.py");
    // An index without its files: the first of them is named.
    CHECK_THROWS_MATCHES(
        read("22_model.safetensors.index.json"), apd::error,
        Catch::Message((files / "model-00001-of-00002.safetensors").string() +
                       ": can't be read (No such file or directory); check the name and the permissions"));
    check_refused(R"({"weight_map": {}})", "the file is JSON",
                  "load the .safetensors or .safetensors.index.json beside it");
}

TEST_CASE("tensors of other dtypes are kept, and written again as they were") {
    const auto f8 = read("05_f8.safetensors");
    CHECK(f8.dtype("W") == apd::ext::tensor_dtype::other);
    CHECK(f8.dtype_name("W") == "F8_E4M3");
    CHECK(f8.bytes("W") == std::vector{std::byte{0x38}, std::byte{0x40}});
    CHECK_THROWS_MATCHES(f8.get<float>("W"), apd::error,
                         Catch::Message((files / "05_f8.safetensors").string() +
                                        ": tensor 'W' is stored as 'F8_E4M3'; save it as F32, or as integers where it "
                                        "holds these"));
    CHECK_THROWS_AS(read("10_c64.safetensors").get<float>("c"), apd::error);
    for (const char* name : {"03_f16", "04_bf16", "05_f8", "06_i8", "07_i16", "08_u16_beside_f32", "09_u64", "10_c64",
                             "11_bf16_beside_f32"}) {
        const auto contents = read(std::string(name) + ".safetensors");
        check_equal(apd::parse_safetensors(apd::to_safetensors(contents), "again"), contents);
    }
    // A dtype that nobody knows: its bytes are taken on the word of its offsets.
    const auto later = apd::parse_safetensors(
        file_of("{" + described("a", "F5_E3M1", "[8]", "[0,5]") + "," + described("W", "U8", "[1]", "[5,6]") + "}", 6),
        "later");
    CHECK(later.bytes("a").size() == 5);
    CHECK(later.get<int>("W")(0) == 0);
    check_equal(apd::parse_safetensors(apd::to_safetensors(later), "again"), later);
}

TEST_CASE("a file says which way round its matrices are only if apd wrote it") {
    const auto order = [](const apd::tensors& contents) { return contents.copies("W").front().order; };
    const scratch_folder scratch;
    const auto path = scratch.path / "model.safetensors";
    apd::tensors model;
    model.set("W", xt::xarray<float>{{1, 2}, {3, 4}});
    apd::save(model, path);
    CHECK(order(apd::load(path)) == apd::matrix_order::unsaid);
    CHECK(order(apd::load(path, apd::stored_out_in)) == apd::stored_out_in);
    CHECK(order(apd::load(path, apd::stored_in_out)) == apd::stored_in_out);
    CHECK(order(apd::load(path, apd::stored_out_in, apd::names({{"W", "W", apd::stored_in_out}}))) ==
          apd::stored_in_out);
    model.metadata()["apd"] = "0.1.0";
    apd::save(model, path);
    CHECK(order(apd::load(path)) == apd::stored_in_out);
    CHECK(order(apd::load(path, apd::stored_in_out)) == apd::stored_in_out);
    CHECK_THROWS_MATCHES(
        apd::load(path, apd::stored_out_in), apd::error,
        Catch::Message(path.string() + ": was written by apd, which stores matrices [in, out]; load it "
                                       "without stored_out_in"));
}

TEST_CASE("names of a file become those of a network, and two may become one") {
    const scratch_folder scratch;
    apd::tensors model;
    model.set("model.fc.weight", xt::xarray<float>{1, 2});
    model.set("model.tied.weight", xt::xarray<float>{1, 2});
    model.set("model.fc.bias", xt::xarray<float>{3});
    apd::save(model, scratch.path / "a");
    const auto contents =
        apd::load(scratch.path / "a", apd::names({{"model.", ""}, {"fc.weight", "W"}, {"tied.weight", "W"}}));
    CHECK(contents.names() == std::vector<std::string>{"W", "fc.bias"});
    CHECK((contents.get<float>("W") == xt::xarray<float>{1, 2}));
    CHECK(contents.copies("W").size() == 2);
    const auto different = apd::load(scratch.path / "a", apd::names({{"model.fc.{}", "W"}}));
    CHECK_THROWS_AS(different.get<float>("W"), apd::error);
}

TEST_CASE("a file that is loaded and saved over itself is the same") {
    const scratch_folder scratch;
    const auto path = scratch.path / "model.safetensors";
    apd::save(one_of_each(), path);
    apd::save(apd::load(path), path);
    check_equal(apd::load(path), one_of_each());
}

TEST_CASE("files with any byte changed or cut off are loaded and read, or refused, nothing else") {
    const scratch_folder scratch;
    const auto path = scratch.path / "mutated";
    const std::string bytes = apd::read_file(files / "08_u16_beside_f32.safetensors");
    std::size_t refused = 0;
    const auto load = [&](const std::string& mutated) {
        std::ofstream(path, std::ios::binary) << mutated;
        try {
            const auto contents = apd::load(path);
            for (const auto& name : contents.names()) contents.get<double>(name);
        } catch (const apd::error&) {
            ++refused;
        }
    };
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        load(bytes.substr(0, i));
        for (const char value : {'\0', '\xFF', '"', '<', static_cast<char>(bytes[i] ^ 1)}) {
            std::string mutated = bytes;
            mutated[i] = value;
            load(mutated);
        }
    }
    CHECK(refused > 3 * bytes.size());
}
