# One executable per examples/*.cpp: bin/example_NAME; each is run by the tests.
file(GLOB examples CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/*.cpp)
foreach(source ${examples})
  get_filename_component(name ${source} NAME_WE)
  add_executable(example_${name} ${source})
  target_link_libraries(example_${name} PRIVATE tenon tenon_onnx)
  add_dependencies(example_${name} tenon_compiler)
  if(TENON_TESTS)
    add_test(NAME example_${name} COMMAND example_${name})
    if(TARGET test_whole)
      add_dependencies(test_whole example_${name})  # its output is in the documentation, which that test compares
    endif()
  endif()
endforeach()
