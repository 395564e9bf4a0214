#include "cli/fit_latency.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// How far the latency of one kernel may be from that on another machine, where nobody says: DeepEP
/// LL takes 11.2 us at EP 8 on H200 and 21.2 us on B200, as fitted to NVIDIA AIConfigurator's
/// measurements (presets/kernels). Either way. docs/measuring.md#one-size
constexpr double kFactor = 2.0;

ByWidth<Seconds> times(ByWidth<Seconds> table, double factor) {
  for (auto& point : table.points) point.value = factor * point.value;
  return table;
}

LatencySource source_of(ByWidth<Seconds> latency, std::string from) {
  LatencySource source;
  source.low = times(latency, 1.0 / kFactor);
  source.high = times(latency, kFactor);
  source.latency = std::move(latency);
  source.from = std::move(from);
  return source;
}

LatencySource latency_of(const std::string& given) {
  const auto refuse = [&] {
    return InputError(fmt::format(
        "wideep-opt: --latency '{}' must be [KERNEL=]TIME[+-TIME], such as 30us or LL=30us+-10us\n",
        given));
  };
  const std::size_t equals = given.find('=');
  const std::string text = equals == std::string::npos ? given : given.substr(equals + 1);
  const std::size_t around = text.find("+-");
  const auto latency = parse_quantity<Seconds>(text.substr(0, around));
  if (!latency || *latency <= Seconds{} || equals == 0) throw refuse();
  LatencySource source = source_of(ByWidth<Seconds>::constant(*latency), "--latency");
  if (around != std::string::npos) {
    const auto reach = parse_quantity<Seconds>(text.substr(around + 2));
    if (!reach || *reach < Seconds{}) throw refuse();
    source.low = ByWidth<Seconds>::constant(std::max(Seconds{}, *latency - *reach));
    source.high = ByWidth<Seconds>::constant(*latency + *reach);
  }
  if (equals != std::string::npos) source.kernel = given.substr(0, equals);
  return source;
}

/// The `interval_95` of a phase's "latency at EP N", where the base is a calibration.
const Node* stated_interval(const Node& base,
                            const std::string& kernel,
                            const std::string& phase,
                            int ep_width) {
  const Node* at = &base;
  for (const std::string_view key : {std::string_view("calibration"),
                                     std::string_view("comm"),
                                     std::string_view(kernel),
                                     std::string_view("laws")}) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  const std::string wanted = fmt::format("latency at EP {}", ep_width);
  const auto says = [](const Node& node, std::string_view key, std::string_view text) {
    const Node* const value = node.find(key);
    return value != nullptr && value->text == text;
  };
  for (const Node& law : at->items) {
    const Node* const parameters = law.find("parameters");
    if (parameters == nullptr || !(says(law, "phase", phase) || says(law, "phase", "both"))) {
      continue;
    }
    for (const Node& parameter : parameters->items) {
      if (says(parameter, "what", wanted)) return parameter.find("interval_95");
    }
  }
  return nullptr;
}

/// Takes the intervals that the base states at its widths.
void narrow(const Node& base, const std::string& phase, LatencySource& source) {
  for (std::size_t at = 0; at < source.latency.points.size(); ++at) {
    const int width = source.latency.points[at].ep_width;
    const Node* const interval = stated_interval(base, source.kernel, phase, width);
    if (interval == nullptr || interval->items.size() != 2) continue;
    const auto low = parse_quantity<Seconds>(interval->items.front().text);
    const auto high = parse_quantity<Seconds>(interval->items.back().text);
    if (!low || !high || *low > *high) continue;
    source.low.points[at].value = *low;
    source.high.points[at].value = *high;
  }
}

}  // namespace

std::vector<LatencySource> latencies_of(const std::vector<std::string>& given) {
  std::vector<LatencySource> sources;
  sources.reserve(given.size());
  for (const std::string& text : given) sources.push_back(latency_of(text));
  // What is said of one kernel goes before what is said of all.
  std::stable_partition(sources.begin(), sources.end(), [](const LatencySource& source) {
    return !source.kernel.empty();
  });
  return sources;
}

std::vector<LatencySource> latencies_of(const BaseFabric& base, const std::string& name) {
  std::vector<LatencySource> sources;
  if (!base.fabric) return sources;
  for (const Kernel& kernel : base.fabric->kernels) {
    if (kernel.collectives) continue;
    for (const Direction direction : {Direction::kDispatch, Direction::kCombine}) {
      const bool dispatch = direction == Direction::kDispatch;
      LatencySource source = source_of((dispatch ? kernel.dispatch : kernel.combine).latency, name);
      source.kernel = kernel.name;
      source.direction = direction;
      narrow(base.node, dispatch ? "dispatch" : "combine", source);
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

}  // namespace wideep
