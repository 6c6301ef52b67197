// A program that answers each line on its input with one on its output.
#pragma once
#include <cstdio>
#include <string>
#include <vector>

namespace tenon::bench {

class LineProcess {
 public:
  /// It is there if it answers "hello" with "ready".
  explicit LineProcess(const std::vector<std::string>& command);
  ~LineProcess();
  LineProcess(const LineProcess&) = delete;
  LineProcess& operator=(const LineProcess&) = delete;

  bool there() const { return in_ != nullptr; }
  /// Without the line's end. Throws Error where the process went away.
  std::string ask(const std::string& question);

 private:
  void close();
  std::FILE *in_ = nullptr, *out_ = nullptr;
  int child_ = -1;
  std::string name_;
};

}  // namespace tenon::bench
