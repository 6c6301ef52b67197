// Graphs shaped as well-known networks, with random weights.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "onnx/graph_maker.h"

namespace tenon::bench {

void tiny(GraphMaker& g);           ///< one layer of 8 x 8: what a call costs
void mlp(GraphMaker& g, i64 rows);  ///< 784-1024-1024-1024-10
void wide_mlp(GraphMaker& g);       ///< 25 products with 1024 x 1024: 100 MiB of weights
void bert_layer(GraphMaker& g);     ///< 128 tokens, 768 wide, 12 heads, as PyTorch writes an encoder's layer
void lstm(GraphMaker& g);           ///< two layers of 256 over 64 steps
void resnet50(GraphMaker& g);       ///< batch normalisations are parts of the convolutions, as exporters leave it
void mobilenet_v2(GraphMaker& g);   ///< likewise
void densenet121(GraphMaker& g);    ///< normalisations come before the convolutions, and stay
void shufflenet_v2(GraphMaker& g);  ///< of width 1
void inception_v1(GraphMaker& g);

}  // namespace tenon::bench
