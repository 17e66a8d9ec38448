# What apd's headers include, for its own build and for find_package(apd). A target that is there already is taken as it
# is, whoever brought it: so does a project that fetches them itself. Sets apd_missing to a sentence where one is not.
set(apd_missing "")

# Asked for without a version: Eigen's packages refuse 5 to who asks for 3.4.
if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 NO_MODULE QUIET)
    if(NOT TARGET Eigen3::Eigen OR Eigen3_VERSION VERSION_LESS 3.4)
        set(apd_missing "Eigen 3.4 or newer was not found; set Eigen3_DIR to where Eigen3Config.cmake is.")
    endif()
endif()
if(NOT TARGET xtensor)
    find_package(xtensor 0.24 QUIET)
    if(NOT TARGET xtensor)
        set(apd_missing "xtensor 0.24 or newer was not found; set xtensor_DIR to where xtensorConfig.cmake is.")
    endif()
endif()
if(NOT TARGET Boost::headers)
    find_package(Boost 1.74 CONFIG QUIET)
    if(NOT TARGET Boost::headers)
        set(apd_missing "Boost 1.74 or newer (Hana) was not found; set Boost_DIR to where BoostConfig.cmake is.")
    endif()
endif()
find_package(Threads QUIET)
if(NOT TARGET Threads::Threads)
    set(apd_missing "the system's library for threads was not found; have CMake look for a C or C++ compiler.")
endif()

# RapidJSON 1.1: not every version of it, nor every packager, has a target of this name.
if(NOT TARGET RapidJSON::RapidJSON)
    find_path(RapidJSON_INCLUDE_DIR rapidjson/reader.h HINTS "${rapidjson_SOURCE_DIR}/include")
    mark_as_advanced(RapidJSON_INCLUDE_DIR)
    if(RapidJSON_INCLUDE_DIR)
        file(STRINGS ${RapidJSON_INCLUDE_DIR}/rapidjson/rapidjson.h minor_version REGEX "define RAPIDJSON_MINOR_VERSION [1-9]")
    endif()
    if(minor_version)
        add_library(RapidJSON::RapidJSON INTERFACE IMPORTED)
        target_include_directories(RapidJSON::RapidJSON INTERFACE ${RapidJSON_INCLUDE_DIR})
    else()
        set(apd_missing "RapidJSON 1.1 was not found; set RapidJSON_INCLUDE_DIR to where rapidjson/reader.h is.")
    endif()
endif()

# A target, or every target made after `set(APD_COMPILE_OPTIONS OFF)`, can go without apd's compile options.
define_property(TARGET PROPERTY APD_COMPILE_OPTIONS INITIALIZE_FROM_VARIABLE APD_COMPILE_OPTIONS
    BRIEF_DOCS "Whether a target that links apd::apd is compiled with apd's options (ON if not set)")
