// What kernels and the libraries under them need beside an engine's own options.
#include <array>

#include <fmt/format.h>

#include "engines/rules.h"
#include "model/kernel_buffers.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// What NVSHMEM gives a queue pair unless NVSHMEM_QP_DEPTH says more; LL needs 2 (capacity + 1).
/// Source: DeepEP deep_ep/buffers/legacy.py, assertions on the depth.
constexpr int kDefaultQueueDepth = 1024;

/// Older builds of DeepEP, and SGLang, take no larger capacity.
/// Source: DeepEP FINISHED_SUM_TAG (pull request 440), SGLang issue 11168.
constexpr int kMostOfOlderBuilds = 1024;

void queue_depth(const Problem& problem, const Prediction& at, Messages& messages) {
  const auto capacity = dispatch_capacity(problem, at.config);
  if (!capacity) return;
  const int depth = 2 * (*capacity + 1);
  if (depth <= kDefaultQueueDepth) return;
  std::string note =
      fmt::format("{}'s buffers for {} tokens per rank need NVSHMEM_QP_DEPTH={} (default {})",
                  problem.fabric.kernels[at.config.kernel].name,
                  format_count(*capacity),
                  depth,
                  format_count(kDefaultQueueDepth));
  if (*capacity > kMostOfOlderBuilds) {
    note += fmt::format(", and SGLang and older builds of DeepEP refuse more than {}",
                        format_count(kMostOfOlderBuilds));
  }
  messages.push_back(std::move(note));
}

constexpr std::array<Rule, 1> kKernelRules = {
    {{"buffer_needs", Grade::kAdvice, Subject::kSearch, "", queue_depth}}};

}  // namespace

std::span<const Rule> kernel_rules() {
  return kKernelRules;
}

}  // namespace wideep
