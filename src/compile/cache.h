// Compiled programs on disk: content-addressed, verified, bounded, private to the user.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "runtime/program.h"

namespace tenon {

/// `key` is the whole text that determines a program: the function, the target and the version of the compiler.
/// An entry that is damaged, truncated or of another key counts as absent.
std::optional<runtime::ProgramData> load_cached(const std::string& key);
/// Never throws: a cache that cannot be written is logged and otherwise ignored.
void store_cached(const std::string& key, const runtime::ProgramData& program);

/// $TENON_CACHE_DIR, else $XDG_CACHE_HOME/tenon, else ~/.cache/tenon. Empty (TENON_CACHE_DIR=) switches the cache off.
std::string cache_folder();

std::string serialize(const std::string& key, const runtime::ProgramData& program);
/// Throws Error where the bytes are no entry for `key`.
runtime::ProgramData deserialize(const std::string& key, std::string_view bytes);

}  // namespace tenon
