#include "cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/terminal.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::chrono::milliseconds kBetween{200};

/// "0:41", "2:03:00".
std::string clock_text(double seconds) {
  constexpr double kMost = 3.6e6;
  const auto whole = static_cast<std::int64_t>(std::min(seconds, kMost));
  constexpr int kSixty = 60;
  const std::int64_t minutes = whole / kSixty;
  if (minutes < kSixty) return fmt::format("{}:{:02}", minutes, whole % kSixty);
  return fmt::format("{}:{:02}:{:02}", minutes / kSixty, minutes % kSixty, whole % kSixty);
}

}  // namespace

Progress::Progress(std::uint64_t points, std::uint64_t done, bool wanted)
    : points_(points), before_(done), done_(done), shown_(wanted && isatty(fileno(stderr)) != 0) {}

Progress::~Progress() {
  if (any_) std::fputs("\r\x1b[K", stderr);
}

void Progress::add(std::uint64_t points) {
  done_ += points;
  if (!shown_) return;
  const auto now = Clock::now();
  if (now - last_ >= kBetween) show(now);
}

void Progress::show(Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const double rate = static_cast<double>(done_ - before_) / seconds;
  const double share = static_cast<double>(done_) / static_cast<double>(points_);
  const double left = rate > 0.0 ? static_cast<double>(points_ - done_) / rate : 0.0;
  constexpr int kBar = 20;
  const int full = static_cast<int>(share * kBar);
  const std::string text = fmt::format("{:3.0f}%  {} of {} points  {} a second  {} left",
                                       100.0 * share,
                                       format_count(static_cast<double>(done_)),
                                       format_count(static_cast<double>(points_)),
                                       format_count(rate),
                                       clock_text(left));
  std::string line = fmt::format("[{}{}] {}",
                                 std::string(static_cast<std::size_t>(full), '#'),
                                 std::string(static_cast<std::size_t>(kBar - full), '-'),
                                 text);
  const auto columns = static_cast<std::size_t>(display_of(stderr).columns);
  if (line.size() >= columns) line = text.substr(0, columns - 1);
  const std::string shown = "\r" + line + "\x1b[K";
  std::fwrite(shown.data(), 1, shown.size(), stderr);
  std::fflush(stderr);
  last_ = now;
  any_ = true;
}

}  // namespace wideep
