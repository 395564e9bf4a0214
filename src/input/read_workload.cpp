#include "input/read_workload.h"

#include <algorithm>

#include <fmt/format.h>

#include "input/expected_size.h"
#include "input/input_keys.h"
#include "input/presets.h"
#include "input/ranges.h"
#include "input/read_compute.h"
#include "input/read_model.h"
#include "input/read_step.h"
#include "input/read_straggler.h"
#include "input/read_tokens.h"
#include "input/section.h"

namespace wideep {
namespace {

constexpr const char* kGivenByModel = "model: deepseek-v3 gives it, or the path of a config.json";

/// Kinds of attention are counted in layers, of which there are so many.
void check_layers(Section& section, const ModelShape& shape) {
  const char* const key = section.has("attention") ? "attention" : "model";
  const int layers = shape.moe_layers.value_or(1) + shape.dense_layers.value_or(0);
  const AttentionLayers& counted = shape.attention_layers;
  if (!counted.full && counted.windowed + counted.linear > layers) {
    section.report(
        key,
        fmt::format("'window_layers' and 'linear_layers' are {}, more than the {} layers",
                    counted.windowed + counted.linear,
                    layers));
  }
  const int compressed =
      shape.compressed ? shape.compressed->picked_layers + shape.compressed->pooled_layers : 0;
  if (compressed > layers) {
    section.report(
        key,
        fmt::format("'picked_layers' and 'pooled_layers' are {}, more than the {} layers",
                    compressed,
                    layers));
  }
  if (shape.dense_layers.value_or(0) > 0 && !shape.dense_size) {
    section.report(section.has("dense_layers") ? "dense_layers" : "model",
                   "'dense_layers' needs 'dense_intermediate_size'");
  }
}

/// Attention that is in doubt stays unknown where only its time is stated: its cache is not what
/// the sizes say.
void forget_doubted_attention(const Section& section, ReadShape& shape) {
  const bool doubted =
      std::any_of(shape.doubts.begin(), shape.doubts.end(), [](const Doubt& doubt) {
        const auto& keys = doubt.settled_by;
        return std::find(keys.begin(), keys.end(), "attention") != keys.end();
      });
  if (!doubted || section.has("attention")) return;
  shape.mla.reset();
  shape.gqa.reset();
  shape.compressed.reset();
  shape.attention_layers = {};
}

/// The model's shape, the workload's own keys over it.
ReadShape read_whole_shape(Section& section, KnownFiles* known) {
  const Node* const model = section.find("model");
  const ReadShape given =
      model == nullptr ? ReadShape{} : read_once(*model, section.findings(), known);
  ReadShape shape = merged(read_shape(section), given);
  const auto stated = [&](std::string_view key) { return section.has(key); };
  if (report_doubts(shape, stated, section.findings())) shape.faulty = true;
  forget_doubted_attention(section, shape);
  if (!shape.faulty) {
    if (!shape.hidden_size && !section.has("hidden_size")) {
      section.miss("hidden_size", kGivenByModel);
    }
    if (!shape.top_k && !section.has("top_k")) section.miss("top_k", kGivenByModel);
    check_layers(section, shape);
  }
  return shape;
}

void check_groups(Section& section, const Model& model) {
  const char* const key = section.has("groups") ? "groups" : "model";
  if (model.groups_per_token > model.groups) {
    section.report(key,
                   fmt::format("'groups_per_token' is {}, more than the {} groups",
                               model.groups_per_token,
                               model.groups));
  } else if (model.experts && *model.experts % model.groups != 0) {
    section.report(
        key, fmt::format("{} experts do not make {} equal groups", *model.experts, model.groups));
  } else if (model.experts && model.groups > 1 &&
             model.top_k * model.groups > *model.experts * model.groups_per_token) {
    section.report(key,
                   fmt::format("'top_k' is {}, more than the experts of {} groups of {}",
                               model.top_k,
                               model.groups_per_token,
                               model.groups));
  }
}

Model model_of(Section& section, const ReadShape& shape) {
  Model model{.hidden_size = shape.hidden_size.value_or(1),
              .top_k = shape.top_k.value_or(1),
              .experts = shape.experts,
              .groups = shape.groups.value_or(1),
              .moe_layers = shape.moe_layers.value_or(1),
              .shape = static_cast<const ModelShape&>(shape)};
  model.groups_per_token = shape.groups_per_token.value_or(model.groups);
  if (const Node* const named = section.find("model"); named != nullptr) {
    model.name = preset_name(*named);
  }
  expect_size_in_name(model.name, model.shape);
  if (model.experts && model.top_k > *model.experts) {
    section.report(
        section.has("top_k") ? "top_k" : "model",
        fmt::format("'top_k' is {}, more than the {} experts", model.top_k, *model.experts));
  } else {
    check_groups(section, model);
  }
  return model;
}

void read_replicas(Section& section, Workload& workload) {
  Serving& serving = workload.serving;
  serving.chooses_redundant = section.is_word("redundant_experts", "auto");
  if (!serving.chooses_redundant) {
    serving.redundant_experts =
        section.whole("redundant_experts", range::kRedundantExperts).value_or(0);
  }
  if ((serving.redundant_experts > 0 || serving.chooses_redundant) && !workload.model.experts) {
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
  const auto type = section.choice<Bytes>(keys.dtype, kWireTypeWords);
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

void read_elements(Section& section, Traffic& traffic) {
  const auto both = read_element(section, kBothPhases);
  const auto dispatch = read_element(section, kDispatch);
  const auto combine = read_element(section, kCombine);
  traffic.dispatch_element = dispatch ? *dispatch : both.value_or(Bytes(1.0));
  traffic.combine_element = combine ? *combine : both.value_or(Bytes(1.0));

  const bool has_dispatch = has_element(section, kDispatch);
  const bool has_combine = has_element(section, kCombine);
  if (has_element(section, kBothPhases)) {
    const char* const key = section.has("element_bytes") ? "element_bytes" : "dtype";
    if (has_dispatch && has_combine) {
      section.report(key,
                     fmt::format("'{}' has no effect: dispatch and combine give their own", key));
    }
  } else if (!has_dispatch && !has_combine) {
    section.miss("element_bytes",
                 "dtype: fp8, or dispatch_dtype and combine_dtype, say it by a type");
  } else if (!has_dispatch) {
    section.miss("dispatch_element_bytes", "or dispatch_dtype: fp8");
  } else if (!has_combine) {
    section.miss("combine_element_bytes", "or combine_dtype: bf16");
  }
}

/// For kernels whose buffers have a row for each token that any rank may send.
void read_capacity(Section& section, const Fabric* fabric, Workload& workload) {
  workload.serving.dispatch_capacity = section.whole("dispatch_capacity", range::kTokens);
  if (!workload.serving.dispatch_capacity || fabric == nullptr || fabric->kernels.empty()) return;
  const auto& kernels = fabric->kernels;
  const bool used = std::any_of(kernels.begin(), kernels.end(), [](const Kernel& kernel) {
    return kernel.buffer == BufferRule::kDeepEpLl;
  });
  if (used) return;
  section.report("dispatch_capacity",
                 "'dispatch_capacity' has no effect: no kernel of the fabric has "
                 "'buffer: deepep_ll'");
}

/// One of presets/engines.
void read_engine_word(Section& section, Workload& workload) {
  const auto word = section.text("engine");
  if (!word) return;
  const Node& value = *section.find("engine");
  if (find_preset(PresetKind::kEngine, value, section.findings()) != nullptr) {
    workload.engine = word;
  }
}

void read_off_domain(Section& section, Traffic& traffic) {
  if (section.is_word("off_domain_fraction", "auto")) return;
  traffic.off_domain_fraction = section.share("off_domain_fraction", range::kShare);
}

}  // namespace

Workload read_workload(const Node& root,
                       const Fabric* fabric,
                       Findings& findings,
                       KnownFiles* known) {
  Section section(&root, "", findings);
  Workload workload;
  section.text("about");
  const ReadShape shape = read_whole_shape(section, known);
  workload.model = model_of(section, shape);
  Traffic& traffic = workload.traffic;
  traffic.routing = section.choice<Routing>("routing", kRoutingWords).value_or(Routing::kRandom);
  read_replicas(section, workload);
  read_elements(section, traffic);
  read_tokens(section, traffic);
  read_capacity(section, fabric, workload);
  read_compute(section, shape, fabric, workload);
  read_off_domain(section, traffic);
  read_step(section, workload);
  read_engine_word(section, workload);
  traffic.comm_straggler_factor =
      section.number("comm_straggler_factor", range::kStragglerFactor).value_or(1.0);
  const bool measured = fabric != nullptr && fabric->straggler_factor;
  if (measured && !section.has("straggler_factor")) {
    traffic.straggler = {.source = *fabric->straggler_factor, .origin = "the fabric's calibration"};
  } else {
    traffic.straggler = read_straggler(section, workload, known);
  }
  for (const char* others : {"fabric", "search"}) section.find(others);  // have their own readers
  for (const std::string_view key : kPlanKeys) {
    if (section.find(key) == nullptr) continue;
    section.report(key,
                   fmt::format("'{}' is of a whole deployment", key),
                   "ask wideep-opt plan; one phase has context, phase and tokens_per_rank");
  }
  section.finish();
  return workload;
}

}  // namespace wideep
