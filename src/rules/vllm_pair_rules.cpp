// Prefill and decode of vLLM that hand the KV cache over by NIXL.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "rules/findings.h"
#include "rules/vllm_pair.h"

namespace wideep {
namespace {

/// Whether vLLM is told not to compare the two before they speak.
bool compares_nothing(const DeployedRole& role) {
  const std::string_view text = kv_transfer(role);
  constexpr std::string_view kKey = "enforce_handshake_compat";
  const std::size_t at = text.find(kKey);
  if (at == std::string_view::npos) return false;
  const std::string_view value =
      text.substr(at + kKey.size(), std::string_view("\": false").size());
  return value.find("false") != std::string_view::npos ||
         value.find("False") != std::string_view::npos;
}

/// A setting that both sides give, and give differently.
struct RoleDifference {
  std::string prefill;
  std::string decode;
};

bool same_word(std::string_view one, std::string_view other) {
  return std::equal(
      one.begin(), one.end(), other.begin(), other.end(), [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
      });
}

std::optional<RoleDifference> difference(const NixlPair& pair, std::string_view key) {
  const std::optional<std::string> prefill = flag_text(*pair.prefill, key);
  const std::optional<std::string> decode = flag_text(*pair.decode, key);
  if (!prefill || !decode || same_word(*prefill, *decode)) return std::nullopt;
  return RoleDifference{*prefill, *decode};
}

/// Whether one side leaves it to vLLM, which may come to the other's word.
bool left_open(const RoleDifference& found) {
  return found.prefill == "auto" || found.decode == "auto" || found.prefill == "null" ||
         found.decode == "null";
}

void add_difference(const RuleContext& context,
                    std::string_view key,
                    const RoleDifference& found,
                    std::vector<RuleCase>& cases) {
  cases.push_back(
      {.message = fmt::format(
           "prefill has {} {} and decode {}: NIXL's handshake is refused at the first request",
           key,
           found.prefill,
           found.decode),
       .at = place_of_flag(context, key),
       .changes = {set_flag(key, found.prefill)}});
}

void compare_cache_types(const RuleContext& context,
                         const NixlPair& pair,
                         std::vector<RuleCase>& cases) {
  const auto found = difference(pair, "kv-cache-dtype");
  if (!found) return;
  add_difference(context, "kv-cache-dtype", *found, cases);
  // A checkpoint may say fp8 by itself, and models with a cache layout of their own turn every word
  // for it into that.
  const bool both_fp8 = found->prefill.starts_with("fp8") && found->decode.starts_with("fp8");
  if (!both_fp8 && !left_open(*found)) return;
  cases.back().grade = Grade::kWarning;
  cases.back().message += " unless both come to the same";
}

/// Methods whose drafts have a KV cache that is handed over; empty for others.
std::string drafts_of(const DeployedRole& role) {
  const std::optional<std::string> method = flag_text(role, "speculative-config.method");
  if (!method) return lacks(role, "speculative-config") ? "none" : "";
  if (method->ends_with("mtp")) return "mtp";
  const bool cached = method->starts_with("eagle") || *method == "dflash" || *method == "dspark";
  return cached ? *method : "";
}

void compare_drafts(const RuleContext& context,
                    const NixlPair& pair,
                    std::vector<RuleCase>& cases) {
  const std::string prefill = drafts_of(*pair.prefill);
  const std::string decode = drafts_of(*pair.decode);
  if (prefill.empty() || decode.empty() || prefill == decode) return;
  const auto drafting = [](const std::string& method) {
    return method == "none" ? std::string("no drafts") : "drafts by " + method;
  };
  cases.push_back(
      {.message = fmt::format(
           "prefill has {} and decode {}: NIXL's handshake is refused at the first request",
           drafting(prefill),
           drafting(decode)),
       .at = place_of_flag(context, "speculative-config"),
       .advice = "the same speculative-config in both roles, or enforce_handshake_compat false"});
}

void compare_versions(const RuleContext& context,
                      const NixlPair& pair,
                      std::vector<RuleCase>& cases) {
  if (!pair.prefill->container || !pair.decode->container) return;
  const std::string& prefill = pair.prefill->container->value;
  const std::string& decode = pair.decode->container->value;
  const auto of_prefill = version_in(prefill);
  const auto of_decode = version_in(decode);
  if (!of_prefill || !of_decode || *of_prefill == *of_decode) return;
  cases.push_back(
      {.message = fmt::format(
           "prefill runs {} and decode {}: NIXL's handshake is refused at the first request",
           prefill,
           decode),
       .at = context.role.container->at,
       .advice = "one image for both roles"});
}

void pd_compat_hash(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<NixlPair> pair = nixl_pair(context);
  if (!pair) return;
  if (compares_nothing(*pair->prefill) || compares_nothing(*pair->decode)) return;
  compare_cache_types(context, *pair, cases);
  for (const std::string_view key : {"attention-backend",
                                     "attention-config.backend",
                                     "dtype",
                                     "disable-hybrid-kv-cache-manager",
                                     "model"}) {
    const std::optional<RoleDifference> found = difference(*pair, key);
    if (found && !left_open(*found)) add_difference(context, key, *found, cases);
  }
  compare_drafts(context, *pair, cases);
  compare_versions(context, *pair, cases);
}

constexpr std::array kVllmPairRules = {DeploymentRule{
    .name = "vllm-pd-compat-hash",
    .grade = Grade::kError,
    .what = "Before a decode instance reads from a prefill instance, NIXL's connector compares "
            "what both made of their settings: vLLM's version, the model's name, types, the "
            "attention back end, the hybrid cache manager and drafts of EAGLE or MTP. Where they "
            "differ every request fails, or is computed anew by decode.",
    .fix = "the same keys in both roles",
    .proof = Proof::kRead,
    .source = "vllm/distributed/kv_transfer/kv_connector/v1/nixl/metadata.py @02cfb534; vllm "
              "#29503, #49230",
    .since = EngineVersion{0, 13, 0},
    .versions = "drafts since August 2026, before which decode may crash instead",
    .find = pd_compat_hash}};

}  // namespace

std::span<const DeploymentRule> vllm_pair_rules() {
  return kVllmPairRules;
}

}  // namespace wideep
