#pragma once

#include "deploy/deployment.h"
#include "input/node.h"

namespace wideep {

/// Whether a map is an options file of TensorRT-LLM, by keys that nothing else has.
bool is_trtllm_options(const Node& root);

/// Adds the deployment of one options file. Its role is in none of its keys: it is told by the
/// file's name ("ctx", "gen", "prefill", "decode"), else by what only a context server has, a
/// switched-off overlap scheduler without graphs. Source: tensorrt_llm/llmapi/llm_args.py.
void read_trtllm_options(const Node& root, DeploymentFile& file);

}  // namespace wideep
