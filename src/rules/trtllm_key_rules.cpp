// Keys of TensorRT-LLM's options that are refused, renamed or at odds.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/suggest.h"
#include "rules/trtllm_keys.h"
#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

/// What stands in another one's name, "a.b" of "a.b.c".
std::string_view trtllm_section(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

void trtllm_unknown_key(const RuleContext& context, std::vector<RuleCase>& cases) {
  // Words of a command line are other names, which the command itself refuses.
  if (context.role.flags.form != Form::kYamlMap) return;
  for (const Setting& setting : context.role.flags.all) {
    // A command line beside the file has names of its own.
    if (setting.written.starts_with("-")) continue;
    const std::string_view section = trtllm_section(setting.key);
    const std::span<const std::string_view> known = trtllm_keys_of(section);
    if (known.empty()) continue;
    const std::string_view name(setting.written);
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string_view meant = trtllm_key_meant(name, section);
    if (meant.empty()) continue;
    const std::string in = section.empty() ? "" : fmt::format(" of {}", section);
    cases.push_back({.message = fmt::format("{} is no key{}: the options are refused", name, in),
                     .at = setting.at,
                     .advice = fmt::format("{} in its place", meant)});
  }
}

void trtllm_drafts_name(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kOld = "speculative_config.num_nextn_predict_layers";
  constexpr std::string_view kNew = "speculative_config.max_draft_len";
  const auto old = flag_number(context.role, kOld);
  const Setting* const now = flag(context.role, kNew);
  if (!old || (now != nullptr && !now->value)) return;
  const Place at = place_of_flag(context, kOld);
  if (now != nullptr && number_in(*now) != old) {
    cases.push_back({.message = fmt::format("num_nextn_predict_layers {} and max_draft_len {} both "
                                            "say how much is drafted: later builds take the "
                                            "second, earlier ones the first",
                                            *old,
                                            now->value.value_or("")),
                     .at = at,
                     .changes = {remove_flag(kOld)},
                     .grade = Grade::kWarning});
  } else if (now == nullptr) {
    cases.push_back(
        {.message = "num_nextn_predict_layers is the old name of max_draft_len, which "
                    "later builds take with a warning",
         .at = at,
         .advice = fmt::format("max_draft_len: {} in its place, from 1.3.0rc16 on", *old),
         .grade = Grade::kAdvice});
  }
}

void trtllm_transceiver_case(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kKey = "cache_transceiver_config.backend";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {
      {{"default", "DEFAULT"},
       {"ucx", "UCX"},
       {"nixl", "NIXL"},
       {"mooncake", "MOONCAKE"},
       {"mpi", "MPI"}}};
  const auto written = flag_text(context.role, kKey);
  if (!written) return;
  for (const auto& [old, now] : kNames) {
    if (*written != old) continue;
    RuleCase found{
        .message = fmt::format("cache_transceiver_config.backend {} is in small letters, "
                               "as builds before 1.0 had it: later ones refuse the "
                               "options",
                               *written),
        .at = place_of_flag(context, kKey),
        .changes = {set_flag(kKey, now)}};
    if (!context.version) found.grade = Grade::kWarning;
    cases.push_back(std::move(found));
  }
}

void trtllm_said_twice(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::vector<Setting>& all = context.role.flags.all;
  for (std::size_t at = 1; at < all.size(); ++at) {
    const Setting& later = all[at];
    if (!later.value || later.key.find('.') != std::string::npos) continue;
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(at);
    const auto first = std::find_if(all.begin(), end, [&later](const Setting& one) {
      return one.key == later.key && one.at.source != nullptr && one.value &&
             one.value != later.value && one.written != later.written;
    });
    if (first == end) continue;
    cases.push_back(
        {.message = fmt::format("{} is {} here and {} is {} in {}:{}: older builds take "
                                "the options file, later ones the command line",
                                later.written,
                                *later.value,
                                first->written,
                                *first->value,
                                first->at.source->name,
                                first->at.line),
         .at = later.at,
         .advice = "one of the two"});
  }
}

void trtllm_helix_block(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kCp = "cp_config.tokens_per_block";
  constexpr std::string_view kKv = "kv_cache_config.tokens_per_block";
  constexpr long long kDefault = 32;  // llm_args.py@00043967, KvCacheConfig
  auto type = flag_text(context.role, "cp_config.cp_type");
  if (type != "HELIX" && type != "helix") return;
  const auto cp = flag_number(context.role, kCp);
  const bool stated = flag(context.role, kKv) != nullptr;
  const auto kv = stated ? flag_number(context.role, kKv) : std::optional(kDefault);
  if (!cp || !kv || *cp == *kv) return;
  cases.push_back({.message = fmt::format("Helix has {} tokens in a block and the KV cache {}{}: "
                                          "TensorRT-LLM asserts at start",
                                          *cp,
                                          *kv,
                                          stated ? "" : ", the default"),
                   .at = place_of_flag(context, kCp),
                   .changes = {set_flag(kKv, *cp)}});
}

constexpr std::array kTrtllmKey = {
    DeploymentRule{.name = "trt-unknown-key",
                   .grade = Grade::kError,
                   .what = "Options of TensorRT-LLM are refused with a key that they do not have: "
                           "one that is misspelt, has '-' for '_', or lay flat at the top before "
                           "1.0.",
                   .fix = "the key as TensorRT-LLM has it",
                   .source = kTrtllmArgs,
                   .since = kTrtllmOne,
                   .find = trtllm_unknown_key},
    DeploymentRule{.name = "trt-mtp-name",
                   .grade = Grade::kWarning,
                   .what = "num_nextn_predict_layers became max_draft_len. Later builds take the "
                           "old name with a warning, and ignore it where both are there.",
                   .fix = "max_draft_len alone",
                   .source = kTrtllmArgs,
                   .since = EngineVersion{1, 3, 0},
                   .versions = "from 1.3.0rc16 on",
                   .find = trtllm_drafts_name},
    DeploymentRule{.name = "trt-transceiver-case",
                   .grade = Grade::kError,
                   .what =
                       "Back ends of the cache transceiver are DEFAULT, UCX, NIXL, MOONCAKE and "
                       "MPI in capitals; the small letters of builds before 1.0 are refused.",
                   .fix = "the name in capitals",
                   .source = kTrtllmArgs,
                   .since = kTrtllmOne,
                   .find = trtllm_transceiver_case},
    DeploymentRule{.name = "trt-cli-against-yaml",
                   .grade = Grade::kWarning,
                   .what =
                       "A key on the command line and, with another value, in the options file: "
                       "which one counts changed between builds.",
                   .fix = "one of the two",
                   .source = "tensorrt_llm/llmapi/llm_args.py, update_llm_args_with_extra_dict",
                   .find = trtllm_said_twice},
    DeploymentRule{.name = "helix-block",
                   .grade = Grade::kError,
                   .what =
                       "Helix parallelism shares the KV cache block by block, and asserts unless "
                       "its blocks are those of the cache.",
                   .fix = "cp_config.tokens_per_block equal to kv_cache_config.tokens_per_block",
                   .source = kTrtllmArgs,
                   .versions = "those with cp_config",
                   .find = trtllm_helix_block}};

}  // namespace

std::span<const DeploymentRule> trtllm_key_rules() {
  return kTrtllmKey;
}

}  // namespace wideep
