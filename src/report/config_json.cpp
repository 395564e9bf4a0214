#include "report/config_json.h"

#include <cmath>
#include <cstdint>

#include "model/redundancy.h"
#include "model/words.h"

namespace wideep {
Json count(double value) {
  if (value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

void put_null(Json& object, const std::string& name, const std::string& reason) {
  object[name] = nullptr;
  object[name + "_reason"] = reason;
}

Json config_json(const Problem& problem, const Prediction& prediction) {
  const Config& config = prediction.config;
  Json json{{"ep_width", config.ep_width},
            {"experts", name_of(config.experts)},
            {"attention", name_of(config.attention)},
            {"gpus", config.gpus()},
            {"kernel", problem.fabric.kernels[config.kernel].name},
            {"overlap", name_of(config.overlap)},
            {"schedule", name_of(config.schedule)},
            {"redundant_experts", redundant_experts(problem.workload, config)},
            {"chunks", config.chunks},
            {"chunk_bytes", prediction.chunk.base()}};
  if (config.overlap == Overlap::kDbo) {
    json["split"] = prediction.split;
    json["first_tokens"] = count(config.first_tokens);
  } else {
    for (const char* name : {"split", "first_tokens"}) put_null(json, name, kOnlyDbo);
  }
  if (config.sms > 0) {
    json["sms"] = config.sms;
  } else {
    put_null(json, "sms", "the kernel's SMs are no choice");
  }
  return json;
}

}  // namespace wideep
