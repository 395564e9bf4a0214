#pragma once

#include <optional>
#include <string_view>

namespace wideep {

/// A row of the table, out of place.
struct NcclRow {
  int line = 1;
  int ranks = 0;      ///< by its size and count; 0: they do not tell
  double size = 0.0;  ///< bytes
  double microseconds = 0.0;
  double algorithm_bandwidth = 0.0;  ///< GB/s: size over time
  double bus_bandwidth = 0.0;        ///< GB/s: times (n - 1)/n
  double rounding = 0.0;             ///< GB/s, of both
};

/// The number that a word is; nothing where there is more in it.
std::optional<double> number_of(std::string_view word);

/// Bytes of an element of a type; 0: no type.
int bytes_of_type(std::string_view word);

/// The buffer of an all-to-all holds `count` elements for each rank. 0: another meaning of it.
int ranks_by_count(double size, std::string_view count, int element);

/// The number of ranks by (n - 1)/n, where its printing tells it well enough. 0: it does not.
int ranks_of(const NcclRow& row);

/// Of a time with two decimals, relative.
double rounding_share(double microseconds);

/// Half a unit of the last digit.
double rounding(std::string_view word);

}  // namespace wideep
