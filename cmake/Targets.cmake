# SPDX-License-Identifier: Apache-2.0
# Warnings as errors for our own code only; third-party headers are SYSTEM.
add_library(twinwire_options INTERFACE)
target_compile_options(twinwire_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wcast-align -Wformat=2 -Werror)
# GCC 12 sees accesses beyond the end in std::string and std::optional where there are none (GCC bug 105651 and its kin).
target_compile_options(twinwire_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
target_include_directories(twinwire_options INTERFACE "${PROJECT_SOURCE_DIR}")

# twinwire_module(NAME SOURCES ... DEPENDS ... PRIVATE ...): one folder, one library. DEPENDS are modules whose headers ours
# include; PRIVATE are third-party packages, whose headers never appear in ours.
function(twinwire_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  add_library(twinwire_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(twinwire_${name} PUBLIC twinwire_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
endfunction()
