#pragma once
// The checkpoints of an example, in the folder of its results, and whether it goes on from them.

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>

#include <apd/training/checkpoint.hpp>
#include <apd/training/resume.hpp>

#include "support/arguments.hpp"

struct checkpoints {
    bool resumes = false;

    void add_to(arguments& line) {
        line.add_flag("--resume", resumes, "Go on with the run that was cut off, from its checkpoint in the folder");
    }
    /// Saves the run of that name, or all runs of a list.
    static apd::checkpoint of(const std::filesystem::path& folder, const std::string& name) {
        return apd::checkpoint(folder / (name + ".safetensors"), 60);
    }
    /// Where it, or a list of so many, goes on; what was cut off before its first checkpoint begins again.
    apd::resume from(const std::filesystem::path& folder, const std::string& name, std::size_t runs = 1) const {
        if (!resumes) return {};
        const apd::resume saved(folder / (name + ".safetensors"));
        if (saved.is_there(runs)) return saved;
        std::cerr << "There is no " << name << " in " << folder.string() << " yet: the run begins.\n";
        return {};
    }
};
