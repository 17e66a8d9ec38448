#pragma once
// Bodies of what saved_options.hpp declares.

#include <apd/core/annotations.hpp>
#include <apd/training/options.hpp>
#include <apd/training/saved_options.hpp>

namespace apd::ext::detail {

APD_INLINE void write_options(const decompose_options& o, metadata& entries) {
    for_each_option(o, [&](const char* name, auto option) { entries[name] = option_text(option); });
}

APD_INLINE decompose_options read_options(const metadata& entries) {
    decompose_options o;
    for_each_option(o, [&](const char* name, auto& option) { read(entries, name, option); });
    return o;
}

}  // namespace apd::ext::detail
