#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/limit.h"
#include "model/problem.h"
#include "model/what_fits.h"

namespace wideep {

/// A broken limit in words.
struct LimitText {
  std::string_view rule;  ///< its name for machines: docs/json.md#limits
  std::string message;    ///< what is broken and by how much, without a full stop
  std::string fix = {};   ///< what would lift it, where that is one thing
  /// Of memory: what fits elsewhere, which `fix` ends with and other limits may say too.
  std::string elsewhere = {};
  /// What the messages of other such limits begin with too; behind it is what tells them apart.
  std::string alike = {};
};

/// Between a message and its fix, and between what a fix is of.
inline constexpr std::string_view kAnd = "; ";

std::string_view rule_of(LimitKind kind);

/// The words of a limit that a configuration of the problem breaks. What would fit into memory is
/// looked for here.
LimitText text_of(const Problem& problem, const BrokenLimit& limit);
LimitText text_of(const Problem& problem, const BrokenLimit& limit, WhatFits& fits);

/// Those of many, each message once and no more than anybody reads.
std::vector<LimitText> texts_of(const Problem& problem, std::span<const BrokenLimit> limits);

/// "61 requests per rank" at decode, "4,096 tokens per rank" at prefill.
std::string batch_text(const Workload& workload, const Batch& batch);

}  // namespace wideep
