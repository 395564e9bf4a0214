#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "support/draw.h"

namespace wideep {

/// A drawn problem as files have it, and the keys of it that are plain numbers, as "43.1us": what
/// stands before the unit, and the unit.
struct RandomFiles {
  struct Number {
    std::string key;
    double value = 0.0;
    std::string unit{};
    bool whole = false;

    [[nodiscard]] std::string times(double factor) const {
      const double scaled = factor * value;
      return whole ? fmt::format("{:.0f}", scaled) : fmt::format("{:.15g}{}", scaled, unit);
    }
  };
  std::string workload;
  std::vector<Number> numbers;
};

/// Of the closed-form model: two or three kernels, EP 8 to 64, no overlap or halves.
inline RandomFiles random_files(Draw& draw) {
  RandomFiles files;
  const auto some = [&](const char* key, double low, double high, const char* unit) {
    const double value = std::exp(draw.uniform(std::log(low), std::log(high)));
    files.numbers.push_back({key, std::stod(fmt::format("{:.6g}", value)), unit});
    return files.numbers.back().times(1.0);
  };
  const int tokens = draw.whole(1, 12);
  files.numbers.push_back({"tokens_per_rank", std::exp2(tokens), "", true});
  std::string text = fmt::format(
      "hidden_size: 7168\ntop_k: 8\nelement_bytes: 1\nexpert_load: T*k\ntokens_per_rank: {}\n",
      files.numbers.back().times(1.0));
  text += "straggler_factor: " + some("straggler_factor", 1.0, 2.0, "") + "\n";
  text += "comm_straggler_factor: " + some("comm_straggler_factor", 1.0, 1.5, "") + "\n";
  text += "expert_time_per_token: " + some("expert_time_per_token", 0.01, 1.0, "us") + "\n";
  text +=
      "attention_time: {per_token: " + some("attention_time.per_token", 0.01, 1.0, "us") + "}\n";
  text += "fabric:\n  gpus_per_domain: 8\n  kernels:\n";
  const int kernels = draw.whole(2, 3);
  for (int at = 0; at < kernels; ++at) {
    const std::string name(1, static_cast<char>('A' + at));
    const std::string path = "kernels." + name + ".";
    const std::string latency = some((path + "latency").c_str(), 5.0, 200.0, "us");
    const std::string bandwidth = some((path + "bandwidth").c_str(), 20.0, 200.0, "GB/s");
    text += fmt::format("    {}: {{latency: {}, bandwidth: {}}}\n", name, latency, bandwidth);
  }
  text += "search: {ep_width: [8, 16, 32, 64], overlap: [none, dbo], split: half}\n";
  files.workload = text;
  return files;
}

}  // namespace wideep
