// experimental/CollectiveX of SemiAnalysisAI/InferenceX writes one JSON artifact a case
// (bench/ep_results.py).
#include "logs/collective_x.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "input/ranges.h"
#include "input/source.h"
#include "logs/characters.h"
#include "logs/node_values.h"
#include "logs/scan.h"

namespace wideep {
namespace {

/// What a case states of all its rows.
struct Case {
  CommSeries series;  ///< without direction and type
  const Node* rows = nullptr;
};

/// Reads the case; every key that is missing or out of range is reported.
class CaseReader {
 public:
  CaseReader(const Node& root, Findings& findings) : root_(root), findings_(findings) {}

  Case read() {
    Case found;
    CommSeries& series = found.series;
    series.kernel = kernel();
    series.ep_width = whole("ep", range::kEpWidth);
    series.hidden_size = whole("hidden", range::kHiddenSize);
    series.gate.top_k = whole("topk", range::kTopK);
    series.gate.experts = whole("experts", range::kExperts);
    series.gpus_per_domain = whole("scale_up_domain", range::kEpWidth);
    found.rows = node_at(root_, {"measurement", "rows"});
    if (found.rows == nullptr) miss("measurement.rows");
    if (series.gate.experts < series.gate.top_k) {
      findings_.report(root_.place, "more experts per token than there are");
    }
    return found;
  }

 private:
  std::string kernel() {
    constexpr std::size_t kLongest = 37;  // of 40, with "-ll"
    std::string name(text_at(root_, {"identity", "case_factors", "case", "backend"}));
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return is_letter_or_digit(c) || c == '_' || c == '-';
    });
    if (name.empty() || name.size() > kLongest || !plain) {
      miss("identity.case_factors.case.backend");
    }
    const auto mode = text_at(root_, {"identity", "case_factors", "case", "mode"});
    return mode == "low-latency" || mode == "ll" ? name + "-ll" : name;
  }

  int whole(std::string_view key, Range<int> range) {
    const auto value = number_at(root_, {"identity", "case_factors", "case", key});
    const bool sound =
        value && *value == static_cast<int>(*value) && *value >= range.low && *value <= range.high;
    if (!sound) miss(fmt::format("identity.case_factors.case.{}", key));
    return sound ? static_cast<int>(*value) : 1;
  }

  void miss(const std::string& key) {
    findings_.report(root_.place, fmt::format("'{}' is missing or makes no sense", key));
  }

  const Node& root_;
  Findings& findings_;
};

/// A batch of a case.
struct Row {
  const Node& root;  ///< the whole file
  const Node& row;
  int run = 0;
};

/// One direction of one row.
void take_direction(const Row& at, Direction direction, CommSeries series, LogSink& sink) {
  const auto& [root, row, run] = at;
  const std::string_view name = name_of(direction);
  const auto time = number_at(row, {"components", name, "percentiles_us", "p50"});
  if (!time) return sink.skip("a batch whose dispatch and combine were not timed apart");
  const auto tokens = number_at(row, {"tokens_per_rank"});
  const auto bytes = number_at(row, {"byte_provenance", name, "total_logical_bytes"});
  const auto copies = number_at(row, {"logical_copies", "routed"});
  const std::string_view wire = text_at(row, {"logical_copies", "wire"});
  if (!tokens || *tokens < 1.0 || *tokens > range::kTokens.high || !bytes || !copies ||
      *copies <= 0.0) {
    return sink.reject("a row without its tokens and bytes");
  }
  if (wire != "per-assignment" && wire != "rank-deduplicated") {
    return sink.reject("a row that does not say which copies are sent");
  }
  series.direction = direction;
  series.copies = wire == "per-assignment" ? Copies::kPerExpert : Copies::kPerRank;
  const std::string_view type = direction == Direction::kDispatch
                                    ? text_at(root, {"measurement", "dispatch_dtype"})
                                    : text_at(root, {"measurement", "combine_dtype"});
  const bool fp8 =
      type.find("fp8") != std::string_view::npos || type.find("e4m3") != std::string_view::npos;
  series.dtype = fp8 ? "fp8" : "bf16";
  const Bytes volume = *tokens * series.gate.top_k * (*bytes / *copies) * unit::B;
  if (const auto why = implausible(volume, *time * unit::us); !why.empty()) {
    return sink.reject(why);
  }
  sink.add(series, run, *tokens, volume, *time * unit::us);
}

}  // namespace

bool is_collective_x(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || head[first] != '{') return false;
  const std::size_t key = head.find("\"record_type\"");
  constexpr std::size_t kNear = 60;  // blanks between
  return key != std::string_view::npos &&
         head.substr(key).substr(0, kNear).find("\"case-attempt\"") != std::string_view::npos;
}

void read_collective_x(const std::string& path, LogSink& sink) {
  const Source source = need_source(path);
  Findings findings;
  const Node root = parse_yaml(source, findings);
  findings.throw_if_any();
  const Case found = CaseReader(root, findings).read();
  findings.throw_if_any();
  if (text_at(root, {"outcome", "status"}) != "success") {
    return sink.reject("the case did not succeed: outcome.status says so");
  }
  const auto routing = text_at(root, {"identity", "case_factors", "case", "routing"});
  if (!routing.empty() && routing != "uniform") {
    return sink.reject("routing that is not even, whose bytes differ by rank");
  }
  int run = 0;
  for (const Node& row : found.rows->items) {
    sink.from_line(row.place.line);
    if (text_at(row, {"correctness", "passed"}) == "false") {
      sink.reject("a batch whose result was wrong");
      continue;
    }
    for (const Direction direction : {Direction::kDispatch, Direction::kCombine}) {
      take_direction({root, row, run}, direction, found.series, sink);
    }
    ++run;
  }
}

}  // namespace wideep
