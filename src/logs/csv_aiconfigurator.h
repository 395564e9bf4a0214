#pragma once

#include <initializer_list>
#include <memory>

#include "logs/csv_table.h"

namespace wideep {

/// What NVIDIA AIConfigurator's tables (ai-dynamo/aiconfigurator) have in common. Units and
/// meanings are those of its collectors, named at each table.

inline constexpr std::string_view kUnevenRouting =
    "uneven routing: the load of the busiest rank is not in the table";

/// How a collector spread the tokens: over every expert alike.
bool is_even(std::string_view distribution);

bool has_all(const CsvHeader& header, std::initializer_list<std::string_view> names);

/// Bytes of `tokens` to each of their k experts, header included.
Bytes volume_of(const CommSeries& series, double tokens, Bytes element);

std::unique_ptr<CsvTable> deepep_low_latency_table(const CsvHeader& header);
std::unique_ptr<CsvTable> deepep_normal_table(const CsvHeader& header);
std::unique_ptr<CsvTable> alltoall_table(const CsvHeader& header);
std::unique_ptr<CsvTable> nccl_table(const CsvHeader& header);
std::unique_ptr<CsvTable> all_reduce_table(const CsvHeader& header);
std::unique_ptr<CsvTable> moe_table(const CsvHeader& header);
std::unique_ptr<CsvTable> fused_moe_table(const CsvHeader& header);
std::unique_ptr<CsvTable> mla_table(const CsvHeader& header, const LogHints& hints);
std::unique_ptr<CsvTable> attention_kernel_table(const CsvHeader& header, const LogHints& hints);

}  // namespace wideep
