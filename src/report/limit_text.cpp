#include "report/limit_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "engines/runs.h"
#include "model/kernel_buffers.h"
#include "model/memory.h"
#include "model/placed.h"
#include "model/transfers.h"
#include "model/words.h"
#include "report/describe.h"
#include "report/width_limit_text.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::array<Word<LimitKind>, 27> kRules = {
    {{"max_gpus", LimitKind::kMaxGpus},
     {"experts_divide", LimitKind::kExpertsDivide},
     {"kernel_ep_width", LimitKind::kKernelEpWidth},
     {"kernel_hidden_size", LimitKind::kKernelHiddenSize},
     {"kernel_top_k", LimitKind::kKernelTopK},
     {"kernel_weight_dtype", LimitKind::kKernelWeights},
     {"kernel_shape", LimitKind::kKernelShape},
     {"kernel_mode", LimitKind::kKernelMode},
     {"kernel_figures", LimitKind::kKernelFigures},
     {"kernel_latencies", LimitKind::kKernelLatencies},
     {"layout_unknown", LimitKind::kLayoutUnknown},
     {"groups_divide", LimitKind::kGroupsDivide},
     {"attention_heads", LimitKind::kAttentionHeads},
     {"attention_domain", LimitKind::kAttentionDomain},
     {"expert_size", LimitKind::kExpertSize},
     {"layout_kernel", LimitKind::kLayoutKernel},
     {"collectives", LimitKind::kCollectives},
     {"dbo_tokens", LimitKind::kDboTokens},
     {"chunk_tokens", LimitKind::kChunkTokens},
     {"chunk_tokens", LimitKind::kTooFewToChunk},
     {"schedule", LimitKind::kSchedule},
     {"max_tokens_per_rank", LimitKind::kMaxTokensPerRank},
     {"dispatch_capacity", LimitKind::kDispatchCapacity},
     {"buffer_limit", LimitKind::kBuffer},
     {"memory", LimitKind::kMemory},
     {"tpot", LimitKind::kTpot},
     {"ttft", LimitKind::kTtft}}};

constexpr Bytes kGibibyte{1024.0 * 1024.0 * 1024.0};

std::string gibibytes(Bytes size) {
  return format_number(size / kGibibyte) + " GiB";
}

/// What a limit asks for and what is allowed, told apart however near they are.
std::pair<std::string, std::string> gibibytes_apart(const BrokenLimit& limit) {
  auto [asked, allowed] = format_apart(std::get<Bytes>(limit.asked) / kGibibyte,
                                       std::get<Bytes>(limit.allowed) / kGibibyte);
  return {asked + " GiB", allowed + " GiB"};
}

template <class Q>
std::pair<std::string, std::string> apart(const BrokenLimit& limit) {
  return format_apart(std::get<Q>(limit.asked), std::get<Q>(limit.allowed));
}

/// Low-latency buffers too large, and the most tokens that they may be made for.
LimitText low_latency_text(const Problem& problem, const BrokenLimit& limit) {
  const Config& config = limit.config;
  const int slots = *expert_slots(problem.workload);
  const int hidden = problem.workload.model.hidden_size;
  const int most = largest_capacity(slots, hidden);
  const auto [asked, allowed] = gibibytes_apart(limit);
  LimitText text{rule_of(limit.kind),
                 fmt::format("{}'s buffers for {} tokens per rank take {}, and DeepEP refuses {}",
                             problem.fabric.kernels[config.kernel].name,
                             format_count(*dispatch_capacity(problem, config)),
                             asked,
                             allowed)};
  if (most < kFewestCapacity) return text;
  text.message += fmt::format(": at most {} tokens ({})",
                              format_count(most),
                              gibibytes(low_latency_buffer(slots, hidden, most)));
  Problem smaller = problem;
  smaller.workload.serving.dispatch_capacity = most;
  const auto& modes = problem.space.overlaps;
  const bool sent = std::any_of(modes.begin(), modes.end(), [&](Overlap overlap) {
    Config tried = config;
    tried.overlap = overlap;
    return can_send(smaller, tried);
  });
  if (!sent) return text;  // then the capacity would stand in the way
  text.fix = fmt::format("dispatch_capacity: {}", most);
  if (config.tokens > most) text.fix += " with transfers no larger, by chunk or dbo";
  return text;
}

LimitText buffer_text(const Problem& problem, const BrokenLimit& limit) {
  const Config& config = limit.config;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  if (kernel.buffer == BufferRule::kDeepEpLl) return low_latency_text(problem, limit);
  const auto [asked, allowed] = gibibytes_apart(limit);
  LimitText text{rule_of(limit.kind),
                 fmt::format("{}'s {} buffer at EP {} on {} SMs takes {}, and DeepEP refuses {}",
                             kernel.name,
                             largest_buffer(problem, config)->over_nvlink ? "NVLink" : "RDMA",
                             config.ep_width,
                             config.sms,
                             asked,
                             allowed)};
  const int most = largest_sms(problem, config);
  if (most > 0) text.message += fmt::format(": at most {} SMs", most);
  return text;
}

/// "1 token per rank"
std::string tokens_text(const Amount& tokens) {
  const double count = std::get<double>(tokens);
  return fmt::format("{} token{} per rank", format_count(count), count == 1.0 ? "" : "s");
}

/// A transfer larger than the buffers are made for; larger buffers, where DeepEP takes them.
LimitText dispatch_text(const Problem& problem, const BrokenLimit& limit) {
  const double sent = std::ceil(std::get<double>(limit.asked));
  LimitText text{rule_of(limit.kind),
                 fmt::format("{}'s buffers are made for {} in one transfer, not {}",
                             problem.fabric.kernels[limit.config.kernel].name,
                             tokens_text(limit.allowed),
                             format_number(std::get<double>(limit.asked)))};
  const auto slots = expert_slots(problem.workload);
  const int hidden = problem.workload.model.hidden_size;
  if (slots && sent > largest_capacity(*slots, hidden)) return text;
  text.fix = fmt::format("dispatch_capacity: {:.0f}", sent);
  return text;
}

std::string name_of_width(const Problem& problem, const Config& config) {
  return fmt::format("{} with {}", layout_text(config), problem.fabric.kernels[config.kernel].name);
}

std::string batch_at(const Problem& problem, const Fitting& fitting) {
  const std::string where = name_of_width(problem, fitting.config);
  if (fitting.whole) return where + " fits the whole batch";
  return where + " fits with " + batch_text(problem.workload, fitting.batch);
}

/// What would fit instead of a configuration that memory forbids.
void add_fix(const Problem& problem, const Config& config, WhatFits& fits, LimitText& text) {
  const WouldFit found = fits.instead_of(config);
  const bool any = found.here.whole || found.here.batch.tokens > 0;
  if (found.elsewhere) text.elsewhere = batch_at(problem, *found.elsewhere);
  if (any) text.fix = batch_at(problem, found.here);
  // Where memory has room for a batch, something else forbids the width.
  const bool none = !any && largest_batch(problem, config).tokens == 0;
  if (none) text.fix = layout_text(config) + " fits no batch";
  if (!text.fix.empty() && !text.elsewhere.empty()) text.fix += kAnd;
  text.fix += text.elsewhere;
}

/// "expert weights 46.1 GB, KV cache 30 GB", the largest first, those above a tenth of the whole.
std::string parts_of(const MemoryUse& use) {
  constexpr double kNotable = 0.1;
  auto parts = std::to_array<Word<Bytes>>({{"expert weights", use.expert_weights},
                                           {"other weights", use.other_weights},
                                           {"KV cache", use.cache},
                                           {"kernel buffers", use.buffers},
                                           {"activations", use.activations},
                                           {"reserved", use.reserved}});
  std::stable_sort(
      parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, bytes] : parts) {
    if (bytes < kNotable * use.total()) break;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, format(bytes));
  }
  return text;
}

std::string memory_text(const Problem& problem, const BrokenLimit& limit) {
  const auto [asked, allowed] = apart<Bytes>(limit);
  return fmt::format("{} needs {} of {}: {}",
                     name_of_width(problem, limit.config),
                     asked,
                     allowed,
                     parts_of(known_memory_use(problem, limit.config)));
}

LimitText slo_text(const Problem& problem, const BrokenLimit& limit) {
  const bool prompt = limit.kind == LimitKind::kTtft;
  const bool drafts = problem.workload.traffic.drafting.tokens > 0;
  const auto [asked, allowed] = apart<Seconds>(limit);
  return {rule_of(limit.kind),
          fmt::format("{} {}, and slo.{} allows {}",
                      prompt   ? "the steps of a prompt take"
                      : drafts ? "a token of a request takes"
                               : "a step takes",
                      asked,
                      prompt ? "ttft" : "tpot",
                      allowed)};
}

/// The words without what would fit, which takes a search of its own.
LimitText plain_text(const Problem& problem, const BrokenLimit& limit) {
  const Config& config = limit.config;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const auto text = [&](std::string message, std::string fix = {}) {
    return LimitText{rule_of(limit.kind), std::move(message), std::move(fix)};
  };
  switch (limit.kind) {
    case LimitKind::kDboTokens:
      return text("dbo needs at least 2 tokens per rank to split");
    case LimitKind::kChunkTokens:
      return text(fmt::format("{} chunks are more than the {} tokens per rank",
                              whole(limit.asked),
                              format_count(std::get<double>(limit.allowed))));
    case LimitKind::kTooFewToChunk:
      return text("chunk needs at least 2 tokens per rank and max_chunks of 2");
    case LimitKind::kSchedule:
      if (problem.space.only_runs) {
        Contradiction found = contradiction(problem, config);
        return text(std::move(found.message), std::move(found.fix));
      }
      return text(fmt::format(
          "no schedule of search.schedule has {} with {}", name_of(config.overlap), kernel.name));
    case LimitKind::kKernelMode:
      return text(kernel.fused
                      ? fmt::format("{} is one fused kernel, and search.overlap asks for {}",
                                    kernel.name,
                                    name_of(config.overlap))
                      : fmt::format("{} does not run with overlap {} here",
                                    kernel.name,
                                    name_of(config.overlap)));
    case LimitKind::kMaxTokensPerRank:
      return text(fmt::format("{} takes at most {} in one transfer, not {}",
                              kernel.name,
                              tokens_text(limit.allowed),
                              format_number(std::get<double>(limit.asked))));
    case LimitKind::kDispatchCapacity:
      return dispatch_text(problem, limit);
    case LimitKind::kBuffer:
      return buffer_text(problem, limit);
    case LimitKind::kMemory:
      return text(memory_text(problem, limit));
    case LimitKind::kTtft:
    case LimitKind::kTpot:
      return slo_text(problem, limit);
    default:
      return width_limit_text(problem, limit);
  }
}

}  // namespace

std::string_view rule_of(LimitKind kind) {
  return word_of(kRules, kind);
}

LimitText text_of(const Problem& problem, const BrokenLimit& limit, WhatFits& fits) {
  if (!is_placed(problem, limit.config)) {
    return text_of(placed(problem, limit.config), limit, fits);
  }
  LimitText text = plain_text(problem, limit);
  if (limit.kind == LimitKind::kMemory) add_fix(problem, limit.config, fits, text);
  return text;
}

LimitText text_of(const Problem& problem, const BrokenLimit& limit) {
  WhatFits fits(problem);
  return text_of(problem, limit, fits);
}

std::vector<LimitText> texts_of(const Problem& problem, std::span<const BrokenLimit> limits) {
  constexpr std::size_t kMost = 1'000;
  std::vector<LimitText> texts;
  std::set<std::string> seen;
  WhatFits fits(problem);
  for (const BrokenLimit& limit : limits) {
    if (texts.size() >= kMost) break;
    if (!seen.insert(plain_text(problem, limit).message).second) continue;
    texts.push_back(text_of(problem, limit, fits));
  }
  return texts;
}

std::string batch_text(const Workload& workload, const Batch& batch) {
  const bool decodes = workload.traffic.phase == Phase::kDecode;
  const int count = decodes ? batch.requests : batch.tokens;
  return fmt::format("{} {}{} per {}",
                     format_count(count),
                     decodes ? "request" : "token",
                     count == 1 ? "" : "s",
                     batch.ranks > 1 ? "attention group" : "rank");
}

}  // namespace wideep
