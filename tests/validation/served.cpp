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
  if (!machines_of(row.system).one_domain) return "AG";
  if (row.engine == "sglang") return "LL";
  return row.precision == "fp4" ? "NVL" : "AG";
}

std::vector<std::string> settings_of(const Served& row) {
  const Machines& machines = machines_of(row.system);
  const std::string kernel = kernel_of_recipe(row);
  std::vector<std::string> set = {"model=deepseek-r1",
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
  set.push_back(fmt::format("tokens_per_rank={}", std::max(1.0, std::round(live))));
  if (bare) set.insert(set.end(), {"serving_efficiency=1", "step_overhead=0us"});
  const auto predict_with = [&](double of_link) {
    std::vector<std::string> all = set;
    all.push_back(fmt::format("comm_straggler_factor={}", of_link));
    const Problem problem = with_engines(problem_on(machines_of(row.system).fabric, all));
    Config config{.ep_width = row.ep_width, .kernel = kernel_of(problem, kernel)};
    config = asked(problem, config);
    config = with_way(problem, config);
    return predict(problem, config);
  };
  const Prediction even = predict_with(1.0);
  // Every rank receives the same of a gather; else the link of the busiest is the busiest.
  return kernel == "AG" ? even : predict_with(even.straggler_factor);
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

/// Why a row is none of these; empty: it is one.
std::string why_not(const Row& row) {
  const auto says = [&](const char* column) { return !row.at(column).empty(); };
  if (row.at("mode") != "disagg") return "prefill on the same ranks";
  if (!says("config_id")) return "no config_id, which speculation may hide behind";
  if (row.at("model").find("DeepSeek-R1") == std::string::npos &&
      row.at("model").find("DeepSeek-V3") == std::string::npos) {
    return "another model than DeepSeek-V3 and R1";
  }
  const bool parallel = says("decode_tp_size") && whole(row, "decode_tp_size") == 1 &&
                        whole(row, "decode_attention_dp_size") > 1 &&
                        whole(row, "decode_moe_tp_size") == 1;
  if (!parallel) return "tensor parallel";
  constexpr int kWide = 8;
  return whole(row, "decode_moe_ep_size") < kWide ? "EP below 8" : "";
}

ServedRows read_rows() {
  ServedRows all;
  std::map<std::string, int> left_out;
  for (const Row& row : published("outcomes/whole_deployments.csv")) {
    if (const std::string why = why_not(row); !why.empty()) {
      ++left_out[why];
      continue;
    }
    Served one{.config = row.at("config_id"),
               .system = row.at("system"),
               .engine = row.at("backend"),
               .precision = row.at("precision"),
               .prompt = whole(row, "isl"),
               .answer = whole(row, "osl"),
               .ep_width = whole(row, "decode_moe_ep_size"),
               .nominal = whole(row, "decode_batch_size"),
               .measured = 1e-3 * number(row, "tpot_ms")};
    settle(one, 1e-3 * number(row, "ttft_ms"));
    all.rows.push_back(one);
  }
  all.left_out.assign(left_out.begin(), left_out.end());
  return all;
}

}  // namespace

bool Served::starved() const {
  return live < kStarved * nominal;
}

const ServedRows& served() {
  static const ServedRows rows = read_rows();
  return rows;
}

}  // namespace wideep::validation
