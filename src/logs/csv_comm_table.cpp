#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "input/ranges.h"
#include "logs/csv_columns.h"
#include "logs/scan.h"
#include "logs/stated_width.h"

namespace wideep {
namespace {

/// As fabrics take them.
constexpr std::size_t kLongestKernel = 40;

template <class T, std::size_t kSize>
bool choose(std::string_view text, const std::array<Word<T>, kSize>& words, T& chosen) {
  const auto* const found = std::find_if(words.begin(), words.end(), [&](const Word<T>& word) {
    return equal_without_case(word.first, text);
  });
  if (found == words.end()) return false;
  chosen = found->second;
  return true;
}

struct CommColumns {
  int kernel;
  int direction;
  int ep_width;
  int sms;
  int tokens;
  int hidden;
  int top_k;
  int experts;
  int element_bytes;
  int dtype;
  int header;
  int copies;
  int gpus_per_domain;
  int groups;
  int groups_per_token;
  int bytes;
  MeasuredColumn<Bytes> volume;
  MeasuredColumn<Seconds> time;
};

CommColumns find_columns(ColumnFinder& finder) {
  CommColumns columns{
      .kernel = finder.find({"kernel"}),
      .direction = finder.find({"phase", "direction"}),
      .ep_width = finder.find({"ep_width", "ep", "ep_size"}),
      .sms = finder.find({"sms"}),
      .tokens = finder.find({"tokens_per_rank", "tokens"}),
      .hidden = finder.find({"hidden_size", "hidden"}),
      .top_k = finder.find({"top_k", "topk"}),
      .experts = finder.find({"experts", "num_experts"}),
      .element_bytes = finder.find({"element_bytes", "dtype_bytes"}),
      .dtype = finder.find({"dtype"}),
      .header = finder.find({"header_bytes"}),
      .copies = finder.find({"copies"}),
      .gpus_per_domain = finder.find({"gpus_per_domain"}),
      .groups = finder.find({"groups"}),
      .groups_per_token = finder.find({"groups_per_token"}),
      .bytes = finder.find({"bytes"}),
      .volume = finder.measured<Bytes>({"volume"}, "volume_MB"),
      .time = finder.measured<Seconds>({"time", "latency"}, "time_us"),
  };
  finder.refuse_without_unit("bandwidth", "bandwidth_GBps");
  return columns;
}

/// A table of communication with documented columns. docs/measuring.md#csv
class CommTable : public CsvTable {
 public:
  /// `width_known`: by other means than the table.
  CommTable(const CommColumns& columns, const LogHints& hints, bool width_known)
      : columns_(columns), hints_(hints), width_known_(width_known) {}

  [[nodiscard]] std::string_view name() const override { return "CSV of communication"; }

  void take(CsvRow& row, LogSink& sink) override {
    CommSeries series;
    read_kernel(row, series);
    read_gate(row, series.gate);
    const double element = read_element(row, series);
    const double tokens =
        row.says(columns_.tokens) ? row.number(columns_.tokens, range::kTableTokens) : 0.0;
    const Bytes volume = read_volume(row, series, tokens, element);
    const Seconds time = row.time(columns_.time.column, columns_.time.one);
    if (!row.good()) return sink.reject(row.why());
    sink.add(series, row.run(), tokens, volume, time);
  }

 private:
  void read_kernel(CsvRow& row, CommSeries& series) const;
  void read_gate(CsvRow& row, Gate& gate) const;
  double read_element(CsvRow& row, CommSeries& series) const;
  Bytes read_volume(CsvRow& row, const CommSeries& series, double tokens, double element) const;
  static int whole_or(CsvRow& row, int column, Range<int> range, int otherwise) {
    return row.says(column) ? row.whole(column, range) : otherwise;
  }

  CommColumns columns_;
  LogHints hints_;
  bool width_known_;
};

void CommTable::read_kernel(CsvRow& row, CommSeries& series) const {
  const std::string_view kernel = row.text(columns_.kernel);
  const bool plain = std::all_of(kernel.begin(), kernel.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
  if (kernel.empty() || kernel.size() > kLongestKernel || !plain) {
    return row.wrong("'kernel' is not made of letters, digits, '_' and '-', 40 at most");
  }
  series.kernel = kernel;
  const std::string_view phase = row.text(columns_.direction);
  if (equal_without_case(phase, "either")) {
    series.direction = Direction::kEither;
  } else if (!choose(phase, kDirectionWords, series.direction)) {
    row.wrong("the phase is not dispatch, combine or both");
  }
  if (equal_without_case(kernel, "HT")) series.copies = Copies::kPerDomain;
  if (row.says(columns_.copies) &&
      !choose(row.text(columns_.copies), kCopiesWords, series.copies)) {
    row.wrong("'copies' is not per_expert, per_rank, per_domain or all_gather");
  }
  if (row.says(columns_.ep_width) || !width_known_) {
    series.ep_width = row.whole(columns_.ep_width, range::kEpWidth);
  }
  series.sms = whole_or(row, columns_.sms, {0, range::kSms.high}, 0);
  series.hidden_size = whole_or(row, columns_.hidden, range::kHiddenSize, 0);
  series.header = Bytes(whole_or(row, columns_.header, range::kHeaderBytes, 0));
  series.gpus_per_domain = whole_or(row, columns_.gpus_per_domain, range::kEpWidth, 0);
}

void CommTable::read_gate(CsvRow& row, Gate& gate) const {
  if (row.says(columns_.experts)) {
    gate.experts = row.whole(columns_.experts, range::kExperts);
  } else {
    gate.experts = hints_.experts;
  }
  gate.top_k = whole_or(row, columns_.top_k, range::kTopK, hints_.top_k.value_or(0));
  gate.groups = whole_or(row, columns_.groups, range::kGroups, 1);
  gate.groups_per_token = whole_or(row, columns_.groups_per_token, range::kGroups, gate.groups);
  check_gate(gate, row);
}

/// Bytes of an element on the wire; 0: the row does not say.
double CommTable::read_element(CsvRow& row, CommSeries& series) const {
  const Word<Bytes>* type = nullptr;
  if (row.says(columns_.dtype)) {
    type = wire_type(row.text(columns_.dtype));
    if (type == nullptr) row.wrong("'dtype' is not bf16, fp8, nvfp4 or logfmt10");
  }
  if (type != nullptr) series.dtype = type->first;
  if (row.says(columns_.element_bytes)) {
    return row.number(columns_.element_bytes, range::kElementBytes);
  }
  return type == nullptr ? 0.0 : type->second / unit::B;
}

Bytes CommTable::read_volume(CsvRow& row,
                             const CommSeries& series,
                             double tokens,
                             double element) const {
  if (row.says(columns_.bytes)) return Bytes(row.number(columns_.bytes, range::kTableVolume));
  if (row.says(columns_.volume.column)) {
    return row.number(columns_.volume.column, range::kTableVolume) * columns_.volume.one;
  }
  if (tokens == 0.0 || series.hidden_size == 0 || series.gate.top_k == 0 || element == 0.0) {
    row.wrong("neither a volume nor all of tokens_per_rank, hidden_size, top_k and element_bytes");
  }
  return tokens * series.gate.top_k * (Bytes(series.hidden_size * element) + series.header);
}

}  // namespace

CsvBeginning begin_comm_table(const CsvHeader& header,
                              const LogHints& hints,
                              const LogLine& line,
                              LogSink& sink) {
  const auto has_any = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(
        names.begin(), names.end(), [&](std::string_view name) { return header.has(name); });
  };
  if (!has_any({"kernel", "ep_width", "ep", "ep_size"}) ||
      std::none_of(header.names().begin(), header.names().end(), names_a_time)) {
    return {};
  }
  ColumnFinder finder(header, line, sink);
  const CommColumns columns = find_columns(finder);
  const auto there = [](int column) { return column != CsvHeader::kAbsent; };
  finder.require(there(columns.kernel), "kernel");
  finder.require(there(columns.direction), "phase");
  const bool width_known = hints.ep_width || !hints.file_ep_widths.empty() || sink.ep_width() > 0 ||
                           ep_width_of_name(sink.file_name()) > 0;
  finder.require(there(columns.ep_width) || width_known, "ep_width");
  if (!there(columns.bytes) && !columns.volume.there()) {
    finder.require(there(columns.tokens), "tokens_per_rank");
    finder.require(there(columns.hidden), "hidden_size");
    finder.require(there(columns.top_k) || hints.top_k, "top_k");
    finder.require(there(columns.element_bytes) || there(columns.dtype), "element_bytes");
  }
  finder.require(columns.time.there(), "time_us");
  if (!finder.finish("communication")) return {.ours = true};
  return {true, std::make_unique<CommTable>(columns, hints, width_known)};
}

}  // namespace wideep
