// Whole decode deployments: time between two tokens as served.
#include "served.h"

#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "engines/runs.h"
#include "model/prediction.h"
#include "model/ways.h"
#include "published.h"
#include "units/quantity.h"

namespace wideep::validation {
namespace {

/// Below this share of the nominal batch rows stand apart.
constexpr double kStarved = 0.7;
/// TensorRT-LLM blog 4, DeepSeek-R1 without replicas: docs/model.md#straggler.
constexpr const char* kSkew = "{zipf: 0.614}";

struct Machines {
  const char* fabric;
  const char* collectives;
  bool one_domain;  ///< whose NVLink spans trays of Arm hosts
};

const Machines& machines_of(const std::string& name) {
  static const std::map<std::string, Machines> known = {
      {"h100_sxm", {"h100-ib400", "nccl-ag-rs-h100", false}},
      {"h200_sxm", {"h200-ib400", "nccl-ag-rs-h200", false}},
      {"b200_sxm", {"b200-ib400", "nccl-ag-rs-b200", false}},
      {"b300_sxm", {"b300-ib800", "nccl-ag-rs-b300", false}},
      {"gb200", {"gb200-nvl72", "nccl-ag-rs-gb200", true}},
      {"gb300", {"gb300-nvl72", "nccl-ag-rs-gb300", true}}};
  return known.at(name);
}

/// What recipes of these deployments name (NVIDIA/srt-slurm): SGLang an all-to-all on NVL72 alone;
/// TensorRT-LLM one where it finds one NVLink domain on Arm (_mnnvl_utils.py), but for FP8, whose
/// DeepGEMM back end gathers (fused_moe_deepgemm.py).
const char* kernel_of_recipe(const Served& row) {
  if (row.is_one_group()) {
    if (row.engine == "vllm") return "AR-vLLM";
    return row.engine == "sglang" ? "AR-SGLang" : "AR-TRTLLM";
  }
  if (!machines_of(row.system).one_domain) return "AG";
  if (row.engine == "sglang") return "LL";
  return row.precision == "fp4" ? "NVL" : "AG";
}

std::vector<std::string> settings_of(const Served& row) {
  const Machines& machines = machines_of(row.system);
  const std::string kernel = kernel_of_recipe(row);
  std::vector<std::string> set = {"model=" + row.model,
                                  "engine=" + row.engine,
                                  fmt::format("context={}", row.prompt + row.answer / 2),
                                  fmt::format("straggler_factor={}", kSkew),
                                  "combine_dtype=bf16",
                                  "gpu.memory=null",
                                  fmt::format("kernels.AG={}", machines.collectives)};
  if (kernel == "NVL") {
    // use_low_precision_moe_combine
    set.insert(set.end(), {"kernels.NVL=trtllm-one-sided-gb200", "combine_dtype=fp8"});
  }
  if (row.precision == "fp4") {
    set.insert(set.end(), {"model.weight_dtype=nvfp4", "model.dense_weight_dtype=fp8"});
    set.emplace_back("dispatch_dtype=nvfp4");
  } else {
    set.emplace_back(kernel == "AG" ? "dispatch_dtype=bf16" : "dispatch_dtype=fp8");
  }
  return set;
}

Prediction predicted(const Served& row, double live, bool bare) {
  std::vector<std::string> set = settings_of(row);
  const std::string kernel = kernel_of_recipe(row);
  const int groups = row.gpus / row.attention.ranks;
  set.emplace_back("tokens_per_rank=null");
  set.emplace_back("expert_load=null");
  set.push_back(fmt::format("global_tokens={}", groups * std::max(1.0, std::round(live))));
  if (bare) set.insert(set.end(), {"serving_efficiency=1", "step_overhead=0us"});
  const auto predict_with = [&](double of_link) {
    std::vector<std::string> all = set;
    all.push_back(fmt::format("comm_straggler_factor={}", of_link));
    const Problem problem = with_engines(problem_on(machines_of(row.system).fabric, all));
    const bool cut = row.experts == Experts::kTp;
    Config config{.ep_width = cut ? 1 : row.gpus,
                  .kernel = kernel_of(problem, kernel),
                  .attention = row.attention,
                  .experts = row.experts,
                  .expert_ranks = cut ? row.gpus : 1};
    config = asked(problem, config);
    config = with_way(problem, config);
    return predict(problem, config);
  };
  const Prediction even = predict_with(1.0);
  // Every rank receives the same of a gather; else the link of the busiest is the busiest.
  return kernel == "AG" || row.is_one_group() ? even : predict_with(even.straggler_factor);
}

/// Until the batch that decodes is that of its own step.
void settle(Served& row, double ttft) {
  constexpr int kRounds = 40;
  row.live = row.nominal;
  for (int round = 0; round < kRounds; ++round) {
    row.predicted = predicted(row, row.live, false).step.tpot.base();
    const double decoding = row.answer * row.predicted;
    const double next = row.nominal * decoding / (ttft + decoding);
    if (std::round(next) == std::round(row.live)) break;
    row.live = next;
  }
  row.bare = predicted(row, row.live, true).step.tpot.base();
}

/// The preset of its model; empty: none is compared.
std::string model_of(const Row& row) {
  const std::string& name = row.at("model");
  const bool deepseek = name.find("DeepSeek-R1") != std::string::npos ||
                        name.find("DeepSeek-V3") != std::string::npos;
  if (deepseek) return "deepseek-r1";
  return name.find("Kimi-K2.5") != std::string::npos ? "kimi-k2.5" : "";
}

/// Of the decode workers, 1 where the table has no number.
int size_of(const Row& row, const std::string& what) {
  const std::string column = "decode_" + what + "_size";
  return row.at(column).empty() ? 1 : whole(row, column);
}

/// Why a row is none of these; empty: it is one.
std::string why_not(const Row& row) {
  if (row.at("mode") != "disagg") return "prefill on the same ranks";
  if (row.at("config_id").empty()) return "no config_id, which speculation may hide behind";
  if (row.at("flags").find("incomplete") != std::string::npos) return "sizes not given";
  const std::string model = model_of(row);
  if (model.empty()) return "another model";
  const int ranks = size_of(row, "tp");
  const int alone = size_of(row, "attention_dp");
  const bool spread = size_of(row, "moe_tp") == 1;
  constexpr int kNode = 8;
  if (ranks == 1 && !spread) return "experts recorded as cut under data-parallel attention";
  if (ranks > 1 && alone > 1) return "groups beside each other";
  if (ranks > kNode) return "an attention group over two nodes";
  if (ranks == 1 && model != "deepseek-r1") return "another model";
  return "";
}

Served served_of(const Row& row) {
  const int ranks = size_of(row, "tp");
  const bool spread = size_of(row, "moe_tp") == 1;
  const Experts in_group = spread ? Experts::kTep : Experts::kTp;
  return {.config = row.at("config_id"),
          .system = row.at("system"),
          .engine = row.at("backend"),
          .precision = row.at("precision"),
          .model = model_of(row),
          .attention = {.ranks = ranks},
          .experts = ranks == 1 ? Experts::kEp : in_group,
          .prompt = whole(row, "isl"),
          .answer = whole(row, "osl"),
          .gpus = ranks * size_of(row, "attention_dp"),
          .nominal = whole(row, "decode_batch_size"),
          .measured = 1e-3 * number(row, "tpot_ms")};
}

ServedRows read_rows() {
  ServedRows all;
  std::map<std::string, int> left_out;
  for (const Row& row : published("outcomes/whole_deployments.csv")) {
    if (const std::string why = why_not(row); !why.empty()) {
      ++left_out[why];
      continue;
    }
    Served one = served_of(row);
    settle(one, 1e-3 * number(row, "ttft_ms"));
    all.rows.push_back(one);
  }
  all.left_out.assign(left_out.begin(), left_out.end());
  return all;
}

}  // namespace

std::string Served::layout() const {
  const char* const name = experts == Experts::kEp    ? "DEP"
                           : experts == Experts::kTep ? "TEP"
                                                      : "TP";
  return fmt::format("{} {}", name, gpus);
}

bool Served::starved() const {
  return live < kStarved * nominal;
}

const ServedRows& served() {
  static const ServedRows rows = read_rows();
  return rows;
}

}  // namespace wideep::validation
