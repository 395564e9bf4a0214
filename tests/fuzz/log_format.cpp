// Readers of logs against hostile text: each format by itself, and whole files, by way of a file,
// with everything that read_logs does.
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>

#include "expect.h"
#include "input_text.h"
#include "logs/collect.h"
#include "logs/collective_x.h"
#include "logs/format.h"
#include "logs/read_logs.h"
#include "logs/serving_results.h"
#include "targets.h"
#include "text_file.h"

namespace {

using namespace wideep;

bool is_positive(double value) {
  return std::isfinite(value) && value > 0.0;
}

void check(const CommSeries& series) {
  expect(!series.kernel.empty(), "a kernel has a name");
  expect(series.ep_width >= 0, "the EP width is not negative");
  expect(series.sms >= 0, "SMs are not negative");
  expect(series.hidden_size >= 0, "the hidden size is not negative");
  expect(series.gate.top_k >= 0, "top-k is not negative");
  expect(series.gate.groups >= 1, "there is a group");
  expect(series.gate.groups_per_token >= 1 && series.gate.groups_per_token <= series.gate.groups,
         "a token goes to some of the groups");
  expect(std::isfinite(series.header.base()) && series.header.base() >= 0.0, "a header has bytes");
}

void check(const CollectiveSample& sample) {
  expect(is_positive(sample.bytes.base()), "a collective has bytes");
  expect(is_positive(sample.time.base()), "it takes time");
}

void check(const ExpertSample& sample) {
  expect(is_positive(sample.local_experts), "there are experts");
  expect(is_positive(sample.routed_tokens), "there are tokens");
  expect(is_positive(sample.time.base()), "experts take time");
}

void check(const FusedSeries& series) {
  expect(series.hidden_size >= 1 && series.expert_size >= 1, "experts have a size");
  expect(series.top_k >= 1 && series.top_k <= series.experts, "there are experts to choose from");
}

void check(const FusedSample& sample) {
  expect(sample.ep_width >= 0, "the EP width is not negative");
  expect(sample.tokens >= 1, "there are tokens");
  expect(is_positive(sample.time.base()), "a kernel takes time");
}

void check(const AttentionSample& sample) {
  expect(sample.sequences >= 1, "there are sequences");
  expect(sample.context >= 1, "there is a context");
  expect(is_positive(sample.time.base()), "attention takes time");
}

void check(const StepSample& sample) {
  expect(sample.batch >= 0.0 && sample.concurrency >= 0.0, "requests are not negative");
  expect(sample.input_tokens >= 0.0 && sample.output_tokens >= 0.0, "tokens are not negative");
  expect(is_positive(sample.tpot.base()), "a token takes time");
}

void check(const BalanceSample& sample) {
  expect(std::isfinite(sample.straggler_factor) && sample.straggler_factor >= 1.0,
         "the largest load is not below the mean");
}

/// Checks what a format passes on.
class CheckingSink : public LogSink {
 public:
  using LogSink::add;
  void add(const CommSeries& series, int run, double tokens, Bytes volume, Seconds time) override {
    check(series);
    expect(run >= 0, "runs count from 0");
    expect(std::isfinite(tokens) && tokens >= 0.0, "tokens are not negative");
    expect(is_positive(volume.base()), "something is sent");
    expect(is_positive(time.base()), "sending takes time");
  }
  void add(const CollectiveSeries& series, const CollectiveSample& sample) override {
    expect(series.ranks > 1, "a group has ranks");
    check(sample);
  }
  void add(const ExpertSeries& /*series*/, const ExpertSample& sample) override { check(sample); }
  void add(const FusedSeries& series, const FusedSample& sample) override {
    check(series);
    check(sample);
  }
  void add(const AttentionSeries& /*series*/, const AttentionSample& sample) override {
    check(sample);
  }
  // Numbers of JSON are judged by the file's collector.
  void add(const StepSeries& series, const StepSample& /*sample*/) override {
    expect(series.ep_width >= 0 && series.ranks >= 0, "widths are not negative");
  }
  void add(const BalanceSample& sample) override { check(sample); }
  void set_ep_width(int ep_width, std::string_view /*because*/) override {
    expect(ep_width > 0, "an EP width is above 0");
    ep_width_ = ep_width;
  }
  void saw_rank(int rank) override { expect(rank >= 0, "ranks count from 0"); }
  void skip(std::string_view why) override { expect(!why.empty(), "a reason says something"); }
  void reject(std::string_view why) override { expect(!why.empty(), "a reason says something"); }
  void fault(LogFault fault) override {
    expect(!fault.message.empty(), "a fault says something");
    expect(fault.line >= 1 && fault.column >= 1, "lines and columns count from 1");
  }
  void note(std::string text) override { expect(!text.empty(), "a note says something"); }
  [[nodiscard]] int ep_width() const override { return ep_width_; }

 private:
  int ep_width_ = 0;
};

using PlainFormat = std::unique_ptr<LogFormat> (*)();
using HintedFormat = std::unique_ptr<LogFormat> (*)(const LogHints& hints);

std::unique_ptr<LogFormat> made(PlainFormat make) {
  return make();
}

std::unique_ptr<LogFormat> made(HintedFormat make) {
  return make(LogHints{});
}

/// By one format alone.
template <auto* kMake>
void lines(std::string_view text) {
  const auto format = made(kMake);
  CheckingSink sink;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    static_cast<void>(format->take({text.substr(0, end), ++number}, sink));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  format->finish(sink);
}

void all(std::string_view text) {
  const TextFile file(text, ".log");
  try {
    const Measurements found = read_logs({file.path()}, {});
    for (const CommSeries& series : found.comm_series) check(series);
    for (const CommSample& sample : found.comm) {
      expect(sample.series < found.comm_series.size(), "a sample has a series");
      expect(is_positive(sample.volume.base()), "something is sent");
      expect(is_positive(sample.time.base()), "sending takes time");
      expect(sample.ranks >= 1, "a rank sends");
    }
    for (const ExpertSample& sample : found.experts) {
      expect(sample.series < found.expert_series.size(), "a sample has a series");
      check(sample);
    }
    for (const FusedSample& sample : found.fused) {
      expect(sample.series < found.fused_series.size(), "a sample has a series");
      check(sample);
    }
    for (const AttentionSample& sample : found.attention) {
      expect(sample.series < found.attention_series.size(), "a sample has a series");
      check(sample);
    }
    for (const StepSample& sample : found.steps) {
      expect(sample.series < found.step_series.size(), "a sample has a series");
      check(sample);
    }
    for (const BalanceSample& sample : found.balance) check(sample);
    for (const CollectiveSample& sample : found.collectives) {
      expect(sample.series < found.collective_series.size(), "a sample has a series");
      check(sample);
    }
  } catch (const InputError& error) {
    check(error);
  }
}

/// Results of serving benchmarks that are one document.
void serving_document(std::string_view text) {
  const TextFile file(text, ".json");
  FileCollector collector(file.path(), {});
  try {
    read_serving_document(file.path(), collector);
    collector.finish();
    Collected all;
    collector.move_to(all, 0);
    for (const StepSample& sample : all.rest.steps) check(sample);
  } catch (const InputError& error) {
    check(error);
  }
}

void collective_x(std::string_view text) {
  const TextFile file(text, ".json");
  CheckingSink sink;
  try {
    read_collective_x(file.path(), sink);
  } catch (const InputError& error) {
    check(error);
  }
}

constexpr std::array<FuzzTarget, 12> kLogTargets = {
    {{"all", all},
     {"balancedness", lines<balancedness>},
     {"collective_x", collective_x},
     {"csv_tables", lines<csv_tables>},
     {"deepep_elastic", lines<deepep_elastic>},
     {"deepep_low_latency", lines<deepep_low_latency>},
     {"deepep_normal", lines<deepep_normal>},
     {"hybrid_ep", lines<hybrid_ep>},
     {"mori", lines<mori>},
     {"nccl_tests", lines<nccl_tests>},
     {"serving_document", serving_document},
     {"serving_lines", lines<serving_lines>}}};

}  // namespace

FuzzTargets wideep::log_targets() {
  return kLogTargets;
}
