# Packages of Debian: wideep-opt, the program; libwideep-dev, for CMake; python3-wideep, where it is built.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wideep-opt)
set(CPACK_PACKAGE_VENDOR "wideep-opt")
set(CPACK_PACKAGE_CONTACT "wideep-opt maintainers <maintainers@wideep-opt.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
if(WIDEEP_PYTHON)
  find_package(Python3 COMPONENTS Interpreter REQUIRED)
  list(APPEND CPACK_COMPONENTS_ALL python)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME wideep-opt)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "Optimizer of expert-parallel inference deployments
Finds how to serve a mixture-of-experts model over many GPUs: EP width,
all-to-all kernel, chunk size and dual-batch overlap, with a proof, and
whole deployments under a service level.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libwideep-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libfast-float-dev, libfmt-dev, nlohmann-json3-dev, libyaml-cpp-dev, libnlopt-dev, libnlopt-cxx-dev, libtbb-dev, libeigen3-dev, nettle-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Model and search of wideep-opt as libraries
Static libraries and headers of the optimizer of expert-parallel inference
deployments, with a package for CMake.")
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-wideep)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3 (>= ${Python3_VERSION_MAJOR}.${Python3_VERSION_MINOR})")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "wideep-opt from Python
The optimizer of expert-parallel inference deployments over plain dicts.")

# As Debian wants them: what was changed, and whose it is, in each package; manual pages are compressed.
string(TIMESTAMP day "%a, %d %b %Y 00:00:00 +0000" UTC)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(name ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/debian/${name})
  file(WRITE ${folder}/changelog "${name} (${PROJECT_VERSION}) unstable; urgency=medium\n\n"
    "  * See CHANGELOG.md.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${day}\n")
  execute_process(COMMAND gzip -9nf changelog WORKING_DIRECTORY ${folder})
  file(WRITE ${folder}/copyright
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: wideep-opt\n\n"
    "Files: *\nCopyright: 2026 the authors of wideep-opt\nLicense: Apache-2.0\n"
    " On Debian systems the text of the Apache License, version 2.0, is in\n /usr/share/common-licenses/Apache-2.0.\n")
  install(FILES ${folder}/changelog.gz ${folder}/copyright COMPONENT ${component} DESTINATION share/doc/${name})
endforeach()
install(CODE [[
  file(GLOB pages "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/man/man1/wideep-opt*.1")
  if(pages)
    execute_process(COMMAND gzip -9nf ${pages})
  endif()
]] COMPONENT program)
include(CPack)
