# One libFuzzer executable per *_fuzz.cpp: bin/fuzz_NAME.
file(GLOB_RECURSE fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*_fuzz.cpp)
foreach(source ${fuzzers})
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" name ${name})
  add_executable(fuzz_${name} ${source})
  target_link_libraries(fuzz_${name} PRIVATE tenon)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
