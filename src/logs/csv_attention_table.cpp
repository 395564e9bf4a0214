#include <algorithm>
#include <string>

#include "input/ranges.h"
#include "logs/csv_columns.h"
#include "logs/scan.h"

namespace wideep {
namespace {

struct AttentionColumns {
  int device;
  int kernel;
  int dtype;
  int cache_dtype;
  int phase;
  int sequences;
  int context;
  MeasuredColumn<Seconds> time;
};

/// A table of attention with documented columns. docs/measuring.md#csv
class AttentionTable : public CsvTable {
 public:
  explicit AttentionTable(const AttentionColumns& columns) : columns_(columns) {}

  [[nodiscard]] std::string_view name() const override { return "CSV of attention"; }

  void take(CsvRow& row, LogSink& sink) override {
    AttentionSeries series;
    AttentionSample sample;
    series.device = row.text(columns_.device);
    series.kernel = row.text(columns_.kernel);
    series.dtype = read_type(row, columns_.dtype, "'dtype' is not bf16, fp8 or nvfp4");
    series.cache_dtype = read_type(row, columns_.cache_dtype, "'kv_dtype' is not bf16 or fp8");
    const std::string_view phase = row.text(columns_.phase);
    if (equal_without_case(phase, "prefill")) {
      series.phase = Phase::kPrefill;
    } else if (!equal_without_case(phase, "decode")) {
      row.wrong("'phase' is not decode or prefill");
    }
    sample.sequences = row.whole(columns_.sequences, range::kTokens);
    sample.context = row.whole(columns_.context, range::kContext);
    sample.time = row.time(columns_.time.column, columns_.time.one);
    if (!row.good()) return sink.reject(row.why());
    sink.add(series, sample);
  }

 private:
  AttentionColumns columns_;
};

}  // namespace

CsvBeginning begin_attention_table(const CsvHeader& header, const LogLine& line, LogSink& sink) {
  const bool likely = header.has("context") || (header.has("batch_size") && header.has("phase"));
  if (!likely || std::none_of(header.names().begin(), header.names().end(), names_a_time)) {
    return {};
  }
  ColumnFinder finder(header, line, sink);
  const AttentionColumns columns{
      .device = finder.find({"device"}),
      .kernel = finder.find({"kernel"}),
      .dtype = finder.find({"dtype"}),
      .cache_dtype = finder.find({"kv_dtype"}),
      .phase = finder.find({"phase"}),
      .sequences = finder.find({"batch_size", "sequences"}),
      .context = finder.find({"context"}),
      .time = finder.measured<Seconds>({"time", "latency"}, "time_us"),
  };
  const auto there = [](int column) { return column != CsvHeader::kAbsent; };
  finder.require(there(columns.phase), "phase");
  finder.require(there(columns.sequences), "batch_size");
  finder.require(there(columns.context), "context");
  finder.require(columns.time.there(), "time_us");
  if (!finder.finish("attention")) return {.ours = true};
  return {true, std::make_unique<AttentionTable>(columns)};
}

}  // namespace wideep
