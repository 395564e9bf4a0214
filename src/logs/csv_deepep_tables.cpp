#include <algorithm>
#include <string>

#include "input/ranges.h"
#include "logs/csv_aiconfigurator.h"
#include "logs/scan.h"

namespace wideep {
namespace {

/// The columns that both DeepEP tables have.
struct DeepEpColumns {
  explicit DeepEpColumns(const CsvHeader& header)
      : device(header.find("device")),
        nodes(header.find("node_num")),
        hidden(header.find("hidden_size")),
        tokens(header.find("num_token")),
        top_k(header.find("num_topk")),
        experts(header.find("num_experts")) {}

  int device;
  int nodes;
  int hidden;
  int tokens;
  int top_k;
  int experts;
};

/// What a row of either says of both directions.
struct DeepEpRow {
  CommSeries series;
  double tokens = 0.0;
  int nodes = 1;
};

/// AIConfigurator counts 8 GPUs to a node, and took 4 on the trays of an NVL72 rack.
int gpus_per_node(int gpus_per_domain) {
  constexpr int kServer = 8;
  constexpr int kTray = 4;
  return gpus_per_domain > kServer ? kTray : kServer;
}

DeepEpRow read_deepep(const DeepEpColumns& columns, CsvRow& row) {
  DeepEpRow read;
  read.series.gpus_per_domain = gpus_per_domain_of(row.text(columns.device));
  const int gpus = gpus_per_node(read.series.gpus_per_domain);
  read.nodes = row.whole(columns.nodes, {1, range::kEpWidth.high / gpus});
  read.tokens = row.number(columns.tokens, range::kTableTokens);
  read.series.ep_width = read.nodes * gpus;
  read.series.hidden_size = row.whole(columns.hidden, range::kHiddenSize);
  read.series.gate.experts = row.whole(columns.experts, range::kExperts);
  read.series.gate.top_k = row.whole(columns.top_k, range::kTopK);
  return read;
}

/// FP8 goes out, BF16 comes back.
void add_direction(DeepEpRow& read, Direction direction, Seconds time, int run, LogSink& sink) {
  const bool sent = direction == Direction::kDispatch;
  read.series.direction = direction;
  read.series.dtype = sent ? "fp8" : "bf16";
  sink.add(read.series,
           run,
           read.tokens,
           volume_of(read.series, read.tokens, sent ? kFp8Wire : kBf16Wire),
           time);
}

/// collector/wideep/sglang/collect_deepep_ll.py: kernel times of DeepEP's own low-latency test,
/// sending and receiving together, in us.
class LowLatencyTable : public CsvTable {
 public:
  explicit LowLatencyTable(const CsvHeader& header)
      : columns_(header),
        dispatch_(header.find("dispatch_avg_t_us")),
        combine_(header.find("combine_avg_t_us")) {}

  [[nodiscard]] std::string_view name() const override { return "AIConfigurator DeepEP LL table"; }

  void take(CsvRow& row, LogSink& sink) override {
    // Every copy that DeepEP's low-latency dispatch sends begins with so many bytes.
    constexpr Bytes kHeader{16.0};
    DeepEpRow read = read_deepep(columns_, row);
    check_gate(read.series.gate, row);
    const Seconds dispatch = row.time(dispatch_, unit::us);
    const Seconds combine = row.time(combine_, unit::us);
    if (!row.good()) return sink.reject(row.why());
    read.series.kernel = "LL";
    read.series.header = kHeader;
    add_direction(read, Direction::kDispatch, dispatch, row.run(), sink);
    read.series.header = {};
    add_direction(read, Direction::kCombine, combine, row.run(), sink);
  }

 private:
  DeepEpColumns columns_;
  int dispatch_;
  int combine_;
};

/// collector/wideep/sglang/deepep/test_intranode.py and test_internode.py, in us: the best over
/// chunk sizes, and what telling the receivers took on top.
class HighThroughputTable : public CsvTable {
 public:
  explicit HighThroughputTable(const CsvHeader& header)
      : columns_(header), dispatch_(header, "dispatch"), combine_(header, "combine") {}

  [[nodiscard]] std::string_view name() const override { return "AIConfigurator DeepEP HT table"; }

  void take(CsvRow& row, LogSink& sink) override {
    // Nodes from which the test lets a token take its experts.
    constexpr int kNodesPerToken = 4;
    DeepEpRow read = read_deepep(columns_, row);
    read.series.kernel = "HT";
    read.series.copies = Copies::kPerDomain;
    read.series.gate.groups = read.nodes;
    read.series.gate.groups_per_token = std::min(read.nodes, kNodesPerToken);
    check_gate(read.series.gate, row);
    const Phase dispatch = dispatch_.read(row);
    const Phase combine = combine_.read(row);
    if (!row.good()) return sink.reject(row.why());
    read.series.sms = dispatch.sms;
    add_direction(read, Direction::kDispatch, dispatch.time, row.run(), sink);
    read.series.sms = combine.sms;
    add_direction(read, Direction::kCombine, combine.time, row.run(), sink);
  }

 private:
  struct Phase {
    int sms = 0;
    Seconds time;
  };

  struct PhaseColumns {
    PhaseColumns(const CsvHeader& header, const std::string& phase)
        : sms(header.find(phase + "_sms")),
          transmit(header.find(phase + "_transmit_us")),
          notify(header.find(phase + "_notify_us")) {}

    [[nodiscard]] Phase read(CsvRow& row) const {
      Phase phase;
      phase.sms = row.whole(sms, range::kSms);
      // On one node nobody has to be notified.
      const double told = row.number(notify, {0.0, range::kTableTime.high / unit::us});
      phase.time = row.time(transmit, unit::us) + told * unit::us;
      return phase;
    }

    int sms;
    int transmit;
    int notify;
  };

  DeepEpColumns columns_;
  PhaseColumns dispatch_;
  PhaseColumns combine_;
};

}  // namespace

std::unique_ptr<CsvTable> deepep_low_latency_table(const CsvHeader& header) {
  return std::make_unique<LowLatencyTable>(header);
}

std::unique_ptr<CsvTable> deepep_normal_table(const CsvHeader& header) {
  return std::make_unique<HighThroughputTable>(header);
}

}  // namespace wideep
