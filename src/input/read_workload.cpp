#include "input/read_workload.h"

#include <array>

#include <fmt/format.h>

#include "input/ranges.h"
#include "input/read_model.h"
#include "input/section.h"

namespace wideep {
namespace {

constexpr std::array<Choice<ExpertLoad>, 2> kExpertLoads = {
    {{"T*k/P", ExpertLoad::kSharedByRanks}, {"T*k", ExpertLoad::kPerRank}}};

void read_shape_keys(Section& section, Workload& workload) {
  const Node* const model = section.find("model");
  const ModelShape given = model == nullptr ? ModelShape{} : read_model(*model, section.findings());
  const ModelShape own = read_shape(section);
  const auto pick = [&](const std::optional<int>& mine,
                        const std::optional<int>& models,
                        std::string_view key) -> std::optional<int> {
    if (mine) return mine;
    if (models) return models;
    if (!key.empty() && !section.has(key) && !given.faulty) section.miss(key);
    return std::nullopt;
  };
  workload.hidden_size = pick(own.hidden_size, given.hidden_size, "hidden_size").value_or(1);
  workload.top_k = pick(own.top_k, given.top_k, "top_k").value_or(1);
  workload.experts = pick(own.experts, given.experts, "");
  workload.moe_layers = pick(own.moe_layers, given.moe_layers, "").value_or(1);
  workload.redundant_experts =
      section.whole("redundant_experts", range::kRedundantExperts).value_or(0);
  if (workload.experts && workload.top_k > *workload.experts) {
    section.report(
        section.has("top_k") ? "top_k" : "model",
        fmt::format("'top_k' is {}, more than the {} experts", workload.top_k, *workload.experts));
  }
  if (workload.redundant_experts > 0 && !workload.experts) {
    section.report("redundant_experts", "'redundant_experts' needs 'experts' or a model");
  }
}

void read_element_bytes(Section& section, Workload& workload) {
  // A count of bytes per element is as good as a size: "1", "1B" and "8b" are the same.
  const auto bytes = [&](std::string_view key) -> std::optional<Bytes> {
    const Node* const value = section.find(key);
    if (value == nullptr) return std::nullopt;
    const bool has_unit =
        value->is_scalar() && (value->text.ends_with('B') || value->text.ends_with('b'));
    constexpr Range<double> kPlain = range::kElementBytes;
    if (has_unit) return section.quantity<Bytes>(key, {Bytes(kPlain.low), Bytes(kPlain.high)});
    const auto number = section.number(key, kPlain);
    return number ? std::optional(Bytes(*number)) : std::nullopt;
  };
  const auto both = bytes("element_bytes");
  const auto dispatch = bytes("dispatch_element_bytes");
  const auto combine = bytes("combine_element_bytes");
  workload.dispatch_element = dispatch ? *dispatch : both.value_or(Bytes(1.0));
  workload.combine_element = combine ? *combine : both.value_or(Bytes(1.0));

  const bool has_dispatch = section.has("dispatch_element_bytes");
  const bool has_combine = section.has("combine_element_bytes");
  if (section.has("element_bytes")) {
    if (has_dispatch && has_combine) {
      section.report("element_bytes",
                     "'element_bytes' has no effect: dispatch and combine give their own");
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

void read_compute(Section& section, Workload& workload) {
  const auto gamma = section.number("straggler_factor", range::kStragglerFactor);
  const auto time = section.quantity("expert_time_per_token", range::kTimePerToken);
  workload.straggler_factor = gamma.value_or(1.0);
  workload.expert_time_per_token = time.value_or(Seconds(1.0));
  for (const std::string_view key : {"straggler_factor", "expert_time_per_token"}) {
    if (!section.has(key)) section.miss(key);
  }
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

Workload read_workload(const Node& root, Findings& findings) {
  Section section(&root, "", findings);
  Workload workload;
  section.text("about");
  read_shape_keys(section, workload);
  read_element_bytes(section, workload);
  read_tokens(section, workload);
  read_compute(section, workload);
  read_off_domain(section, workload);
  read_step(section, workload);
  for (const char* others : {"fabric", "search"}) section.find(others);  // have their own readers
  section.finish();
  return workload;
}

}  // namespace wideep
