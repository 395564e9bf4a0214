// Names and words that an engine's own lists do not have.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include <fmt/format.h>

#include "deploy/known_flags.h"
#include "input/suggest.h"
#include "rules/rule.h"

namespace wideep {
namespace {

/// Flags whose words engines read in any case, with '-' for '_' (vllm/config/kernel.py@65a7b3f,
/// vllm/config/compilation.py@002284d, tensorrt_llm/llmapi/llm_args.py@0004396).
constexpr std::array<std::string_view, 3> kAnyCase = {
    "moe-backend", "compilation-config.cudagraph_mode", "cp_config.cp_type"};

/// Unknown flags of a role that are looked at: each is held to every name.
constexpr int kMostUnknown = 100;

std::string folded(std::string_view word) {
  std::string same(word);
  std::transform(same.begin(), same.end(), same.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::tolower(c));
  });
  return same;
}

bool takes(std::string_view flag,
           const std::vector<std::string_view>& words,
           std::string_view value) {
  const bool any_case = std::find(kAnyCase.begin(), kAnyCase.end(), flag) != kAnyCase.end();
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return word == value || (any_case && folded(word) == folded(value));
  });
}

void misspelt_flag(const RuleContext& context, std::vector<RuleCase>& cases) {
  // trt-key-unknown speaks of those, by section.
  if (context.role.engine == ServingEngine::kTrtllm) return;
  const KnownFlags& known = known_flags(context.role.engine);
  int unknown = 0;
  for (const Setting& setting : context.role.flags.all) {
    const std::string_view key = std::string_view(setting.key).substr(0, setting.key.find('.'));
    if (key.size() != setting.key.size() || known.has(key)) continue;
    if (++unknown > kMostUnknown) break;
    const auto near = suggest(key, known.flags);
    // What resembles nothing is of a fork, a wrapper or a later release.
    if (!near) continue;
    RuleCase found{.message = fmt::format("{} has no {} and would not start; did you mean {}?",
                                          title_of(context.role.engine),
                                          setting.written,
                                          *near),
                   .at = setting.at};
    if (setting.value) {
      const bool is_switch = setting.value == "true";
      found.changes = {remove_flag(setting.key),
                       set_flag(*near, is_switch ? std::string_view() : *setting.value)};
    } else {
      found.advice = fmt::format("did you mean {}?", *near);
    }
    cases.push_back(std::move(found));
  }
}

void unknown_word(const RuleContext& context, std::vector<RuleCase>& cases) {
  const KnownFlags& known = known_flags(context.role.engine);
  for (const auto& [flag_name, words] : known.values) {
    const Setting* const setting = flag(context.role, flag_name);
    if (setting == nullptr || !setting->value) continue;
    if (takes(flag_name, words, *setting->value)) continue;
    RuleCase found{.message = fmt::format("'{}' is none of the words that {} knows for {}",
                                          *setting->value,
                                          title_of(context.role.engine),
                                          setting->written),
                   .at = setting->value_at};
    auto near = suggest(*setting->value, words);
    if (!near) near = suggest(folded(*setting->value), words);
    if (near) {
      found.changes = {set_flag(flag_name, *near)};
    } else {
      found.message += ", which may be older than what runs";
      found.advice = fmt::format("one of {}", fmt::join(words, ", "));
      found.grade = Grade::kAdvice;
    }
    cases.push_back(std::move(found));
  }
}

constexpr std::array kRules = {
    DeploymentRule{.name = "flag-spelling",
                   .grade = Grade::kWarning,
                   .what = "A flag that no release of the engine has, and that is a letter or two "
                           "away from one that it has. Engines stop at flags that they do not "
                           "know; what it was to say is not read here either.",
                   .fix = "the flag's name",
                   .proof = Proof::kRead,
                   .source = "presets/flags names the files that the lists are of",
                   .versions = "all; releases later than the lists may have more",
                   .find = misspelt_flag},
    DeploymentRule{.name = "value-spelling",
                   .grade = Grade::kWarning,
                   .what = "A flag that takes one of a few words has another one. Engines stop "
                           "there.",
                   .fix = "one of the words",
                   .proof = Proof::kRead,
                   .source = "presets/flags names the files that the lists are of",
                   .versions = "all; releases later than the lists may have more",
                   .find = unknown_word}};

}  // namespace

std::span<const DeploymentRule> spelling_rules() {
  return kRules;
}

}  // namespace wideep
