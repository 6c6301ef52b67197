// Compiled programs on disk: content-addressed, verified, bounded, private to the user.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "runtime/program.h"

namespace tenon {

/// `key` is the whole text that determines a program: the function, the target and the version of the compiler.
/// `known` are the function's constants, in the key's order: those that the program has as they are need not be stored.
/// An entry that is damaged, truncated or of another key counts as absent.
std::optional<runtime::ProgramData> load_cached(const std::string& key, std::span<const Array> known = {});
/// Never throws: a cache that cannot be written is logged and otherwise ignored.
void store_cached(const std::string& key, const runtime::ProgramData& program, std::span<const Array> known = {});
/// The constants of a function in the order of its text; not those of functions inside of it.
std::vector<Array> constants_of(const Function& f);

/// $TENON_CACHE_DIR, else $XDG_CACHE_HOME/tenon, else ~/.cache/tenon. Empty (TENON_CACHE_DIR=) switches the cache off.
std::string cache_folder();

std::string serialize(const std::string& key, const runtime::ProgramData& program, std::span<const Array> known = {});
/// Throws Error where the bytes are no entry for `key`.
runtime::ProgramData deserialize(const std::string& key, std::string_view bytes, std::span<const Array> known = {});

}  // namespace tenon
