#include <doctest/doctest.h>

#include "engines/engine.h"
#include "input/read_plan.h"
#include "plan/kept_plan.h"
#include "report/plan_report.h"

namespace wideep {
namespace {

PlanQuestion on_h200(const std::vector<std::string>& set) {
  return read_plan({.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-r1-plan-gb200-nvl72.yaml",
                    .fabric = "h200-ib400",
                    .search = {},
                    .set = set});
}

}  // namespace

TEST_SUITE("report/plans_by_engine") {
  TEST_CASE("each is the plan of the question that names the engine") {
    const std::vector<EnginePlan> plans = plans_by_engine(on_h200({}));
    REQUIRE(plans.size() == engines().size());
    for (const EnginePlan& plan : plans) {
      CAPTURE(plan.id);
      const PlanQuestion named = on_h200({"engine=" + plan.id});
      CHECK(plans_by_engine(named).empty());
      const auto best = best_plan(named).best;
      REQUIRE(plan.best.has_value());
      REQUIRE(best.has_value());
      CHECK(same_plan(*plan.best, *best));
      CHECK(plan.best->cost == doctest::Approx(best->cost));
      CHECK(plan.best->tpot() / best->tpot() == doctest::Approx(1.0));
    }
    // They are not alike there: 168, 88 and 96 GPUs.
    CHECK(plans.front().best->gpus() > 1.5 * plans.back().best->gpus());
  }
}

}  // namespace wideep
