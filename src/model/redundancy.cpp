#include "model/redundancy.h"

namespace wideep {

int redundant_experts(const Workload& workload, const Config& config) {
  const Serving& serving = workload.serving;
  return serving.chooses_redundant ? config.redundant_experts : serving.redundant_experts;
}

std::vector<int> redundancies(const Workload& workload, int ep_width) {
  // DeepSeek serves with one more expert a rank at EP 32 and 144, TensorRT-LLM and SGLang with 32
  // at EP 32 to 72: nobody publishes more than four a rank.
  constexpr int kMostOnRank = 4;
  if (!workload.serving.chooses_redundant) return {workload.serving.redundant_experts};
  const int beyond = *workload.model.experts % ep_width;
  std::vector<int> numbers = {beyond == 0 ? 0 : ep_width - beyond};
  for (int more = 1; more <= kMostOnRank; ++more) numbers.push_back(numbers.back() + ep_width);
  return numbers;
}

}  // namespace wideep
