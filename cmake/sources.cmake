# folder_sources(OUT folder…): the .cpp files directly in each folder of src/ and below, without tests and fuzz targets.
# compile/driver belongs to the compiler library, not to compile.
function(folder_sources out)
  set(all "")
  foreach(folder ${ARGN})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp)
    list(FILTER found EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
    if(folder STREQUAL "compile")
      list(FILTER found EXCLUDE REGEX "/compile/driver/")
    endif()
    list(APPEND all ${found})
  endforeach()
  if(NOT all)
    file(TOUCH ${CMAKE_BINARY_DIR}/generated/empty.cpp)
    set(all ${CMAKE_BINARY_DIR}/generated/empty.cpp)
  endif()
  set(${out} ${all} PARENT_SCOPE)
endfunction()

# operator_registry(OUT): reads src/op/ops.inc ("path struct" lines) and writes one source per folder that
# instantiates its operators, and one that lists them all.
function(operator_registry out)
  set(list_file ${CMAKE_SOURCE_DIR}/src/op/ops.inc)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list_file})
  file(STRINGS ${list_file} lines REGEX "^[a-z]")
  set(groups "")
  set(declarations "")
  set(entries "")
  foreach(line ${lines})
    string(REGEX MATCH "^(([a-z0-9_]+)/)?([a-z0-9_]+\\.h) +([A-Za-z0-9]+)$" ok "${line}")
    if(NOT ok)
      message(FATAL_ERROR "src/op/ops.inc: expected 'folder/file.h Struct', found '${line}'")
    endif()
    set(group ${CMAKE_MATCH_2})
    if(NOT group)  # the user's own
      set(group formula)
    endif()
    list(APPEND groups ${group})
    string(APPEND include_${group} "#include \"op/${CMAKE_MATCH_1}${CMAKE_MATCH_3}\"\n")
    string(APPEND body_${group}
      "template OpRef make_op<${CMAKE_MATCH_4}>(${CMAKE_MATCH_4});\n"
      "template const ${CMAKE_MATCH_4}* get_if<${CMAKE_MATCH_4}>(const Op&);\n"
      "Catalogued entry_${CMAKE_MATCH_4}() {\n"
      "  return {&OpModel<${CMAKE_MATCH_4}>::kInfo, \"${group}\", constraints_of<${CMAKE_MATCH_4}>()};\n}\n")
    string(APPEND declarations "Catalogued entry_${CMAKE_MATCH_4}();\n")
    string(APPEND entries "      entry_${CMAKE_MATCH_4}(),\n")
  endforeach()
  list(REMOVE_DUPLICATES groups)
  set(dir ${CMAKE_BINARY_DIR}/generated/op)
  set(files "")
  foreach(group ${groups})
    file(CONFIGURE OUTPUT ${dir}/${group}.cpp CONTENT
"${include_${group}}#include \"op/model.h\"\n\nnamespace tenon {\n${body_${group}}}  // namespace tenon\n")
    list(APPEND files ${dir}/${group}.cpp)
  endforeach()
  file(CONFIGURE OUTPUT ${dir}/registry.cpp CONTENT
"#include \"op/catalogue.h\"\n\nnamespace tenon {\n${declarations}
std::span<const Catalogued> catalogue() {
  static const std::vector<Catalogued> all{\n${entries}  };
  return all;
}
std::span<const OpInfo* const> all_ops() {
  static const std::vector<const OpInfo*> ops = [] {
    std::vector<const OpInfo*> list;
    for (const Catalogued& c : catalogue()) list.push_back(c.info);
    return list;
  }();
  return ops;
}\n}  // namespace tenon\n")
  list(APPEND files ${dir}/registry.cpp)
  set(${out} ${files} PARENT_SCOPE)
endfunction()

# build_identity(OUT source…): a source that defines tenon::build_identity(), renewed when one of these files or a header
# changes.
function(build_identity out)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.h)
  list(FILTER headers EXCLUDE REGEX "/src/app/")
  set(files ${ARGN} ${headers})
  string(REPLACE ";" "\n" lines "${files}")
  set(dir ${CMAKE_BINARY_DIR}/generated)
  file(CONFIGURE OUTPUT ${dir}/identity_sources.txt CONTENT "${lines}\n" @ONLY)
  add_custom_command(
    OUTPUT ${dir}/build_identity.cpp
    COMMAND ${CMAKE_COMMAND} -DSOURCES=${dir}/identity_sources.txt -DROOT=${CMAKE_SOURCE_DIR}
            -DLLVM=${LLVM_PACKAGE_VERSION} -DOUT=${dir}/build_identity.cpp -P ${CMAKE_SOURCE_DIR}/cmake/build_identity.cmake
    DEPENDS ${files} ${dir}/identity_sources.txt ${CMAKE_SOURCE_DIR}/cmake/build_identity.cmake
    COMMENT "Identity of the sources"
    VERBATIM)
  set(${out} ${dir}/build_identity.cpp PARENT_SCOPE)
endfunction()
