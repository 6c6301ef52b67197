// A model that runs.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "compile/executable.h"
#include "onnx/import.h"

namespace tenon::onnx {

/// May run on several threads at once. Where the graph can be made for any extents it is, once; else for those that it
/// is run with, and for the values of inputs on which extents depend, of which the latest are kept.
class Session {
 public:
  explicit Session(Model model);
  static Session load(const std::string& path) { return Session(Model::load(path)); }
  Session(Session&&) noexcept;
  ~Session();

  const Model& model() const { return model_; }
  const std::vector<Port>& inputs() const { return model_.inputs(); }
  const std::vector<Port>& outputs() const { return model_.outputs(); }

  /// One array for each input, in their order; gives one for each output. Arrays may view memory of the caller's.
  /// Throws Error that names the input where one does not fit.
  std::vector<Array> run(std::span<const Array> inputs) const;
  /// By name. Throws Error for names that are no inputs, and for inputs that are missing.
  std::vector<Array> run(const std::map<std::string, Array>& inputs) const;

  /// The function that arguments like these are run with; it is not compiled.
  Function function_for(std::span<const Array> inputs) const;

 private:
  struct Specialised;
  struct Kept;
  /// `runs`: it is compiled.
  std::shared_ptr<const Specialised> specialised_for(std::span<const Array> inputs, bool runs) const;
  Model model_;
  std::unique_ptr<Kept> kept_;
};

}  // namespace tenon::onnx
