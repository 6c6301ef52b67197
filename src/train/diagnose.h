// Where a number that is not finite comes from.
#pragma once
#include <functional>
#include <string>

#include "data/loader.h"
#include "nn/module.h"

namespace tenon::train {

/// A scalar from what the model gives and what is expected of it; see loss/.
using Cost = std::function<Tensor(const Tensor& output, const Tensor& labels)>;

/// Computes the cost and its gradients once more, operator by operator with the interpreter, and tells the first value
/// that is not finite: "the operator exp of layers.1 (silu) gave inf in f32[128,32]". Empty where all are finite. The
/// model is left as it was.
std::string first_not_finite(const nn::Module& model, const Cost& cost, const Batch& batch);

/// The first slot of the model that holds a value that is not finite; empty where there is none.
std::string slot_not_finite(const nn::Module& model);

}  // namespace tenon::train
