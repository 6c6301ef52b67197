// What tests ask of mistakes.
#pragma once
#include <string>

#include "base/error.h"

namespace tenon {

/// What() of the Error that `action` throws; empty when it throws none.
template <class F>
std::string error_of(F&& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

}  // namespace tenon
