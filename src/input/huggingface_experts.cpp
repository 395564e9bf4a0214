#include "input/huggingface_experts.h"

#include <array>

#include <fmt/format.h>

#include "input/ranges.h"

namespace wideep {
namespace {

constexpr std::array<std::string_view, 4> kHidden = {
    "hidden_size", "d_model", "n_embd", "model_dim"};
/// Latent MoE: what crosses the wire is narrower than the hidden state.
constexpr std::array<std::string_view, 2> kLatent = {"routed_expert_hidden_size",
                                                     "moe_latent_size"};
constexpr std::array<std::string_view, 7> kExperts = {"n_routed_experts",
                                                      "num_experts",
                                                      "num_local_experts",
                                                      "moe_num_experts",
                                                      "num_routed_experts",
                                                      "num_moe_experts",
                                                      "ffn_config.moe_num_experts"};
constexpr std::array<std::string_view, 12> kTopK = {"num_experts_per_tok",
                                                    "num_experts_per_token",
                                                    "moe_topk",
                                                    "moe_top_k",
                                                    "moe_k",
                                                    "top_k_experts",
                                                    "num_selected_experts",
                                                    "experts_per_token",
                                                    "moe_router_topk",
                                                    "num_experts_per_topk",
                                                    "experts_per_tok",
                                                    "ffn_config.moe_top_k"};
constexpr std::array<std::string_view, 5> kExpertSize = {"moe_intermediate_size",
                                                         "expert_ffn_hidden_size",
                                                         "moe_ffn_hidden_size",
                                                         "expert_intermediate_size",
                                                         "ffn_config.ffn_hidden_size"};
constexpr std::array<std::string_view, 2> kPlainSize = {"intermediate_size", "ffn_hidden_size"};
constexpr std::array<std::string_view, 4> kSharedCount = {
    "n_shared_experts", "num_shared_experts", "num_shared_expert", "moe_num_shared_experts"};
constexpr std::array<std::string_view, 6> kSharedSize = {"shared_expert_intermediate_size",
                                                         "moe_shared_expert_intermediate_size",
                                                         "shared_intermediate_size",
                                                         "share_expert_dim",
                                                         "share_expert_dims",
                                                         "shared_expert_dim"};
constexpr std::array<std::string_view, 3> kGroups = {
    "n_group", "num_expert_group", "num_expert_groups"};
constexpr std::array<std::string_view, 2> kGroupsPerToken = {"topk_group", "num_limited_groups"};

constexpr std::string_view kOurShared = "shared_intermediate_size";

void require(HuggingFaceConfig& config,
             Spellings keys,
             std::string_view ours,
             std::string_view what) {
  if (first_of(config, keys)) return;
  doubt(config,
        config.text,
        fmt::format("no mixture-of-experts shape here: no key says {} ({}, {} and the like)",
                    what,
                    keys[0],
                    keys[1]),
        {ours});
}

/// ERNIE's models that see have a second set of experts, for images, in lists of two.
bool has_image_experts(const HuggingFaceConfig& config) {
  const Node* const counts = value_of(config, "moe_num_experts");
  return counts != nullptr && counts->items.size() == 2;
}

/// The first entry where there are two sets of experts.
std::optional<int> size_of_first(HuggingFaceConfig& config, Spellings keys) {
  const auto stated = first_of(config, keys);
  if (has_image_experts(config) && stated && stated->value->items.size() == 2) {
    const auto first = plain_whole(stated->value->items.front());
    if (first && *first >= range::kSize.low && *first <= range::kSize.high) return first;
  }
  return whole_of(config, keys, range::kSize, "moe_intermediate_size");
}

std::optional<int> experts_of(HuggingFaceConfig& config) {
  if (!has_image_experts(config)) return whole_of(config, kExperts, range::kExperts, "experts");
  config.notes.emplace_back("experts for images, the second of each list, are left out");
  const Node& first = value_of(config, "moe_num_experts")->items.front();
  const auto number = plain_whole(first);
  if (number && *number >= range::kExperts.low && *number <= range::kExperts.high) return number;
  doubt(config, first, "'moe_num_experts' must hold numbers of experts", {"experts"});
  return std::nullopt;
}

/// An MLP that every token passes beside the experts, though no key calls it a shared expert.
std::optional<int> unnamed_shared(HuggingFaceConfig& config, const ModelShape& shape) {
  const std::string_view type = text_of(config, "model_type");
  const bool llama4 =
      type.starts_with("llama4") || value_of(config, "intermediate_size_mlp") != nullptr;
  const bool gemma4 = value_of(config, "top_k_experts") != nullptr;
  const bool grok = is_true(value_of(config, "residual_moe"));
  if (is_true(value_of(config, "parallel_attn_mlp_res"))) return shape.model_hidden_size;  // Arctic
  if (!llama4 && !gemma4 && !grok) return std::nullopt;
  return whole_of(config, kPlainSize, range::kSize, kOurShared);
}

std::optional<int> shared_of(HuggingFaceConfig& config, const ModelShape& shape) {
  const Node* const mixed = value_of(config, "use_mixed_mlp_moe");  // Hunyuan
  if (mixed != nullptr && !is_true(mixed)) return 0;
  const auto count = whole_of(config, kSharedCount, range::kSizeOrNone, kOurShared);
  const auto size = whole_of(config, kSharedSize, range::kSizeOrNone, kOurShared);
  const auto each = size ? size : count ? shape.expert_size : unnamed_shared(config, shape);
  if (!each) return std::nullopt;
  const double whole = 1.0 * *each * count.value_or(1);
  if (whole <= range::kSizeOrNone.high) return static_cast<int>(whole);
  doubt(config,
        *first_of(config, kSharedCount)->value,
        fmt::format("{} shared experts of {} are more than any model has", *count, *each),
        {kOurShared});
  return std::nullopt;
}

/// Squared ReLU has no gate beside it.
bool is_gated(const HuggingFaceConfig& config) {
  for (const std::string_view key : {"mlp_hidden_act", "hidden_act"}) {
    const std::string_view activation = text_of(config, key);
    if (!activation.empty()) {
      return !is_one_of(activation, {"relu2", "squared_relu", "relu_squared"});
    }
  }
  return true;
}

}  // namespace

void read_expert_sizes(HuggingFaceConfig& config, ModelShape& shape) {
  require(config, kHidden, "hidden_size", "how wide a token is");
  require(config, kExperts, "experts", "how many experts a layer has");
  require(config, kTopK, "top_k", "how many of them a token goes to");
  shape.model_hidden_size = whole_of(config, kHidden, range::kHiddenSize, "hidden_size");
  const auto latent = whole_of(config, kLatent, range::kHiddenSize, "hidden_size");
  shape.hidden_size = latent ? latent : shape.model_hidden_size;
  shape.experts = experts_of(config);
  shape.top_k = whole_of(config, kTopK, range::kTopK, "top_k");
  const auto groups = whole_of(config, kGroups, {0, range::kGroups.high}, "groups");
  const auto limit =
      whole_of(config, kGroupsPerToken, {0, range::kGroups.high}, "groups_per_token");
  if (groups.value_or(0) > 0) shape.groups = groups;
  if (groups.value_or(0) > 0 && limit.value_or(0) > 0) shape.groups_per_token = limit;
  shape.expert_size = first_of(config, kExpertSize)
                          ? size_of_first(config, kExpertSize)
                          : whole_of(config, kPlainSize, range::kSize, "moe_intermediate_size");
  shape.shared_size = shared_of(config, shape);
  if (!is_gated(config)) shape.expert_matrices = shape.mlp_matrices = 2;
  const Node* const empty = value_of(config, "zero_expert_num");
  if (empty != nullptr && is_true(empty)) {
    doubt(config,
          *empty,
          "'zero_expert_num': experts that compute nothing, beside layers of two attentions and "
          "two MLPs, are not modelled",
          {});
  }
}

}  // namespace wideep
