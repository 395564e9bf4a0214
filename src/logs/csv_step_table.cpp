#include <algorithm>
#include <string>

#include "input/ranges.h"
#include "logs/csv_columns.h"
#include "logs/scan.h"
#include "logs/serving_rows.h"

namespace wideep {
namespace {

/// Of averages over requests and ranks.
constexpr Range<double> kRequests{1e-3, range::kTokens.high};
constexpr Range<double> kRequestTokens{1.0, range::kContext.high};
/// Queueing may take minutes; in the unit of the column.
constexpr Range<double> kTtft{0.0, 1e9};

struct StepColumns {
  int engine;
  int model;
  int precision;
  int device;
  int kernel;
  int overlap;
  int ep_width;
  int ranks;
  int batch;
  int concurrency;
  int input_tokens;
  int output_tokens;
  int context;
  MeasuredColumn<Seconds> tpot;
  MeasuredColumn<Seconds> ttft;
};

/// A table of what was served, with documented columns. docs/measuring.md#step
class StepTable : public CsvTable {
 public:
  explicit StepTable(const StepColumns& columns) : columns_(columns) {}

  [[nodiscard]] std::string_view name() const override { return "CSV of steps"; }

  void take(CsvRow& row, LogSink& sink) override {
    StepSeries series;
    StepSample sample;
    read_series(row, series);
    const auto number = [&](int column, Range<double> range) {
      return row.says(column) ? row.number(column, range) : 0.0;
    };
    sample.batch = number(columns_.batch, kRequests);
    sample.concurrency = number(columns_.concurrency, kRequests);
    sample.input_tokens = number(columns_.input_tokens, kRequestTokens);
    sample.output_tokens = number(columns_.output_tokens, kRequestTokens);
    if (row.says(columns_.context)) sample.context = row.whole(columns_.context, range::kContext);
    sample.tpot = row.time(columns_.tpot.column, columns_.tpot.one);
    sample.ttft = number(columns_.ttft.column, kTtft) * columns_.ttft.one;
    if (sample.batch > 0.0 && sample.concurrency > 0.0) row.wrong("both 'batch' and 'concurrency'");
    if (!row.good()) return sink.reject(row.why());
    sink.add(series, sample);
  }

 private:
  void read_series(CsvRow& row, StepSeries& series) const {
    series.engine = name_of_value(row.text(columns_.engine));
    series.model = name_of_value(row.text(columns_.model));
    series.precision = name_of_value(row.text(columns_.precision));
    series.device = row.text(columns_.device).substr(0, kLongestName);
    series.kernel = row.text(columns_.kernel).substr(0, kLongestName);
    if (row.says(columns_.ep_width)) {
      series.ep_width = row.whole(columns_.ep_width, range::kEpWidth);
    }
    if (row.says(columns_.ranks)) series.ranks = row.whole(columns_.ranks, range::kEpWidth);
    if (!row.says(columns_.overlap)) return;
    series.overlap = meaning_of(kOverlapWords, name_of_value(row.text(columns_.overlap)));
    if (!series.overlap || series.overlap == Overlap::kChunk) {
      row.wrong("'overlap' is not none or dbo");
    }
  }

  StepColumns columns_;
};

bool names_tpot(std::string_view name) {
  return name == "tpot" || name.starts_with("tpot_") || name.starts_with("mean_tpot");
}

}  // namespace

CsvBeginning begin_step_table(const CsvHeader& header, const LogLine& line, LogSink& sink) {
  if (std::none_of(header.names().begin(), header.names().end(), names_tpot)) return {};
  ColumnFinder finder(header, line, sink);
  const StepColumns columns{
      .engine = finder.find({"engine", "framework", "backend"}),
      .model = finder.find({"model"}),
      .precision = finder.find({"precision"}),
      .device = finder.find({"device", "hw"}),
      .kernel = finder.find({"kernel"}),
      .overlap = finder.find({"overlap"}),
      .ep_width = finder.find({"ep_width", "ep", "ep_size"}),
      .ranks = finder.find({"ranks", "dp_size", "dp"}),
      .batch = finder.find({"batch", "batch_per_rank"}),
      .concurrency = finder.find({"concurrency", "conc", "max_concurrency"}),
      .input_tokens = finder.find({"isl", "input_tokens"}),
      .output_tokens = finder.find({"osl", "output_tokens"}),
      .context = finder.find({"context"}),
      .tpot = finder.measured<Seconds>({"tpot", "mean_tpot"}, "tpot_ms"),
      .ttft = finder.measured<Seconds>({"ttft", "mean_ttft"}, "ttft_ms"),
  };
  const auto there = [](int column) { return column != CsvHeader::kAbsent; };
  finder.require(columns.tpot.there(), "tpot_ms");
  finder.require(there(columns.batch) || there(columns.concurrency), "batch");
  finder.require(there(columns.input_tokens) || there(columns.context), "isl");
  if (!finder.finish("steps")) return {.ours = true};
  return {true, std::make_unique<StepTable>(columns)};
}

}  // namespace wideep
