#include "input/ranges.h"
#include "logs/csv_aiconfigurator.h"
#include "logs/scan.h"

namespace wideep {
namespace {

/// TensorRT-LLM's all-to-all over NVLink, in ms. Tokens are those of one rank, and its router sends
/// each to as many ranks as it can.
class AlltoallTable : public CsvTable {
 public:
  explicit AlltoallTable(const CsvHeader& header)
      : device_(header.find("device")),
        op_(header.find("op_name")),
        kernel_(header.find("kernel_source")),
        dtype_(header.find("moe_dtype")),
        tokens_(header.find("num_tokens")),
        hidden_(header.find("hidden_size")),
        top_k_(header.find("topk")),
        experts_(header.find("num_experts")),
        ep_width_(header.find("moe_ep_size")),
        distribution_(header.find("distribution")),
        latency_(header.find("latency")) {}

  [[nodiscard]] std::string_view name() const override {
    return "AIConfigurator TensorRT-LLM all-to-all table";
  }

  void take(CsvRow& row, LogSink& sink) override {
    const std::string_view op = row.text(op_);
    const bool dispatch = op == "alltoall_dispatch";
    if (op == "alltoall_prepare") return sink.skip("the prepare step, which moves no tokens");
    if (op == "alltoall_combine_low_precision") {
      return sink.skip("combine in low precision, whose size the table does not tell");
    }
    if (!dispatch && op != "alltoall_combine") return sink.skip("not an all-to-all");
    if (row.says(distribution_) && !is_even(row.text(distribution_))) {
      return sink.skip(kUnevenRouting);
    }
    const Word<Bytes>* const type = wire_type(dispatch ? row.text(dtype_) : "bf16");
    if (type == nullptr) row.wrong("'moe_dtype' is not a known type");
    CommSeries series = read_series(row);
    const double tokens = row.number(tokens_, range::kTableTokens);
    const Seconds time = row.time(latency_, unit::ms);
    if (!row.good()) return sink.reject(row.why());
    series.direction = dispatch ? Direction::kDispatch : Direction::kCombine;
    series.dtype = type->first;
    sink.add(series, row.run(), tokens, volume_of(series, tokens, type->second), time);
  }

 private:
  [[nodiscard]] CommSeries read_series(CsvRow& row) const {
    CommSeries series;
    series.kernel = row.text(kernel_);
    if (!series.kernel.starts_with("NVLink")) row.wrong("'kernel_source' is not a known kernel");
    series.copies = Copies::kPerRank;
    series.ep_width = row.whole(ep_width_, range::kEpWidth);
    series.hidden_size = row.whole(hidden_, range::kHiddenSize);
    series.gate.experts = row.whole(experts_, range::kExperts);
    series.gate.top_k = row.whole(top_k_, range::kTopK);
    check_gate(series.gate, row);
    series.gate.routing = Routing::kBalanced;
    series.gpus_per_domain = gpus_per_domain_of(row.text(device_));
    return series;
  }

  int device_;
  int op_;
  int kernel_;
  int dtype_;
  int tokens_;
  int hidden_;
  int top_k_;
  int experts_;
  int ep_width_;
  int distribution_;
  int latency_;
};

}  // namespace

std::unique_ptr<CsvTable> alltoall_table(const CsvHeader& header) {
  return std::make_unique<AlltoallTable>(header);
}

}  // namespace wideep
