#include "model/fastest_sms.h"

#include <algorithm>

#include "model/coverage.h"
#include "model/layer_costs.h"
#include "model/overlap.h"

namespace wideep {

int fastest_sms(const Problem& problem, Config config) {
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const std::vector<int>& choices = kernel.sms;
  if (choices.empty()) return 0;
  if (!has_figures(kernel, config.ep_width)) return choices.front();
  const auto time_on = [&](int sms) {
    config.sms = sms;
    return layer_time(layer_costs(problem, config), config, problem.space.timing);
  };
  return *std::min_element(
      choices.begin(), choices.end(), [&](int a, int b) { return time_on(a) < time_on(b); });
}

}  // namespace wideep
