# cmake -DSOURCES=FILE -DROOT=DIR -DLLVM=VERSION -DOUT=FILE.cpp -P build_identity.cmake
# Writes the definition of tenon::build_identity(): a hash of the files that SOURCES lists, by their paths from ROOT, and
# of their contents. The same sources give the same hash in any folder.
file(STRINGS ${SOURCES} files)
list(SORT files)
set(all "")
foreach(file ${files})
  file(SHA256 ${file} hash)
  file(RELATIVE_PATH path ${ROOT} ${file})
  string(APPEND all "${path} ${hash}\n")
endforeach()
string(SHA256 identity "${all}")
file(CONFIGURE OUTPUT ${OUT} CONTENT "#include \"compile/build_identity.h\"

namespace tenon {
std::string_view build_identity() { return \"${identity} LLVM ${LLVM}\"; }
}  // namespace tenon
")
