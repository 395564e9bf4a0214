#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/serving.h"
#include "support/draw.h"

namespace wideep {

/// A deployment and a rate that it can serve.
struct ServingCase {
  ServingSetting setting;
  PerSecond rate;
};

/// Random deployments: 1 to 64 groups in instances of any size, prompts of 1/32 to 16 steps whose
/// lengths have a coefficient of variation of 0 to 2, and utilizations to 0.9, of decode mostly
/// above a half.
class ServingSource {
 public:
  explicit ServingSource(unsigned seed) : draw_(seed) {}

  ServingCase next() {
    ServingCase drawn;
    ServingSetting& setting = drawn.setting;
    put_groups(setting);
    setting.step_tokens = std::round(spread(1024, 16384));
    const double step = spread(0.05, 2.0);
    const double fixed = draw_.uniform(0.0, 0.6);
    setting.step_fixed = Seconds(step * fixed);
    setting.step_per_token = Seconds(step * (1.0 - fixed) / setting.step_tokens);
    setting.transfer = Seconds(step * draw_.uniform(0.0, 0.3));
    const double mean = put_prompts(setting);
    const double capacity = setting.prefill_instances * setting.groups * setting.step_tokens / step;
    const double rate = draw_.uniform(0.02, 0.9) * capacity / mean;
    drawn.rate = PerSecond(rate);
    setting.output_tokens = std::round(spread(16, 2000));
    const double hold = std::min(step * spread(0.3, 300), spread(300, 3000) / rate);
    const double busy =
        draw_.uniform(0.0, 1.0) < 0.7 ? draw_.uniform(0.5, 0.9) : draw_.uniform(0.05, 0.5);
    setting.decode_slots = std::max(1, static_cast<int>(std::ceil(rate * hold / busy)));
    const double most = 0.9 * setting.decode_slots / rate;
    setting.tpot = Seconds(std::min(hold, most) / setting.output_tokens);
    return drawn;
  }

 private:
  /// Even in the logarithm.
  double spread(double low, double high) {
    return std::exp(draw_.uniform(std::log(low), std::log(high)));
  }

  void put_groups(ServingSetting& setting) {
    const int all = static_cast<int>(spread(1.0, 64.99));
    do {
      setting.groups = draw_.whole(1, all);
    } while (all % setting.groups != 0);
    setting.prefill_instances = all / setting.groups;
  }

  /// Equal ones, two lengths, or a lognormal law in 16 equally likely steps; returns their mean.
  double put_prompts(ServingSetting& setting) {
    const double mean = setting.step_tokens * spread(1.0 / 32.0, 16.0);
    const double variation = draw_.uniform(0.0, 2.0);
    const int kind = draw_.whole(0, 2);
    if (kind == 0) {
      add(setting, mean, 1.0);
    } else if (kind == 1) {
      const double share = draw_.uniform(0.05, 0.5);
      const double odds = std::sqrt((1.0 - share) / share);
      const double deviation = std::min(variation, 0.9 * odds);
      add(setting, mean * (1.0 - deviation / odds), 1.0 - share);
      add(setting, mean * (1.0 + deviation * odds), share);
    } else {
      const double deviation = std::sqrt(std::log(1.0 + variation * variation));
      constexpr int kSteps = 16;
      for (int i = 0; i < kSteps; ++i) {
        const double z = normal_quantile((i + 0.5) / kSteps);
        add(setting, mean * std::exp(deviation * z - 0.5 * deviation * deviation), 1.0);
      }
    }
    double sum = 0.0;
    double weights = 0.0;
    for (const PromptLength& prompt : setting.prompts) {
      sum += prompt.weight * prompt.tokens;
      weights += prompt.weight;
    }
    return sum / weights;
  }

  static void add(ServingSetting& setting, double tokens, double weight) {
    setting.prompts.push_back({std::max(1.0, std::round(tokens)), weight});
  }

  static double normal_quantile(double share) {
    double low = -8.0;
    double high = 8.0;
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (low + high);
      (0.5 * std::erfc(-middle / std::sqrt(2.0)) < share ? low : high) = middle;
    }
    return low;
  }

  Draw draw_;
};

}  // namespace wideep
