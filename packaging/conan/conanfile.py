"""A Conan 2 recipe of the source that it lies in: conan create packaging/conan

-o "&:system_libraries=True" takes Eigen, xtensor, Boost and RapidJSON from the system, not from a Conan remote.
"""
import re
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy


class Apd(ConanFile):
    name = "apd"
    description = "Attribution-based parameter decomposition of neural networks"
    license = "MIT"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"system_libraries": [True, False]}
    default_options = {"system_libraries": False}
    no_copy_source = True

    def set_version(self):
        header = Path(self.recipe_folder, "../../include/apd/core/version.hpp").read_text()
        self.version = re.search(r'version = "([^"]+)"', header).group(1)

    def export_sources(self):
        root = Path(self.recipe_folder, "../..")
        for pattern in ("include/*", "LICENSE"):
            copy(self, pattern, root, self.export_sources_folder)

    def requirements(self):
        if not self.options.system_libraries:
            self.requires("eigen/[>=3.4 <6]", transitive_headers=True)
            self.requires("xtensor/[>=0.24 <1]", transitive_headers=True)
            self.requires("boost/[>=1.74 <2]", transitive_headers=True, options={"header_only": True})
            self.requires("rapidjson/[>=1.1]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", self.source_folder, Path(self.package_folder, "licenses"))
        copy(self, "include/*", self.source_folder, self.package_folder)

    def package_info(self):
        self.cpp_info.bindirs = self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_target_name", "apd::apd")
        self.cpp_info.system_libs = ["pthread"] if self.settings.get_safe("os") == "Linux" else []
        if str(self.settings.compiler) in ("gcc", "clang", "apple-clang"):  # what CMake's target hands on
            self.cpp_info.cxxflags = ["-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"]
        if self.options.system_libraries:
            self.cpp_info.includedirs += ["/usr/include/eigen3"]

    def package_id(self):
        self.info.clear()
