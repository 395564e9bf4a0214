#include "logs/stated_width.h"

#include <algorithm>

#include "logs/characters.h"
#include "logs/scan.h"

namespace wideep {
namespace {

bool ends_with_without_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         equal_without_case(text.substr(text.size() - end.size()), end);
}

/// Widths that a text states: none, one, or several, which is as good as none.
struct StatedWidth {
  int width = 0;
  bool several = false;

  void add(int found) {
    if (found < 2 || found > kMaxRanks) return;
    several = several || (width != 0 && width != found);
    width = found;
  }
  [[nodiscard]] int only() const { return several ? 0 : width; }
};

/// The whole number at the beginning of a text, with nothing after it that would make it another.
int bare_whole(std::string_view text) {
  const auto value = Cursor(text).whole();
  const std::size_t end = digits_at(text, 0);
  const std::string_view after = text.substr(std::min(end, text.size()));
  const bool another =
      after.starts_with("..") || after.starts_with(" to ") ||
      (after.size() > 1 && (after[0] == ',' || after[0] == '-') && is_digit(after[1]));
  const bool ends = after.empty() || !(is_letter_or_digit(after[0]) || after[0] == '/' || another);
  return value && end > 0 && ends ? *value : 0;
}

/// What comes after "=" or, where `blank_will_do`, after blanks.
int assigned(std::string_view text, bool blank_will_do) {
  std::string_view rest = text.substr(blanks_at(text));
  if (rest.starts_with('=')) {
    rest.remove_prefix(1);
    return bare_whole(rest.substr(blanks_at(rest)));
  }
  return blank_will_do && rest.size() < text.size() ? bare_whole(rest) : 0;
}

/// ep_size=16, --ep-size 16, expert_parallel_size=16, whatever the case.
void find_sizes(std::string_view line, StatedWidth& stated) {
  static constexpr Marker kSize("size");
  static constexpr Marker kLoudSize("SIZE");
  for (const Marker& marker : {kSize, kLoudSize}) {
    for (std::size_t at = marker.find(line); at != kNowhere; at = marker.find(line, at + 1)) {
      const std::string_view before = line.substr(0, at);
      for (const std::string_view name : {"ep_", "ep-", "expert_parallel_", "expert-parallel-"}) {
        if (!ends_with_without_case(before, name)) continue;
        const std::string_view head = before.substr(0, before.size() - name.size());
        if (!head.empty() && is_letter_or_digit(head.back())) continue;
        stated.add(assigned(line.substr(at + marker.size()), head.ends_with("--")));
      }
    }
  }
}

/// EP16, EP=16, --ep 16.
void find_widths(std::string_view line, StatedWidth& stated) {
  for (std::size_t at = 0; at + 2 < line.size(); ++at) {
    if (lower(line[at]) != 'e' || lower(line[at + 1]) != 'p') continue;
    if (at > 0 && (is_letter_or_digit(line[at - 1]) || line[at - 1] == '_')) continue;
    const std::string_view rest = line.substr(at + 2);
    stated.add(is_digit(rest.front()) ? bare_whole(rest)
                                      : assigned(rest, line.substr(0, at).ends_with("--")));
  }
}

/// DeepEP's scripts take WORLD_SIZE as a number of nodes, of 8 processes each unless they are told
/// otherwise; torchrun is told both.
void find_nodes(std::string_view line, StatedWidth& stated) {
  constexpr int kProcesses = 8;
  const auto add = [&](int nodes, int processes) {
    if (nodes <= kMaxRanks && processes <= kMaxRanks) stated.add(nodes * processes);
  };
  const auto nodes = whole_after(line, "WORLD_SIZE=");
  const std::string_view processes = option_value(line, "--num-processes");
  if (nodes && line.find("test_") != kNowhere) {
    add(*nodes, processes.empty() ? kProcesses : bare_whole(processes));
  }
  for (const std::string_view name : {"--nproc-per-node", "--nproc_per_node"}) {
    add(bare_whole(option_value(line, "--nnodes")), bare_whole(option_value(line, name)));
  }
}

}  // namespace

int stated_ep_width(std::string_view line) {
  static constexpr Marker kAnyScript(".py");
  StatedWidth stated;
  find_sizes(line, stated);
  const std::string_view content = without_prefixes(line);
  const bool remark = !content.empty() && (content.front() == '#' || content.front() == '+' ||
                                           content.front() == '$' || content.starts_with("EP"));
  if (remark || kAnyScript.in(line)) {
    find_widths(line, stated);
    find_nodes(line, stated);
  }
  return stated.only();
}

int ep_width_of_name(std::string_view file_name) {
  const std::size_t slash = file_name.rfind('/');
  if (slash != kNowhere) file_name.remove_prefix(slash + 1);
  StatedWidth stated;
  for (std::size_t at = 0; at + 2 < file_name.size(); ++at) {
    if (!equal_without_case(file_name.substr(at, 2), "ep")) continue;
    if (at > 0 && is_letter_or_digit(file_name[at - 1])) continue;
    std::size_t from = at + 2;
    if (file_name[from] == '_' || file_name[from] == '-' || file_name[from] == '=') ++from;
    // "ep16.log" and "ep16_run2", not "ep2nodes", "ep16x8" or "ep-2024-01-03".
    const std::size_t end = from + digits_at(file_name, from);
    const bool ends = end >= file_name.size() || file_name[end] == '.' || file_name[end] == '_' ||
                      (file_name[end] == '-' && digits_at(file_name, end + 1) == 0);
    if (end > from && ends) {
      stated.add(Cursor(file_name.substr(from, digits_at(file_name, from))).whole().value_or(0));
    }
  }
  return stated.only();
}

}  // namespace wideep
