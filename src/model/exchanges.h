#pragma once

#include <cstddef>
#include <optional>

#include "model/exchange.h"
#include "model/fabric.h"
#include "model/link_cost.h"
#include "model/problem.h"

namespace wideep {

// What ranks that share tokens exchange around the parts of a layer. docs/model.md#layouts

/// The curve of so many ranks: of the configuration's kernel where that has it, else of the first
/// of the fabric that has; null where none has.
const CollectiveCurve* curve_of(const Fabric& fabric,
                                const Config& config,
                                CollectiveOp op,
                                int ranks);

/// A sum over `ranks` of them of which every one gets all: an all-reduce, or where there is no
/// curve of one a reduce-scatter and an all-gather.
Exchanges reduced(const Fabric& fabric, const Config& config, int ranks, Bytes per_token);

/// What ranks of an attention group exchange of a token's activations.
Bytes row_of(const ModelShape& shape);

/// The transfers of a layout that copies tokens: before the experts all their ranks get them, after
/// them each rank gets what its attention group needs. Where one group is all ranks an all-reduce
/// on either side does both. Needs missing_collective to find none, as the next does.
struct CopiedLinks {
  LinkCost before;
  LinkCost after;
};
CopiedLinks copied_links(const Problem& problem, const Config& config);

/// Adds what an attention group does around experts that tokens are sent to: after attention each
/// rank is left with its share of the tokens, before the next layer's it gets them all; and where
/// it shares a cache, queries and outputs are exchanged. The curves are taken as lines through half
/// the batch and all of it.
void add_exchanges(const Problem& problem, const Config& config, DenseParts& dense);

/// Ranks of a collective that the configuration needs and the fabric has no figures of; nothing
/// where all are there.
std::optional<int> missing_collective(const Fabric& fabric, const Config& config);

}  // namespace wideep
