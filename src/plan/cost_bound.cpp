#include "plan/cost_bound.h"

#include <algorithm>
#include <limits>

#include "plan/pricing.h"

namespace wideep {
namespace {

constexpr double kNoCost = std::numeric_limits<double>::infinity();

}  // namespace

double least_cost(const PlanQuestion& question, const SizeRates& sizes) {
  const double busy = question.max_utilisation;
  const double prefill = sizes.prefill_gpus * sizes.prefill.base();
  const double decode = sizes.decode_gpus * sizes.decode.base();
  if (decode <= 0.0 || (sizes.prefill_gpus > 0 && prefill <= 0.0)) return kNoCost;
  const bool apart = sizes.prefill_gpus > 0;
  if (has_demand(question)) {
    const double rate = least_rate(question).base();
    const int prefills = apart ? count_for(rate, busy * prefill) : 0;
    const int decodes = count_for(rate, (question.demand.concurrency ? 1.0 : busy) * decode);
    const int gpus = prefills * sizes.prefill_gpus + decodes * sizes.decode_gpus;
    return gpus > question.demand.gpus.value_or(kMostPlanGpus) ? kNoCost : gpus;
  }
  const auto& gpus = question.demand.gpus;
  double least = kNoCost;
  const int most = gpus ? *gpus / sizes.decode_gpus : kMostInRatio;
  for (int decodes = 1; decodes <= most; ++decodes) {
    const int left = gpus ? *gpus - decodes * sizes.decode_gpus : 0;
    int prefills = !apart ? 0 : gpus ? left / sizes.prefill_gpus : kMostInRatio;
    if (apart && prefills < 1) continue;
    if (apart && !gpus) prefills = std::min(prefills, count_for(decodes * decode, prefill));
    for (int fewer = std::max(apart ? 1 : 0, prefills - 1); fewer <= prefills; ++fewer) {
      const double rate =
          busy * (apart ? std::min(fewer * prefill, decodes * decode) : decodes * decode);
      const double all = fewer * sizes.prefill_gpus + decodes * sizes.decode_gpus;
      least = std::min(least, (gpus ? 1.0 : all) / rate);
    }
  }
  return least;
}

}  // namespace wideep
