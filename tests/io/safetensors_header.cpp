#include <cstddef>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/io/safetensors_header.hpp>

namespace {

void check_refused(const std::string& text, const std::string& problem,
                   const std::string& remedy = "copy or save the file again") {
    CHECK_THROWS_MATCHES(apd::ext::parse_safetensors_header(text, "a.safetensors"), apd::error,
                         Catch::Message("a.safetensors: " + problem + "; " + remedy));
}

/// A header with one tensor, 'W', described by the given fields.
std::string described(const std::string& fields) { return R"({"W":{)" + fields + "}}"; }

}  // namespace

TEST_CASE("a header is read with its texts, dtypes, shapes and places") {
    const auto header = apd::ext::parse_safetensors_header(
        R"({"__metadata__":{"model":"{\"kind\": \"tms\"}"},"a":{"dtype":"I64","shape":[2,3],"data_offsets":[0,48]},)"
        R"("b":{"data_offsets":[48,52],"shape":[],"dtype":"F32"}}   )",
        "a.safetensors");
    CHECK(header.metadata.at("model") == R"({"kind": "tms"})");
    REQUIRE(header.records.size() == 2);
    CHECK(header.records[0].name == "a");
    CHECK(header.records[0].dtype == "I64");
    CHECK(header.records[0].shape == std::vector<std::size_t>{2, 3});
    CHECK(header.records[0].begin == 0);
    CHECK(header.records[0].end == 48);
    CHECK(header.records[1].shape.empty());
}

TEST_CASE("a header is printed without empty metadata") {
    apd::ext::safetensors_header header;
    header.records.push_back({"b", "BOOL", {2}, 0, 2});
    header.records.push_back({"a\"", "U8", {}, 2, 3});
    CHECK(apd::ext::to_json(header, "x") == R"({"b":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},)"
                                            R"("a\"":{"dtype":"U8","shape":[],"data_offsets":[2,3]}})");
    header.records.clear();
    header.metadata["k"] = "v";
    CHECK(apd::ext::to_json(header, "x") == R"({"__metadata__":{"k":"v"}})");
}

TEST_CASE("a header that is not a JSON object is refused") {
    for (const char* text : {"", " ", "[]", "3", " []", "\xEF\xBB\xBF{}"}) {
        check_refused(text, "the header is not a JSON object");
    }
}

TEST_CASE("a header that is not valid JSON is refused with the place") {
    check_refused("{]", "the header is not valid JSON at its byte 2");
    check_refused("{", "the header is not valid JSON at its byte 2");
    check_refused("{}{}", "the header is not valid JSON at its byte 3");
    check_refused("{\"\xFF\":1}", "the header is not valid JSON at its byte 3");
    check_refused(R"({"W":1e999})", "the header is not valid JSON at its byte 6");
    check_refused(std::string("{}") + '\0', "the header is not valid JSON at its byte 3");
    check_refused(std::string("{\"") + '\0' + "\":1}", "the header is not valid JSON at its byte 3");
    check_refused(R"({"\uD800":1})", "the header is not valid JSON at its byte 3");
    check_refused(R"({"a\uDC00":1})", "the header has half of a surrogate pair in 'a\xED\xB0\x80'");
}

TEST_CASE("a header that is nested more deeply than the format is refused, however deep") {
    check_refused(described(R"("shape":[[1]])"), "tensor 'W' has a shape that is not a list of whole numbers from 0");
    check_refused("{\"W\":" + std::string(1'000'000, '['), "tensor 'W' is not described by a JSON object");
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"W\":";
    check_refused(objects, "the header is not valid JSON at its byte 500001");
}

TEST_CASE("a header that names anything twice is refused") {
    const std::string tensor = R"({"dtype":"U8","shape":[],"data_offsets":[0,1]})";
    check_refused(R"({"W":)" + tensor + R"(,"W":)" + tensor + "}", "the header names 'W' twice in one object");
    check_refused(R"({"__metadata__":{},"__metadata__":{}})", "the header names '__metadata__' twice in one object");
    check_refused(R"({"__metadata__":{"k":"1","k":"2"}})", "the header names 'k' twice in one object");
    check_refused(described(R"("dtype":"U8","dtype":"F64")"), "the header names 'dtype' twice in one object");
    CHECK(apd::ext::parse_safetensors_header(R"({"a":)" + tensor + R"(,"b":)" + tensor + "}", "x").records.size() == 2);
}

TEST_CASE("metadata that is not texts is refused") {
    check_refused(R"({"__metadata__":[]})", "__metadata__ is not a JSON object");
    check_refused(R"({"W":null})", "tensor 'W' is not described by a JSON object");
    for (const char* value : {"1", "null", "true", "[]", "{}"}) {
        check_refused(R"({"__metadata__":{"k":)" + std::string(value) + "}}",
                      "__metadata__ has a value under 'k' that is not a text");
    }
}

TEST_CASE("a tensor that is not described as the format says is refused") {
    check_refused(R"({"W":3})", "tensor 'W' is not described by a JSON object");
    check_refused(R"({"W":["F32"]})", "tensor 'W' is not described by a JSON object");
    check_refused(described(R"("shape":[],"data_offsets":[0,1])"), "tensor 'W' has no dtype");
    check_refused(described(R"("dtype":"U8","data_offsets":[0,1])"), "tensor 'W' has no shape");
    check_refused(described(R"("dtype":"U8","shape":[])"), "tensor 'W' has no data_offsets");
    check_refused(described(R"("dtype":8,"shape":[],"data_offsets":[0,1])"),
                  "tensor 'W' has a dtype that is not a text");
}

TEST_CASE("what the format's own reader takes and means one thing is taken") {
    const std::string tensor = R"({"dtype":"U8","shape":[],"data_offsets":[0,1]})";
    CHECK(apd::ext::parse_safetensors_header(" \t\n\r{}  ", "x").records.empty());
    const auto without = apd::ext::parse_safetensors_header(R"({"__metadata__":null,"W":)" + tensor + "}", "x");
    CHECK(without.metadata.empty());
    REQUIRE(without.records.size() == 1);
    for (const std::string value : {"1", "null", "true", "\"C\"", "[]", "{}", "[[1,{\"dtype\":[2]}],3]",
                                    R"({"dtype":"F64","shape":[7],"x":{"data_offsets":[]}})"}) {
        const auto header = apd::ext::parse_safetensors_header(
            described(R"("dtype":"U8","layout":)" + value + R"(,"shape":[1],"layout":)" + value +
                      R"(,"data_offsets":[0,1])"),
            "x");
        REQUIRE(header.records.size() == 1);
        CHECK(header.records[0].dtype == "U8");
        CHECK(header.records[0].shape == std::vector<std::size_t>{1});
        CHECK(header.records[0].end == 1);
    }
}

TEST_CASE("a dtype that the library does not know is kept as it is written") {
    for (const std::string dtype : {"F16", "F8_E4M3", "f32", "", "F5_E3M1"}) {
        const auto header = apd::ext::parse_safetensors_header(
            described(R"("dtype":")" + dtype + R"(","shape":[],"data_offsets":[0,1])"), "x");
        CHECK(header.records.at(0).dtype == dtype);
    }
}

TEST_CASE("shapes and offsets that are not whole numbers are refused") {
    for (const std::string list : {"3", "null", "\"3\"", "[-1]", "[1.0]", "[\"1\"]", "[null]", "[1e3]", "[true]",
                                   "[-0]", "[18446744073709551616]", "{}"}) {
        check_refused(described(R"("dtype":"U8","shape":)" + list + R"(,"data_offsets":[0,1])"),
                      "tensor 'W' has a shape that is not a list of whole numbers from 0");
        check_refused(described(R"("dtype":"U8","shape":[],"data_offsets":)" + list),
                      "tensor 'W' has data_offsets that are not a list of whole numbers from 0");
    }
    // Exponents that overflow where a number's value is worked out.
    check_refused(described(R"("dtype":"F32","shape":[0.000000000000e-2147483639])"),
                  "tensor 'W' has a shape that is not a list of whole numbers from 0");
    check_refused(R"({"W":0.000000000000e-2147483639})", "tensor 'W' is not described by a JSON object");
    check_refused(described(R"("dtype":"U8","shape":[],"data_offsets":[])"), "tensor 'W' has 0 data_offsets, not 2");
    check_refused(described(R"("dtype":"U8","shape":[],"data_offsets":[0,1,2])"),
                  "tensor 'W' has 3 data_offsets, not 2");
}

TEST_CASE("names and texts that are not UTF-8 are not printed") {
    apd::ext::safetensors_header header;
    header.metadata["k"] = "\xFF";
    CHECK_THROWS_MATCHES(apd::ext::to_json(header, "x"), apd::error,
                         Catch::Message("x: a name or a text is not UTF-8; write it in UTF-8"));
}
