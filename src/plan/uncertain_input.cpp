#include "plan/uncertain_input.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "input/axis.h"
#include "input/calibration_errors.h"
#include "model/words.h"

namespace wideep {
namespace {

using Bounds = ScaledKey::Bounds;

/// Of a normal error half are smaller than so many standard deviations: the 75 % point of the
/// normal law.
constexpr double kMedianInDeviations = 0.6745;

/// How far a kind of figure is off.
struct FigureError {
  double median = 0.0;  ///< of the sizes of relative errors; 0: none
  std::string_view source{};

  [[nodiscard]] double deviation() const { return median / kMedianInDeviations; }
};

// The medians of all points of docs/validation.md, by its kinds.
constexpr FigureError kExact{};
constexpr FigureError kCommunication{0.029, "validation: communication"};
constexpr FigureError kExperts{0.024, "validation: expert compute"};
constexpr FigureError kAttention{0.043, "validation: attention"};
constexpr FigureError kStraggler{0.042, "validation: straggler factor"};
constexpr FigureError kDeployments{0.15, "validation: deployments"};

/// Whether figures of that kind of attention bear on the model.
bool attends_by(const ModelShape& shape, std::string_view kind) {
  if (kind == "gqa") return shape.gqa.has_value();
  if (kind == "sparse") return shape.attention_layers.sparse_tokens > 0;
  return kind != "compressed" || shape.compressed.has_value();
}

/// Lists the keys that there are.
class Lister {
 public:
  explicit Lister(const ReadAgain& read)
      : read_(read), calibrated_(calibration_errors(read.fabric)) {}

  void add(ScaledKey key, const FigureError& error) {
    if (!has_number(read_, key)) return;
    add_input({.key = std::move(key),
               .deviation = error.deviation(),
               .source = std::string(error.source)});
  }

  void add(const std::string& key, const FigureError& error, Bounds bounds = Bounds::kPositive) {
    add(ScaledKey{.key = key, .bounds = bounds}, error);
  }

  void add_input(UncertainInput input) {
    const auto known =
        std::find_if(calibrated_.begin(), calibrated_.end(), [&](const CalibrationError& one) {
          return one.key == input.key.key && !input.key.beyond;
        });
    if (known != calibrated_.end()) {
      input.deviation = known->error;
      input.source = "calibration";
    }
    inputs_.push_back(std::move(input));
  }

  void add_workload();
  void add_gpu();
  void add_kernel(const Kernel& kernel);

  [[nodiscard]] std::vector<UncertainInput> inputs() && { return std::move(inputs_); }

 private:
  void add_gpu_at(const Node& gpu, Phase phase);
  void add_all_to_all(const Kernel& kernel, const std::string& path);
  void add_below(const Node& node, const std::string& path, const FigureError& error);

  const ReadAgain& read_;
  std::vector<CalibrationError> calibrated_;
  std::vector<UncertainInput> inputs_;
};

void Lister::add_workload() {
  for (const char* key : {"tokens_per_rank", "global_tokens", "context"}) {
    add(ScaledKey{.key = key, .whole = true}, kExact);
  }
  if (read_.plan) {
    for (const char* key : {"rate", "concurrency", "input_tokens", "output_tokens"}) {
      add(std::string("traffic.") + key, kExact);
    }
  }
  // Of loads the number is no factor but their skew, or there is none.
  const auto& unevenness = read_.problem.workload.traffic.straggler.source;
  if (std::holds_alternative<ByWidth<double>>(unevenness)) {
    for (const char* key : {"straggler_factor", "fabric.straggler_factor"}) {
      add(key, kStraggler, Bounds::kAtLeastOne);
    }
  }
  const ScaledKey bytes{.key = "comm_straggler_factor", .bounds = Bounds::kAtLeastOne};
  if (has_number(read_, bytes)) {
    add(bytes, kStraggler);
  } else {
    add_input({.key = bytes, .by_default = true});
  }
  for (const char* key : {"expert_time_per_token", "expert_time"}) add(key, kExperts);
  add("attention_time", kAttention);
  for (const char* key :
       {"step_overhead", "fabric.step_overhead", "other_step_time", "slo.tpot", "slo.ttft"}) {
    add(key, kExact);
  }
  const ScaledKey served{.key = "serving_efficiency", .bounds = Bounds::kShare};
  const ScaledKey of_fabric{.key = "fabric.serving_efficiency", .bounds = Bounds::kShare};
  if (has_number(read_, served)) {
    add(served, kDeployments);
  } else if (has_number(read_, of_fabric)) {
    add(of_fabric, kDeployments);
  } else if (read_.problem.workload.figures.outside_origin == Origin::kHardware) {
    add_input({.key = served,
               .deviation = kDeployments.deviation(),
               .source = std::string(kDeployments.source),
               .by_default = true});
  }
}

/// Every time and efficiency below a node.
void Lister::add_below(const Node& node, const std::string& path, const FigureError& error) {
  for (const Entry& entry : node.entries) {
    const std::string key = path + "." + entry.key.text;
    if (entry.value.is_map()) {
      if (attends_by(read_.problem.workload.model.shape, entry.key.text)) {
        add_below(entry.value, key, error);
      }
    } else if (key.ends_with("efficiency")) {
      add(key, error, Bounds::kShare);
    } else if (key.ends_with("launch")) {
      add(key, error);
    }
  }
}

void Lister::add_gpu() {
  const Node* const gpu = read_.fabric.find("gpu");
  if (gpu == nullptr || !gpu->is_map()) return;
  add("gpu.hbm_bandwidth", kExact);
  add("gpu.hbm_efficiency", kExperts, Bounds::kShare);
  add("gpu.flop_efficiency", kExperts, Bounds::kShare);
  add("gpu.expert_launch", kExperts);
  if (read_.plan) add_gpu_at(*gpu, Phase::kPrefill);
  add_gpu_at(*gpu, read_.problem.workload.traffic.phase);
}

/// What it has for one phase.
void Lister::add_gpu_at(const Node& gpu, Phase phase) {
  const Node* const prefill = gpu.find("prefill_experts");
  if (phase == Phase::kPrefill && prefill != nullptr) {
    add_below(*prefill, "gpu.prefill_experts", kExperts);
  }
  const Node* const attention = gpu.find("attention");
  const Node* const figures =
      attention == nullptr ? nullptr : attention->find(word_of(kPhaseWords, phase));
  if (figures == nullptr) return;
  add_below(*figures, "gpu.attention." + std::string(word_of(kPhaseWords, phase)), kAttention);
}

void Lister::add_all_to_all(const Kernel& kernel, const std::string& path) {
  const bool scaled = kernel.uncertainty && kernel.fitted_ep_widths;
  for (const char* figure : {"latency", "bandwidth"}) {
    ScaledKey key{.key = path + figure};
    if (scaled) key.fitted = kernel.fitted_ep_widths;
    add(key, kCommunication);
    key.beyond = true;
    if (scaled) add(key, {*kernel.uncertainty * kMedianInDeviations, "preset"});
  }
  for (const char* figure : {"floor",
                             "ramp.time",
                             "sm_time",
                             "experts.latency_each",
                             "experts.latency_several",
                             "experts.token_time",
                             "experts.per_sm"}) {
    add(path + figure, kCommunication);
  }
}

void Lister::add_kernel(const Kernel& kernel) {
  const std::string path = "kernels." + kernel.name + ".";
  if (kernel.fused) {
    for (const char* figure :
         {"launch", "launch_per_rank", "weight_bandwidth", "flop_rate", "bandwidth"}) {
      add(path + figure, kCommunication);
    }
  } else if (kernel.collectives) {
    const bool scaled = kernel.uncertainty && !kernel.fitted_ep_widths;
    const FigureError error =
        scaled ? FigureError{*kernel.uncertainty * kMedianInDeviations, "preset"} : kCommunication;
    for (const char* figure : {"all_reduce", "all_gather", "reduce_scatter"}) {
      add(path + figure, error);
    }
  } else {
    add_all_to_all(kernel, path);
  }
}

/// Whether one of the keys sets what the other does.
bool same_or_below(std::string_view key, std::string_view other) {
  return key.starts_with(other) && (key.size() == other.size() || key[other.size()] == '.');
}

}  // namespace

std::vector<UncertainInput> uncertain_inputs(const ReadAgain& read,
                                             const std::vector<StatedUncertainty>& stated) {
  Lister lister(read);
  lister.add_workload();
  lister.add_gpu();
  const Problem& problem = read.problem;
  const SearchSpace& space = problem.space;
  const bool laid_out = space.attentions.size() > 1 || space.experts.size() > 1 ||
                        !(space.experts.front() == ExpertLayout{}) ||
                        !(space.attentions.front() == Attention{});
  for (std::size_t at = 0; at < problem.fabric.kernels.size(); ++at) {
    const bool chosen =
        std::find(space.kernels.begin(), space.kernels.end(), at) != space.kernels.end();
    const Kernel& kernel = problem.fabric.kernels[at];
    if (chosen || (kernel.collectives && laid_out)) lister.add_kernel(kernel);
  }
  std::vector<UncertainInput> inputs = std::move(lister).inputs();
  for (const StatedUncertainty& one : stated) {
    const auto replaced = [&](const UncertainInput& input) {
      return same_or_below(input.key.key, one.key.key) || same_or_below(one.key.key, input.key.key);
    };
    const auto own = std::find_if(inputs.begin(), inputs.end(), [&](const UncertainInput& input) {
      return input.key.key == one.key.key;
    });
    UncertainInput input{.key = one.key, .deviation = one.deviation, .source = "--uncertain"};
    if (own != inputs.end()) {
      input.key.bounds = own->key.bounds;
      input.by_default = own->by_default;
    }
    std::erase_if(inputs, replaced);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

}  // namespace wideep
