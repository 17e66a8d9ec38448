# check.cmake must pass a good tree and report each fault of a bad one:
#
#   cmake -D SCRATCH=<folder> -P self_test.cmake
cmake_minimum_required(VERSION 3.25)

# tree(<what the report must match; empty for a good tree> <header> <its lines> …): apd.hpp and #pragma once are added.
function(tree expected)
    file(REMOVE_RECURSE ${SCRATCH})
    set(umbrella "// Everything.\n#pragma once\n")
    set(arguments "${ARGN}")
    while(arguments)
        list(POP_FRONT arguments header text)
        file(WRITE ${SCRATCH}/${header} "#pragma once\n${text}\n")
        if(NOT header MATCHES "ipp$")
            string(APPEND umbrella "#include <apd/${header}>\n")
        endif()
    endwhile()
    if(NOT EXISTS ${SCRATCH}/apd.hpp)
        file(WRITE ${SCRATCH}/apd.hpp "${umbrella}")
    endif()
    execute_process(COMMAND ${CMAKE_COMMAND} -D TREE=${SCRATCH} -P ${CMAKE_CURRENT_LIST_DIR}/check.cmake
        RESULT_VARIABLE result ERROR_VARIABLE report)
    if(expected STREQUAL "" AND NOT result EQUAL 0)
        message(SEND_ERROR "A good tree is refused: ${ARGN}\n${report}")
    elseif(NOT expected STREQUAL "" AND (result EQUAL 0 OR NOT report MATCHES "${expected}"))
        message(SEND_ERROR "Not reported: \"${expected}\" in ${ARGN}\n${report}")
    endif()
endfunction()

tree("" core/a.hpp "#include <vector>" array/b.hpp "#include <apd/core/a.hpp>" array/c.hpp "#include <apd/array/b.hpp>"
    backend/cpu.hpp "#include <Eigen/Core>\n#if 1\n#endif" backend/cuda.hpp "#include <cuda_runtime.h>"
    network/n.hpp "#include <boost/hana.hpp>" core/xtensor.hpp "#include <xtensor/xarray.hpp>")
tree("" core/a.hpp "" core/b.hpp "#include <apd/core/detail/d.hpp>" core/detail/d.hpp "")

set(bodies_of_b "#ifndef APD_COMPILED\n#include <apd/io/b.ipp>\n#endif")
tree("" core/c.hpp "" io/b.hpp "${bodies_of_b}" io/b.ipp "#include <apd/core/c.hpp>\n#include <apd/io/b.hpp>")

tree("core \\(0\\) may not include array \\(1\\)" core/a.hpp "#include <apd/array/b.hpp>" array/b.hpp "")
tree("backend \\(2\\) may not include io \\(2\\)" backend/a.hpp "#include <apd/io/b.hpp>" io/b.hpp "")
tree("circle of includes among: apd.hpp core/a.hpp core/b.hpp"
    core/a.hpp "#include <apd/core/b.hpp>" core/b.hpp "#include <apd/core/a.hpp>")
tree("circle" core/a.hpp "#include <apd/core/a.hpp>")
tree("attic/a.hpp: lies in no room" attic/a.hpp "")
tree("loose.hpp: lies in no room" loose.hpp "")
tree("core/a.ipp: holds bodies of no header" core/a.ipp "")
tree("io/a.hpp: does not include its bodies at its end" io/a.hpp "" io/a.ipp "#include <apd/io/a.hpp>")
tree("io/a.hpp: includes bodies: <apd/io/b.ipp>" io/a.hpp "#include <apd/io/b.ipp>" io/b.hpp "${bodies_of_b}" io/b.ipp "")
tree("circle" io/a.hpp "#include <apd/io/b.hpp>" io/b.hpp "${bodies_of_b}" io/b.ipp "#include <apd/io/a.hpp>")
tree("<apd/core/b.hpp>, which does not exist" core/a.hpp "#include <apd/core/b.hpp>")
tree("<apd/apd.hpp>, which lies in no room" core/a.hpp "#include <apd/apd.hpp>")
tree("without angle brackets" core/a.hpp "#include \"b.hpp\"" core/b.hpp "")
tree("apd.hpp: does not reach <apd/core/a.hpp>" core/a.hpp "" apd.hpp "// nothing")
tree("apd.hpp: holds more than includes: using" core/a.hpp "" apd.hpp "#include <apd/core/a.hpp>\nusing x = int;")
tree("loss/a.hpp: is no door for Eigen" loss/a.hpp "#include <Eigen/Core>")
tree("backend/a.hpp: is no door for Eigen" backend/a.hpp "#include <Eigen/Core>")
tree("backend/cpu.hpp: is no door for CUDA" backend/cpu.hpp "#include <cublas_v2.h>")
tree("core/a.hpp: is no door for Hana" core/a.hpp "#include <boost/hana/for_each.hpp>")
tree("loss/a.hpp: is no door for xtensor" loss/a.hpp "# include <xtensor/xarray.hpp>")
tree("no library has a door for <boost/mp11.hpp>" network/a.hpp "#include <boost/mp11.hpp>")
tree("only core and backend may use the preprocessor: #ifdef" mask/a.hpp "#ifdef X\n#endif")
tree("only core and backend may use the preprocessor:   #define" mask/a.hpp "  #define X")
