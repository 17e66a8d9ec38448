#pragma once
// The checkpoints of an example, in the folder of its results, and whether it goes on from them.

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
    /// Where it goes on; what was cut off before its first checkpoint begins again.
    apd::resume from(const std::filesystem::path& folder, const std::string& name) const {
        if (!resumes) return {};
        std::error_code failure;
        for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
            if (is_checkpoint(entry.path(), name)) return apd::resume(folder / (name + ".safetensors"));
        std::cerr << "There is no " << name << " in " << folder.string() << " yet: the run begins.\n";
        return {};
    }

  private:
    // name.safetensors, or name_3.safetensors of a list, or the one before.
    static bool is_checkpoint(const std::filesystem::path& path, const std::string& name) {
        std::string file = path.filename().string();
        for (const std::string ending : {".safetensors", ".previous"})
            if (file.ends_with(ending)) file.resize(file.size() - ending.size());
            else if (ending == ".safetensors") return false;
        if (!file.starts_with(name)) return false;
        file.erase(0, name.size());
        return file.empty() ||
               (file.size() > 1 && file.find_first_not_of("0123456789", 1) == file.npos && file[0] == '_');
    }
};
