#include "input/read_step.h"

#include "input/ranges.h"

namespace wideep {

void read_step(Section& section, Workload& workload) {
  const auto stated = section.quantity("other_step_time", range::kOtherStepTime);
  const auto overhead = section.quantity("step_overhead", range::kOtherStepTime);
  if (section.has("other_step_time") && section.has("step_overhead")) {
    section.report("step_overhead", "give 'other_step_time' or 'step_overhead', which is the same");
  }
  workload.stated.step_overhead = overhead ? overhead : stated;
  workload.stated.serving_efficiency =
      section.share("serving_efficiency", range::kServingEfficiency);
  Section slo = section.section("slo");
  workload.slo.tpot = slo.quantity("tpot", range::kTpot);
  workload.slo.ttft = slo.quantity("ttft", range::kTpot);
  slo.finish();
}

}  // namespace wideep
