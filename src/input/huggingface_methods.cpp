#include "input/huggingface_methods.h"

#include <algorithm>

#include <fmt/format.h>

namespace wideep {
namespace {

constexpr std::string_view kOurDenseWeights = "dense_weight_dtype";

/// Adds the names in a list, or of a map's keys, or in lists of a list.
void add_names(Quantization& reading,
               const Node& names,
               std::string_view what,
               NamedModules& into) {
  const auto add = [&](const Node& name) {
    if (!name.is_scalar() || add_named(name.text, into)) return;
    constexpr std::size_t kShown = 60;
    doubt(reading.config,
          name,
          fmt::format("'{}' names '{}', and it is not known which weights that is",
                      what,
                      name.text.substr(0, kShown)),
          {kOurWeights, kOurDenseWeights});
  };
  if (names.is_scalar()) add(names);
  for (const Node& item : names.items) {
    if (item.is_scalar()) add(item);
    for (const Node& inner : item.items) add(inner);
  }
  for (const Entry& entry : names.entries) add(entry.key);
}

/// compressed-tensors, and ModelOpt's copy of it: groups of targets with weights of a format.
void read_groups(Quantization& reading, const Node& groups) {
  if (groups.entries.empty()) {
    doubt(reading.config, groups, "'config_groups' names no group of weights", {kOurWeights});
  }
  for (const Entry& entry : groups.entries) {
    const Node& group = entry.value;
    const Node* const weights = group.find("weights");
    if (weights == nullptr || !weights->is_map()) continue;  // of activations alone
    NamedModules modules = everything();
    const Node* const targets = group.find("targets");
    if (targets != nullptr) {
      modules = {};
      add_names(reading, *targets, "targets", modules);
    }
    take_format(reading, *weights, format_in(*weights), "weights", modules);
  }
}

/// quantized_layers of ModelOpt: an algorithm for each module by name, tens of thousands of them.
void read_by_module(Quantization& reading, const Node& modules) {
  const std::size_t before = reading.rules.size();
  for (const Entry& entry : modules.entries) {
    const Node* const algorithm = entry.value.find("quant_algo");
    if (algorithm == nullptr) continue;
    const auto format = format_of_algorithm(algorithm->text, number_in(entry.value, "group_size"));
    auto known =
        std::find_if(reading.rules.begin() + static_cast<std::ptrdiff_t>(before),
                     reading.rules.end(),
                     [&](const QuantizationRule& rule) { return rule.type == format.type; });
    if (known == reading.rules.end()) {
      take_format(reading, *algorithm, format, "quant_algo", {});
      if (!format.type) return;
      known = reading.rules.end() - 1;
    }
    add_names(reading, entry.key, "quantized_layers", known->modules);
  }
}

/// ModelOpt: NVFP4, FP8, W4A8_AWQ and the like.
void read_algorithm(Quantization& reading, const Node& quantized) {
  const Node* const algorithm = quantized.find("quant_algo");
  if (algorithm == nullptr || algorithm->kind == Node::Kind::kNull) return;
  if (algorithm->text == "MIXED_PRECISION") {
    const Node* const groups = quantized.find("config_groups");
    const Node* const modules = quantized.find("quantized_layers");
    if (groups != nullptr) {
      read_groups(reading, *groups);
    } else if (modules != nullptr) {
      read_by_module(reading, *modules);
    } else {
      doubt(
          reading.config, *algorithm, "'MIXED_PRECISION' needs 'quantized_layers'", {kOurWeights});
    }
    return;
  }
  take_format(reading,
              *algorithm,
              format_of_algorithm(algorithm->text, number_in(quantized, "group_size")),
              "quant_algo",
              everything());
}

/// AWQ, GPTQ, AutoRound: bits in groups; GPTQ's `dynamic` and `modules_in_block_to_quantize` say of
/// which modules.
void read_integers(Quantization& reading, const Node& method, const Node& quantized) {
  int bits = number_in(quantized, "bits");
  if (bits == 0) bits = number_in(quantized, "w_bit");
  int group = number_in(quantized, "group_size");
  if (group == 0) group = number_in(quantized, "q_group_size");
  const Node* const only = quantized.find("modules_in_block_to_quantize");
  NamedModules modules = everything();
  if (only != nullptr && only->kind == Node::Kind::kSequence) {
    modules = {};
    add_names(reading, *only, "modules_in_block_to_quantize", modules);
  }
  take_format(reading, method, format_of("int", bits, group), method.text, modules);
  for (const std::string_view key : {"dynamic", "extra_config"}) {
    const Node* const apart = quantized.find(key);
    if (apart == nullptr) continue;
    QuantizationRule rule;
    rule.at = apart;
    for (const Entry& entry : apart->entries) {
      const int own = number_in(entry.value, "bits");
      const bool left_out = entry.key.text.starts_with("-:") || own == 16;
      if (left_out) {
        add_names(reading, entry.key, key, rule.modules);
      } else if (own != 0 && own != bits) {
        doubt(reading.config,
              entry.key,
              fmt::format("'{}' stores some weights in {} bits, others in {}", key, own, bits),
              {kOurWeights});
      }
    }
    reading.rules.push_back(rule);
  }
}

/// AMD Quark: {global_quant_config: {weight: {dtype, group_size}}, layer_quant_config, exclude}.
void read_quark(Quantization& reading, const Node& method, const Node& quantized) {
  const auto take = [&](const Node& at, NamedModules modules) {
    const Node* weight = at.find("weight");
    if (weight != nullptr && !weight->items.empty()) weight = &weight->items.front();
    const Node* const dtype = weight == nullptr ? nullptr : weight->find("dtype");
    if (dtype == nullptr) return;
    take_format(reading,
                *dtype,
                format_of_dtype(dtype->text, number_in(*weight, "group_size")),
                "dtype",
                modules);
  };
  const Node* const all = quantized.find("global_quant_config");
  if (all == nullptr || !all->is_map()) {
    doubt(reading.config, method, "'quark' needs 'global_quant_config'", {kOurWeights});
    return;
  }
  take(*all, everything());
  const Node* const apart = quantized.find("layer_quant_config");
  if (apart == nullptr) return;
  for (const Entry& entry : apart->entries) {
    NamedModules modules;
    add_names(reading, entry.key, "layer_quant_config", modules);
    take(entry.value, modules);
  }
}

void read_method(Quantization& reading, const Node& method, const Node& quantized) {
  const std::string& name = method.text;
  const Node* const groups = quantized.find("config_groups");
  if (is_one_of(name, {"fp8", "fbgemm_fp8", "w8a8_fp8", "ptpc_fp8", "deepseek_fp8"})) {
    take_format(reading, method, {.type = WeightType::kFp8}, name, everything());
  } else if (name == "mxfp8") {
    take_format(reading, method, format_of_dtype(name, 0), name, everything());
  } else if (is_one_of(name, {"mxfp4", "gpt_oss_mxfp4"})) {
    // gpt-oss, the one family in it, has nothing but its experts in MXFP4.
    take_format(reading, method, {.type = WeightType::kMxfp4}, name, experts_alone());
  } else if (name == "w4afp8") {  // SGLang: experts in int4, the rest in fp8
    take_format(reading, method, {.type = WeightType::kFp8}, name, everything());
    take_format(reading, method, {.type = WeightType::kInt4Group128}, name, experts_alone());
  } else if (name.starts_with("modelopt") || name == "petit_nvfp4") {
    const bool stated = quantized.find("quant_algo") != nullptr;
    if (stated) {
      read_algorithm(reading, quantized);
    } else if (groups != nullptr) {
      read_groups(reading, *groups);
    } else {
      doubt(reading.config,
            method,
            "'modelopt' needs 'quant_algo' or 'config_groups'",
            {kOurWeights});
    }
  } else if (is_one_of(name, {"compressed-tensors", "compressed_tensors"})) {
    if (groups != nullptr) {
      read_groups(reading, *groups);
    } else {
      doubt(reading.config, method, "'compressed-tensors' needs 'config_groups'", {kOurWeights});
    }
  } else if (is_one_of(name,
                       {"awq",
                        "awq_marlin",
                        "gptq",
                        "gptq_marlin",
                        "moe_wna16",
                        "auto-round",
                        "auto_round",
                        "intel/auto-round"})) {
    read_integers(reading, method, quantized);
  } else if (name == "quark") {
    read_quark(reading, method, quantized);
  } else {
    doubt(reading.config,
          method,
          fmt::format("'quant_method' is '{}', which is not known", name),
          {kOurWeights});
  }
}

/// The lists of what is not quantized, by the names that the methods give them.
void read_left_out(Quantization& reading, const Node& quantized) {
  for (const std::string_view key : {"ignore",
                                     "ignored_layers",
                                     "modules_to_not_convert",
                                     "exclude_modules",
                                     "exclude",
                                     "llm_int8_skip_modules"}) {
    const Node* const names = quantized.find(key);
    if (names == nullptr || names->kind == Node::Kind::kNull) continue;
    QuantizationRule rule;
    rule.at = names;
    add_names(reading, *names, key, rule.modules);
    reading.rules.push_back(rule);
  }
}

}  // namespace

NamedModules everything() {
  NamedModules named;
  add_named("Linear", named);
  return named;
}

NamedModules experts_alone() {
  NamedModules named;
  add_named("mlp.experts", named);
  return named;
}

void take_format(Quantization& reading,
                 const Node& at,
                 const WeightFormat& format,
                 std::string_view what,
                 NamedModules modules) {
  if (!format.type) {
    doubt(reading.config, at, fmt::format("'{}': {}", what, format.fault), {kOurWeights});
    return;
  }
  auto& notes = reading.config.notes;
  if (!format.note.empty() && std::find(notes.begin(), notes.end(), format.note) == notes.end()) {
    notes.push_back(format.note);
  }
  reading.rules.push_back({modules, *format.type, &at});
}

void read_quantization_method(Quantization& reading, const Node& quantized) {
  const Node* const method = quantized.find("quant_method");
  if (method != nullptr && method->is_scalar()) {
    read_method(reading, *method, quantized);
  } else if (quantized.find("quant_algo") != nullptr) {
    read_algorithm(reading, quantized);
  } else {
    doubt(reading.config, quantized, "this quantization has no 'quant_method'", {kOurWeights});
  }
  read_left_out(reading, quantized);
}

}  // namespace wideep
