#include <algorithm>
#include <string>

#include "input/ranges.h"
#include "logs/csv_columns.h"
#include "logs/scan.h"

namespace wideep {
namespace {

/// Few tokens on many experts leave less than one to each, on average.
constexpr Range<double> kTokensOfExperts{1e-6, range::kTableTokens.high};

struct ExpertColumns {
  int device;
  int dtype;
  int hidden;
  int expert_size;
  int local_experts;
  int tokens_per_expert;
  int routed_tokens;
  int layout;
  int ep_width;
  MeasuredColumn<Seconds> time;
};

/// A table of experts with documented columns. docs/measuring.md#csv
class ExpertTable : public CsvTable {
 public:
  explicit ExpertTable(const ExpertColumns& columns) : columns_(columns) {}

  [[nodiscard]] std::string_view name() const override { return "CSV of experts"; }

  void take(CsvRow& row, LogSink& sink) override {
    ExpertSeries series;
    ExpertSample sample;
    read_series(row, series);
    sample.local_experts = row.number(columns_.local_experts, {1.0, range::kExperts.high});
    sample.routed_tokens =
        row.says(columns_.routed_tokens)
            ? row.number(columns_.routed_tokens, kTokensOfExperts)
            : row.number(columns_.tokens_per_expert, kTokensOfExperts) * sample.local_experts;
    if (row.says(columns_.ep_width)) {
      sample.ep_width = row.whole(columns_.ep_width, range::kEpWidth);
    }
    sample.time = row.time(columns_.time.column, columns_.time.one);
    if (!row.good()) return sink.reject(row.why());
    sink.add(series, sample);
  }

 private:
  void read_series(CsvRow& row, ExpertSeries& series) const {
    const Word<Bytes>* const type = wire_type(row.text(columns_.dtype));
    if (type == nullptr) return row.wrong("'dtype' is not bf16, fp8 or nvfp4");
    series.device = row.text(columns_.device);
    // As scripts/measure/expert_mlp.py --device none writes it.
    if (series.device == "none") return row.wrong("'device' is none: a self-test, no measurement");
    series.dtype = type->first;
    series.hidden_size = row.whole(columns_.hidden, range::kHiddenSize);
    series.expert_size = row.whole(columns_.expert_size, range::kSize);
    const std::string_view layout = row.text(columns_.layout);
    const bool contiguous = equal_without_case(layout, "contiguous");
    series.phase = contiguous ? Phase::kPrefill : Phase::kDecode;
    if (!layout.empty() && !contiguous && !equal_without_case(layout, "masked")) {
      row.wrong("'layout' is not masked or contiguous");
    }
  }

  ExpertColumns columns_;
};

}  // namespace

CsvBeginning begin_expert_table(const CsvHeader& header, const LogLine& line, LogSink& sink) {
  const bool likely = header.has("local_experts") || header.has("expert_size") ||
                      header.has("intermediate_size") || header.has("tokens_per_expert");
  if (!likely || std::none_of(header.names().begin(), header.names().end(), names_a_time)) {
    return {};
  }
  ColumnFinder finder(header, line, sink);
  const ExpertColumns columns{
      .device = finder.find({"device"}),
      .dtype = finder.find({"dtype"}),
      .hidden = finder.find({"hidden_size", "hidden"}),
      .expert_size = finder.find({"expert_size", "intermediate_size"}),
      .local_experts = finder.find({"local_experts"}),
      .tokens_per_expert = finder.find({"tokens_per_expert"}),
      .routed_tokens = finder.find({"routed_tokens"}),
      .layout = finder.find({"layout"}),
      .ep_width = finder.find({"ep_width", "ep", "ep_size"}),
      .time = finder.measured<Seconds>({"time", "latency"}, "time_us"),
  };
  const auto there = [](int column) { return column != CsvHeader::kAbsent; };
  finder.require(there(columns.dtype), "dtype");
  finder.require(there(columns.hidden), "hidden_size");
  finder.require(there(columns.expert_size), "expert_size");
  finder.require(there(columns.local_experts), "local_experts");
  finder.require(there(columns.tokens_per_expert) || there(columns.routed_tokens),
                 "tokens_per_expert");
  finder.require(columns.time.there(), "time_us");
  if (!finder.finish("experts")) return {.ours = true};
  return {true, std::make_unique<ExpertTable>(columns)};
}

}  // namespace wideep
