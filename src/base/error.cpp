#include "base/error.h"

namespace tenon {

InternalError::InternalError(const std::string& what, std::source_location where)
    : std::logic_error(fmt::format("internal error: {} ({}:{})", what, where.file_name(), where.line())) {}

}  // namespace tenon
