// All-to-all kernels: the tables that the presets are fitted to, and what others published of the
// same kernels.
#include <map>

#include <fmt/format.h>

#include "model/coverage.h"
#include "model/routing.h"
#include "outcome.h"
#include "published.h"

namespace wideep::validation {
namespace {

/// Even routing without groups, and nothing but the kernel.
std::vector<std::string> benchmark(std::vector<std::string> more = {}) {
  more.insert(more.end(),
              {"groups=1",
               "groups_per_token=1",
               "straggler_factor=1",
               "context=null",
               "attention_time={fixed: 0us}",
               "gpu.memory=null"});
  return more;
}

void set_tokens(Problem& problem, int tokens) {
  problem.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
}

bool deepseek_shape(const Row& row) {
  return row.at("hidden_size") == "7168" && row.at("num_topk") == "8" &&
         row.at("num_experts") == "256";
}

struct System {
  const char* name;
  const char* fabric;
  const char* table;
  int gpus_per_node;
};

/// The one-node tables hold many shapes; that of DeepSeek-V3 is what the presets are fitted to.
void low_latency(const System& system, Chapter& chapter) {
  Outcome fitted{.source = fmt::format("AIConfigurator 095f58a, {}", system.table),
                 .settings = fmt::format("{}, LL, DeepSeek-V3's shape", system.name),
                 .fitted = true};
  Outcome others{.source = fitted.source,
                 .settings = fmt::format("{}, LL, other shapes", system.name)};
  std::map<std::string, Problem> problems;
  for (const Row& row : published(fmt::format("comm/deepep_ll.{}.csv", system.table))) {
    const std::string shape =
        fmt::format("{} {} {}", row.at("hidden_size"), row.at("num_topk"), row.at("num_experts"));
    auto found = problems.find(shape);
    if (found == problems.end()) {
      const auto set = benchmark({"hidden_size=" + row.at("hidden_size"),
                                  "top_k=" + row.at("num_topk"),
                                  "experts=" + row.at("num_experts"),
                                  "kernels.LL.hidden_sizes=null",
                                  "expert_time_per_token=1us"});
      found = problems.emplace(shape, problem_on(system.fabric, set)).first;
    }
    Problem& problem = found->second;
    set_tokens(problem, whole(row, "num_token"));
    const Prediction here =
        predict(problem,
                asked(problem,
                      {.ep_width = whole(row, "node_num") * system.gpus_per_node,
                       .kernel = kernel_of(problem, "LL")}));
    Errors& errors = deepseek_shape(row) ? fitted.errors : others.errors;
    errors.add(here.dispatch / unit::us, number(row, "dispatch_avg_t_us"));
    errors.add(here.combine / unit::us, number(row, "combine_avg_t_us"));
  }
  chapter.outcomes.push_back(fitted);
  if (!others.errors.of.empty()) chapter.outcomes.push_back(others);
}

/// What HT's presets are fitted to (scripts/presets/recipes.py): no huge batches, one node of the
/// newer table, more of the older one without its congested runs.
bool fitted_to(const Row& row, const System& system) {
  constexpr int kHuge = 65'536;
  const int nodes = whole(row, "node_num");
  const bool older = std::string(system.table).ends_with("0.5.6");
  const bool congested = nodes > 4 || (nodes == 2 && whole(row, "dispatch_sms") == 12);
  return deepseek_shape(row) && whole(row, "num_token") < kHuge &&
         (older ? nodes > 1 && !congested : nodes == 1);
}

void high_throughput(const System& system, Chapter& chapter) {
  Outcome middle{.source = fmt::format("AIConfigurator 095f58a, {}", system.table),
                 .settings = fmt::format("{}, HT, 32 to 1,024 tokens of these", system.name),
                 .fitted = true};
  Outcome outcome{.source = fmt::format("AIConfigurator 095f58a, {}", system.table),
                  .settings = fmt::format("{}, HT, 4 to 24 SMs", system.name),
                  .fitted = true};
  Problem problem = problem_on(system.fabric, benchmark());
  const std::size_t kernel = kernel_of(problem, "HT");
  for (const Row& row : published(fmt::format("comm/deepep_normal.{}.csv", system.table))) {
    const int width = whole(row, "node_num") * system.gpus_per_node;
    if (!fitted_to(row, system)) continue;
    const int tokens = whole(row, "num_token");
    const auto add = [&](double predicted, double measured) {
      outcome.errors.add(predicted, measured);
      if (tokens >= 32 && tokens <= 1024) middle.errors.add(predicted, measured);
    };
    set_tokens(problem, tokens);
    Config config{.ep_width = width, .kernel = kernel};
    config.sms = whole(row, "dispatch_sms");
    add(predict(problem, asked(problem, config)).dispatch / unit::us,
        number(row, "dispatch_transmit_us") + number(row, "dispatch_notify_us"));
    config.sms = whole(row, "combine_sms");
    add(predict(problem, asked(problem, config)).combine / unit::us,
        number(row, "combine_transmit_us") + number(row, "combine_notify_us"));
  }
  chapter.outcomes.push_back(outcome);
  chapter.outcomes.push_back(middle);
}

/// The prepare step of each two-sided dispatch, in ms.
std::map<std::string, double> prepare_times(const std::vector<Row>& rows) {
  std::map<std::string, double> times;
  for (const Row& row : rows) {
    if (row.at("op_name") != "alltoall_prepare") continue;
    times[row.at("moe_dtype") + row.at("moe_ep_size") + "," + row.at("num_tokens")] =
        number(row, "latency");
  }
  return times;
}

/// TensorRT-LLM's router sends each token to as many ranks as it can.
void nvlink(const char* preset, const std::string& name, Chapter& chapter) {
  const std::map<std::string, double> elements = {
      {"bfloat16", 2.0}, {"fp8", 1.0 + 4.0 / 128}, {"nvfp4", 0.5 + 1.0 / 16}};
  const auto rows = published("comm/trtllm_alltoall.gb200.csv");
  const bool prepares = name == "NVLinkTwoSided";
  const auto times = prepare_times(rows);
  Outcome outcome{.source = "AIConfigurator 095f58a, TensorRT-LLM 1.3.0rc10",
                  .settings = fmt::format("GB200, {}{}", name, prepares ? ", with prepare" : ""),
                  .fitted = true};
  Problem problem = problem_on(
      "gb200-nvl72", benchmark({"routing=balanced", fmt::format("kernels.NVL={}", preset)}));
  for (const Row& row : rows) {
    const bool dispatches = row.at("op_name") == "alltoall_dispatch";
    const auto prepare =
        times.find(row.at("moe_dtype") + row.at("moe_ep_size") + "," + row.at("num_tokens"));
    if (dispatches && prepares && prepare == times.end()) continue;
    const Config config{.ep_width = whole(row, "moe_ep_size"), .kernel = kernel_of(problem, "NVL")};
    const bool of_it = row.at("kernel_source") == name &&
                       (dispatches || row.at("op_name") == "alltoall_combine") &&
                       has_figures(problem.fabric.kernels[config.kernel], config.ep_width);
    if (!of_it) continue;
    problem.workload.traffic.dispatch_element = Bytes(elements.at(row.at("moe_dtype")));
    set_tokens(problem, whole(row, "num_tokens"));
    const Prediction here = predict(problem, asked(problem, config));
    const double before = dispatches && prepares ? prepare->second : 0.0;
    outcome.errors.add((dispatches ? here.dispatch : here.combine) / unit::ms,
                       before + number(row, "latency"));
  }
  chapter.outcomes.push_back(outcome);
}

/// What others measured: whose name in the table, and our fabric for it.
struct Elsewhere {
  const char* hardware;
  const char* fabric;
  std::vector<std::string> set;
};

const std::vector<Elsewhere>& elsewhere() {
  static const std::vector<Elsewhere> all = {
      {"H800+CX7 IB 400Gb", "h800-ib400", {}},
      {"H800 (~160GB/s NVLink max)+CX7 IB 400Gb", "h800-ib400", {}},
      {"H20", "h20-ib400", {}},
      // Four NICs for eight GPUs: half of the scale-out bandwidth each.
      {"H20 + 4x400Gb NIC per 8 GPUs",
       "h20-ib400",
       {"kernels.LL.dispatch.bandwidth.scale_out=23.83GB/s"}},
      {"H100/H200+CX7", "h100-ib400", {}},
      {"B200", "b200-ib400", {}}};
  return all;
}

/// Bytes that DeepEP's tests count: of every copy for LL; of distinct nodes, or of distinct ranks
/// inside one, for HT.
Bytes counted_bytes(const Problem& problem, const Config& config, bool dispatches) {
  const Workload& workload = problem.workload;
  const Bytes element =
      dispatches ? workload.traffic.dispatch_element : workload.traffic.combine_element;
  const double tokens = tokens_per_rank(workload, config.ep_width);
  const int domains = config.ep_width / problem.fabric.gpus_per_domain;
  const double blocks = domains > 1 ? domains : config.ep_width;
  return tokens * distinct_targets(gate_of(workload), blocks) * workload.model.hidden_size *
         element;
}

bool usable(const Row& row) {
  const std::string& note = row.at("bytes_note");
  const bool other_path = note.find("pure RDMA") != std::string::npos ||
                          note.find("one NIC used") != std::string::npos ||
                          note.find("single QP") != std::string::npos || note.find("before") == 0;
  // Of DeepEP's own pages the last one counts.
  const std::string& source = row.at("source");
  const bool superseded =
      source.find("ebfe47e") != std::string::npos || source.find("edbb1bc") != std::string::npos;
  return row.at("library") == "DeepEP" && !other_path && !superseded &&
         row.at("hidden") == "7168" && !row.at("ep").empty();
}

void published_elsewhere(Chapter& chapter) {
  std::map<std::string, Outcome> by_source;
  for (const Row& row : published("comm/measurements.csv")) {
    if (!usable(row)) continue;
    for (const Elsewhere& place : elsewhere()) {
      if (row.at("hardware") != place.hardware) continue;
      const bool low = row.at("kernel") == "LL";
      const bool dispatches = row.at("phase") == "dispatch";
      const int width = whole(row, "ep");
      const int nodes = width / 8;
      std::vector<std::string> set = benchmark(place.set);
      // DeepEP's test of HT draws from the best four nodes.
      if (!low && nodes > 1) {
        set.push_back(fmt::format("groups={}", nodes));
        set.push_back(fmt::format("groups_per_token={}", std::min(nodes, 4)));
      }
      if (dispatches && row.at("dtype_bytes") == "2") set.emplace_back("dispatch_dtype=bf16");
      if (!row.at("experts").empty()) set.push_back("experts=" + row.at("experts"));
      Problem problem = problem_on(place.fabric, set);
      set_tokens(problem, whole(row, "tokens_per_rank"));
      Config config{.ep_width = width, .kernel = kernel_of(problem, low ? "LL" : "HT")};
      constexpr int kTestSms = 24;
      if (!low) config.sms = row.at("sms").empty() ? kTestSms : whole(row, "sms");
      if (!has_figures(problem.fabric.kernels[config.kernel], width)) continue;
      const Prediction here = predict(problem, asked(problem, config));
      const Seconds time = dispatches ? here.dispatch : here.combine;
      const std::string name =
          fmt::format("{}, {}", row.at("source").substr(0, 60), low ? "LL" : "HT");
      Outcome& outcome = by_source[name];
      outcome.source = row.at("source");
      outcome.settings = fmt::format("{}, {}", row.at("hardware"), low ? "LL" : "HT");
      if (!row.at("time_us").empty()) {
        outcome.errors.add(time / unit::us, number(row, "time_us"));
      } else {
        const Bytes bytes = counted_bytes(problem, config, dispatches);
        const Seconds measured = bytes / (number(row, "bandwidth_GBps") * unit::GBps);
        outcome.errors.add(time / measured, 1.0);
      }
    }
  }
  for (auto& [name, outcome] : by_source) chapter.outcomes.push_back(outcome);
}

}  // namespace

Chapter communication() {
  constexpr double kTolerance = 0.05;
  Chapter chapter{.title = "Communication",
                  .about = "One direction of one all-to-all.",
                  .outcomes = {},
                  .tolerance = kTolerance};
  for (const System& system : {System{"H100", "h100-ib400", "h100_sxm.sglang-0.5.6", 8},
                               System{"H100", "h100-ib400", "h100_sxm.sglang-0.5.12", 8},
                               System{"H200", "h200-ib400", "h200_sxm.sglang-0.5.12", 8},
                               System{"B200", "b200-ib400", "b200_sxm.sglang-0.5.12", 8},
                               System{"B300", "b300-ib800", "b300_sxm.sglang-0.5.12", 8},
                               System{"GB200", "gb200-nvl72", "gb200.sglang-0.5.12", 4},
                               System{"GB300", "gb300-nvl72", "gb300.sglang-0.5.12", 4}}) {
    low_latency(system, chapter);
    high_throughput(system, chapter);
  }
  nvlink("trtllm-one-sided-gb200", "NVLinkOneSided", chapter);
  nvlink("trtllm-two-sided-gb200", "NVLinkTwoSided", chapter);
  published_elsewhere(chapter);
  return chapter;
}

}  // namespace wideep::validation
