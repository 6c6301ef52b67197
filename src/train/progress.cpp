#include "train/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace tenon::train {

Progress::Progress(bool quiet, i64 first_epoch, i64 epochs, i64 samples_per_epoch)
    : quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      first_epoch_(first_epoch),
      epochs_(epochs),
      samples_per_epoch_(samples_per_epoch),
      start_(Clock::now()),
      shown_(start_) {}

void Progress::step(i64 epoch, i64 samples, double cost) {
  constexpr std::chrono::milliseconds kBetween(100);
  constexpr int kWidth = 24;
  const auto now = Clock::now();
  if (quiet_ || !terminal_ || now - shown_ < kBetween) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto done = static_cast<double>((epoch - first_epoch_) * samples_per_epoch_ + samples);
  const auto left = static_cast<double>((epochs_ - epoch + 1) * samples_per_epoch_ - samples);
  const double share = static_cast<double>(samples) / static_cast<double>(samples_per_epoch_);
  const auto filled = static_cast<int>(share * kWidth);
  const std::string bar =
      std::string(static_cast<std::size_t>(filled), '#') + std::string(static_cast<std::size_t>(kWidth - filled), '.');
  const std::string accuracy = val_accuracy_ < 0 ? "" : fmt::format("  val accuracy {:.2f} %", 100 * val_accuracy_);
  fmt::print(stderr, "\repoch {}/{} [{}] {:3.0f} %  cost {:.4f}{}  {:.0f} samples/s  ETA {}\x1b[K", epoch, epochs_, bar,
             100 * share, cost, accuracy, done / seconds, clock_text(seconds / done * left));
  std::fflush(stderr);
}

void Progress::epoch(const EpochReport& report) {
  if (report.validated) val_accuracy_ = report.val_accuracy;
  if (quiet_) return;
  fmt::print(stderr, "{}{}{}\n", terminal_ ? "\r" : "", to_string(report), terminal_ ? "\x1b[K" : "");
  std::fflush(stderr);
}

std::string to_string(const EpochReport& r) {
  std::string text = fmt::format("epoch {}/{}  cost {:.4f}", r.epoch, r.epochs, r.cost);
  if (r.validated) text += fmt::format("  val cost {:.4f}  val accuracy {:.2f} %", r.val_cost, 100 * r.val_accuracy);
  return text + fmt::format("  {:.0f} samples/s  {:.2f} s{}", r.samples_per_second, r.seconds, r.best ? "  best" : "");
}

std::string clock_text(double seconds) {
  const auto s = static_cast<i64>(seconds + 0.5);
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace tenon::train
