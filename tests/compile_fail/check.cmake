# A wrong call must fail to compile with the sentence that its file promises, and with little else.
#
# A file holds one or more lines `// expect: <regex>`. Compiled as it stands it must fail: every regex occurs in the
# output, at most two lines say "error:", and the first of them matches one of the regexes. Compiled with
# APD_COMPILE_FAIL_FIXED defined it must succeed, so that it cannot fail for another reason. Where flags are what is
# wrong, a line `// flags: <flags>` holds them.
#
#   cmake -D COMPILER=c++ -D FLAGS=-Iinclude -D SOURCE=x.cpp -P check.cmake
cmake_minimum_required(VERSION 3.25)

set(ENV{LC_ALL} C)
set(compile ${COMPILER} -std=c++20 -fsyntax-only ${FLAGS})

file(STRINGS ${SOURCE} expected REGEX "^// expect: " ENCODING UTF-8)
list(TRANSFORM expected REPLACE "^// expect: " "")
if(NOT expected)
    message(FATAL_ERROR "${SOURCE}: needs a line `// expect: <regex>`.")
endif()

execute_process(COMMAND ${compile} -DAPD_COMPILE_FAIL_FIXED ${SOURCE} RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "${SOURCE}: must compile with APD_COMPILE_FAIL_FIXED, but:\n${output}")
endif()

file(STRINGS ${SOURCE} flags REGEX "^// flags: " ENCODING UTF-8)
list(TRANSFORM flags REPLACE "^// flags: " "")
separate_arguments(flags)
execute_process(COMMAND ${compile} ${flags} ${SOURCE} RESULT_VARIABLE result ERROR_VARIABLE output)
if(result EQUAL 0)
    message(FATAL_ERROR "${SOURCE}: compiles, but must not.")
endif()
foreach(regex IN LISTS expected)
    if(NOT output MATCHES "${regex}")
        message(FATAL_ERROR "${SOURCE}: the compiler does not say \"${regex}\", but:\n${output}")
    endif()
endforeach()

string(REPLACE ";" "," lines "${output}")  # a semicolon would divide a line in two
string(REGEX MATCHALL "[^\n]*error:[^\n]*" errors "${lines}")
list(LENGTH errors count)
if(count GREATER 2)
    message(FATAL_ERROR "${SOURCE}: ${count} errors where two are allowed:\n${output}")
endif()
list(GET errors 0 first)
foreach(regex IN LISTS expected)
    if(first MATCHES "${regex}")
        return()
    endif()
endforeach()
message(FATAL_ERROR "${SOURCE}: the first error is none of those expected:\n${output}")
