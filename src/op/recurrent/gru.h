#pragma once
#include "op/recurrent/sequence.h"

namespace tenon {

struct Gru : Recurrence {
  static constexpr std::string_view name = "gru";
  static constexpr std::string_view doc =
      "Gated recurrent units over sequences: each step as gru_cell, with activations for the gates r and z and for "
      "n, \"sigmoid,tanh\" where none are given. Operands and options are those of rnn, with w [d, 3 s, i], r [d, 3 "
      "s, s] and bias [d, 6 s]. `gates` is their order there: \"zrn\" is another. Gives y [n, d, batch, s] and the "
      "last h. gru(x, w, r, …)";
  static constexpr std::string_view constraints = R"(
    there are x, w, r and what the attributes has_… say | (f32[3,2,3])
    the direction is "forward", "reverse" or "bidirectional" | {direction="backward"} (f32[3,2,3], f32[1,12,3], f32[1,12,4])
    clip is at least 0 | {clip=-1} (f32[3,2,3], f32[1,12,3], f32[1,12,4])
    the activations are known | {activations="sin"} (f32[3,2,3], f32[1,12,3], f32[1,12,4])
    and as many as the gates of each direction need | {activations="tanh,tanh,tanh,tanh,tanh"} (f32[3,2,3], f32[1,12,3], f32[1,12,4])
    x is a float | (i32[3,2,3], f32[1,12,3], f32[1,12,4])
    x has three dimensions | (f32[2,3], f32[1,12,3], f32[1,12,4])
    r is [d, gates s, s] with its element type | (f32[3,2,3], f32[1,12,3], f32[1,13,4])
    w is [d, gates s, i] | (f32[3,2,3], f32[1,12,2], f32[1,12,4])
    the bias has two numbers for each row of w | {has_bias=true} (f32[3,2,3], f32[1,12,3], f32[1,12,4], f32[1,12])
    the lengths are an integer for each sequence | {has_lengths=true} (f32[3,2,3], f32[1,12,3], f32[1,12,4], f32[2])
    the first states are [d, batch, s] | {has_states=true} (f32[3,2,3], f32[1,12,3], f32[1,12,4], f32[2,4])
    the gates are those of the default in some order | {gates="xyz"} (f32[3,2,3], f32[1,12,3], f32[1,12,4]))";
  static constexpr Traits traits{.host = true};
  bool linear_before_reset = true;
  std::string gates = "rzn";
  static void fields(auto& self, auto&& f) {
    Recurrence::fields(self, f);
    f("linear_before_reset", self.linear_before_reset), f("gates", self.gates);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Gru>> samples();

 private:
  RecurrentKind kind() const { return {name, "rzn", 1, "sigmoid,tanh", false, linear_before_reset}; }
};

}  // namespace tenon
