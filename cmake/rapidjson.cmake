# The target RapidJSON::RapidJSON, where there is RapidJSON: not every version of it, nor every packager, has one.
find_path(RapidJSON_INCLUDE_DIR rapidjson/reader.h)
mark_as_advanced(RapidJSON_INCLUDE_DIR)
if(RapidJSON_INCLUDE_DIR AND NOT TARGET RapidJSON::RapidJSON)
    add_library(RapidJSON::RapidJSON INTERFACE IMPORTED)
    target_include_directories(RapidJSON::RapidJSON INTERFACE ${RapidJSON_INCLUDE_DIR})
endif()
