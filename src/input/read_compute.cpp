#include "input/read_compute.h"

#include <array>

#include "input/layer_shape.h"
#include "input/ranges.h"

namespace wideep {
namespace {

constexpr std::array<Choice<Phase>, 2> kPhases = {
    {{"decode", Phase::kDecode}, {"prefill", Phase::kPrefill}}};

/// `mtp: {draft_tokens: 1, accepted: 0.8}`.
void read_drafting(Section& parent, Workload& workload) {
  Section section = parent.section("mtp");
  if (!section.exists()) return;
  Drafting& drafting = workload.drafting;
  const auto tokens = section.whole("draft_tokens", range::kDraftTokens);
  const auto accepted = section.number("accepted", range::kAccepted);
  drafting = {.tokens = tokens.value_or(0), .accepted = accepted.value_or(0.0)};
  if (!section.has("draft_tokens")) section.miss("draft_tokens");
  if (!section.has("accepted")) section.miss("accepted");
  if (tokens && accepted && *accepted > *tokens) {
    section.report("accepted", "'mtp.accepted' is more than the tokens that are drafted");
  }
  if (workload.phase == Phase::kPrefill) {
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

void read_experts(Section& section,
                  const ModelShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  const auto per_token = section.quantity("expert_time_per_token", range::kTimePerToken);
  const ExpertFigures figures = read_expert_time(section);
  if (section.has("expert_time_per_token")) {
    workload.expert.per_token = per_token.value_or(Seconds(1.0));
    if (section.has("expert_time")) {
      section.report("expert_time", "give 'expert_time' or 'expert_time_per_token', not both");
    }
  } else if (section.has("expert_time")) {
    workload.expert = figures;
  } else {
    const auto gpu = gpu_for(fabric);
    workload.expert_origin = Origin::kHardware;
    if (gpu && shape.expert_size && shape.experts) {
      workload.expert = expert_figures(layer_shape(shape), *gpu, workload.phase);
    } else {
      workload.expert.per_token = Seconds(1.0);
      const bool faulty = fabric != nullptr && fabric->gpu && fabric->gpu->sms == 0;
      if (fabric != nullptr && !faulty && !shape.faulty) section.miss("expert_time_per_token");
    }
  }
  if (workload.expert.per_expert() && !workload.experts) {
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

/// Attention as it is stated, or from `context` and the GPU.
void read_dense(Section& section,
                const ModelShape& shape,
                const Fabric* fabric,
                Workload& workload) {
  if (const auto stated = read_attention_time(section)) {
    workload.dense = *stated;
    return;
  }
  const auto source = dense_source(shape, fabric, workload);
  if (!source) return;
  workload.dense = dense_work(source->layer, source->gpu, source->attending);
  workload.dense_origin = Origin::kHardware;
}

}  // namespace

void read_compute(Section& section,
                  const ModelShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  workload.context = section.whole("context", range::kContext);
  workload.phase = section.choice<Phase>("phase", kPhases).value_or(Phase::kDecode);
  read_drafting(section, workload);
  read_experts(section, shape, fabric, workload);
  read_dense(section, shape, fabric, workload);
}

}  // namespace wideep
