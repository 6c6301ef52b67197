// The largest errors that the tests over all operators saw, per family, printed when they end.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "op/catalogue.h"
#include "tensor/dtype.h"

namespace tenon {

class LargestErrors : public testing::Environment {
 public:
  /// `comparison`: what was compared with what. `error`: relative to the larger of 1 and the magnitude expected.
  void note(const std::string& comparison, const OpInfo* info, DType dtype, double error) {
    double& known = largest_[comparison][family_of(info)][dtype];
    known = std::max(known, error);
  }

  void TearDown() override {
    for (const auto& [comparison, families] : largest_) {
      fmt::print("\nLargest error per family, {}\n{:12}", comparison, "");
      for (const DType t : kColumns) fmt::print("{:>10}", name_of(t));
      for (const auto& [family, errors] : families) {
        fmt::print("\n{:12}", family);
        for (const DType t : kColumns)
          fmt::print("{:>10}", errors.contains(t) ? fmt::format("{:.1e}", errors.at(t)) : "");
      }
      fmt::print("\n");
    }
  }

 private:
  static constexpr DType kColumns[] = {DType::F64, DType::F32, DType::F16, DType::BF16};

  static std::string family_of(const OpInfo* info) {
    const auto all = catalogue();
    return std::string(std::ranges::find(all, info, &Catalogued::info)->family);
  }

  std::map<std::string, std::map<std::string, std::map<DType, double>>> largest_;
};

inline LargestErrors* const largest_errors =
    static_cast<LargestErrors*>(testing::AddGlobalTestEnvironment(new LargestErrors));

}  // namespace tenon
