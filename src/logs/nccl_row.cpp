#include "logs/nccl_row.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "logs/scan.h"

namespace wideep {

std::optional<double> number_of(std::string_view word) {
  const ScannedNumber found = scan_number(word);
  if (found.length == 0 || found.length != word.size()) return std::nullopt;
  return found.value;
}

int ranks_of(const NcclRow& row) {
  constexpr double kSure = 0.1;
  const auto ranks = [](double bus, double algorithm) {
    return bus > 0.0 && bus < algorithm ? algorithm / (algorithm - bus) : 0.0;
  };
  const double likely = ranks(row.bus_bandwidth, row.algorithm_bandwidth);
  const double low =
      ranks(row.bus_bandwidth - row.rounding, row.algorithm_bandwidth + row.rounding);
  const double high =
      ranks(row.bus_bandwidth + row.rounding, row.algorithm_bandwidth - row.rounding);
  const bool sure = low > 0.0 && high > 0.0 && high < kMaxRanks && high - low < kSure * likely;
  if (!sure) return 0;
  // Large groups are of whole servers, and printing does not tell 255 ranks from 256.
  constexpr double kServer = 8.0;
  const double servers = kServer * std::round(likely / kServer);
  const double whole = servers >= low && servers <= high ? servers : std::round(likely);
  return static_cast<int>(whole);
}

int bytes_of_type(std::string_view word) {
  struct Type {
    std::string_view name;
    int bytes;
  };
  constexpr std::array<Type, 14> kTypes{{{"int8", 1},
                                         {"uint8", 1},
                                         {"int32", 4},
                                         {"uint32", 4},
                                         {"int64", 8},
                                         {"uint64", 8},
                                         {"half", 2},
                                         {"float", 4},
                                         {"double", 8},
                                         {"bfloat16", 2},
                                         {"fp8_e4m3", 1},
                                         {"fp8_e5m2", 1},
                                         {"f8e4m3", 1},
                                         {"f8e5m2", 1}}};
  const auto* const found = std::find_if(
      kTypes.begin(), kTypes.end(), [word](const Type& type) { return type.name == word; });
  return found == kTypes.end() ? 0 : found->bytes;
}

bool is_activation_type(std::string_view word) {
  constexpr std::array<std::string_view, 5> kTypes = {
      "half", "bfloat16", "float16", "bf16", "fp16"};
  return std::find(kTypes.begin(), kTypes.end(), word) != kTypes.end();
}

int ranks_by_count(double size, std::string_view count, int element) {
  const double part = number_of(count).value_or(0.0) * element;
  const double ranks = part > 0.0 ? size / part : 0.0;
  const bool whole = ranks >= 2.0 && ranks <= kMaxRanks && ranks == std::round(ranks);
  return whole ? static_cast<int>(ranks) : 0;
}

double rounding_share(double microseconds) {
  constexpr double kHalfUnit = 5e-3;
  return kHalfUnit / microseconds;
}

double rounding(std::string_view word) {
  return 0.5 * std::pow(10.0, -scan_number(word).decimals);
}

}  // namespace wideep
