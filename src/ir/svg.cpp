// A layered drawing (Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures",
// 1981): ranks by depth, bends where an edge crosses a rank, orders by barycentres, then positions.
#include "ir/svg.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "ir/text.h"

namespace tenon {
namespace {

constexpr std::size_t kMostNodes = 1000;
constexpr double kLetter = 7.3, kLine = 16, kPadding = 10, kGap = 22, kRankGap = 34, kMargin = 16;
constexpr double kInnerBox = 20, kInnerStep = 24;  // of what a box contains
constexpr std::size_t kLongestLine = 44, kMostInner = 40;

struct Box {
  std::vector<std::string> lines;  // none: a bend of an edge
  std::vector<std::string> inner;  // a small box each
  bool rounded = false;
  int rank = 0;
  double x = 0, width = 0, height = 0;  // x: of the centre
  std::vector<std::size_t> above, below;
};

// Letters, not bytes: continuation bytes of UTF-8 do not count.
std::size_t letters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string shortened(const std::string& text) {
  if (letters(text) <= kLongestLine) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if ((text[end] & 0xC0) != 0x80 && seen++ == kLongestLine - 1) break;
  }
  return text.substr(0, end) + "…";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

bool is_computed(const Node& n) { return !n.is_parameter() && !n.is_settled(); }

/// What people call the node: its label where the operator has one.
std::string called(const Node& n) {
  for (const Field& field : n.op().fields())
    if (auto* text = std::get_if<const std::string*>(&field.value); text && field.name == "label" && !(*text)->empty())
      return **text;
  return std::string(n.op().name());
}

/// The nodes of the functions that a node holds, those of loops and kernels inside of them too.
void add_contents(const Node& n, const std::string& indent, std::vector<std::string>& lines) {
  if (!is_computed(n)) return;
  for (const Field& field : n.op().fields()) {
    auto* function = std::get_if<const FunctionPtr*>(&field.value);
    if (!function || !**function) continue;
    for (const Node* inner : topological((**function)->results)) {
      if (!is_computed(*inner)) continue;
      lines.push_back(fmt::format("{}{} : {}", indent, called(*inner), inner->types()[0]));
      add_contents(*inner, indent + "· ", lines);
    }
  }
}

std::vector<std::string> contents_of(const Node& n) {
  std::vector<std::string> lines;
  add_contents(n, "", lines);
  if (lines.size() <= kMostInner) return lines;
  const std::size_t more = lines.size() - kMostInner;
  lines.resize(kMostInner);
  lines.push_back(fmt::format("and {} more", more));
  return lines;
}

class Drawing {
 public:
  explicit Drawing(const Function& f) : numbering_(f) {
    require(numbering_.nodes().size() + f.parameters.size() <= kMostNodes,
            "a drawing of {} nodes cannot be read; the limit is {}. Use the text or GraphViz form",
            numbering_.nodes().size() + f.parameters.size(), kMostNodes);
    add_boxes(f);
    rank_boxes();
    bend_edges();
    order_ranks();
    place();
  }

  std::string svg() const {
    double width = 2 * kMargin, height = tops_.back() + kMargin;
    for (const Box& b : boxes_) width = std::max(width, b.x + b.width / 2 + kMargin);
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\" "
        "font-family=\"monospace\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        "<g fill=\"none\" stroke=\"#7a8594\" stroke-width=\"1.3\">\n",
        width, height);
    for (const Box& b : boxes_) {
      for (std::size_t to : b.below) out += edge(b, boxes_[to]);
    }
    out += "</g>\n";
    for (const Box& b : boxes_) out += box(b);
    return out + "</svg>\n";
  }

 private:
  std::size_t add(std::vector<std::string> lines, bool rounded, std::vector<std::string> inner = {}) {
    Box b{.lines = std::move(lines), .inner = std::move(inner), .rounded = rounded};
    auto widen = [&](std::string& line, double padding) {
      line = shortened(line);
      b.width = std::max(b.width, 2 * padding + kLetter * static_cast<double>(letters(line)));
    };
    for (std::string& line : b.lines) widen(line, kPadding);
    for (std::string& line : b.inner) widen(line, 2 * kPadding);
    b.height = b.lines.empty() ? 0 : kPadding + kLine * static_cast<double>(b.lines.size());
    if (!b.inner.empty()) b.height += kInnerStep * static_cast<double>(b.inner.size()) + kPadding / 2;
    boxes_.push_back(std::move(b));
    return boxes_.size() - 1;
  }

  std::string title(const Node& node) const {
    if (!is_computed(node)) return numbering_.brief(node);
    const std::string label = called(node);
    return label == node.op().name() ? numbering_.brief(node) : fmt::format("{} {}", node.op().name(), label);
  }

  void connect(std::size_t from, std::size_t to) {
    boxes_[from].below.push_back(to);
    boxes_[to].above.push_back(from);
  }

  void add_boxes(const Function& f) {
    std::map<const Node*, std::size_t> box_of;
    for (const Value& p : f.parameters) {
      std::string name = numbering_.name(p);
      if (!p.node()->name().empty()) name += " " + p.node()->name();
      box_of[p.node().get()] = add({name, to_string(p.type())}, true);
    }
    for (const Node* node : numbering_.nodes()) {
      std::vector<std::string> inner = contents_of(*node);
      std::vector<std::string> lines{title(*node)};
      for (const Type& t : node->types()) lines.push_back(to_string(t));
      std::size_t own = add(std::move(lines), false, std::move(inner));
      box_of[node] = own;
      for (const Value& v : node->args()) connect(box_of.at(v.node().get()), own);
    }
    for (std::size_t k = 0; k < f.results.size(); ++k) {
      connect(box_of.at(f.results[k].node().get()), add({fmt::format("result {}", k)}, true));
    }
  }

  // Boxes were added operands first. What has no operands stands just above its first user.
  void rank_boxes() {
    for (std::size_t k = 0; k < boxes_.size(); ++k) {
      for (std::size_t from : boxes_[k].above) boxes_[k].rank = std::max(boxes_[k].rank, boxes_[from].rank + 1);
    }
    for (Box& b : boxes_) {
      if (!b.above.empty() || b.below.empty()) continue;
      b.rank = boxes_[*std::min_element(b.below.begin(), b.below.end(),
                                        [&](std::size_t p, std::size_t q) { return boxes_[p].rank < boxes_[q].rank; })]
                   .rank -
               1;
    }
  }

  void bend_edges() {
    for (std::size_t from = 0, count = boxes_.size(); from < count; ++from) {
      std::vector<std::size_t> targets = std::exchange(boxes_[from].below, {});
      for (std::size_t to : targets) {
        std::size_t at = from;
        for (int rank = boxes_[from].rank + 1; rank < boxes_[to].rank; ++rank) {
          std::size_t bend = add({}, false);
          boxes_[bend].rank = rank;
          connect(at, bend);
          at = bend;
        }
        boxes_[at].below.push_back(to);
        auto& above = boxes_[to].above;
        *std::find(above.begin(), above.end(), from) = at;
      }
    }
    int ranks = 0;
    for (const Box& b : boxes_) ranks = std::max(ranks, b.rank + 1);
    ranks_.resize(static_cast<std::size_t>(ranks));
    for (std::size_t k = 0; k < boxes_.size(); ++k) ranks_[static_cast<std::size_t>(boxes_[k].rank)].push_back(k);
  }

  template <class F>
  void sweep(int times, F visit) {
    for (int t = 0; t < times; ++t) {
      for (std::size_t r = 1; r < ranks_.size(); ++r) visit(r, true);
      for (std::size_t r = std::max<std::size_t>(ranks_.size(), 1) - 1; r-- > 0;) visit(r, false);
    }
  }

  void order_ranks() {
    for (const auto& rank : ranks_) spread(rank);
    sweep(8, [&](std::size_t r, bool down) {
      auto& rank = ranks_[r];
      std::map<std::size_t, double> centre;
      for (std::size_t k : rank) centre[k] = wanted(k, down);
      std::stable_sort(rank.begin(), rank.end(), [&](std::size_t a, std::size_t b) { return centre[a] < centre[b]; });
      spread(rank);
    });
  }

  // Where box k would like to be: at the mean of its neighbours in the rank before (or after).
  double wanted(std::size_t k, bool down) const {
    const auto& near = down ? boxes_[k].above : boxes_[k].below;
    if (near.empty()) return boxes_[k].x;
    double sum = 0;
    for (std::size_t n : near) sum += boxes_[n].x;
    return sum / static_cast<double>(near.size());
  }

  double distance(std::size_t left, std::size_t right) const {
    return (boxes_[left].width + boxes_[right].width) / 2 + kGap;
  }

  // The boxes of a rank side by side, around 0.
  void spread(const std::vector<std::size_t>& rank) {
    for (std::size_t k = 0; k < rank.size(); ++k) {
      boxes_[rank[k]].x = k == 0 ? 0 : boxes_[rank[k - 1]].x + distance(rank[k - 1], rank[k]);
    }
    double middle = boxes_[rank.back()].x / 2;
    for (std::size_t k : rank) boxes_[k].x -= middle;
  }

  void place() {
    sweep(12, [&](std::size_t r, bool down) { settle(ranks_[r], down); });
    double left = 0;
    for (const Box& b : boxes_) left = std::min(left, b.x - b.width / 2);
    for (Box& b : boxes_) b.x += kMargin - left;
    tops_.push_back(kMargin);
    for (const auto& rank : ranks_) {
      double height = 0;
      for (std::size_t k : rank) height = std::max(height, boxes_[k].height);
      tops_.push_back(tops_.back() + height + kRankGap);
    }
    tops_.back() -= kRankGap;
  }

  // Moves the boxes of a rank towards where they want to be, in their order and without overlap: the mean of packing
  // them from the left and from the right.
  void settle(const std::vector<std::size_t>& rank, bool down) {
    std::vector<double> from_left(rank.size()), from_right(rank.size());
    for (std::size_t k = 0; k < rank.size(); ++k) {
      from_left[k] = wanted(rank[k], down);
      if (k > 0) from_left[k] = std::max(from_left[k], from_left[k - 1] + distance(rank[k - 1], rank[k]));
    }
    for (std::size_t k = rank.size(); k-- > 0;) {
      from_right[k] = wanted(rank[k], down);
      if (k + 1 < rank.size())
        from_right[k] = std::min(from_right[k], from_right[k + 1] - distance(rank[k], rank[k + 1]));
    }
    for (std::size_t k = 0; k < rank.size(); ++k) boxes_[rank[k]].x = (from_left[k] + from_right[k]) / 2;
  }

  double top(const Box& b) const { return tops_[static_cast<std::size_t>(b.rank)]; }

  std::string edge(const Box& from, const Box& to) const {
    double x0 = from.x, y0 = top(from) + from.height, x1 = to.x, y1 = top(to), middle = (y0 + y1) / 2;
    std::string out = fmt::format("<path d=\"M{0:.1f} {1:.1f}C{0:.1f} {2:.1f} {3:.1f} {2:.1f} {3:.1f} {4:.1f}\"/>\n",
                                  x0, y0, middle, x1, y1);
    if (to.lines.empty()) return out;
    return out + fmt::format("<path d=\"M{:.1f} {:.1f}l4 -7h-8z\" fill=\"#7a8594\" stroke=\"none\"/>\n", x1, y1);
  }

  std::string box(const Box& b) const {
    if (b.lines.empty()) return {};
    std::string out = fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" fill=\"{}\" "
        "stroke=\"#46525f\"/>\n",
        b.x - b.width / 2, top(b), b.width, b.height, b.rounded ? 12 : 3, b.rounded ? "#e8f1fb" : "#f7f7f4");
    for (std::size_t k = 0; k < b.lines.size(); ++k) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\"{}>{}</text>\n", b.x,
                         top(b) + kLine * static_cast<double>(k + 1), k == 0 ? "" : " fill=\"#5b6672\"",
                         escaped(b.lines[k]));
    }
    double y = top(b) + kPadding + kLine * static_cast<double>(b.lines.size());
    for (const std::string& line : b.inner) {
      out += fmt::format(
          "<rect class=\"inner\" x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{3}\" rx=\"3\" fill=\"white\" "
          "stroke=\"#a9b3be\"/>\n<text x=\"{4:.1f}\" y=\"{5:.1f}\">{6}</text>\n",
          b.x - b.width / 2 + kPadding, y, b.width - 2 * kPadding, kInnerBox, b.x - b.width / 2 + kPadding + 6, y + 14,
          escaped(line));
      y += kInnerStep;
    }
    return out;
  }

  Numbering numbering_;
  std::vector<Box> boxes_;
  std::vector<std::vector<std::size_t>> ranks_;
  std::vector<double> tops_;  // of each rank, then the bottom
};

}  // namespace

std::string to_svg(const Function& f) { return Drawing(f).svg(); }

}  // namespace tenon
