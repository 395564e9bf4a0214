#include "input/read_workload.h"

#include <array>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/ranges.h"
#include "input/read_model.h"
#include "input/read_straggler.h"
#include "input/section.h"

namespace wideep {
namespace {

constexpr std::array<Choice<ExpertLoad>, 2> kExpertLoads = {
    {{"T*k/P", ExpertLoad::kSharedByRanks}, {"T*k", ExpertLoad::kPerRank}}};
constexpr std::array<Choice<Routing>, 2> kRoutings = {
    {{"random", Routing::kRandom}, {"balanced", Routing::kBalanced}}};
constexpr std::array<Choice<Phase>, 2> kPhases = {
    {{"decode", Phase::kDecode}, {"prefill", Phase::kPrefill}}};
/// Bytes of an element on the wire with its share of the scales: 4 B for 128 elements of fp8 and
/// logfmt10, 1 B for 16 of nvfp4. Source: deepseek-ai/DeepEP, TensorRT-LLM blog18.
constexpr std::array<Choice<Bytes>, 4> kWireTypes = {{{"bf16", Bytes(2.0)},
                                                      {"fp8", Bytes(1.0 + 4.0 / 128)},
                                                      {"nvfp4", Bytes(0.5 + 1.0 / 16)},
                                                      {"logfmt10", Bytes(1.25 + 4.0 / 128)}}};

/// The model's shape, the workload's own keys over it.
ModelShape read_whole_shape(Section& section) {
  const Node* const model = section.find("model");
  const ModelShape given = model == nullptr ? ModelShape{} : read_model(*model, section.findings());
  ModelShape shape = merged(read_shape(section), given);
  if (!shape.faulty) {
    if (!shape.hidden_size && !section.has("hidden_size")) section.miss("hidden_size");
    if (!shape.top_k && !section.has("top_k")) section.miss("top_k");
  }
  return shape;
}

void check_groups(Section& section, const Workload& workload) {
  const char* const key = section.has("groups") ? "groups" : "model";
  if (workload.groups_per_token > workload.groups) {
    section.report(key,
                   fmt::format("'groups_per_token' is {}, more than the {} groups",
                               workload.groups_per_token,
                               workload.groups));
  } else if (workload.experts && *workload.experts % workload.groups != 0) {
    section.report(
        key,
        fmt::format("{} experts do not make {} equal groups", *workload.experts, workload.groups));
  } else if (workload.experts && workload.groups > 1 &&
             workload.top_k * workload.groups > *workload.experts * workload.groups_per_token) {
    section.report(key,
                   fmt::format("'top_k' is {}, more than the experts of {} groups of {}",
                               workload.top_k,
                               workload.groups_per_token,
                               workload.groups));
  }
}

void take_shape(Section& section, const ModelShape& shape, Workload& workload) {
  workload.hidden_size = shape.hidden_size.value_or(1);
  workload.top_k = shape.top_k.value_or(1);
  workload.experts = shape.experts;
  workload.moe_layers = shape.moe_layers.value_or(1);
  workload.groups = shape.groups.value_or(1);
  workload.groups_per_token = shape.groups_per_token.value_or(workload.groups);
  workload.routing = section.choice<Routing>("routing", kRoutings).value_or(Routing::kRandom);
  workload.redundant_experts =
      section.whole("redundant_experts", range::kRedundantExperts).value_or(0);
  if (workload.experts && workload.top_k > *workload.experts) {
    section.report(
        section.has("top_k") ? "top_k" : "model",
        fmt::format("'top_k' is {}, more than the {} experts", workload.top_k, *workload.experts));
  } else {
    check_groups(section, workload);
  }
  if (workload.redundant_experts > 0 && !workload.experts) {
    section.report("redundant_experts", "'redundant_experts' needs 'experts' or a model");
  }
}

/// Bytes per element under `KEY_bytes` or as a type under `KEY` with "element" for "dtype".
struct ElementKeys {
  const char* bytes;
  const char* dtype;
};
constexpr ElementKeys kBothPhases = {"element_bytes", "dtype"};
constexpr ElementKeys kDispatch = {"dispatch_element_bytes", "dispatch_dtype"};
constexpr ElementKeys kCombine = {"combine_element_bytes", "combine_dtype"};

bool has_element(const Section& section, const ElementKeys& keys) {
  return section.has(keys.bytes) || section.has(keys.dtype);
}

std::optional<Bytes> read_element(Section& section, const ElementKeys& keys) {
  const auto type = section.choice<Bytes>(keys.dtype, kWireTypes);
  if (section.has(keys.bytes) && section.has(keys.dtype)) {
    section.report(keys.dtype, fmt::format("give '{}' or '{}', not both", keys.bytes, keys.dtype));
  }
  const Node* const value = section.find(keys.bytes);
  if (value == nullptr) return type;
  // A count of bytes per element is as good as a size: "1", "1B" and "8b" are the same.
  const bool has_unit =
      value->is_scalar() && (value->text.ends_with('B') || value->text.ends_with('b'));
  constexpr Range<double> kPlain = range::kElementBytes;
  if (has_unit) return section.quantity<Bytes>(keys.bytes, {Bytes(kPlain.low), Bytes(kPlain.high)});
  const auto number = section.number(keys.bytes, kPlain);
  return number ? std::optional(Bytes(*number)) : std::nullopt;
}

void read_elements(Section& section, Workload& workload) {
  const auto both = read_element(section, kBothPhases);
  const auto dispatch = read_element(section, kDispatch);
  const auto combine = read_element(section, kCombine);
  workload.dispatch_element = dispatch ? *dispatch : both.value_or(Bytes(1.0));
  workload.combine_element = combine ? *combine : both.value_or(Bytes(1.0));

  const bool has_dispatch = has_element(section, kDispatch);
  const bool has_combine = has_element(section, kCombine);
  if (has_element(section, kBothPhases)) {
    const char* const key = section.has("element_bytes") ? "element_bytes" : "dtype";
    if (has_dispatch && has_combine) {
      section.report(key,
                     fmt::format("'{}' has no effect: dispatch and combine give their own", key));
    }
  } else if (!has_dispatch && !has_combine) {
    section.miss("element_bytes");
  } else if (!has_dispatch) {
    section.miss("dispatch_element_bytes");
  } else if (!has_combine) {
    section.miss("combine_element_bytes");
  }
}

void read_tokens(Section& section, Workload& workload) {
  const auto per_rank = section.whole("tokens_per_rank", range::kTokens);
  const auto global = section.whole("global_tokens", range::kTokens);
  const auto load =
      section.choice<ExpertLoad>("expert_load", std::span<const Choice<ExpertLoad>>(kExpertLoads));
  if (section.has("tokens_per_rank") && section.has("global_tokens")) {
    section.report("global_tokens",
                   "give 'tokens_per_rank' or 'global_tokens', not both",
                   "on the command line, --set KEY=null removes one");
  }
  if (section.has("global_tokens") && section.has("expert_load")) {
    section.report("expert_load",
                   "'expert_load' goes with tokens_per_rank only: with global_tokens each rank "
                   "computes T*k routed tokens, T = ceil(G/P)");
  }
  if (!section.has("tokens_per_rank") && !section.has("global_tokens")) {
    section.miss("tokens_per_rank");
  }
  if (section.has("global_tokens")) {
    workload.tokens = GlobalTokens{global.value_or(1)};
  } else {
    workload.tokens = TokensPerRank{.tokens = per_rank.value_or(1),
                                    .expert_load = load.value_or(ExpertLoad::kSharedByRanks),
                                    .stated = load.has_value()};
  }
}

/// `{launch: , weight_read: , fixed: , per_token: }`, of which the last is required.
ExpertFigures read_expert_time(Section& parent) {
  Section section = parent.section("expert_time");
  const auto part = [&](std::string_view key) {
    return section.quantity(key, range::kLatency).value_or(Seconds(0.0));
  };
  ExpertFigures figures{
      .launch = part("launch"),
      .weight_read = part("weight_read"),
      .fixed = part("fixed"),
      .per_token = section.quantity("per_token", range::kTimePerToken).value_or(Seconds(1.0))};
  if (section.exists() && !section.has("per_token")) section.miss("per_token");
  section.finish();
  return figures;
}

/// What the fabric's GPU can tell of this model: nothing where either says too little.
std::optional<Gpu> gpu_for(const Fabric* fabric) {
  const bool known =
      fabric != nullptr && fabric->gpu && fabric->gpu->hbm_bandwidth > BytesPerSecond(0.0);
  return known ? fabric->gpu : std::nullopt;
}

LayerShape layer_shape(const ModelShape& shape) {
  LayerShape layer;
  layer.hidden_size = shape.hidden_size.value_or(1);
  layer.model_hidden_size = shape.model_hidden_size.value_or(layer.hidden_size);
  layer.expert_size = shape.expert_size.value_or(1);
  layer.shared_size = shape.shared_size.value_or(0);
  layer.weights = shape.weights.value_or(WeightType::kBf16);
  layer.dense_weights = shape.dense_weights.value_or(layer.weights);
  layer.mla = shape.mla;
  layer.gqa = shape.gqa;
  layer.kv_element = shape.kv_element.value_or(Bytes(2.0));
  return layer;
}

void read_experts(Section& section,
                  const ModelShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  const auto per_token = section.quantity("expert_time_per_token", range::kTimePerToken);
  const ExpertFigures figures = read_expert_time(section);
  if (section.has("expert_time_per_token")) {
    workload.expert.per_token = per_token.value_or(Seconds(1.0));
    if (section.has("expert_time")) {
      section.report("expert_time", "give 'expert_time' or 'expert_time_per_token', not both");
    }
  } else if (section.has("expert_time")) {
    workload.expert = figures;
  } else {
    const auto gpu = gpu_for(fabric);
    workload.expert_origin = Origin::kHardware;
    if (gpu && shape.expert_size && shape.experts) {
      workload.expert = expert_figures(layer_shape(shape), *gpu);
    } else {
      workload.expert.per_token = Seconds(1.0);
      const bool faulty = fabric != nullptr && fabric->gpu && fabric->gpu->sms == 0;
      if (fabric != nullptr && !faulty && !shape.faulty) section.miss("expert_time_per_token");
    }
  }
  if (workload.expert.per_expert() && !workload.experts) {
    section.report("expert_time", "'expert_time' by expert needs 'experts' or a model");
  }
}

/// `attention_time: {fixed: , per_token: }`, or from `context` and the GPU.
void read_dense(Section& section,
                const ModelShape& shape,
                const Fabric* fabric,
                Workload& workload) {
  Section stated = section.section("attention_time");
  const auto fixed = stated.quantity("fixed", range::kLatency);
  const auto per_token = stated.quantity("per_token", range::kLatency);
  stated.finish();
  workload.context = section.whole("context", range::kContext);
  workload.phase = section.choice<Phase>("phase", kPhases).value_or(Phase::kDecode);
  if (stated.exists()) {
    workload.dense.fixed = fixed.value_or(Seconds(0.0));
    workload.dense.per_token = per_token.value_or(Seconds(0.0));
    return;
  }
  const auto gpu = gpu_for(fabric);
  if (!workload.context || !gpu || (!shape.mla && !shape.gqa)) return;
  workload.dense = dense_work(layer_shape(shape), *gpu, workload.phase, *workload.context);
  workload.dense_origin = Origin::kHardware;
}

void read_off_domain(Section& section, Workload& workload) {
  const Node* const value = section.find("off_domain_fraction");
  if (value == nullptr || (value->is_scalar() && value->text == "auto")) return;
  workload.off_domain_fraction = section.share("off_domain_fraction", range::kShare);
}

void read_step(Section& section, Workload& workload) {
  workload.other_step_time =
      section.quantity("other_step_time", range::kOtherStepTime).value_or(Seconds(0.0));
  Section slo = section.section("slo");
  workload.tpot_limit = slo.quantity("tpot", range::kTpot);
  slo.finish();
}

}  // namespace

Workload read_workload(const Node& root, const Fabric* fabric, Findings& findings) {
  Section section(&root, "", findings);
  Workload workload;
  section.text("about");
  const ModelShape shape = read_whole_shape(section);
  if (const Node* const model = section.find("model"); model != nullptr) {
    workload.model = preset_name(*model);
  }
  take_shape(section, shape, workload);
  read_elements(section, workload);
  read_tokens(section, workload);
  read_experts(section, shape, fabric, workload);
  read_dense(section, shape, fabric, workload);
  read_off_domain(section, workload);
  read_step(section, workload);
  workload.comm_straggler_factor =
      section.number("comm_straggler_factor", range::kStragglerFactor).value_or(1.0);
  workload.straggler = read_straggler(section, workload);
  for (const char* others : {"fabric", "search"}) section.find(others);  // have their own readers
  section.finish();
  return workload;
}

}  // namespace wideep
