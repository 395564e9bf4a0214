#include "rules/sglang_role.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

namespace wideep {
namespace {

/// speculative_hook.py@004c82e0: requests of an instance that speculates, where nothing is said.
constexpr int kSpeculatingRequests = 48;

/// speculative_hook.py@004c82e0: tokens that an n-gram search proposes, where nothing is said.
constexpr int kNgramTokens = 12;

std::optional<int> whole(std::optional<long long> number) {
  if (!number || *number < 0 || *number > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*number);
}

int size_or_one(std::optional<int> size) {
  return std::max(1, size.value_or(1));
}

std::optional<std::string> word_or(const DeployedRole& role,
                                   std::string_view key,
                                   std::string_view otherwise) {
  if (unresolved(role, key)) return std::nullopt;
  return flag_text(role, key).value_or(std::string(otherwise));
}

/// mega_moe_hook.py@04fa8c01 and overrides.py@003bbaf9: the runner and waterfill choose it too.
std::optional<std::string> all2all_of(const DeployedRole& role) {
  std::optional<std::string> stated = word_or(role, "moe-a2a-backend", "none");
  const std::optional<std::string> runner = word_or(role, "moe-runner-backend", "auto");
  if (!stated || !runner) return std::nullopt;
  const bool owned = *stated == "none" && *runner == "flashinfer_megamoe";
  if (*runner == "megamoe" || owned) return "megamoe";
  const bool fills = is_on(role, "enable-waterfill") || is_on(role, "enable-deepep-waterfill");
  if (fills && *stated != "megamoe") return "deepep";
  return stated;
}

/// "unquant" says that weights are as they are.
std::optional<std::string> quantization_of(const DeployedRole& role) {
  const std::optional<std::string> stated = flag_text(role, "quantization");
  return stated && is_any_of(*stated, {"none", "null", "unquant"}) ? std::nullopt : stated;
}

std::optional<std::string> algorithm_of(const DeployedRole& role) {
  std::optional<std::string> stated = flag_text(role, "speculative-algorithm");
  if (!stated) return std::nullopt;
  std::transform(stated->begin(), stated->end(), stated->begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  if (*stated == "NONE" || *stated == "NULL") return std::nullopt;
  return *stated == "NEXTN" ? "EAGLE" : stated;
}

/// speculative_hook.py@004c82e0, by algorithm.
std::optional<int> tokens_of(const DeployedRole& role,
                             const std::optional<std::string>& algorithm,
                             const RoleSizes& sizes) {
  if (unresolved(role, "speculative-algorithm")) return std::nullopt;
  if (!algorithm) return 1;
  const std::optional<int> stated = whole(flag_number(role, "speculative-num-draft-tokens"));
  if (*algorithm == "DSPARK") {
    const std::optional<int> block = whole(flag_number(role, "speculative-dspark-block-size"));
    return block ? std::optional(*block + 1) : stated;
  }
  if (*algorithm == "DFLASH") {
    const std::optional<int> block = whole(flag_number(role, "speculative-dflash-block-size"));
    return block ? block : stated;
  }
  if (*algorithm == "NGRAM") {
    if (unresolved(role, "speculative-num-draft-tokens")) return std::nullopt;
    return stated.value_or(kNgramTokens);
  }
  if (!sizes.draft_tokens) return std::nullopt;
  return *sizes.draft_tokens + 1;
}

/// cuda_graph_hook.py@019667ad: the JSON goes before the flags of a phase, a list before its end.
void read_graphs(const DeployedRole& role, SglangRole& read) {
  constexpr std::array<std::string_view, 3> kLists = {
      "cuda-graph-config.decode.bs", "cuda-graph-bs-decode", "cuda-graph-bs"};
  constexpr std::array<std::string_view, 3> kEnds = {
      "cuda-graph-config.decode.max_bs", "cuda-graph-max-bs-decode", "cuda-graph-max-bs"};
  read.graphs_off = is_on(role, "disable-cuda-graph") || is_on(role, "disable-decode-cuda-graph") ||
                    flag_text(role, "cuda-graph-backend-decode") == "disabled";
  for (const std::string_view key : kLists) {
    const Setting* const found = flag(role, key);
    if (found == nullptr) continue;
    read.graph_at = found;
    const auto sizes = numbers_in(*found);
    if (sizes && !sizes->empty()) {
      read.graph = whole(*std::max_element(sizes->begin(), sizes->end()));
    }
    return;
  }
  for (const std::string_view key : kEnds) {
    const Setting* const found = flag(role, key);
    if (found == nullptr) continue;
    read.graph_at = found;
    read.graph = whole(number_in(*found));
    return;
  }
}

/// parallel_hook.py@008b79d2: the chunk is of the instance, and ranks of DP attention share it.
std::optional<int> chunk_of(const DeployedRole& role, int dp) {
  const std::optional<long long> stated = flag_number(role, "chunked-prefill-size");
  if (!stated) return std::nullopt;
  return whole(std::max(*stated, 0LL) / dp);
}

std::optional<int> pool_of(const DeployedRole& role, const SglangRole& read) {
  if (unresolved(role, "max-running-requests")) return std::nullopt;
  const std::optional<int> stated = whole(flag_number(role, "max-running-requests"));
  if (stated) return *stated / read.dp;
  if (flag(role, "max-running-requests") != nullptr || !read.algorithm) return std::nullopt;
  return kSpeculatingRequests / read.dp;
}

}  // namespace

SglangRole sglang_role(const DeployedRole& role) {
  const RoleSizes sizes = sizes_of(role);
  SglangRole read{
      .sizes_known = !any_unresolved(
          role,
          {"tp-size", "pp-size", "dp-size", "enable-dp-attention", "attn-cp-size", "dcp-size"}),
      .tp = sizes.tp_or_default(),
      .pp = sizes.pp_or_default(),
      .dp = is_on(role, "enable-dp-attention") ? sizes.dp_or_default() : 1,
      .cp = size_or_one(sizes.pcp),
      .dcp = size_or_one(sizes.dcp),
      .all2all = all2all_of(role),
      .runner = word_or(role, "moe-runner-backend", "auto"),
      .quantization = quantization_of(role),
      .algorithm = algorithm_of(role)};
  read.attn_tp = std::max(1, read.tp / read.dp / read.cp);
  read.tokens_per_request = tokens_of(role, read.algorithm, sizes);
  read.pool = pool_of(role, read);
  read.chunk = chunk_of(role, read.dp);
  read_graphs(role, read);
  return read;
}

bool any_unresolved(const DeployedRole& role, std::initializer_list<std::string_view> keys) {
  return std::any_of(
      keys.begin(), keys.end(), [&role](std::string_view key) { return unresolved(role, key); });
}

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const DeployedRole* other_half(const RuleContext& context) {
  if (context.role.kind == RoleKind::kAggregated) return nullptr;
  const bool decodes = context.role.kind == RoleKind::kDecode;
  const DeployedRole* const other =
      role_of_kind(context, decodes ? RoleKind::kPrefill : RoleKind::kDecode);
  return other != nullptr && other->engine == context.role.engine ? other : nullptr;
}

std::optional<long long> offered_requests(const RuleContext& context) {
  const auto& all = context.deployment.concurrencies;
  if (all.empty() || !context.role.instances || context.role.instances->value < 1) return {};
  const auto most = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  const long long instances = context.role.instances->value;
  return (most->value + instances - 1) / instances;
}

std::optional<long long> offered_per_rank(const RuleContext& context, int ranks) {
  const std::optional<long long> all = offered_requests(context);
  if (!all) return std::nullopt;
  return (*all + ranks - 1) / ranks;
}

std::optional<int> sglang_capacity(const DeployedRole& role, std::string_view key, int otherwise) {
  const Setting* const stated = variable(role, key);
  if (stated == nullptr) return otherwise;
  const std::optional<int> tokens = whole(number_in(*stated));
  return tokens == 0 ? std::nullopt : tokens;
}

std::vector<Change> graphs_up_to(const SglangRole& role, long long requests) {
  const std::string& key = role.graph_at->key;
  if (key.find("max") == std::string::npos) return {};
  return {set_flag(key, requests)};
}

}  // namespace wideep
