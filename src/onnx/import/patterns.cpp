#include "onnx/import/patterns.h"

#include "base/error.h"

namespace tenon::onnx {

/// Builds the automaton from its end: each part is made for the node that follows it.
class PatternParser {
 public:
  using Set = Pattern::Set;
  using Node = Pattern::Node;
  PatternParser(std::string_view text, std::vector<Node>& nodes) : text_(text), nodes_(nodes) {}

  int all() {
    for (const char c : text_)
      require(static_cast<unsigned char>(c) < 0x80,
              "the expression '{}' has letters beyond ASCII, which are not supported", text_);
    const Tree tree = alternatives();
    require(at_ == text_.size(), "the expression '{}' has a ')' too many", text_);
    const int accept = add({Node::Accept, {}, 0, 0});
    return built(tree, accept);
  }

 private:
  /// An expression before it is an automaton, since repetition copies it.
  struct Tree {
    enum Kind { Empty, Take, Begin, End, Sequence, Choice, Repeat } kind = Empty;
    Set set;
    std::vector<Tree> parts;
    int least = 0, most = 0;  ///< of Repeat; -1: any number
  };
  static constexpr int kMostRepeats = 1000, kMostNodes = 100000, kDeepest = 200;

  int add(Node n) {
    require(nodes_.size() < kMostNodes, "the expression '{}' is too large", text_);
    nodes_.push_back(n);
    return static_cast<int>(nodes_.size()) - 1;
  }

  int built(const Tree& t, int next) {
    switch (t.kind) {
      case Tree::Empty: return next;
      case Tree::Take: return add({Node::Take, t.set, next, 0});
      case Tree::Begin: return add({Node::Begin, {}, next, 0});
      case Tree::End: return add({Node::End, {}, next, 0});
      case Tree::Sequence:
        for (std::size_t k = t.parts.size(); k-- > 0;) next = built(t.parts[k], next);
        return next;
      case Tree::Choice: {
        int first = built(t.parts[0], next);
        for (std::size_t k = 1; k < t.parts.size(); ++k) first = add({Node::Fork, {}, first, built(t.parts[k], next)});
        return first;
      }
      case Tree::Repeat: break;
    }
    if (t.most < 0) {
      const int fork = add({Node::Fork, {}, next, next});
      const int body = built(t.parts[0], fork);
      nodes_[static_cast<std::size_t>(fork)].other = body;
      next = fork;
    }
    for (int k = t.most; k > t.least; --k) next = add({Node::Fork, {}, next, built(t.parts[0], next)});
    for (int k = 0; k < t.least; ++k) next = built(t.parts[0], next);
    return next;
  }

  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  char take() {
    require(more(), "the expression '{}' ends too soon", text_);
    return text_[at_++];
  }
  bool take_if(char c) {
    if (!more() || peek() != c) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void unsupported(const std::string& what) {
    fail("the expression '{}' has {}, which is not supported", text_, what);
  }

  Tree alternatives() {
    require(++depth_ < kDeepest, "the expression '{}' has groups that are nested too deep", text_);
    Tree choice{Tree::Choice, {}, {sequence()}};
    while (take_if('|')) choice.parts.push_back(sequence());
    --depth_;
    return choice;
  }

  Tree sequence() {
    Tree s{Tree::Sequence, {}, {}};
    while (more() && peek() != '|' && peek() != ')') s.parts.push_back(repeated());
    return s;
  }

  Tree repeated() {
    Tree t = atom();
    if (!repeats()) return t;
    require(t.kind != Tree::Begin && t.kind != Tree::End, "the expression '{}' repeats an anchor", text_);
    Tree r{Tree::Repeat, {}, {std::move(t)}};
    switch (take()) {
      case '*': r.least = 0, r.most = -1; break;
      case '+': r.least = 1, r.most = -1; break;
      case '?': r.least = 0, r.most = 1; break;
      default: bounds(r);
    }
    take_if('?');  // fewest first: the same whole matches
    require(!repeats(), "the expression '{}' repeats a repetition", text_);
    return r;
  }

  bool repeats() const {
    if (peek() == '*' || peek() == '+' || peek() == '?') return more();
    return peek() == '{' && at_ + 1 < text_.size() && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9';
  }

  int number() {
    int n = 0;
    bool any = false;
    for (; peek() >= '0' && peek() <= '9'; any = true) {
      n = n * 10 + (take() - '0');
      require(n <= kMostRepeats, "the expression '{}' repeats more than {} times", text_, kMostRepeats);
    }
    require(any, "the expression '{}' has no number where one is expected", text_);
    return n;
  }
  void bounds(Tree& r) {
    r.least = r.most = number();
    if (take_if(',')) r.most = peek() == '}' ? -1 : number();
    require(take() == '}' && (r.most < 0 || r.least <= r.most), "the expression '{}' has wrong bounds", text_);
  }

  Tree atom() {
    const char c = take();
    Tree t{Tree::Take, {}, {}};
    switch (c) {
      case '(':
        if (take_if('?') && take() != ':') unsupported("a group with '?'");
        t = alternatives();
        require(take() == ')', "the expression '{}' has a group without end", text_);
        return t;
      case '[': t.set = listed_set(); return t;
      case '.': t.set.set().reset('\n'); return t;
      case '^': return {Tree::Begin, {}, {}};
      case '$': return {Tree::End, {}, {}};
      case '\\': t.set = escaped(); return t;
      case '*':
      case '+':
      case '?': fail("the expression '{}' repeats nothing", text_);
      case '{':
      case '}':
      case ']': unsupported(std::string("a bare '") + c + "'");
      default: t.set.set(static_cast<std::size_t>(c)); return t;
    }
  }

  static Set from_to(char first, char last) {
    Set s;
    for (int c = first; c <= last; ++c) s.set(static_cast<std::size_t>(c));
    return s;
  }
  static Set one_of(std::string_view letters) {
    Set s;
    for (const char c : letters) s.set(static_cast<std::size_t>(c));
    return s;
  }

  Set escaped() {
    const char c = take();
    const Set digits = from_to('0', '9'), word = digits | from_to('a', 'z') | from_to('A', 'Z') | one_of("_");
    const Set space = one_of("\t\n\f\r ");
    switch (c) {
      case 'd': return digits;
      case 'D': return ~digits;
      case 'w': return word;
      case 'W': return ~word;
      case 's': return space;
      case 'S': return ~space;
      case 't': return one_of("\t");
      case 'n': return one_of("\n");
      case 'r': return one_of("\r");
      case 'f': return one_of("\f");
      case 'v': return one_of("\v");
      default: break;
    }
    if (word.test(static_cast<std::size_t>(c))) unsupported(std::string("\\") + c);
    return one_of(std::string_view(&c, 1));
  }

  Set listed_set() {
    const bool without = take_if('^');
    Set s;
    bool first = true;
    while (first || peek() != ']') {
      first = false;
      const char c = take();
      if (c == '[' && peek() == ':') unsupported("a class by name");
      const bool escape = c == '\\';
      const Set here = escape ? escaped() : one_of(std::string_view(&c, 1));
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        take();
        const char last = take();
        if (escape || last == '\\') unsupported("a range with '\\'");
        require(c <= last, "the expression '{}' has a range that falls", text_);
        s |= from_to(c, last);
      } else {
        s |= here;
      }
    }
    take();
    return without ? ~s : s;
  }

  std::string_view text_;
  std::vector<Node>& nodes_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Pattern::Pattern(std::string_view text) { start_ = PatternParser(text, nodes_).all(); }

void Pattern::reach(int node, std::size_t at, std::size_t length, std::vector<char>& in) const {
  std::vector<int> todo{node};
  while (!todo.empty()) {
    const auto k = static_cast<std::size_t>(todo.back());
    todo.pop_back();
    if (in[k] != 0) continue;
    in[k] = 1;
    const Node& n = nodes_[k];
    if (n.kind == Node::Fork) todo.push_back(n.other);
    if (n.kind == Node::Fork || (n.kind == Node::Begin && at == 0) || (n.kind == Node::End && at == length))
      todo.push_back(n.next);
  }
}

bool Pattern::matches(std::string_view text) const {
  std::vector<char> now(nodes_.size(), 0), then;
  reach(start_, 0, text.size(), now);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    require(c < 0x80, "'{}' has letters beyond ASCII, which are not supported", text);
    then.assign(nodes_.size(), 0);
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      if (now[k] != 0 && nodes_[k].kind == Node::Take && nodes_[k].set.test(c))
        reach(nodes_[k].next, at + 1, text.size(), then);
    now.swap(then);
  }
  for (std::size_t k = 0; k < nodes_.size(); ++k)
    if (now[k] != 0 && nodes_[k].kind == Node::Accept) return true;
  return false;
}

}  // namespace tenon::onnx
