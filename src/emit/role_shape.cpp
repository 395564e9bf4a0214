#include "emit/role_shape.h"

#include <algorithm>
#include <cmath>

#include "model/placed.h"

namespace wideep {
namespace {

RoleShape shape_of(const RolePlan& role, RoleKind kind) {
  const Instance& instance = *role.instance;
  RoleShape shape{.kind = kind,
                  .instances = role.count,
                  .problem = instance.problem,
                  .prediction = instance.prediction,
                  .drafts = instance.problem->workload.traffic.drafting.tokens,
                  .group_tokens = instance.prediction.config.tokens,
                  .apart = kind != RoleKind::kAggregated};
  if (instance.slots > 0) shape.requests = instance.slots / shape.groups();
  return shape;
}

}  // namespace

std::vector<RoleShape> shapes_of(const Plan& plan, const RequestLengths& lengths) {
  std::vector<RoleShape> shapes;
  if (plan.prefill) shapes.push_back(shape_of(*plan.prefill, RoleKind::kPrefill));
  shapes.push_back(shape_of(plan.decode, plan.prefill ? RoleKind::kDecode : RoleKind::kAggregated));
  double longest = 0.0;
  for (const RequestLength& each : lengths.all) longest = std::max(longest, each.input_tokens);
  for (RoleShape& shape : shapes) {
    shape.longest_prompt = static_cast<int>(std::ceil(longest));
    // Layers that draft have caches of their own, which are handed over.
    shape.drafts = shapes.back().drafts;
  }
  return shapes;
}

RoleShape shape_of_role(const Problem& problem, const Prediction& prediction) {
  const Traffic& traffic = problem.workload.traffic;
  const bool prefill = traffic.phase == Phase::kPrefill;
  RoleShape shape{.kind = prefill ? RoleKind::kPrefill : RoleKind::kDecode,
                  .problem = std::make_shared<const Problem>(placed(problem, prediction.config)),
                  .prediction = prediction,
                  .drafts = traffic.drafting.tokens,
                  .group_tokens = prediction.config.tokens,
                  .longest_prompt = traffic.context.value_or(0),
                  .apart = true};
  constexpr double kRounding = 1e-9;
  if (!prefill) {
    const double requests = prediction.config.tokens * requests_per_token(traffic);
    shape.requests = std::max(1, static_cast<int>(std::floor(requests + kRounding)));
  }
  return shape;
}

}  // namespace wideep
