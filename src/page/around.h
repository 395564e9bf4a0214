#pragma once

#include <functional>
#include <vector>

#include "model/problem.h"
#include "report/result_json.h"
#include "search/optimize.h"

namespace wideep {

// The problems around an answer that charts are of.

/// Leaves the layout of that configuration alone to be searched.
void keep_layout(Problem& problem, const Config& answer);

/// The batch that an answer is of, as the workload counts it.
int batch_of(const Problem& problem, const Config& answer);

/// So many batches at equal ratios, up to some times the one that is asked for, and that one.
std::vector<int> batches(int asked, std::size_t count);

/// The GPUs of groups that the problem searches.
std::vector<int> widths_of(const Problem& problem);

/// The problem in the answer's layout at those widths, of which every choice is kept however slow.
Problem around(Problem problem, const Config& answer, const std::vector<int>& widths);

/// States the batch of such a problem.
void set_batch(Problem& around, int tokens);

/// The fastest layer of those for which `counts` holds; null: none.
const Prediction* best_of(const SearchResult& result,
                          const std::function<bool(const Config&)>& counts);

/// "kernel" and "overlap" of a configuration.
Json choice_json(const Problem& problem, const Config& config);

}  // namespace wideep
