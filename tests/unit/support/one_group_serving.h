#pragma once

#include "model/serving.h"

namespace wideep {

inline Seconds ms(double value) {
  return value * unit::ms;
}

/// One group that takes 100 ms for a step of 1,000 tokens, a prompt each; decode never makes anyone
/// wait.
inline ServingSetting one_group() {
  ServingSetting setting;
  setting.prompts = {{1000.0, 1.0}};
  setting.output_tokens = 10.0;
  setting.step_tokens = 1000.0;
  setting.step_per_token = ms(0.1);
  setting.transfer = ms(7);
  setting.decode_slots = 1000;
  setting.tpot = ms(2);
  return setting;
}

}  // namespace wideep
