// Running the tenon tool, and making what it reads.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tenon::test {

struct Result {
  int code = -1;  ///< exit status, or -signal
  std::string out, err;
  std::vector<std::string> lines() const;  ///< of out
};

struct RunOptions {
  std::int64_t file_limit = 0;              ///< bytes that a file may grow to (0: no limit), as on a full disk
  std::string out;                          ///< file that becomes standard output instead of being captured
  std::string interrupt_after;              ///< SIGINT once this stands in the output
};

/// Runs the tool in `folder`, with a cache of compiled code of its own.
Result tenon(const std::vector<std::string>& arguments, const std::string& folder, const RunOptions& options = {});

std::string read(const std::string& path);
void write(const std::string& path, const std::string& content);

/// An IDX file of u8 elements.
std::string idx(const std::vector<std::uint32_t>& shape, const std::string& elements);

/// Images of 6x6 pixels in four classes: class k is bright in quadrant k. Labels for which `mislabel` says so are wrong.
void write_quadrants(const std::string& folder, std::uint32_t train, std::uint32_t test,
                     const std::function<bool(std::uint32_t)>& mislabel = {});

/// One line on standard error that begins "tenon: ", nothing on standard output, and this exit status.
void expect_complaint(const Result& r, int code, const std::string& part);

}  // namespace tenon::test
