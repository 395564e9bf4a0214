#include "plan/instance_search.h"

#include <algorithm>
#include <memory>

#include "model/widths.h"
#include "search/answer.h"
#include "search/optimize.h"

namespace wideep {

InstanceSearch::InstanceSearch(const PlanQuestion& question, Role role, std::optional<Seconds> tpot)
    : question_(question), role_(role) {
  const std::vector<Problem> problems = role_problems(question, role, tpot);
  const bool known = !problems.empty() && !problems.front().space.runs.empty();
  if (known) search(problems, true);
  if (most_ == PerSecond{}) search(problems, false);
  if (!variants_.empty()) sizes_ = candidate_widths(variants_.front().problem);
}

void InstanceSearch::search(const std::vector<Problem>& problems, bool only_runs) {
  variants_.clear();
  points_ = 0.0;
  for (const Problem& problem : problems) {
    Variant variant{.problem = problem};
    variant.problem.space.only_runs = only_runs;
    const SearchResult found = optimize(variant.problem, Solver::kBounds);
    points_ += static_cast<double>(found.certificate.configurations);
    if (found.optimum) variant.most = rate_per_gpu(question_, role_, *found.optimum);
    most_ = std::max(most_, variant.most);
    variants_.push_back(std::move(variant));
  }
}

const std::vector<InstancePointer>& InstanceSearch::of(int gpus) {
  const auto known = known_.find(gpus);
  if (known != known_.end()) return known->second;
  std::vector<InstancePointer> found;
  for (std::size_t at = 0; at < variants_.size(); ++at) {
    if (variants_[at].most == PerSecond{}) continue;
    Problem part = variants_[at].problem;
    part.space.ep_widths = {gpus};
    const Answer best = answer(part);
    if (const auto& one = best.optimum) {
      InstancePointer instance = instance_of(at, *one);
      const bool idle = role_ != Role::kPrefill && instance->slots == 0;
      if (!idle) found.push_back(std::move(instance));
    }
  }
  return known_[gpus] = std::move(found);
}

InstancePointer InstanceSearch::with_tokens(const Instance& instance, int tokens) {
  const auto& choice = variants_[instance.variant].problem.workload.traffic.choice;
  if (!choice || tokens < choice->least.value_or(1)) return nullptr;
  const int gpus = instance.gpus();
  const std::tuple key(instance.variant, gpus, tokens);
  const auto known = smaller_.find(key);
  if (known != smaller_.end()) return known->second;
  Problem part = variants_[instance.variant].problem;
  part.space.ep_widths = {gpus};
  state_tokens(part, tokens);
  const Answer best = answer(part);
  InstancePointer found;
  if (best.optimum) found = instance_of(instance.variant, *best.optimum);
  if (found && found->slots == 0) found = nullptr;
  return smaller_[key] = found;
}

InstancePointer InstanceSearch::instance_of(std::size_t variant, const Prediction& found) const {
  auto instance = std::make_shared<Instance>(
      wideep::instance_of(question_, role_, variants_[variant].problem, found));
  instance->variant = variant;
  return instance;
}

std::vector<BrokenLimit> InstanceSearch::reasons() const {
  std::vector<BrokenLimit> all;
  for (const Variant& variant : variants_) {
    for (const BrokenLimit& limit : reasons_at(variant.problem)) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const BrokenLimit& other) {
        return other.kind == limit.kind && other.config.ep_width == limit.config.ep_width;
      });
      if (!known) all.push_back(limit);
    }
  }
  return all;
}

InstanceSearch& InstanceSearches::of(InstanceSearch::Role role, std::optional<Seconds> tpot) {
  const bool limited = role != InstanceSearch::Role::kPrefill && tpot;
  const std::pair key(role, limited ? tpot->base() : 0.0);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  return known_.emplace(key, InstanceSearch(question_, role, tpot)).first->second;
}

}  // namespace wideep
