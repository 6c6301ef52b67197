// What a formula or a fused kernel asks of code generation.
#pragma once
#include <string>
#include <vector>

#include "codegen/compile.h"
#include "ir/graph.h"

namespace tenon {

/// A node as parts of stages. Numbers of buffers: the node's results, then its operands, then temporaries.
struct KernelParts {
  struct Stage {
    const expr::Expr* e = nullptr;
    std::vector<std::int32_t> operands;
    std::int32_t result = 0;
    std::vector<Layout> layouts = {};  ///< as codegen::Stage::layouts
  };
  struct Part {
    std::vector<Stage> stages;
    std::int32_t rows = 0;  ///< as codegen::Part::rows
  };
  std::vector<Part> parts;
  std::int32_t results = 1, operands = 0;

  bool is_operand(std::int32_t buffer) const { return buffer >= results && buffer < results + operands; }
};

/// Does some formula or fused kernel generate the node's code?
bool is_generated(const Node& n);
/// Of a formula or a fused kernel, which must outlive the result.
KernelParts parts_of(const Node& n);
/// Stores operands that are constant in the layout that suits the only stage that reads them, where there is one.
void store_constants(KernelParts& parts, const std::vector<char>& is_constant);
/// How operand `k` of the node lies.
Layout layout_of(const KernelParts& parts, std::size_t k);
codegen::KernelSource source_of(const KernelParts& parts, std::string symbol);
/// The operators that the kernel came from.
const std::string& label_of(const Node& n);

}  // namespace tenon
