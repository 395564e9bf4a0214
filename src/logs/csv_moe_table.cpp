#include "input/ranges.h"
#include "logs/csv_aiconfigurator.h"

namespace wideep {
namespace {

/// collector/wideep: experts of one rank of a group, in ms. Tokens are those of the whole group.
class MoeTable : public CsvTable {
 public:
  explicit MoeTable(const CsvHeader& header)
      : device_(header.find("device")),
        op_(header.find("op_name")),
        dtype_(header.find("moe_dtype")),
        tokens_(header.find("num_tokens")),
        hidden_(header.find("hidden_size")),
        expert_size_(header.find("inter_size")),
        top_k_(header.find("topk")),
        experts_(header.find("num_experts")),
        slots_(header.find("num_slots")),
        tensor_width_(header.find("moe_tp_size")),
        ep_width_(header.find("moe_ep_size")),
        distribution_(header.find("distribution")),
        latency_(header.find("latency")) {}

  [[nodiscard]] std::string_view name() const override { return "AIConfigurator expert table"; }

  void take(CsvRow& row, LogSink& sink) override {
    const std::string_view op = row.text(op_);
    const bool prefill = op == "moe_context";
    if (!prefill && op != "moe_generation" && op != "wideep_moe" && op != "wideep_moe_eplb") {
      return sink.skip("not the experts of one rank of wide expert parallelism");
    }
    if (!is_even(row.text(distribution_))) return sink.skip(kUnevenRouting);
    if (row.whole(tensor_width_, range::kEpWidth) > 1) {
      return sink.skip("experts that are split over ranks");
    }
    ExpertSeries series;
    ExpertSample sample;
    read(row, series, sample);
    if (!row.good()) return sink.reject(row.why());
    series.phase = prefill ? Phase::kPrefill : Phase::kDecode;
    sink.add(series, sample);
  }

 private:
  void read(CsvRow& row, ExpertSeries& series, ExpertSample& sample) const {
    const Word<Bytes>* const type = wire_type(row.text(dtype_));
    if (type == nullptr) row.wrong("'moe_dtype' is not a known type");
    if (type != nullptr) series.dtype = type->first;
    series.device = row.text(device_);
    series.hidden_size = row.whole(hidden_, range::kHiddenSize);
    series.expert_size = row.whole(expert_size_, range::kSize);
    const int ep_width = row.whole(ep_width_, range::kEpWidth);
    const int experts = row.whole(row.says(slots_) ? slots_ : experts_, range::kExperts);
    const int top_k = row.whole(top_k_, range::kTopK);
    if (experts < ep_width) row.wrong("more ranks than experts");
    if (top_k > experts) row.wrong("more experts a token than experts");
    sample.ep_width = ep_width;
    sample.local_experts = static_cast<double>(experts) / ep_width;
    sample.routed_tokens = row.number(tokens_, range::kTableTokens) * top_k / ep_width;
    sample.time = row.time(latency_, unit::ms);
  }

  int device_;
  int op_;
  int dtype_;
  int tokens_;
  int hidden_;
  int expert_size_;
  int top_k_;
  int experts_;
  int slots_;
  int tensor_width_;
  int ep_width_;
  int distribution_;
  int latency_;
};

}  // namespace

std::unique_ptr<CsvTable> moe_table(const CsvHeader& header) {
  return std::make_unique<MoeTable>(header);
}

}  // namespace wideep
