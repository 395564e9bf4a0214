#include "input/read_compute.h"

#include <array>
#include <cmath>

#include "input/ranges.h"
#include "model/figures.h"

namespace wideep {
namespace {

/// `accepted: [0.8, 1.4, 1.8]`, of which each draws at most one more of one more drafted.
std::vector<double> read_accepted(Section& section, const Node& list) {
  if (is_recording()) asked_at(section.path_of("accepted"))->list = true;
  std::vector<double> by_depth;
  for (const Node& item : list.items) {
    const auto value = section.number_of(item, "mtp.accepted", range::kAccepted);
    if (!value) return {};
    const double before = by_depth.empty() ? 0.0 : by_depth.back();
    if (*value < before || *value > before + 1.0) {
      section.findings().report(
          item.place, "'mtp.accepted' by depth grows by 0 to 1 with each token that is drafted");
      return {};
    }
    by_depth.push_back(*value);
  }
  if (by_depth.empty()) section.report("accepted", "'mtp.accepted' is an empty list");
  return by_depth;
}

/// Each of `tokens` is accepted at that rate where the one before it is.
std::vector<double> accepted_at_rate(double rate, int tokens) {
  std::vector<double> by_depth;
  double sum = 0.0;
  for (int depth = 1; depth <= tokens; ++depth) by_depth.push_back(sum += std::pow(rate, depth));
  return by_depth;
}

/// `mtp: {draft_tokens: 1, accepted: 0.8}`, by depth as a list, or by `acceptance_rate`.
void read_drafting(Section& parent, Traffic& traffic) {
  Section section = parent.section("mtp");
  if (!section.exists()) return;
  Drafting& drafting = traffic.drafting;
  const auto tokens = section.whole("draft_tokens", range::kDraftTokens);
  const auto rate = section.share("acceptance_rate", range::kShare);
  const Node* const stated = section.find("accepted");
  const bool listed = stated != nullptr && stated->kind == Node::Kind::kSequence;
  if (listed) {
    drafting.by_depth = read_accepted(section, *stated);
  } else if (stated != nullptr) {
    drafting.accepted = section.number("accepted", range::kAccepted).value_or(0.0);
  } else if (rate && tokens) {
    drafting.by_depth = accepted_at_rate(*rate, *tokens);
  }
  const auto depths = static_cast<int>(drafting.by_depth.size());
  drafting.tokens = tokens.value_or(depths);
  if (!section.has("draft_tokens") && !listed) section.miss("draft_tokens");
  if (stated == nullptr && !section.has("acceptance_rate")) {
    section.miss("accepted", "or acceptance_rate: 0.8");
  } else if (stated != nullptr && section.has("acceptance_rate")) {
    section.report("acceptance_rate", "give 'accepted' or 'acceptance_rate', not both");
  }
  if (depths > 0 && drafting.tokens > depths) {
    section.report("accepted", "'mtp.accepted' has fewer depths than 'mtp.draft_tokens'");
  } else if (depths > 0 && drafting.tokens > 0) {
    drafting.by_depth.resize(static_cast<std::size_t>(drafting.tokens));
    drafting.accepted = drafting.by_depth.back();
  } else if (tokens && drafting.accepted > *tokens) {
    section.report("accepted", "'mtp.accepted' is more than the tokens that are drafted");
  }
  if (traffic.phase == Phase::kPrefill) {
    parent.report("mtp", "'mtp' is for decode: a prefill step drafts nothing");
  }
  section.finish();
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

/// What the workload states of experts; misses it where the model and the GPU do not tell.
void read_experts(Section& section,
                  const ReadShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  const auto per_token = section.quantity("expert_time_per_token", range::kTimePerToken);
  const ExpertFigures figures = read_expert_time(section);
  if (section.has("expert_time_per_token")) {
    workload.stated.expert.emplace().per_token = per_token.value_or(Seconds(1.0));
    if (section.has("expert_time")) {
      section.report("expert_time", "give 'expert_time' or 'expert_time_per_token', not both");
    }
  } else if (section.has("expert_time")) {
    workload.stated.expert = figures;
  } else if (fabric != nullptr && !knows_experts(shape, *fabric)) {
    const bool faulty = fabric->gpu && !fabric->gpu->sms;
    if (!faulty && !shape.faulty) section.miss("expert_time_per_token");
  }
  const bool per_expert = workload.stated.expert && workload.stated.expert->per_expert();
  if (per_expert && !workload.model.experts) {
    section.report("expert_time", "'expert_time' by expert needs 'experts' or a model");
  }
}

/// `{fixed: , weight_read: , compute_per_token: , per_token: }`, one of which at least.
std::optional<DenseWork> read_attention_time(Section& parent) {
  Section section = parent.section("attention_time");
  bool given = false;
  const auto part = [&](std::string_view key) {
    given = given || section.has(key);
    return section.quantity(key, range::kLatency).value_or(Seconds(0.0));
  };
  const DenseWork work{.fixed = part("fixed"),
                       .weight_read = part("weight_read"),
                       .compute_per_token = part("compute_per_token"),
                       .per_token = part("per_token")};
  section.finish();
  if (!section.exists()) return std::nullopt;
  if (!given) parent.report("attention_time", "'attention_time' needs one of its times");
  return work;
}

}  // namespace

void read_compute(Section& section,
                  const ReadShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  workload.traffic.context = section.whole("context", range::kContext);
  workload.traffic.phase = section.choice<Phase>("phase", kPhaseWords).value_or(Phase::kDecode);
  read_drafting(section, workload.traffic);
  read_experts(section, shape, fabric, workload);
  workload.stated.dense = read_attention_time(section);
}

}  // namespace wideep
