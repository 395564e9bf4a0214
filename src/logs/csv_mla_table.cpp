#include "input/ranges.h"
#include "logs/csv_aiconfigurator.h"

namespace wideep {
namespace {

/// Of the model that is asked for; 0: it has no latent attention. Unset: any.
std::optional<int> mla_heads(const LogHints& hints) {
  if (!hints.attention) return std::nullopt;
  return hints.attention->mla ? hints.attention->mla->heads : 0;
}

/// collector/sglang: multi-head latent attention of one layer with its projections, in ms.
class MlaTable : public CsvTable {
 public:
  MlaTable(const CsvHeader& header, const LogHints& hints)
      : model_heads_(mla_heads(hints)),
        device_(header.find("device")),
        op_(header.find("op_name")),
        kernel_(header.find("kernel_source")),
        dtype_(header.find("gemm_type")),
        cache_dtype_(header.find("kv_cache_dtype")),
        heads_(header.find("num_heads")),
        batch_(header.find("batch_size")),
        length_(header.find("isl")),
        tensor_width_(header.find("tp_size")),
        step_(header.find("step")),
        latency_(header.find("latency")) {}

  [[nodiscard]] std::string_view name() const override { return "AIConfigurator attention table"; }

  void take(CsvRow& row, LogSink& sink) override {
    const std::string_view op = row.text(op_);
    const bool prefill = op == "mla_context";
    if (!prefill && op != "mla_generation") return sink.skip("not attention with its projections");
    const int heads = row.whole(heads_, range::kSize);
    const int tensor_width = row.whole(tensor_width_, range::kEpWidth);
    AttentionSeries series;
    AttentionSample sample;
    series.phase = prefill ? Phase::kPrefill : Phase::kDecode;
    read(row, series, sample);
    const int before = row.says(step_) ? row.whole(step_, {0, range::kContext.high}) : 0;
    if (!row.good()) return sink.reject(row.why());
    if (tensor_width > 1) return sink.skip("attention that is split over ranks");
    if (model_heads_ && heads != *model_heads_) {
      return sink.skip(*model_heads_ == 0 ? "latent attention, which the model does not have"
                                          : "another number of heads than the model's");
    }
    if (prefill && before > 0) return sink.skip("prompts whose beginning is in the cache");
    if (sample.context > range::kContext.high - before) {
      return sink.reject("more context than any model has");
    }
    sample.context += before;
    sink.add(series, sample);
  }

 private:
  void read(CsvRow& row, AttentionSeries& series, AttentionSample& sample) const {
    const Word<Bytes>* const type = wire_type(row.text(dtype_));
    const Word<Bytes>* const cache = wire_type(row.text(cache_dtype_));
    if (type == nullptr) row.wrong("'gemm_type' is not a known type");
    if (cache == nullptr) row.wrong("'kv_cache_dtype' is not a known type");
    if (type != nullptr) series.dtype = type->first;
    if (cache != nullptr) series.cache_dtype = cache->first;
    series.device = row.text(device_);
    series.kernel = row.text(kernel_);
    sample.sequences = row.whole(batch_, range::kTokens);
    sample.context = row.whole(length_, range::kContext);
    sample.time = row.time(latency_, unit::ms);
  }

  std::optional<int> model_heads_;
  int device_;
  int op_;
  int kernel_;
  int dtype_;
  int cache_dtype_;
  int heads_;
  int batch_;
  int length_;
  int tensor_width_;
  int step_;
  int latency_;
};

}  // namespace

std::unique_ptr<CsvTable> mla_table(const CsvHeader& header, const LogHints& hints) {
  return std::make_unique<MlaTable>(header, hints);
}

}  // namespace wideep
