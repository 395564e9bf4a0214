#include "logs/csv_aiconfigurator.h"

#include <algorithm>

namespace wideep {

bool is_even(std::string_view distribution) {
  return distribution == "uniform" || distribution == "balanced";
}

bool has_all(const CsvHeader& header, std::initializer_list<std::string_view> names) {
  return std::all_of(
      names.begin(), names.end(), [&](std::string_view name) { return header.has(name); });
}

Bytes volume_of(const CommSeries& series, double tokens, Bytes element) {
  return tokens * series.gate.top_k * (series.hidden_size * element + series.header);
}

CsvBeginning begin_aiconfigurator_table(const CsvHeader& header, const LogHints& hints) {
  if (has_all(header, {"node_num", "hidden_size", "num_token", "num_topk", "num_experts"})) {
    if (has_all(header, {"dispatch_avg_t_us", "combine_avg_t_us"})) {
      return {true, deepep_low_latency_table(header)};
    }
    if (has_all(header,
                {"dispatch_sms",
                 "dispatch_transmit_us",
                 "dispatch_notify_us",
                 "combine_sms",
                 "combine_transmit_us",
                 "combine_notify_us"})) {
      return {true, deepep_normal_table(header)};
    }
  }
  if (has_all(header, {"kv_cache_dtype", "batch", "latency_us"})) {
    if ((header.has("num_heads") && !header.has("tp")) ||
        has_all(header, {"q_heads", "kv_heads", "head_dim"})) {
      return {true, attention_kernel_table(header, hints)};
    }
  }
  if (has_all(header,
              {"moe_dtype",
               "num_tokens_per_rank",
               "hidden_size",
               "inter_size",
               "topk",
               "num_experts",
               "ep",
               "distribution"}) &&
      header.has("latency") != header.has("latency_us")) {
    return {true, fused_moe_table(header)};
  }
  if (!has_all(header, {"op_name", "latency"})) return {};
  if (has_all(header, {"nccl_dtype", "num_gpus", "message_size"})) {
    return {true, nccl_table(header)};
  }
  if (has_all(header, {"allreduce_dtype", "num_gpus", "message_size"})) {
    return {true, all_reduce_table(header)};
  }
  if (has_all(header, {"mla_dtype", "num_heads", "batch_size", "isl", "tp_size"})) {
    return {true, mla_table(header, hints)};
  }
  if (!has_all(header,
               {"moe_dtype", "num_tokens", "hidden_size", "topk", "num_experts", "moe_ep_size"})) {
    return {};
  }
  if (has_all(header, {"inter_size", "moe_tp_size", "distribution"})) {
    return {true, moe_table(header)};
  }
  if (header.has("kernel_source") && !header.has("inter_size")) {
    return {true, alltoall_table(header)};
  }
  return {};
}

}  // namespace wideep
