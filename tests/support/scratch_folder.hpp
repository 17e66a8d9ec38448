#pragma once
// A folder of its own for a test, gone at the end.

#include <filesystem>
#include <string>

#include <unistd.h>

struct scratch_folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("apd-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++));

    scratch_folder() {
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }

  private:
    static inline int count = 0;
};
