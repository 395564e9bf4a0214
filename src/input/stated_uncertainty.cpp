#include "input/stated_uncertainty.h"

#include <algorithm>
#include <array>
#include <deque>

#include <fmt/format.h>

#include "input/axis.h"
#include "input/suggest.h"

namespace wideep {
namespace {

/// Keys that have a value where the input says nothing.
constexpr std::array<std::string_view, 2> kWithDefault = {"serving_efficiency",
                                                          "comm_straggler_factor"};

bool has_default(std::string_view key) {
  return std::find(kWithDefault.begin(), kWithDefault.end(), key) != kWithDefault.end();
}

bool sets_the_same(std::string_view key, std::string_view other) {
  return key.starts_with(other) && (key.size() == other.size() || key[other.size()] == '.');
}

/// Above 0 up to 1, of "10%" or "0.1"; nothing elsewhere.
std::optional<double> share_of(std::string_view text) {
  constexpr double kPercent = 100.0;
  const auto value = number_and_unit(text);
  if (!value || !(value->unit.empty() || value->unit == "%")) return std::nullopt;
  const double share = value->unit == "%" ? value->number / kPercent : value->number;
  return share > 0.0 && share <= 1.0 ? std::optional(share) : std::nullopt;
}

bool takes(const ReadAgain& read, const ScaledKey& key, double factor) {
  ScaledProblem scaled(read, {key});
  return scaled.at(std::array{factor}) != nullptr;
}

/// Every key with a number below it, of a node at `path`.
void list_keys(const Node& node, const std::string& path, std::vector<std::string>& keys) {
  for (const Entry& entry : node.entries) {
    const std::string& key = entry.key.text;
    const bool directed = key == "dispatch" || key == "combine";
    const std::string below = directed ? path : path + key;
    if (!directed && !number_and_unit(key)) keys.push_back(below);
    list_keys(entry.value, directed ? path : below + ".", keys);
  }
}

/// "did you mean 'gpu.hbm_efficiency'?", of several figures below a key the first, or nothing when
/// no key is near.
std::string key_near(std::string_view word, const ReadAgain& read) {
  std::vector<std::string> keys;
  list_keys(read.workload, "", keys);
  if (const Node* const gpu = read.fabric.find("gpu")) list_keys(*gpu, "gpu.", keys);
  if (const Node* const kernels = read.fabric.find("kernels")) {
    list_keys(*kernels, "kernels.", keys);
  }
  for (const std::string& key : keys) {
    if (key != word && sets_the_same(key, word)) return fmt::format("such as '{}'", key);
  }
  const std::vector<std::string_view> known(keys.begin(), keys.end());
  const auto near = suggest(word, known);
  return near ? fmt::format("did you mean '{}'?", *near) : "";
}

/// Whether the key can be scaled; finds out whether it takes whole numbers alone.
bool is_scaled(const Source& source, const ReadAgain& read, ScaledKey& key, Findings& findings) {
  if (!has_number(read, key)) {
    if (has_default(key.key)) return true;
    findings.report({&source, 1, 1},
                    fmt::format("the input has no number '{}'", key.key),
                    key_near(key.key, read));
    return false;
  }
  constexpr double kUp = 1.0001;
  constexpr double kDown = 0.9999;
  if (takes(read, key, kUp) || takes(read, key, kDown)) return true;
  key.whole = true;
  if (takes(read, key, 2.0)) return true;
  findings.report({&source, 1, 1},
                  fmt::format("'{}' cannot be off: it takes no values near its own", key.key));
  return false;
}

}  // namespace

std::vector<StatedUncertainty> read_uncertainties(const std::vector<std::string>& arguments,
                                                  const ReadAgain& read) {
  std::deque<Source> sources;
  Findings findings;
  std::vector<StatedUncertainty> stated;
  for (const std::string& argument : arguments) {
    const Source& source = sources.emplace_back(Source{.name = "--uncertain", .text = argument});
    const std::size_t equals = argument.find('=');
    const auto share =
        equals == std::string::npos ? std::nullopt : share_of(argument.substr(equals + 1));
    if (!share || equals == 0) {
      const std::size_t at = equals == std::string::npos ? 0 : equals + 1;
      findings.report({&source, 1, static_cast<int>(at) + 1},
                      "write --uncertain KEY=SHARE, the standard deviation above 0 up to 100%",
                      "such as kernels.LL.bandwidth=10%");
      continue;
    }
    StatedUncertainty one{.key = {.key = argument.substr(0, equals)}, .deviation = *share};
    bool sound = is_scaled(source, read, one.key, findings);
    for (const StatedUncertainty& other : stated) {
      if (!sets_the_same(one.key.key, other.key.key) &&
          !sets_the_same(other.key.key, one.key.key)) {
        continue;
      }
      findings.report({&source, 1, 1}, fmt::format("two --uncertain are of '{}'", one.key.key));
      sound = false;
    }
    if (sound) stated.push_back(std::move(one));
  }
  findings.throw_if_any();
  return stated;
}

}  // namespace wideep
