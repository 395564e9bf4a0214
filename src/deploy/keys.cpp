#include "deploy/keys.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "deploy/known_flags.h"

namespace wideep {
namespace {

struct Alias {
  std::string_view written;
  std::string_view key;
};

// vllm/engine/arg_utils.py: short forms of its arguments.
constexpr std::array kVllm = {Alias{"tp", "tensor-parallel-size"},
                              Alias{"pp", "pipeline-parallel-size"},
                              Alias{"dp", "data-parallel-size"},
                              Alias{"dpl", "data-parallel-size-local"},
                              Alias{"dpn", "data-parallel-rank"},
                              Alias{"dpr", "data-parallel-start-rank"},
                              Alias{"dpa", "data-parallel-address"},
                              Alias{"dpp", "data-parallel-rpc-port"},
                              Alias{"dpb", "data-parallel-backend"},
                              Alias{"dph", "data-parallel-hybrid-lb"},
                              Alias{"dpe", "data-parallel-external-lb"},
                              Alias{"pcp", "prefill-context-parallel-size"},
                              Alias{"dcp", "decode-context-parallel-size"},
                              Alias{"ep", "enable-expert-parallel"},
                              Alias{"asc", "api-server-count"},
                              Alias{"cc", "compilation-config"},
                              Alias{"O", "compilation-config"},
                              Alias{"sc", "speculative-config"},
                              Alias{"q", "quantization"}};

// sglang/srt/server_args.py and arg_groups/fields/parallel.py@00ac7105.
constexpr std::array kSglang = {Alias{"tp", "tp-size"},
                                Alias{"tensor-parallel-size", "tp-size"},
                                Alias{"pp", "pp-size"},
                                Alias{"pipeline-parallel-size", "pp-size"},
                                Alias{"dp", "dp-size"},
                                Alias{"data-parallel-size", "dp-size"},
                                Alias{"ep", "ep-size"},
                                Alias{"expert-parallel-size", "ep-size"},
                                Alias{"attention-context-parallel-size", "attn-cp-size"},
                                Alias{"moe-data-parallel-size", "moe-dp-size"},
                                Alias{"dcp", "dcp-size"},
                                Alias{"decode-context-parallel-size", "dcp-size"},
                                // argparse takes the beginning of a name, and recipes use this one.
                                Alias{"speculative-algo", "speculative-algorithm"},
                                Alias{"speculative-draft-model", "speculative-draft-model-path"},
                                Alias{"model", "model-path"}};

// Options of trtllm-serve for keys of its options file.
constexpr std::array kTrtllm = {
    Alias{"tp_size", "tensor_parallel_size"},
    Alias{"pp_size", "pipeline_parallel_size"},
    Alias{"ep_size", "moe_expert_parallel_size"},
    Alias{"cp_size", "context_parallel_size"},
    Alias{"kv_cache_free_gpu_memory_fraction", "kv_cache_config.free_gpu_memory_fraction"}};

std::span<const Alias> aliases(ServingEngine engine) {
  switch (engine) {
    case ServingEngine::kVllm:
      return kVllm;
    case ServingEngine::kSglang:
      return kSglang;
    case ServingEngine::kTrtllm:
      break;
  }
  return kTrtllm;
}

// Flags without a value among those that rules and sizes speak of.
constexpr std::array<std::string_view, 16> kSwitches = {"trust-remote-code",
                                                        "async-scheduling",
                                                        "headless",
                                                        "speculative-dspark",
                                                        "is-prefill-worker",
                                                        "is-decode-worker",
                                                        "skip-tokenizer-init",
                                                        "data-parallel-hybrid-lb",
                                                        "data-parallel-external-lb",
                                                        "data-parallel-multi-port-external-lb",
                                                        "language-model-only",
                                                        "enforce-eager",
                                                        "dcp-replicate-q-proj",
                                                        "elastic-ep-rejoin",
                                                        "enforce-piecewise-cuda-graph",
                                                        "trust_remote_code"};

/// One of several names of the same.
std::string_view main_name(ServingEngine engine, std::string_view name) {
  for (const Alias& alias : aliases(engine)) {
    if (alias.written == name) return alias.key;
  }
  return name;
}

/// The name that a flag's beginning stands for. Click, of TensorRT-LLM, takes whole names alone.
std::string_view whole_name(ServingEngine engine, std::string_view name) {
  const bool is_alias = main_name(engine, name) != name;
  if (is_alias || engine == ServingEngine::kTrtllm || known_flags(engine).has(name)) return name;
  const std::string_view whole = known_flags(engine).begun_by(name);
  return whole.empty() ? name : whole;
}

}  // namespace

std::string canonical_key(ServingEngine engine, std::string_view written) {
  const std::size_t first = written.find_first_not_of('-');
  if (first == std::string_view::npos) return {};
  std::string key(written.substr(first));
  // Keys inside of a value keep their names.
  const std::size_t outer = std::min(key.find('.'), key.size());
  const auto end = key.begin() + static_cast<std::ptrdiff_t>(outer);
  if (engine == ServingEngine::kTrtllm) {
    std::replace(key.begin(), end, '-', '_');
  } else {
    std::replace(key.begin(), end, '_', '-');
  }
  const std::string_view name = std::string_view(key).substr(0, outer);
  return std::string(main_name(engine, whole_name(engine, name))) + key.substr(outer);
}

bool is_switch(ServingEngine /*engine*/, std::string_view key) {
  const bool named = std::find(kSwitches.begin(), kSwitches.end(), key) != kSwitches.end();
  return named || key.starts_with("enable-") || key.starts_with("disable-") ||
         key.starts_with("enable_") || key.starts_with("disable_");
}

}  // namespace wideep
