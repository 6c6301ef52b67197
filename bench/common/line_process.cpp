#include "common/line_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"

namespace tenon::bench {

LineProcess::LineProcess(const std::vector<std::string>& command) : name_(command.back()) {
  std::signal(SIGPIPE, SIG_IGN);
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return;
  std::vector<char*> arguments;
  for (const std::string& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
  arguments.push_back(nullptr);
  child_ = fork();
  if (child_ == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  ::close(to[0]);
  ::close(from[1]);
  out_ = fdopen(to[1], "w");
  in_ = fdopen(from[0], "r");
  try {
    if (child_ > 0 && ask("hello") == "ready") return;
  } catch (const Error&) {
  }
  close();
}

LineProcess::~LineProcess() { close(); }

void LineProcess::close() {
  if (out_) std::fclose(out_);
  if (in_) std::fclose(in_);
  if (child_ > 0) waitpid(child_, nullptr, 0);
  in_ = out_ = nullptr;
  child_ = -1;
}

std::string LineProcess::ask(const std::string& question) {
  require(there(), "{} does not run", name_);
  std::fputs((question + "\n").c_str(), out_);
  std::fflush(out_);
  char line[256];
  require(std::fgets(line, sizeof line, in_) != nullptr, "{} ended before it answered '{}'", name_, question);
  std::string answer = line;
  if (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

}  // namespace tenon::bench
