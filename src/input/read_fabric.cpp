#include "input/read_fabric.h"

#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/ranges.h"
#include "input/read_by_width.h"
#include "input/read_gpu.h"
#include "input/read_kernel.h"
#include "input/section.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// No fabric has nearly as many, and every one is searched at every width.
constexpr std::size_t kMostKernels = 64;

/// A kernel's name is printed, and spelt in --set paths. Reports what would be neither.
bool is_name(const Node& key, Findings& findings) {
  constexpr std::size_t kLongest = 40;
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
  const bool sound = key.is_scalar() && !key.text.empty() && key.text.size() <= kLongest &&
                     std::all_of(key.text.begin(), key.text.end(), allowed);
  if (!sound) {
    findings.report(key.place,
                    "a kernel's name is made of letters, digits, '_' and '-', 40 at most");
  }
  return sound;
}

/// SMs that a kernel holds are SMs of this GPU.
void check_sms(const Node& kernels, const Fabric& fabric, Findings& findings) {
  for (const Kernel& kernel : fabric.kernels) {
    if (kernel.sms.empty()) continue;
    const Node* const value = kernels.find(kernel.name);
    const Place place = value->place;
    const int most = *std::max_element(kernel.sms.begin(), kernel.sms.end());
    if (most >= *fabric.gpu->sms) {
      findings.report(place,
                      fmt::format("'kernels.{}' holds {} SMs, and the GPU has {}",
                                  kernel.name,
                                  most,
                                  *fabric.gpu->sms));
    }
  }
}

/// `2.5USD`: an amount, and letters of a currency.
std::optional<Price> read_price(Section& section) {
  section.takes("gpu_hour",
                "an amount and a currency, as 2.5USD",
                fmt::format("^{} *[A-Za-z]{{3}}$", kNumberPattern));
  const Node* const value = section.find("gpu_hour");
  if (value == nullptr) return std::nullopt;
  const std::string& text = value->text;
  constexpr const char* kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kCode = 3;  // ISO 4217
  const std::size_t unit = text.find_first_of(kLetters);
  std::string amount_text = text.substr(0, unit);
  while (amount_text.ends_with(' ')) amount_text.pop_back();
  const auto amount = parse_number(amount_text);
  const bool sound = value->is_scalar() && unit != std::string::npos &&
                     text.size() == unit + kCode &&
                     text.find_first_not_of(kLetters, unit) == std::string::npos && amount &&
                     *amount > 0.0 && *amount <= range::kMostForAnHour;
  if (!sound) {
    section.report("gpu_hour", "'gpu_hour' is an amount and a currency, as 2.5USD");
    return std::nullopt;
  }
  return Price{.amount = *amount, .currency = text.substr(unit)};
}

/// What `plan` alone needs.
void read_plan_figures(Section& section, Fabric& fabric) {
  fabric.gpu_hour = read_price(section);
  Section link = section.section("kv_transfer");
  if (!link.exists()) return;
  const auto latency = link.quantity("latency", range::kLatency);
  const auto bandwidth = link.quantity("bandwidth", range::kBandwidth);
  if (!link.has("bandwidth")) link.miss("bandwidth");
  link.finish();
  fabric.kv_transfer = CacheLink{.latency = latency.value_or(Seconds(0.0)),
                                 .bandwidth = bandwidth.value_or(BytesPerSecond(1.0))};
}

}  // namespace

Fabric read_fabric(const Node& root, Findings& findings) {
  const Node whole = root.is_map() ? with_preset(PresetKind::kFabric, root, findings) : root;
  const bool absent = whole.kind == Node::Kind::kNull && root.is_map();
  Section section(absent ? nullptr : &whole, "", findings);
  section.text("about");
  Fabric fabric;
  // What `fit` says of its own figures: for people, and for the next fit.
  const Node* const calibration = section.find("calibration");
  if (is_recording()) asked_at("calibration")->open = true;
  fabric.experts_measured = calibration != nullptr && calibration->find("compute") != nullptr;
  const auto gpus = section.whole("gpus_per_domain", range::kEpWidth);
  if (!section.has("gpus_per_domain")) section.miss("gpus_per_domain");
  fabric.gpus_per_domain = gpus.value_or(1);

  if (const Node* const gpu = section.find("gpu")) fabric.gpu = read_gpu(*gpu, findings);

  if (const Node* const value = section.find("straggler_factor")) {
    fabric.straggler_factor =
        read_by_width<double>(section, *value, "straggler_factor", [&](const Node& figure) {
          return section.number_of(figure, "straggler_factor", range::kStragglerFactor);
        });
  }
  fabric.serving_efficiency = section.share("serving_efficiency", range::kServingEfficiency);
  fabric.step_overhead = section.quantity("step_overhead", range::kOtherStepTime);
  read_plan_figures(section, fabric);
  const Node* const kernels = section.find("kernels");
  record("kernels (name)", {.expected = "a name", .pattern = "^[A-Za-z0-9_-]{1,40}$"});
  if (kernels == nullptr) {
    section.miss("kernels");
  } else if (!kernels->is_map() || kernels->entries.empty()) {
    section.report("kernels", "'kernels' must map at least one name to a kernel");
  } else if (kernels->entries.size() > kMostKernels) {
    section.report("kernels", fmt::format("'kernels' must have at most {} entries", kMostKernels));
  } else {
    for (const Entry& entry : kernels->entries) {
      if (is_name(entry.key, findings)) fabric.kernels.push_back(read_kernel(entry, findings));
    }
    if (fabric.gpu && fabric.gpu->sms) check_sms(*kernels, fabric, findings);
  }
  section.finish();
  return fabric;
}

}  // namespace wideep
