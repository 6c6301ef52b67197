#include "tool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/rng.h"

namespace tenon::test {

std::vector<std::string> Result::lines() const {
  std::vector<std::string> list;
  std::istringstream text(out);
  for (std::string line; std::getline(text, line);) list.push_back(line);
  return list;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

namespace {

// Never returns. Only what is safe between fork and exec.
[[noreturn]] void become(char* const* arguments, const char* folder, int out, int err, std::int64_t file_limit) {
  if (chdir(folder) != 0) _exit(126);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (file_limit > 0) {
    signal(SIGXFSZ, SIG_IGN);  // so that writing fails with EFBIG
    rlimit limit{static_cast<rlim_t>(file_limit), static_cast<rlim_t>(file_limit)};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  execv(arguments[0], arguments);
  _exit(127);
}

std::string drain(int descriptor, const std::function<void(const std::string&)>& seen) {
  std::string all;
  char piece[4096];
  for (ssize_t n; (n = ::read(descriptor, piece, sizeof piece)) > 0;) {
    all.append(piece, static_cast<std::size_t>(n));
    seen(all);
  }
  close(descriptor);
  return all;
}

}  // namespace

Result tenon(const std::vector<std::string>& arguments, const std::string& folder, const RunOptions& options) {
  static const std::string cache = testing::TempDir() + "tenon-cli-cache-" + std::to_string(getpid());
  setenv("TENON_CACHE_DIR", cache.c_str(), 1);
  std::vector<std::string> words{std::string(TENON_BINARY_DIR) + "/bin/tenon"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const std::string errors = folder + "/.stderr";
  int err = open(errors.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  int pipes[2];
  EXPECT_EQ(pipe2(pipes, O_CLOEXEC), 0);
  int out = options.out.empty() ? pipes[1] : open(options.out.c_str(), O_WRONLY | O_CLOEXEC);
  pid_t child = fork();
  if (child == 0) become(argv.data(), folder.c_str(), out, err, options.file_limit);
  if (out != pipes[1]) close(out);
  close(pipes[1]);

  Result r;
  bool sent = options.interrupt_after.empty();
  r.out = drain(pipes[0], [&](const std::string& all) {
    if (sent || all.find(options.interrupt_after) == std::string::npos) return;
    sent = true;
    kill(child, SIGINT);
  });
  int status = 0;
  waitpid(child, &status, 0);
  r.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  close(err);
  r.err = read(errors);
  std::filesystem::remove(errors);
  return r;
}

std::string idx(const std::vector<std::uint32_t>& shape, const std::string& elements) {
  std::string bytes{0, 0, 8, static_cast<char>(shape.size())};
  for (std::uint32_t extent : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(extent >> shift);
  }
  return bytes + elements;
}

void write_quadrants(const std::string& folder, std::uint32_t train, std::uint32_t test,
                     const std::function<bool(std::uint32_t)>& mislabel) {
  Rng rng(7);
  auto part = [&](const std::string& name, std::uint32_t count) {
    std::string images, labels;
    for (std::uint32_t k = 0; k < count; ++k) {
      std::uint32_t quadrant = k % 4;
      for (std::uint32_t p = 0; p < 36; ++p) {
        bool bright = p / 6 / 3 == quadrant / 2 && p % 6 / 3 == quadrant % 2;
        images += static_cast<char>((bright ? 150 : 0) + rng.below(100));
      }
      labels += static_cast<char>(mislabel && mislabel(k) ? (quadrant + 1) % 4 : quadrant);
    }
    write(folder + "/" + name + "-images-idx3-ubyte", idx({count, 6, 6}, images));
    write(folder + "/" + name + "-labels-idx1-ubyte", idx({count}, labels));
  };
  part("train", train);
  part("t10k", test);
  write(folder + "/labels.txt", "north-west\nnorth-east\nsouth-west\nsouth-east\n");
}

void expect_complaint(const Result& r, int code, const std::string& part) {
  EXPECT_EQ(r.code, code) << r.err;
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(r.err.rfind("tenon: ", 0), 0u) << r.err;
  EXPECT_EQ(r.err.find('\n'), r.err.size() - 1) << "more than one line: " << r.err;
  EXPECT_NE(r.err.find(part), std::string::npos) << "expected '" << part << "' in: " << r.err;
}

}  // namespace tenon::test
