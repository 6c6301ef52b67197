#pragma once
#include "op/recurrent/sequence.h"

namespace tenon {

struct Lstm : Recurrence {
  static constexpr std::string_view name = "lstm";
  static constexpr std::string_view doc =
      "Long short-term memory over sequences: each step as lstm_cell, with activations for the gates i, f, o, for g, "
      "and for the new c, \"sigmoid,tanh,tanh\" where none are given. Operands and options are those of rnn, with w "
      "[d, 4 s, i], r [d, 4 s, s], bias [d, 8 s] and the first h and c; then, with has_peepholes, p [d, 3 s] (Gers "
      "and Schmidhuber 2000): p_i c and p_f c are added to the sums of i and f, and p_o times the new c to that of "
      "o. `gates` is their order in w, r, bias and, without g, in p: \"iofg\" is another. coupled: f = 1 - i. The clip "
      "is for the sums of gates, not for c. Gives y [n, d, batch, s] and the last h and c. lstm(x, w, r, …)";
  static constexpr std::string_view constraints = R"(
    there are x, w, r and what the attributes has_… say | (f32[3,2,3])
    the direction is "forward", "reverse" or "bidirectional" | {direction="backward"} (f32[3,2,3], f32[1,16,3], f32[1,16,4])
    clip is at least 0 | {clip=-1} (f32[3,2,3], f32[1,16,3], f32[1,16,4])
    the activations are known | {activations="sin"} (f32[3,2,3], f32[1,16,3], f32[1,16,4])
    and as many as the gates of each direction need | {activations="tanh,tanh,tanh,tanh,tanh"} (f32[3,2,3], f32[1,16,3], f32[1,16,4])
    x is a float | (i32[3,2,3], f32[1,16,3], f32[1,16,4])
    x has three dimensions | (f32[2,3], f32[1,16,3], f32[1,16,4])
    r is [d, gates s, s] with its element type | (f32[3,2,3], f32[1,16,3], f32[1,17,4])
    w is [d, gates s, i] | (f32[3,2,3], f32[1,16,2], f32[1,16,4])
    the bias has two numbers for each row of w | {has_bias=true} (f32[3,2,3], f32[1,16,3], f32[1,16,4], f32[1,16])
    the lengths are an integer for each sequence | {has_lengths=true} (f32[3,2,3], f32[1,16,3], f32[1,16,4], f32[2])
    the first states are [d, batch, s] | {has_states=true} (f32[3,2,3], f32[1,16,3], f32[1,16,4], f32[2,4], f32[2,4])
    the gates are those of the default in some order | {gates="xyz"} (f32[3,2,3], f32[1,16,3], f32[1,16,4])
    the peepholes are [d, 3 s] | {has_peepholes=true} (f32[3,2,3], f32[1,16,3], f32[1,16,4], f32[1,4]))";
  static constexpr Traits traits{.host = true};
  bool has_peepholes = false, coupled = false;
  std::string gates = "ifgo";
  static void fields(auto& self, auto&& f) {
    Recurrence::fields(self, f);
    f("has_peepholes", self.has_peepholes), f("coupled", self.coupled), f("gates", self.gates);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Lstm>> samples();

 private:
  RecurrentKind kind() const { return {name, "ifgo", 2, "sigmoid,tanh,tanh", has_peepholes}; }
};

}  // namespace tenon
