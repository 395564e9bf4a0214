// Attention as NVIDIA AIConfigurator's newer tables have it, in us: the kernel alone, or the layer
// with compressed or sparse attention.
#include <fmt/format.h>

#include "input/ranges.h"
#include "logs/csv_aiconfigurator.h"

namespace wideep {
namespace {

/// What both kinds of tables have.
struct CommonColumns {
  int framework;
  int kernel;
  int cache_dtype;
  int batch;
  int kv_len;
  int latency;
};

CommonColumns common_columns(const CsvHeader& header) {
  return {.framework = header.find("framework"),
          .kernel = header.find("kernel_source"),
          .cache_dtype = header.find("kv_cache_dtype"),
          .batch = header.find("batch"),
          .kv_len = header.find("kv_len"),
          .latency = header.find("latency_us")};
}

void read_common(CsvRow& row,
                 const CommonColumns& columns,
                 AttentionSeries& series,
                 AttentionSample& sample) {
  series.cache_dtype = read_type(row, columns.cache_dtype, "'kv_cache_dtype' is not a known type");
  if (!row.says(columns.cache_dtype)) row.wrong("no 'kv_cache_dtype'");
  series.kernel = row.text(columns.kernel);
  if (row.says(columns.framework)) {
    series.kernel = fmt::format("{} {}", row.text(columns.framework), series.kernel);
  }
  sample.sequences = row.whole(columns.batch, range::kTokens);
  sample.time = row.time(columns.latency, unit::us);
}

/// generation_mla_perf, context_mla_perf, generation_attention_perf, context_attention_perf:
/// attention proper, no projections. A decode table counts the new token in kv_len; MLA computes in
/// the type of its cache, grouped-query attention in attn_dtype.
class KernelTable : public CsvTable {
 public:
  KernelTable(const CsvHeader& header, const LogHints& hints)
      : shape_(hints.attention),
        columns_(common_columns(header)),
        prompt_(header.find("seq_len")),
        mla_heads_(header.find("num_heads")),
        heads_(header.find("q_heads")),
        kv_heads_(header.find("kv_heads")),
        head_dim_(header.find("head_dim")),
        window_(header.find("window")),
        arithmetic_(header.find("attn_dtype")) {}

  [[nodiscard]] std::string_view name() const override {
    return "AIConfigurator table of attention kernels";
  }

  void take(CsvRow& row, LogSink& sink) override {
    AttentionSeries series;
    AttentionSample sample;
    series.scope = AttentionScope::kKernel;
    const bool prefill = prompt_ != CsvHeader::kAbsent;
    series.phase = prefill ? Phase::kPrefill : Phase::kDecode;
    read_common(row, columns_, series, sample);
    series.arithmetic = series.cache_dtype;
    if (row.says(arithmetic_)) {
      series.arithmetic = read_type(row, arithmetic_, "'attn_dtype' is not a known type");
    }
    sample.context = row.whole(prefill ? prompt_ : columns_.kv_len, range::kContext);
    const bool latent = mla_heads_ != CsvHeader::kAbsent;
    sample.heads = row.whole(latent ? mla_heads_ : heads_, range::kSize);
    if (!latent) {
      sample.kv_heads = row.whole(kv_heads_, range::kSize);
      sample.head_dim = row.whole(head_dim_, range::kSize);
    }
    const int window = row.says(window_) ? row.whole(window_, {0, range::kContext.high}) : 0;
    if (!row.good()) return sink.reject(row.why());
    if (shape_ && latent != shape_->mla.has_value()) {
      return sink.skip("attention of another kind than the model's");
    }
    if (window > 0) return sink.skip("attention to a window");
    sink.add(series, sample);
  }

 private:
  std::optional<LayerShape> shape_;
  CommonColumns columns_;
  int prompt_;
  int mla_heads_;
  int heads_;
  int kv_heads_;
  int head_dim_;
  int window_;
  int arithmetic_;
};

}  // namespace

std::unique_ptr<CsvTable> attention_kernel_table(const CsvHeader& header, const LogHints& hints) {
  return std::make_unique<KernelTable>(header, hints);
}

}  // namespace wideep
