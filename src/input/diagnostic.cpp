#include "input/diagnostic.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

namespace wideep {
namespace {

/// Columns of a source line that are shown.
constexpr std::size_t kShownColumns = 72;
/// Of those, how many before the caret where the line is cut.
constexpr std::size_t kLead = 36;
/// Findings beyond these are not even kept: nobody mends so many at once.
constexpr std::size_t kMaxKept = 1000;
/// Messages beyond these are counted, not shown: a hostile file can hold a million faults.
constexpr std::size_t kMaxShown = 50;

constexpr unsigned char kDelete = 0x7f;

/// Control characters would move the caret, or the terminal.
std::string printable(std::string_view text) {
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < ' ' || c == kDelete; }, ' ');
  return shown;
}

/// How many characters the first `bytes` of a UTF-8 text are.
std::size_t characters(std::string_view text, std::size_t bytes) {
  constexpr unsigned char kContinuationMask = 0xC0;
  constexpr unsigned char kContinuation = 0x80;
  const std::string_view head = text.substr(0, bytes);
  return static_cast<std::size_t>(std::count_if(head.begin(), head.end(), [](unsigned char c) {
    return (c & kContinuationMask) != kContinuation;
  }));
}

/// Each file's in the order of its lines; files in the order in which they were first complained
/// about.
std::vector<Diagnostic> in_file_order(const std::vector<Diagnostic>& found) {
  std::vector<const Source*> sources;
  for (const Diagnostic& finding : found) {
    if (std::find(sources.begin(), sources.end(), finding.where.source) == sources.end()) {
      sources.push_back(finding.where.source);
    }
  }
  std::vector<Diagnostic> sorted = found;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
    const auto key = [&](const Diagnostic& finding) {
      return std::tuple(std::find(sources.begin(), sources.end(), finding.where.source),
                        finding.where.line,
                        finding.where.column);
    };
    return key(a) < key(b);
  });
  return sorted;
}

std::string render_line(const Diagnostic& diagnostic) {
  const auto& [source, line, column] = diagnostic.where;
  std::string shown = printable(line_of(source->text, line));
  auto caret = static_cast<std::size_t>(column);
  if (shown.size() > kShownColumns) {
    const std::size_t from = caret > kLead ? caret - kLead : 0;
    shown = shown.size() > from ? shown.substr(from, kShownColumns) : "";
    caret -= from;
  }
  caret = 1 + characters(shown, caret - 1);
  return fmt::format("{:5} | {}\n", line, shown) + fmt::format("      | {:>{}}\n", '^', caret);
}

}  // namespace

std::string_view line_of(std::string_view text, int line) {
  for (int skipped = 1; skipped < line; ++skipped) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

int character_of(const Place& place) {
  const std::string_view line = line_of(place.source->text, place.line);
  return 1 + static_cast<int>(characters(line, static_cast<std::size_t>(place.column - 1)));
}

InputError::InputError(const InputFault& fault)
    : report_(fmt::format("{}: error: {}\n", fault.file, fault.message)), faults_{fault} {
  if (!fault.fix.empty()) report_ += fmt::format("  = help: {}\n", fault.fix);
}

std::string render(const Diagnostic& diagnostic) {
  const Source* const source = diagnostic.where.source;
  std::string text = fmt::format("{}:{}:{}: error: {}\n",
                                 source->name,
                                 diagnostic.where.line,
                                 character_of(diagnostic.where),
                                 printable(diagnostic.message));
  if (source->shown) text += render_line(diagnostic);
  if (!diagnostic.help.empty()) {
    text += fmt::format("      = help: {}\n", printable(diagnostic.help));
  }
  return text;
}

void Findings::report(Place where, std::string message, std::string help) {
  report(Diagnostic{.where = where, .message = std::move(message), .help = std::move(help)});
}

void Findings::report(Diagnostic diagnostic) {
  // A fabric that several workloads share is read with each.
  const bool known = std::any_of(found_.begin(), found_.end(), [&](const Diagnostic& other) {
    return other.where == diagnostic.where && other.message == diagnostic.message;
  });
  if (known || found_.size() > kMaxKept) return;
  found_.push_back(std::move(diagnostic));
}

void Findings::report(const InputError& error) {
  unplaced_ += error.what();
  unplaced_faults_.insert(unplaced_faults_.end(), error.faults().begin(), error.faults().end());
}

void Findings::report_unplaced(const Findings& others) {
  unplaced_ += others.unplaced_;
  unplaced_faults_.insert(
      unplaced_faults_.end(), others.unplaced_faults_.begin(), others.unplaced_faults_.end());
}

InputError Findings::error() const {
  std::string all = unplaced_;
  std::vector<InputFault> faults = unplaced_faults_;
  std::size_t shown = 0;
  const std::vector<Diagnostic> sorted = in_file_order(found_);
  for (const Diagnostic& finding : sorted) {
    faults.push_back({.rule = finding.rule,
                      .file = finding.where.source->name,
                      .line = finding.where.line,
                      .message = printable(finding.message),
                      .fix = printable(finding.help),
                      .column = character_of(finding.where)});
    if (shown++ < kMaxShown) all += render(finding);
  }
  if (shown > kMaxShown) all += fmt::format("... and {} errors more\n", shown - kMaxShown);
  return {all, std::move(faults)};
}

void Findings::throw_if_any() const {
  if (any()) refuse(error());
}

}  // namespace wideep
