// What a model consists of and what memory it takes.
#pragma once
#include <string>
#include <vector>

#include "nn/module.h"

namespace tenon::nn {

struct Summary {
  struct Layer {
    std::string path, type;
    Type output;
    i64 parameters = 0;     ///< trainable elements
    bool in_place = false;  ///< takes no memory of its own while training
  };
  std::vector<Layer> layers;  ///< in the order of computation
  Type input;
  i64 parameters = 0;       ///< trainable elements
  i64 parameter_bytes = 0;  ///< of all slots
  i64 training_bytes = 0, inference_bytes = 0;
};

/// Runs the shapes of an input through the model; nothing is computed.
///
/// With b0 the bytes of the input and b1 … bL those of the outputs of the layers that are not computed in place:
/// inference takes the parameters and the two largest consecutive of b0 … bL; training takes the parameters, all of
/// b0 … bL, and the two largest consecutive of b1 … bL again, for the gradients. The state of an optimizer comes on
/// top.
Summary summarize(const Module& model, const Type& input);

/// A table, and the totals below it.
std::string to_string(const Summary& summary);

}  // namespace tenon::nn
