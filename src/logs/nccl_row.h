#pragma once

#include <optional>
#include <string_view>

#include "logs/nccl_name.h"

namespace wideep {

/// A row of the table, out of place.
struct NcclRow {
  int line = 1;
  NamedCollective of = NamedCollective::kAllToAll;
  int ranks = 0;      ///< by its size and count; 0: they do not tell
  double size = 0.0;  ///< bytes
  double microseconds = 0.0;
  double algorithm_bandwidth = 0.0;  ///< GB/s: size over time
  double bus_bandwidth = 0.0;        ///< GB/s: times (n - 1)/n, half of an all-reduce's
  double rounding = 0.0;             ///< GB/s, of both
};

/// The number that a word is; nothing where there is more in it.
std::optional<double> number_of(std::string_view word);

/// Bytes of an element of a type; 0: no type.
int bytes_of_type(std::string_view word);

/// Whether activations come in it: collectives of other types are not measured for engines.
bool is_activation_type(std::string_view word);

inline constexpr std::string_view kOtherType =
    "of another type than bf16 and half, in which activations are";

/// The buffer holds `count` elements for each rank, but for an all-reduce. 0: another meaning of
/// it.
int ranks_by_count(double size, std::string_view count, int element);

/// The number of ranks by (n - 1)/n, where its printing tells it well enough. 0: it does not.
int ranks_of(const NcclRow& row);

/// Of a time with two decimals, relative.
double rounding_share(double microseconds);

/// Half a unit of the last digit.
double rounding(std::string_view word);

}  // namespace wideep
