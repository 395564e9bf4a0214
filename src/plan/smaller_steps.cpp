#include "plan/smaller_steps.h"

#include <cmath>

namespace wideep {

std::vector<InstancePointer> with_smaller_steps(InstanceSearch& search, const Instance& instance) {
  std::vector<InstancePointer> all;
  const int most = instance.tokens_per_rank();
  int last = most;
  for (int at = static_cast<int>(kStepsAnOctave * std::log2(most)); at >= 0; --at) {
    const int tokens = static_cast<int>(std::lround(std::exp2(1.0 * at / kStepsAnOctave)));
    if (tokens >= last) continue;
    last = tokens;
    if (InstancePointer smaller = search.with_tokens(instance, tokens)) {
      all.push_back(std::move(smaller));
    }
  }
  return all;
}

}  // namespace wideep
