// Every layer.
#pragma once
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/flatten.h"
#include "nn/gelu.h"
#include "nn/leaky_relu.h"
#include "nn/linear.h"
#include "nn/relu.h"
#include "nn/sequential.h"
#include "nn/sigmoid.h"
#include "nn/silu.h"
#include "nn/tanh.h"
