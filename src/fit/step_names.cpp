// What rows of TPOT call models, types and the rest.
#include <algorithm>
#include <array>
#include <cctype>

#include "fit/step_rows.h"
#include "model/words.h"

namespace wideep {
namespace {

bool is_digits(const std::string& word) {
  return std::all_of(
      word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Whether the rest of a name no longer says which model it is.
bool ends_name(const std::string& word) {
  constexpr std::size_t kDate = 4;  // "0528"
  constexpr std::array<std::string_view, 17> kEnds = {"fp8",
                                                      "fp4",
                                                      "nvfp4",
                                                      "mxfp4",
                                                      "bf16",
                                                      "int4",
                                                      "int8",
                                                      "w4a8",
                                                      "w8a8",
                                                      "awq",
                                                      "gptq",
                                                      "preview",
                                                      "instruct",
                                                      "chat",
                                                      "base",
                                                      "thinking",
                                                      "exp"};
  return (word.size() >= kDate && is_digits(word)) ||
         std::find(kEnds.begin(), kEnds.end(), word) != kEnds.end();
}

/// "deepseek-ai/DeepSeek-V3-0324" as "deepseek v3".
std::string core_of(const std::string& name) {
  std::string core;
  std::string word;
  const std::size_t slash = name.find_last_of('/');
  std::string last = name.substr(slash == std::string::npos ? 0 : slash + 1);
  last.resize(std::min(last.size(), last.find(',')));  // "NAME, changed" of presets
  last += '-';
  for (const char c : last) {
    const auto plain = static_cast<unsigned char>(c);
    if (std::isalnum(plain) != 0 || c == '.') {
      word += static_cast<char>(std::tolower(plain));
      continue;
    }
    if (word.empty()) continue;
    if (ends_name(word)) break;
    core += core.empty() ? word : " " + word;
    word.clear();
  }
  // Trained from DeepSeek-V3-Base, with its config.json; InferenceX's site says dsr1.
  return core == "deepseek r1" || core == "dsr1" ? "deepseek v3" : core;
}

/// What a series says under a key of --only.
std::string value_of(const StepSeries& series, const std::string& key) {
  if (key == "engine") return series.engine;
  if (key == "model") return series.model;
  if (key == "precision") return series.precision;
  if (key == "device") return series.device;
  if (key == "kernel") return series.kernel;
  if (key == "overlap") return series.overlap ? std::string(name_of(*series.overlap)) : "";
  return series.ep_width > 0 ? std::to_string(series.ep_width) : "";
}

}  // namespace

bool is_same_model(const std::string& benchmark, const std::string& workload) {
  const std::string core = core_of(benchmark);
  return !core.empty() && core == core_of(workload);
}

bool is_step_filter_key(const std::string& key) {
  constexpr std::array<std::string_view, 7> kKeys = {
      "engine", "model", "precision", "device", "kernel", "overlap", "ep"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

bool matches_all(const StepSeries& series, const std::vector<SeriesFilter>& only) {
  return std::all_of(only.begin(), only.end(), [&](const SeriesFilter& filter) {
    const std::string value = value_of(series, filter.key);
    return std::equal(
        value.begin(),
        value.end(),
        filter.value.begin(),
        filter.value.end(),
        [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  });
}

}  // namespace wideep
