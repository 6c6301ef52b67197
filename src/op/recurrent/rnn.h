#pragma once
#include "op/recurrent/sequence.h"

namespace tenon {

struct Rnn : Recurrence {
  static constexpr std::string_view name = "rnn";
  static constexpr std::string_view doc =
      "A recurrent network (Elman 1990) over sequences: h_t = f(x_t w^T + wb + h_(t-1) r^T + rb) with the activation "
      "\"tanh\" where none is given. Operands: x [n, batch, i], w [d, s, i], r [d, s, s], then, where has_… says "
      "that they are given, bias [d, 2 s] (wb, then rb), lengths [batch] of integers from 0 to n (others are an "
      "error), the first h [d, batch, s]; d is 2 for the direction \"bidirectional\", else 1. With batch_first, the "
      "batch is the first dimension of x, h "
      "and of the results. A sequence ends after its length: h stays, and y is 0; \"reverse\" begins at its last "
      "step. Sums are clipped to [-clip, clip] unless that is 0. activations: names with commas, for one direction "
      "or one after the other for both, \"leaky_relu(0.1),relu\". Gives y [n, d, batch, s] and the last h [d, batch, "
      "s]. rnn(x, w, r, …)";
  static constexpr std::string_view constraints = R"(
    there are x, w, r and what the attributes has_… say | (f32[3,2,3])
    the direction is "forward", "reverse" or "bidirectional" | {direction="backward"} (f32[3,2,3], f32[1,4,3], f32[1,4,4])
    clip is at least 0 | {clip=-1} (f32[3,2,3], f32[1,4,3], f32[1,4,4])
    the activations are known | {activations="sin"} (f32[3,2,3], f32[1,4,3], f32[1,4,4])
    and as many as the gates of each direction need | {activations="tanh,tanh,tanh,tanh,tanh"} (f32[3,2,3], f32[1,4,3], f32[1,4,4])
    x is a float | (i32[3,2,3], f32[1,4,3], f32[1,4,4])
    x has three dimensions | (f32[2,3], f32[1,4,3], f32[1,4,4])
    r is [d, gates s, s] with its element type | (f32[3,2,3], f32[1,4,3], f32[1,5,4])
    w is [d, gates s, i] | (f32[3,2,3], f32[1,4,2], f32[1,4,4])
    the bias has two numbers for each row of w | {has_bias=true} (f32[3,2,3], f32[1,4,3], f32[1,4,4], f32[1,4])
    the lengths are an integer for each sequence | {has_lengths=true} (f32[3,2,3], f32[1,4,3], f32[1,4,4], f32[2])
    the first states are [d, batch, s] | {has_states=true} (f32[3,2,3], f32[1,4,3], f32[1,4,4], f32[2,4]))";
  static constexpr Traits traits{.host = true};
  static void fields(auto& self, auto&& f) { Recurrence::fields(self, f); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Rnn>> samples();

 private:
  RecurrentKind kind() const { return {name, "h", 1, "tanh"}; }
};

}  // namespace tenon
