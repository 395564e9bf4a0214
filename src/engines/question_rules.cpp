// What the question leaves out.
#include <array>
#include <variant>

#include "engines/rules.h"

namespace wideep {
namespace {

void expert_load(const Problem& problem, const Prediction& /*prediction*/, Messages& messages) {
  const auto* tokens = std::get_if<TokensPerRank>(&problem.workload.traffic.tokens);
  if (tokens == nullptr || tokens->stated) return;
  messages.emplace_back(
      "expert_load is not stated, so T*k/P is assumed; where T is per rank, T*k is right");
}

void unchecked_memory(const Problem& /*problem*/,
                      const Prediction& prediction,
                      Messages& messages) {
  if (prediction.config.ep_width != 1 || prediction.memory) return;
  messages.emplace_back(
      "at EP 1 every expert is on one GPU; whether they fit in its memory is not checked");
}

void uncounted_attention(const Problem& problem, const Prediction& prediction, Messages& messages) {
  if (prediction.attention > Seconds(0.0) || !problem.workload.figures.expert.per_expert()) return;
  messages.push_back("attention is not counted, and it decides what overlaps; " +
                     attention_wanted(problem));
}

void uncounted_step(const Problem& problem, const Prediction& prediction, Messages& messages) {
  const Figures& figures = problem.workload.figures;
  const bool attended = prediction.attention > Seconds(0.0);
  if (!figures.footprint || !attended || figures.outside_origin != Origin::kStated) return;
  messages.push_back(std::string("without ") +
                     (problem.workload.traffic.context ? "a GPU" : "context") +
                     " dense layers, head, KV cache and serving_efficiency are not counted");
}

void draft_layers(const Problem& problem, const Prediction& /*prediction*/, Messages& messages) {
  const auto& footprint = problem.workload.figures.footprint;
  const bool drafts = problem.workload.traffic.drafting.tokens > 0;
  if (!footprint || !drafts || footprint->draft_layers > 0) return;
  messages.emplace_back(
      "the model has no layer that drafts tokens (mtp_layers): its time is counted as a layer's, "
      "its weights are not");
}

void replicas_unknown(const Problem& problem,
                      const Prediction& /*prediction*/,
                      Messages& messages) {
  const Workload& workload = problem.workload;
  const auto& source = workload.traffic.straggler.source;
  if (!workload.serving.chooses_redundant) return;
  if (std::holds_alternative<ByWidth<double>>(source)) {
    messages.emplace_back(
        "the straggler factor is stated, so that redundant experts gain nothing but widths that "
        "divide the slots; counts by expert would tell what they balance");
  }
}

constexpr std::array<Rule, 6> kQuestionRules = {
    {{"replicas_unknown",
      Grade::kAdvice,
      Subject::kSearch,
      "give straggler_factor: {counts: FILE, placement: balanced}",
      replicas_unknown},
     {"expert_load_unstated",
      Grade::kWarning,
      Subject::kTokens,
      "state expert_load: T*k (T per rank) or T*k/P (T is the group's total)",
      expert_load},
     {"memory_unchecked",
      Grade::kAdvice,
      Subject::kSearch,
      "give gpu.memory and a model",
      unchecked_memory},
     {"attention_not_counted",
      Grade::kAdvice,
      Subject::kSearch,
      "give context, gpu or attention_time",
      uncounted_attention},
     {"step_not_counted", Grade::kAdvice, Subject::kSearch, "", uncounted_step},
     {"draft_layers_unknown", Grade::kAdvice, Subject::kSearch, "give mtp_layers", draft_layers}}};

}  // namespace

std::span<const Rule> question_rules() {
  return kQuestionRules;
}

std::string attention_wanted(const Problem& problem) {
  if (!problem.workload.traffic.context) return "give context or attention_time";
  return problem.fabric.gpu
             ? "the model says nothing of it: give attention_time"
             : "the fabric has no gpu: set one, such as gpu=h100-sxm, or give attention_time";
}

}  // namespace wideep
