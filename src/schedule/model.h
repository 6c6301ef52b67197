// What a schedule is chosen by: how an expression's accesses move along each index, and what its arithmetic costs.
#pragma once
#include "loop/nest.h"
#include "machine/processor.h"

namespace tenon::schedule {

using loop::Dim;
using loop::IndexId;

/// How an access moves from one lane to the next where lanes run along an index.
enum class Walk : std::uint8_t { Same, Next, Scattered };

/// Of a value at one point, roughly, without those of positions and conditions that it reads from data.
double instructions_of(const loop::Nest& nest, loop::NodeId value);

class Model {
 public:
  /// Of a collapsed nest.
  Model(const loop::Nest& nest, const Processor& processor);

  int lanes = 1;      ///< of a full vector
  double weight = 0;  ///< instructions per point of body (or of post, where nothing is reduced)
  bool guarded = false;

  Walk walk(const loop::Access& a, IndexId i) const;
  /// The index along which vectors of the access are loaded and transposed, where lanes run along `i`; kNone: none.
  IndexId transposing(const loop::Access& a, IndexId i) const;
  /// The same of the body as a whole: its first access that is transposed.
  IndexId transposing(IndexId i) const;
  bool depends(const loop::Access& a, IndexId i) const;
  /// Accesses that the body makes.
  const std::vector<const loop::Access*>& body() const { return body_; }
  /// The index along which the output fills what lies between lanes along `i`, two to four elements apart; kNone.
  IndexId interleaving(IndexId i) const;
  /// Cycles of the whole nest with lanes along `i` (kNone: without vectors), where one trip of the innermost loop does
  /// so many vectors, or values, which do not wait for one another.
  double cycles(IndexId i, Dim at_once) const;
  /// The index along which vectors cost least, with four at once; kNone where none pays.
  IndexId vector_index() const;
  /// All indices that lanes may run along.
  std::vector<IndexId> vector_indices() const;

 private:
  void collect(loop::NodeId root, std::vector<const loop::Access*>& into, double& weight, bool& guards) const;
  bool allowed(IndexId i) const;
  double price(const loop::Access& a, IndexId i) const;
  double sharing(const loop::Access& a, IndexId i) const;

  const loop::Nest& n_;
  std::vector<std::uint64_t> deps_;
  std::vector<const loop::Access*> body_, post_;
};

}  // namespace tenon::schedule
