#pragma once

#include <optional>

#include "model/problem.h"

namespace wideep {

/// The most tokens that an attention group sends in one transfer: what the kernel takes of each of
/// its ranks, and what its buffers are made for where `dispatch_capacity` is stated. Unset: no
/// limit, or nothing is sent.
std::optional<int> most_in_transfer(const Problem& problem, const Config& config);

/// Whether `tokens` in one transfer are more than that.
bool exceeds_transfer_limit(std::optional<int> most, double tokens);

/// Whether the configuration's batch can be sent at all with its kernel, EP width and overlap mode:
/// by some chunk count and split of the search space each transfer is within the limit. Every
/// smaller batch that the mode can cut can then be sent too.
bool can_send(const Problem& problem, const Config& config);

}  // namespace wideep
