#include "input/read_compute.h"

#include <array>

#include "input/ranges.h"
#include "model/figures.h"

namespace wideep {
namespace {

/// `mtp: {draft_tokens: 1, accepted: 0.8}`.
void read_drafting(Section& parent, Traffic& traffic) {
  Section section = parent.section("mtp");
  if (!section.exists()) return;
  Drafting& drafting = traffic.drafting;
  const auto tokens = section.whole("draft_tokens", range::kDraftTokens);
  const auto accepted = section.number("accepted", range::kAccepted);
  drafting = {.tokens = tokens.value_or(0), .accepted = accepted.value_or(0.0)};
  if (!section.has("draft_tokens")) section.miss("draft_tokens");
  if (!section.has("accepted")) section.miss("accepted");
  if (tokens && accepted && *accepted > *tokens) {
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
