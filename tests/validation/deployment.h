#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/read_problem.h"
#include "model/prediction.h"

namespace wideep::validation {

/// What was known of a published deployment before it ran. Of the publication only the number is
/// read, from ../shared/data/outcomes/published_e2e.csv or moe_layer_measurements.csv.
struct Deployment {
  const char* name;  ///< of the engine, GPU and case
  const char* fabric;
  const char* kernel;
  Overlap overlap = Overlap::kNone;
  int ep_width = 1;
  int sms = 0;
  int tokens = 0;  ///< per rank and step; 0: the most that memory holds
  int context = 1;
  bool prefill = false;
  double straggler = 1.0;  ///< of experts and of bytes
  std::vector<std::string> set{};
};

/// What the model says of it, with the serving efficiency or without.
struct DeploymentResult {
  double tokens = 0.0;
  double tokens_per_gpu_per_second = 0.0;
  Prediction prediction;
};
DeploymentResult run(const Deployment& deployment, bool bare = false);

/// How the published number is found: what its row holds, and GPUs that it is the sum of.
struct PublishedRate {
  const char* source = "";    ///< part of the row's source
  const char* hardware = "";  ///< part of it
  const char* ep = "";
  const char* context = "";  ///< as the row has it
  const char* metric = "";   ///< part of it
  double gpus = 1.0;
};

/// A deployment with the rate that was published of it.
struct Case {
  Deployment deployment;
  PublishedRate rate;
};
const std::vector<Case>& cases();

/// tokens/s per GPU as published.
double published_rate(const PublishedRate& rate);

/// Routing of real traffic with redundant experts: TensorRT-LLM blog 4, DeepSeek-R1, EP 32.
inline constexpr double kBalancedByReplicas = 1.11;
/// The same without.
inline constexpr double kWithoutReplicas = 2.56;

}  // namespace wideep::validation
