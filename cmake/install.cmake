# `cmake --install` puts the headers and a package for find_package(apd) under the prefix.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_DATADIR}/cmake/apd)
install(TARGETS apd apd_laws EXPORT apd-targets FILE_SET HEADERS FILE_SET bodies FILE_SET cuda_headers
    FILE_SET mpi_headers)
install(EXPORT apd-targets NAMESPACE apd:: DESTINATION ${package_folder})

write_basic_package_version_file(apd-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/apd-config.cmake ${CMAKE_CURRENT_LIST_DIR}/compiled.cmake
    ${CMAKE_CURRENT_LIST_DIR}/cuda.cmake ${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake ${CMAKE_CURRENT_LIST_DIR}/mpi.cmake
    ${CMAKE_CURRENT_LIST_DIR}/nccl.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/apd-config-version.cmake DESTINATION ${package_folder})
foreach(header IN ITEMS laws/gradients laws/layers
        support/catch support/crowd support/host_grid support/serial support/small_problem support/tested_backend)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES tests/${header}.hpp DESTINATION share/apd/tests/${folder})
endforeach()
install(PROGRAMS tools/to_apd.py tools/read_apd.py tools/apd_files.py DESTINATION ${CMAKE_INSTALL_DATADIR}/apd/tools)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/apd)

# pkg-config has no options for a language: a program adds -std=c++20 -O3 itself.
configure_file(${CMAKE_CURRENT_LIST_DIR}/apd.pc.in apd.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/apd.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
