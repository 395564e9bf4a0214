// What kernels and the libraries under them need beside an engine's own options.
#include <array>

#include <fmt/format.h>

#include "engines/rules.h"
#include "engines/runs.h"
#include "model/kernel_buffers.h"
#include "model/words.h"
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
  const bool queued = problem.fabric.kernels[at.config.kernel].buffer == BufferRule::kDeepEpLl;
  if (!capacity || !queued) return;
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

void standing_in(const Problem& problem, const Prediction& at, Messages& messages) {
  const Engine* const engine = engine_asked(problem);
  const auto stand_in = engine == nullptr ? std::nullopt : stand_in_of(*engine, problem);
  if (!stand_in || stand_in->kernel != at.config.kernel) return;
  messages.push_back(
      fmt::format("{} runs {} here, which the fabric has no figures for: those of {} stand in; "
                  "treat its times as rough",
                  engine->name,
                  name_of(stand_in->library),
                  problem.fabric.kernels[at.config.kernel].name));
}

/// What is launched by the host at decode, whose time is known only roughly.
void no_graphs(const Problem& problem, const Prediction& at, Messages& messages) {
  const Engine* const engine = engine_asked(problem);
  const Phase phase = phase_run(problem.workload.traffic);
  if (engine == nullptr || phase != Phase::kDecode) return;
  const auto library = library_run(*engine, problem, at.config.kernel);
  for (const EngineKernel& entry : engine->kernels(phase)) {
    const bool dbo = at.config.overlap == Overlap::kDbo;
    const Graphs graphs = dbo ? entry.dbo_graphs : entry.graphs;
    if (library != entry.library || graphs == Graphs::kFull) continue;
    messages.push_back(fmt::format(
        "{} runs decode with {} {}: {} a layer{} for the host to launch kernels, which is known to "
        "a "
        "factor of two",
        engine->name,
        problem.fabric.kernels[at.config.kernel].name,
        graphs == Graphs::kNone ? "without CUDA graphs" : "in pieces of CUDA graphs only",
        format(at.launches),
        dbo ? " and micro-batch" : ""));
  }
}

constexpr std::array<Rule, 3> kKernelRules = {
    {{"kernel_stands_in",
      Grade::kAdvice,
      Subject::kSearch,
      "give the fabric a kernel of that library",
      standing_in},
     {"no_cuda_graphs", Grade::kAdvice, Subject::kSearch, "", no_graphs},
     {"buffer_needs", Grade::kAdvice, Subject::kSearch, "", queue_depth}}};

}  // namespace

std::span<const Rule> kernel_rules() {
  return kKernelRules;
}

}  // namespace wideep
