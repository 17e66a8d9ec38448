if(NOT TARGET apd::apd)  # a project may have apd's source beside this package: the first one counts
    include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
    if(apd_missing)
        set(apd_FOUND FALSE)
        set(apd_NOT_FOUND_MESSAGE "${apd_missing}")
        return()
    endif()
    include(${CMAKE_CURRENT_LIST_DIR}/apd-targets.cmake)
endif()

# The component `cuda` is there where a CUDA toolkit is.
if(cuda IN_LIST apd_FIND_COMPONENTS)
    include(${CMAKE_CURRENT_LIST_DIR}/cuda.cmake)
    set(apd_cuda_FOUND ${CUDAToolkit_FOUND})
    if(apd_FIND_REQUIRED_cuda AND NOT apd_cuda_FOUND)
        set(apd_FOUND FALSE)
        set(apd_NOT_FOUND_MESSAGE "The component cuda needs a CUDA toolkit, 12 or newer, and none was found.")
    endif()
endif()
