#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "input/ranges.h"
#include "logs/csv_aiconfigurator.h"
#include "logs/csv_columns.h"
#include "logs/scan.h"
#include "logs/stated_width.h"

namespace wideep {
namespace {

/// Longer names of devices, types and distributions tell nothing that reports have room for.
constexpr std::size_t kLongestLabel = 48;

struct FusedColumns {
  int device = CsvHeader::kAbsent;
  int dtype = CsvHeader::kAbsent;
  int tokens = CsvHeader::kAbsent;
  int hidden = CsvHeader::kAbsent;
  int expert_size = CsvHeader::kAbsent;
  int top_k = CsvHeader::kAbsent;
  int experts = CsvHeader::kAbsent;
  int ep_width = CsvHeader::kAbsent;
  int distribution = CsvHeader::kAbsent;
  int cuda_graph = CsvHeader::kAbsent;
  MeasuredColumn<Seconds> time;
};

/// The type of the weights, by the word for it or by a name that holds it, as `w4a8_mxfp4_mxfp8`
/// does; nothing where there is none.
std::optional<WeightType> weights_in(std::string_view dtype) {
  if (const auto type = meaning_of(kWeightTypeWords, dtype)) return type;
  for (const WeightType type : {WeightType::kNvfp4, WeightType::kMxfp4}) {
    if (dtype.find(name_of(type)) != std::string_view::npos) return type;
  }
  return std::nullopt;
}

/// A fused kernel's times by tokens of a rank and EP width.
class FusedTable : public CsvTable {
 public:
  FusedTable(std::string_view name, const FusedColumns& columns) : name_(name), columns_(columns) {}

  [[nodiscard]] std::string_view name() const override { return name_; }

  void take(CsvRow& row, LogSink& sink) override {
    if (equal_without_case(row.text(columns_.cuda_graph), "false")) {
      return sink.skip("timed without a CUDA graph: launches from the host are in it");
    }
    FusedSeries series;
    FusedSample sample;
    read_series(row, series);
    sample.tokens = row.whole(columns_.tokens, range::kTokens);
    if (row.says(columns_.ep_width)) {
      sample.ep_width = row.whole(columns_.ep_width, range::kEpWidth);
    }
    if (series.top_k > series.experts) row.wrong("more experts a token than experts");
    if (sample.ep_width > series.experts) row.wrong("more ranks than experts");
    sample.time = row.time(columns_.time.column, columns_.time.one);
    if (!row.good()) return sink.reject(row.why());
    sink.add(series, sample);
  }

 private:
  void read_series(CsvRow& row, FusedSeries& series) const {
    // What most such kernels take, which a note says.
    series.dtype = row.says(columns_.dtype) ? row.text(columns_.dtype) : "mxfp4";
    const auto weights = weights_in(series.dtype);
    if (!weights) return row.wrong("the type is none that weights are known to have");
    series.weights = *weights;
    series.device = row.text(columns_.device);
    const std::string_view distribution = row.text(columns_.distribution);
    if (!is_even(distribution) && distribution != "even") series.distribution = distribution;
    if (std::max({series.device.size(), series.dtype.size(), series.distribution.size()}) >
        kLongestLabel) {
      row.wrong(fmt::format("a name of more than {} letters", kLongestLabel));
    }
    series.hidden_size = row.whole(columns_.hidden, range::kHiddenSize);
    series.expert_size = row.whole(columns_.expert_size, range::kSize);
    series.top_k = row.whole(columns_.top_k, range::kTopK);
    series.experts = row.whole(columns_.experts, range::kExperts);
  }

  std::string_view name_;
  FusedColumns columns_;
};

bool is_likely(const CsvHeader& header) {
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(
        names.begin(), names.end(), [&](std::string_view name) { return header.has(name); });
  };
  return any({"expert_size", "intermediate_size", "moe_intermediate_size", "inter_size"}) &&
         any({"experts", "num_experts"}) &&
         !any({"local_experts", "tokens_per_expert", "routed_tokens"}) &&
         std::any_of(header.names().begin(), header.names().end(), names_a_time);
}

}  // namespace

std::unique_ptr<CsvTable> fused_moe_table(const CsvHeader& header) {
  // The source has `latency` in ms, copies of it `latency_us`.
  const bool in_ms = header.has("latency");
  return std::make_unique<FusedTable>(
      "AIConfigurator fused MoE table",
      FusedColumns{
          .device = header.find("device"),
          .dtype = header.find("moe_dtype"),
          .tokens = header.find("num_tokens_per_rank"),
          .hidden = header.find("hidden_size"),
          .expert_size = header.find("inter_size"),
          .top_k = header.find("topk"),
          .experts = header.find("num_experts"),
          .ep_width = header.find("ep"),
          .distribution = header.find("distribution"),
          .cuda_graph = header.find("used_cuda_graph"),
          .time = {header.find(in_ms ? "latency" : "latency_us"), in_ms ? unit::ms : unit::us}});
}

CsvBeginning begin_fused_table(const CsvHeader& header,
                               const LogHints& hints,
                               const LogLine& line,
                               LogSink& sink) {
  if (!is_likely(header)) return {};
  ColumnFinder finder(header, line, sink);
  const FusedColumns columns{
      .device = finder.find({"device"}),
      .dtype = finder.find({"dtype", "moe_dtype", "weight_dtype"}),
      .tokens = finder.find({"tokens_per_rank", "tokens"}),
      .hidden = finder.find({"hidden_size", "hidden"}),
      .expert_size =
          finder.find({"expert_size", "intermediate_size", "moe_intermediate_size", "inter_size"}),
      .top_k = finder.find({"top_k", "topk"}),
      .experts = finder.find({"experts", "num_experts"}),
      .ep_width = finder.find({"ep_width", "ep", "ep_size"}),
      .distribution = finder.find({"distribution"}),
      .time = finder.measured<Seconds>({"time", "latency"}, "time_us"),
  };
  const auto there = [](int column) { return column != CsvHeader::kAbsent; };
  finder.require(there(columns.tokens), "tokens_per_rank");
  finder.require(there(columns.hidden), "hidden_size");
  finder.require(there(columns.top_k), "top_k");
  const bool width_known = hints.ep_width || !hints.file_ep_widths.empty() || sink.ep_width() > 0 ||
                           ep_width_of_name(sink.file_name()) > 0;
  finder.require(there(columns.ep_width) || width_known, "ep_width");
  finder.require(columns.time.there(), "time_us");
  if (!finder.finish("a fused kernel")) return {.ours = true};
  if (!there(columns.dtype)) sink.note("no column 'dtype': weights are taken for mxfp4");
  return {true, std::make_unique<FusedTable>("CSV of a fused kernel", columns)};
}

}  // namespace wideep
