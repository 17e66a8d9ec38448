#include <string>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/backend/on_device.hpp>

TEST_CASE("a device is chosen by its name, and made as its options say") {
    const auto workers = [](auto& device) {
        STATIC_REQUIRE(apd::ext::backend<std::decay_t<decltype(device)>>);
        return device.workers();
    };
    CHECK(apd::on_device("cpu", {.threads = 3}, workers) == 3);
}
TEST_CASE("a device that is not there is one clear sentence") {
    const auto nothing = [](auto&) {};
    CHECK_THROWS_WITH(apd::on_device("tpu", {}, nothing),
                      "device 'tpu': there is none of that name; choose cpu or cuda");
#if !defined(__CUDACC__)
    CHECK_THROWS_WITH(apd::on_device("cuda", {}, nothing),
                      "device 'cuda': this program was compiled without CUDA; choose cpu, or compile it for a GPU (of "
                      "apd's own programs: cmake --preset cuda)");
#endif
}
