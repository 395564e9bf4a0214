#include "input/read_counts.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "input/counts_cells.h"
#include "input/node.h"
#include "input/suggest.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

constexpr std::size_t kMaxLayers = 10'000;
constexpr std::size_t kMaxExperts = 65'536;
/// A file of the wrong kind has a fault in every cell.
constexpr int kMaxFaults = 20;
constexpr std::string_view kBlanksAndEnds = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// As much of a cell as a message has room for, where it may say so.
std::string quoted_cell(std::string_view cell, bool shown) {
  constexpr std::size_t kShown = 40;
  if (!shown) return "this";
  return cell.size() <= kShown ? fmt::format("'{}'", cell)
                               : fmt::format("'{}...'", cell.substr(0, kShown));
}

/// The table as it is read, cell by cell, and what is wrong with it.
class Table {
 public:
  Table(const Source& source, Findings& findings) : shown_(source.shown), findings_(findings) {}

  void report(Place where, std::string message, std::string help = {}) {
    if (faults_++ < kMaxFaults) {
      findings_.report(where, std::move(message), std::move(help));
    } else if (!first_untold_) {
      first_untold_ = where;
    }
  }

  /// Every layer then has as many counts as this line has names.
  void expect(std::size_t experts, int line) {
    expected_ = experts;
    expected_by_ = line;
  }

  /// Begins a layer. False when there are too many: the rest need not be read.
  [[nodiscard]] bool begin(Place where) {
    if (counts_.layers.size() == kMaxLayers) {
      report(where, fmt::format("a table has at most {} layers", kMaxLayers));
      return false;
    }
    counts_.layers.emplace_back().reserve(std::min(expected_, kMaxExperts));
    begun_ = where;
    faults_before_ = faults_;
    return true;
  }

  void add(Place where, std::string_view cell, std::string help = {}) {
    const auto count = parse_number(cell);
    if (cell.empty()) {
      report(where, "a count is missing here");
    } else if (!count) {
      report(where,
             fmt::format("{} is not a finite number", quoted_cell(cell, shown_)),
             std::move(help));
    } else if (*count < 0.0) {
      report(where,
             fmt::format("{} is negative, and a count is 0 or more", quoted_cell(cell, shown_)));
    }
    layer().push_back(count.value_or(0.0));
  }

  void end() {
    const std::size_t found = layer().size();
    if (found > kMaxExperts) {
      report(begun_, fmt::format("{} experts are more than the {} allowed", found, kMaxExperts));
    }
    if (found == 0 && expected_ == 0) return report(begun_, "this layer has no counts");
    if (expected_ == 0) expect(found, begun_.line);
    if (found != expected_) {
      report(
          begun_,
          fmt::format(
              "this layer has {} counts, not the {} of line {}", found, expected_, expected_by_));
    }
    const bool nothing =
        std::none_of(layer().begin(), layer().end(), [](double count) { return count > 0.0; });
    if (nothing && faults_ == faults_before_) {
      report(begun_, "the counts of this layer are all 0", "leave a layer without experts out");
    }
  }

  /// The counts, or nothing where there was a fault.
  std::optional<ExpertCounts> finish(Place start) {
    if (counts_.layers.empty() && faults_ == 0) report(start, "there are no counts in this file");
    if (first_untold_) {
      findings_.report(*first_untold_,
                       fmt::format("{} faults more, from here on", faults_ - kMaxFaults));
    }
    if (faults_ > 0) return std::nullopt;
    return std::move(counts_);
  }

 private:
  std::vector<double>& layer() { return counts_.layers.back(); }

  bool shown_;
  Findings& findings_;
  ExpertCounts counts_;
  std::size_t expected_ = 0;  ///< counts of a layer; 0 before it is known
  int expected_by_ = 1;       ///< the line that says so
  Place begun_;               ///< of the current layer
  int faults_ = 0;
  int faults_before_ = 0;  ///< the current layer
  std::optional<Place> first_untold_;
};

/// Reads the lines of a CSV file into the table.
class CsvReader {
 public:
  CsvReader(const Source& source, Table& table) : source_(source), table_(table) {}

  /// `from`: where the text begins, past a byte order mark.
  void read(std::size_t from) {
    std::string_view text(source_.text);
    for (int line = 1; from < text.size(); ++line) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      const std::string_view content = text.substr(from, end - from);
      from = end + 1;
      const std::string_view shown = without_blanks(content);
      if (shown.empty() || shown.front() == '#') continue;
      if (!take(line, counts_cells(content))) return;
    }
  }

 private:
  /// False when no more lines need be read.
  bool take(int line, const std::vector<CountsCell>& cells) {
    if (!std::exchange(begun_, true)) {
      const CountsHeader header = counts_header(cells);
      labelled_ = header.labels;
      if (header.present) {
        table_.expect(cells.size() - (labelled_ ? 1 : 0), line);
        return true;
      }
    }
    if (!table_.begin({&source_, line, cells.front().column})) return false;
    for (std::size_t i = labelled_ ? 1 : 0; i < cells.size(); ++i) {
      const auto& [text, column] = cells[i];
      table_.add({&source_, line, column}, text, separator_help(text));
    }
    table_.end();
    return true;
  }

  const Source& source_;
  Table& table_;
  bool begun_ = false;
  bool labelled_ = false;
};

void read_layers(const Node& layers, Table& table) {
  for (const Node& layer : layers.items) {
    if (layer.kind != Node::Kind::kSequence) {
      table.report(layer.place, "a layer is a list of counts, one for each expert");
      continue;
    }
    if (!table.begin(layer.place)) return;
    for (const Node& count : layer.items) {
      if (count.kind == Node::Kind::kSequence || count.is_map()) {
        table.add(count.place, "[...]");
      } else {
        table.add(count.place, count.kind == Node::Kind::kNull ? "null" : count.text);
      }
    }
    table.end();
  }
}

void read_json(const Node& root, Table& table) {
  if (!root.is_map()) return read_layers(root, table);
  const Node* const counts = root.find("counts");
  if (counts == nullptr) {
    std::string help;
    for (const Entry& entry : root.entries) {
      if (help.empty()) help = did_you_mean(entry.key.text, {"counts"});
    }
    table.report(root.place, "'counts' is missing", std::move(help));
  } else if (counts->kind != Node::Kind::kSequence) {
    table.report(counts->place, "'counts' is a list of layers, each a list of counts");
  } else {
    read_layers(*counts, table);
  }
}

}  // namespace

std::optional<ExpertCounts> read_counts(const Source& source, Findings& findings) {
  const std::string_view text(source.text);
  const std::size_t from = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::size_t first = text.find_first_not_of(kBlanksAndEnds, from);
  const Place start{&source, 1, 1};

  Table table(source, findings);
  if (first == std::string_view::npos) {
    table.report(start, "the file is empty");
  } else if (text[first] == '[' || text[first] == '{') {
    const bool clean = !findings.any();
    const Node root = parse_yaml(source, findings, from);
    if (root.kind == Node::Kind::kNull || (clean && findings.any())) return std::nullopt;
    read_json(root, table);
  } else {
    CsvReader(source, table).read(from);
  }
  return table.finish(start);
}

bool looks_like_counts(const Source& source) {
  std::string_view text(source.text);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text.remove_prefix(std::min(text.find_first_not_of(kBlanksAndEnds), text.size()));
  if (text.starts_with('{')) return text.find("\"counts\"") != text.npos;
  if (text.starts_with('[')) return without_blanks(text.substr(1)).starts_with('[');
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::vector<CountsCell> cells = counts_cells(text.substr(0, end));
    const auto numbers = std::count_if(cells.begin(), cells.end(), [](const CountsCell& cell) {
      return parse_number(cell.text).has_value();
    });
    constexpr std::ptrdiff_t kFewest = 2;
    if (numbers >= kFewest && numbers + 1 >= std::ssize(cells)) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

}  // namespace wideep
