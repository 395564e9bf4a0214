#pragma once

#include <variant>

#include "model/config.h"
#include "units/quantity.h"

namespace wideep {

/// What a configuration may break, and what is counted of it. docs/model.md#limits
enum class LimitKind {
  kMaxGpus,           ///< the EP width
  kExpertsDivide,     ///< redundant experts; allowed: the next number with which slots divide
  kKernelEpWidth,     ///< the EP width; allowed: the nearest that the kernel lists
  kKernelHiddenSize,  ///< the hidden size; allowed: the nearest that the kernel lists
  kKernelTopK,        ///< experts per token
  kKernelWeights,     ///< the type of the experts' weights; allowed: others
  kKernelShape,       ///< a fused kernel whose experts' size or type is not known
  kKernelFigures,     ///< the EP width; allowed: the nearest that every table of bandwidths has
  kKernelLatencies,   ///< the EP width; allowed: the nearest that every table of latencies has
  kLayoutUnknown,     ///< ranks of an attention group whose cost on a rank nothing says
  kGroupsDivide,     ///< ranks of an attention group, of which no width of the search is a multiple
  kAttentionHeads,   ///< the same, which the heads do not divide by, or whose cache is not cut so
  kAttentionDomain,  ///< the same; allowed: the GPUs of a scale-up domain
  kExpertSize,       ///< ranks that an expert is cut over; allowed: the most that cut it evenly
  kLayoutKernel,     ///< a kernel that does not run in the layout
  kCollectives,      ///< ranks of a collective of which the fabric has no figures
  kDboTokens,        ///< tokens per rank; allowed: the fewest
  kChunkTokens,      ///< chunks; allowed: as many as tokens
  kTooFewToChunk,    ///< the fewest chunks of the mode; allowed: the most of this batch
  kSchedule,         ///< overlap modes of the schedules; allowed: none is this one
  kKernelMode,       ///< an overlap mode that no such kernel has
  kMaxTokensPerRank,  ///< tokens in one transfer, by the kernel
  kDispatchCapacity,  ///< tokens in one transfer, by `dispatch_capacity`
  kBuffer,            ///< bytes of a kernel's buffer
  kMemory,            ///< bytes on a GPU
  kTpot,              ///< time between two tokens of a request
  kTtft               ///< time of the steps of a prompt
};

/// A number of its limit's unit.
using Amount = std::variant<double, Bytes, Seconds>;

/// A limit that a configuration breaks. Its words are made where they are printed.
struct BrokenLimit {
  LimitKind kind = LimitKind::kMaxGpus;
  Config config;   ///< that breaks it; of a limit of the width its width and kernel alone
  Amount asked;    ///< what it has
  Amount allowed;  ///< the most that is allowed, or what LimitKind says
};

/// Whether it is a width that the kernel or the experts do not run at, rather than something about
/// the question.
constexpr bool is_of_width(LimitKind kind) {
  switch (kind) {
    case LimitKind::kMaxGpus:
    case LimitKind::kExpertsDivide:
    case LimitKind::kKernelEpWidth:
    case LimitKind::kKernelFigures:
    case LimitKind::kKernelLatencies:
    case LimitKind::kCollectives:
    case LimitKind::kExpertSize:
      return true;
    default:
      return false;
  }
}

}  // namespace wideep
