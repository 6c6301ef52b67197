// oneDNN, with one thread; weights in the layout that it chooses.
#include <oneapi/dnnl/dnnl.hpp>

#include <memory>
#include <unordered_map>

#include "kernels/contest.h"

namespace tenon::bench {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

const dnnl::engine& engine() {
  static const dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}

dnnl::stream& stream() {
  static dnnl::stream s(engine());
  return s;
}

memory::data_type type_of(DType t) {
  switch (t) {
    case DType::BF16: return memory::data_type::bf16;
    case DType::I8: return memory::data_type::s8;
    case DType::U8: return memory::data_type::u8;
    case DType::I32: return memory::data_type::s32;
    default: return memory::data_type::f32;
  }
}

memory::desc described(const Type& t, Tag tag) {
  memory::dims dims;
  for (const Dim d : t.shape) dims.push_back(static_cast<i64>(d));
  return {dims, type_of(t.dtype), tag};
}

Tag row_major(const Type& t) { return t.rank() == 1 ? Tag::a : Tag::ab; }

memory over(const Array& a) { return {described(a.type(), row_major(a.type())), engine(), const_cast<void*>(a.raw())}; }

/// A primitive and the memory that it works on.
struct Call {
  dnnl::primitive primitive;
  std::unordered_map<int, memory> arguments;
  std::vector<Array> kept;
};

Contestant contestant(dnnl::primitive primitive, std::unordered_map<int, memory> arguments, const Problem& p,
                      const Array& result) {
  const auto call = std::make_shared<Call>(Call{std::move(primitive), std::move(arguments), p.in});
  call->kept.push_back(result);
  const auto run = [call] {
    call->primitive.execute(stream(), call->arguments);
    stream().wait();
  };
  return {"oneDNN", run, result};
}

Contestant product(const Problem& p) {
  const Array c(p.out);
  const auto weights = described(p.in[1].type(), Tag::any);
  const dnnl::matmul::desc desc(described(p.in[0].type(), Tag::ab), weights, described(p.out, Tag::ab));
  const dnnl::matmul::primitive_desc chosen(desc, engine());
  const memory packed(chosen.weights_desc(), engine());
  memory plain = over(p.in[1]);
  dnnl::reorder(plain, packed).execute(stream(), plain, const_cast<memory&>(packed));
  stream().wait();
  return contestant(dnnl::matmul(chosen),
                    {{DNNL_ARG_SRC, over(p.in[0])}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, over(c)}}, p, c);
}

Contestant softmax(const Problem& p) {
  const Array y(p.out);
  const auto desc = described(p.out, Tag::ab);
  const dnnl::softmax_forward::primitive_desc chosen({dnnl::prop_kind::forward_inference, desc, 1}, engine());
  return contestant(dnnl::softmax_forward(chosen), {{DNNL_ARG_SRC, over(p.in[0])}, {DNNL_ARG_DST, over(y)}}, p, y);
}

Contestant layer_norm(const Problem& p) {
  const Array y(p.out);
  using Flags = dnnl::normalization_flags;
  const dnnl::layer_normalization_forward::desc desc(dnnl::prop_kind::forward_inference, described(p.out, Tag::ab),
                                                     1e-5f, Flags::use_scale | Flags::use_shift);
  const dnnl::layer_normalization_forward::primitive_desc chosen(desc, engine());
  return contestant(dnnl::layer_normalization_forward(chosen),
                    {{DNNL_ARG_SRC, over(p.in[0])},
                     {DNNL_ARG_SCALE, over(p.in[1])},
                     {DNNL_ARG_SHIFT, over(p.in[2])},
                     {DNNL_ARG_DST, over(y)}},
                    p, y);
}

Contestant eltwise(const Problem& p, dnnl::algorithm algorithm) {
  const Array y(p.out);
  const dnnl::eltwise_forward::desc desc(dnnl::prop_kind::forward_inference, algorithm,
                                         described(p.out, row_major(p.out)), 0.f);
  const dnnl::eltwise_forward::primitive_desc chosen(desc, engine());
  return contestant(dnnl::eltwise_forward(chosen), {{DNNL_ARG_SRC, over(p.in[0])}, {DNNL_ARG_DST, over(y)}}, p, y);
}

Contestant sum(const Problem& p, bool relu) {
  const Array y(p.out);
  Array second = p.in[1];
  if (second.rank() < p.out.rank()) second = second.reshaped({Dim(1), second.shape()[0]});
  dnnl::post_ops after;
  if (relu) after.append_eltwise(1.f, dnnl::algorithm::eltwise_relu, 0.f, 0.f);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  const dnnl::binary::desc desc(dnnl::algorithm::binary_add, described(p.out, row_major(p.out)),
                                described(second.type(), row_major(second.type())), described(p.out, row_major(p.out)));
  const dnnl::binary::primitive_desc chosen(desc, attributes, engine());
  return contestant(dnnl::binary(chosen),
                    {{DNNL_ARG_SRC_0, over(p.in[0])}, {DNNL_ARG_SRC_1, over(second)}, {DNNL_ARG_DST, over(y)}}, p, y);
}

/// Copies and transposes.
Contestant reorder(const Problem& p, bool transposed) {
  const Array y(p.out);
  const auto from = described(p.in[0].type(), row_major(p.in[0].type()));
  // The result seen in the operand's dimensions: column by column.
  const auto to = transposed ? described(p.in[0].type(), Tag::ba) : from;
  const memory source(from, engine(), const_cast<void*>(p.in[0].raw()));
  const memory result(to, engine(), const_cast<void*>(y.raw()));
  return contestant(dnnl::reorder(source, result), {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, result}}, p, y);
}

std::optional<Contestant> prepare(const Problem& p) {
  if (p.kind == "gemm") return product(p);
  if (p.kind == "softmax") return softmax(p);
  if (p.kind == "layer_norm") return layer_norm(p);
  if (p.kind == "gelu") return eltwise(p, dnnl::algorithm::eltwise_gelu_erf);
  if (p.kind == "exp") return eltwise(p, dnnl::algorithm::eltwise_exp);
  if (p.kind == "bias_relu") return sum(p, true);
  if (p.kind == "add") return sum(p, false);
  if (p.kind == "copy" || p.kind == "transpose") return reorder(p, p.kind == "transpose");
  return std::nullopt;
}

const AddPeer added("oneDNN", prepare);

}  // namespace

}  // namespace tenon::bench
