#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "deploy/change.h"

namespace wideep {
namespace {

constexpr std::size_t kAround = 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

using Lines = std::vector<std::string_view>;

/// Lines that were there and those that replace them.
struct Hunk {
  std::size_t before = 0;  ///< the first of them
  std::size_t before_end = 0;
  std::size_t after = 0;
  std::size_t after_end = 0;
};

/// Without lines at its end that are alike.
Hunk shortened(const Lines& before, const Lines& after, Hunk hunk) {
  while (hunk.before_end > hunk.before && hunk.after_end > hunk.after &&
         before[hunk.before_end - 1] == after[hunk.after_end - 1]) {
    --hunk.before_end;
    --hunk.after_end;
  }
  return hunk;
}

/// Where the two go on alike behind a difference: the pair that is nearest. Edits are few and
/// small, so that it is found within some lines.
Hunk difference_at(const Lines& before, const Lines& after, std::size_t b, std::size_t a) {
  const std::size_t furthest = (before.size() - b) + (after.size() - a);
  for (std::size_t steps = 1; steps <= furthest; ++steps) {
    for (std::size_t removed = 0; removed <= steps; ++removed) {
      const std::size_t x = b + removed;
      const std::size_t y = a + (steps - removed);
      if (x > before.size() || y > after.size()) continue;
      const bool both_end = x == before.size() && y == after.size();
      const bool alike = x < before.size() && y < after.size() && before[x] == after[y];
      // A blank line alike says little of where they meet again.
      const bool tells = alike && (before[x].find_first_not_of(" \n") != std::string_view::npos);
      if (both_end || tells) return shortened(before, after, {b, x, a, y});
    }
  }
  return {b, before.size(), a, after.size()};
}

std::vector<Hunk> hunks_of(const Lines& before, const Lines& after) {
  std::vector<Hunk> hunks;
  std::size_t b = 0;
  std::size_t a = 0;
  while (b < before.size() || a < after.size()) {
    if (b < before.size() && a < after.size() && before[b] == after[a]) {
      ++b;
      ++a;
      continue;
    }
    hunks.push_back(difference_at(before, after, b, a));
    b = hunks.back().before_end;
    a = hunks.back().after_end;
  }
  return hunks;
}

void add_line(char sign, std::string_view line, std::string& out) {
  out += sign;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

std::string range(std::size_t first, std::size_t count) {
  const std::size_t shown = count == 0 ? first : first + 1;
  return count == 1 ? fmt::format("{}", shown) : fmt::format("{},{}", shown, count);
}

/// Hunks whose surroundings touch, as one.
void write_group(const Lines& before,
                 const Lines& after,
                 const std::vector<Hunk>& group,
                 std::string& out) {
  const Hunk& first = group.front();
  const Hunk& last = group.back();
  const std::size_t lead = std::min(kAround, first.before);
  const std::size_t tail = std::min(kAround, before.size() - last.before_end);
  const std::size_t b = first.before - lead;
  const std::size_t a = first.after - lead;
  out += fmt::format(
      "@@ -{} +{} @@\n", range(b, last.before_end + tail - b), range(a, last.after_end + tail - a));
  std::size_t at = b;
  for (const Hunk& hunk : group) {
    for (; at < hunk.before; ++at) add_line(' ', before[at], out);
    for (; at < hunk.before_end; ++at) add_line('-', before[at], out);
    for (std::size_t added = hunk.after; added < hunk.after_end; ++added) {
      add_line('+', after[added], out);
    }
  }
  for (; at < last.before_end + tail; ++at) add_line(' ', before[at], out);
}

}  // namespace

std::string unified_diff(const std::string& name,
                         const std::string& before,
                         const std::string& after) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Hunk> hunks = hunks_of(old_lines, new_lines);
  if (hunks.empty()) return {};
  std::string out = fmt::format("--- a/{0}\n+++ b/{0}\n", name);
  std::vector<Hunk> group;
  for (const Hunk& hunk : hunks) {
    if (!group.empty() && hunk.before > group.back().before_end + 2 * kAround) {
      write_group(old_lines, new_lines, group, out);
      group.clear();
    }
    group.push_back(hunk);
  }
  write_group(old_lines, new_lines, group, out);
  return out;
}

}  // namespace wideep
