#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "model/exchange.h"
#include "units/quantity.h"

namespace wideep {

// What the parts of a step cost in time and memory on one rank, whatever they were computed from.

/// What a step does with each sequence.
enum class Phase {
  kDecode,  ///< a token a sequence, which reads the sequence's whole context
  kPrefill  ///< whole prompts: a token attends to half the context on average, read once
};

/// Expert compute of one layer on one rank, t = a + N max(w, c0 + c1 n) with n tokens on each of N
/// active experts. With c1 alone it is a time per routed token. docs/model.md#experts
struct ExpertFigures {
  Seconds launch;       ///< a
  Seconds weight_read;  ///< w, per active expert
  Seconds fixed;        ///< c0, per active expert
  Seconds per_token;    ///< c1, per routed token on the critical rank

  /// Whether the number of active experts matters.
  [[nodiscard]] bool per_expert() const {
    return weight_read > Seconds(0.0) || fixed > Seconds(0.0);
  }
};

/// Attention and the other dense work of a layer on one rank:
/// A(T) = fixed + max(weight_read, T compute_per_token) + T per_token. docs/model.md#attention
struct DenseWork {
  Seconds fixed;
  Seconds weight_read;        ///< of projections, shared experts and gate, once a batch
  Seconds compute_per_token;  ///< of the same
  Seconds per_token;          ///< of what each token has to itself: its context

  /// `tokens` >= 0 per rank.
  [[nodiscard]] constexpr Seconds time(double tokens) const {
    return fixed + std::max(weight_read, tokens * compute_per_token) + tokens * per_token;
  }

  /// Whether reading weights takes longer than computing.
  [[nodiscard]] constexpr bool weight_bound(double tokens) const {
    return weight_read > tokens * compute_per_token;
  }

  friend bool operator==(const DenseWork&, const DenseWork&) = default;
};

/// What a rank does in a layer beside its routed experts, in its order. Schedules tell the parts
/// apart; where nobody does, all is in `core`. docs/model.md#attention
struct DenseParts {
  DenseWork prep;    ///< norms and the projections to queries, keys and values
  DenseWork core;    ///< attention proper and the output projection
  DenseWork gate;    ///< the router
  DenseWork shared;  ///< shared experts

  [[nodiscard]] constexpr std::array<const DenseWork*, 4> all() const {
    return {&prep, &core, &gate, &shared};
  }

  /// Each figure of the parts added up: the same time where one type of weights is read, for which
  /// reading and computing grow alike.
  [[nodiscard]] constexpr DenseWork sum() const {
    DenseWork sum;
    for (const DenseWork* part : all()) {
      sum.fixed = sum.fixed + part->fixed;
      sum.weight_read = sum.weight_read + part->weight_read;
      sum.compute_per_token = sum.compute_per_token + part->compute_per_token;
      sum.per_token = sum.per_token + part->per_token;
    }
    return sum;
  }

  /// Of attention, gate included, without the shared experts; `tokens` >= 0 per rank.
  [[nodiscard]] constexpr Seconds attention_time(double tokens) const {
    return prep.time(tokens) + core.time(tokens) + gate.time(tokens);
  }

  /// A(T): all of it.
  [[nodiscard]] constexpr Seconds time(double tokens) const {
    return attention_time(tokens) + shared.time(tokens);
  }

  friend bool operator==(const DenseParts&, const DenseParts&) = default;
};

/// What a rank does in a step outside its MoE layers. docs/model.md#step
struct StepWork {
  int dense_layers = 0;
  DenseParts dense_layer;  ///< of one; its MLP is `shared`
  DenseWork head;          ///< the output head
  Exchanges reduced = {};  ///< of an attention group after attention, and after the MLP of one
  Exchange logits = {};    ///< gathered by an attention group
  Seconds overhead;  ///< of a step whatever its tokens; `other_step_time` where that is stated
  double efficiency = 1.0;  ///< a step takes 1/efficiency of what its parts do, above 0 up to 1
  /// The same where all ranks share their sequences, and wait for none that has more of them;
  /// unset: no other.
  std::optional<double> group_efficiency = {};
};

/// What the model takes of a GPU's memory. docs/model.md#memory
struct Footprint {
  Bytes slot;        ///< weights of one expert slot, over all its layers
  Bytes replicated;  ///< attention, shared experts, dense layers and gates: on every rank
  Bytes embeddings;  ///< token embeddings and output head: on every rank
  std::optional<Bytes> sequence;  ///< cache of one; unset: no context, or attention is not known
  Bytes per_token;                ///< activations of one token outside the experts
  Bytes per_routed;               ///< of one routed token in the experts
  Bytes logits;                   ///< of one token
  Bytes cache_element{};          ///< of the cache
  int draft_layers = 0;           ///< loaded for drafting
};

}  // namespace wideep
