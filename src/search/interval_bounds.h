#pragma once

#include "search/cell.h"

namespace wideep {

/// A time that no dbo configuration of the cell beats whose first micro-batch holds `lo` to `hi`
/// tokens, cut into `chunks`.
///
/// The layer time is the largest of many sums, one for each choice of what is longer in every slot
/// and of what bounds every stage. Each sum is concave in the split, since an expert's activity is,
/// and all else is linear: its least value on a range is at an end. So the larger of a sum's two
/// end values never exceeds the time, whichever sum is taken; those that bind at the ends and in
/// the middle are.
Seconds splits_bound(const Cell& cell, int chunks, int lo, int hi);

/// A time that no chunk configuration of the cell beats with `lo` to `hi` chunks: what grows with
/// the count is taken at lo, what falls at hi.
Seconds chunks_bound(const Cell& cell, int lo, int hi);

}  // namespace wideep
