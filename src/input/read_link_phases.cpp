#include "input/read_link_phases.h"

#include <utility>

#include <fmt/format.h>

#include "input/read_by_width.h"

namespace wideep {
namespace {

template <class Q>
std::optional<ByWidth<Q>> read_table(Section& section, std::string_view key, Range<Q> range) {
  if (is_recording()) record_by_width(section.path_of(key), range);
  const Node* const value = section.find(key);
  if (value == nullptr) return std::nullopt;
  const std::string path = section.path_of(key);
  return read_by_width<Q>(section, *value, path, [&](const Node& figure) {
    return section.quantity_of(figure, path, range);
  });
}

/// A bandwidth, a table of them by EP width, or `{per_sm: , cap: }` of either.
std::optional<Bandwidth> read_bandwidth(Section& parent, std::string_view key) {
  const Node* const value = parent.find(key);
  if (value == nullptr) return std::nullopt;
  if (value->find("per_sm") == nullptr && value->find("cap") == nullptr) {
    auto plain = read_table(parent, key, range::kBandwidth);
    return plain ? std::optional(Bandwidth{.cap = std::move(plain), .per_sm = {}}) : std::nullopt;
  }
  Section section = parent.section(key);
  Bandwidth bandwidth;
  bandwidth.per_sm = read_table(section, "per_sm", range::kBandwidth);
  bandwidth.cap = read_table(section, "cap", range::kBandwidth);
  if (!section.has("per_sm")) section.miss("per_sm");
  section.finish();
  return bandwidth.per_sm ? std::optional(std::move(bandwidth)) : std::nullopt;
}

/// One tier, or two as `{scale_up: , scale_out: }`.
struct Tiers {
  std::optional<Bandwidth> first;
  std::optional<Bandwidth> scale_out;
};

std::optional<Tiers> read_tiers(Section& parent) {
  const Node* const value = parent.find("bandwidth");
  if (value == nullptr) return std::nullopt;
  if (value->find("scale_up") == nullptr && value->find("scale_out") == nullptr) {
    return Tiers{read_bandwidth(parent, "bandwidth"), std::nullopt};
  }
  Section section = parent.section("bandwidth");
  Tiers tiers{read_bandwidth(section, "scale_up"), read_bandwidth(section, "scale_out")};
  for (const char* key : {"scale_up", "scale_out"}) {
    if (!section.has(key)) section.miss(key);
  }
  section.finish();
  return tiers;
}

struct SmTime {
  ByWidth<Seconds> fixed = ByWidth<Seconds>::constant({});
  ByWidth<Seconds> per_token = ByWidth<Seconds>::constant({});
};

/// `{fixed: 18us, per_token: 0.14us}`, each a figure or a table by EP width.
std::optional<SmTime> read_sm_time(Section& parent) {
  if (parent.find("sm_time") == nullptr) return std::nullopt;
  Section section = parent.section("sm_time");
  SmTime time;
  if (auto fixed = read_table(section, "fixed", range::kLatency)) time.fixed = std::move(*fixed);
  if (auto each = read_table(section, "per_token", range::kLatency)) {
    time.per_token = std::move(*each);
  }
  section.finish();
  return time;
}

struct Ramp {
  ByWidth<Seconds> time = ByWidth<Seconds>::constant({});
  ByWidth<double> tokens = ByWidth<double>::constant(1.0);
};

/// `{time: 28us, tokens: 250}`, each a figure or a table by EP width.
std::optional<Ramp> read_ramp(Section& parent) {
  if (parent.find("ramp") == nullptr) return std::nullopt;
  Section section = parent.section("ramp");
  for (const char* key : {"time", "tokens"}) {
    if (!section.has(key)) section.miss(key);
  }
  Ramp ramp;
  if (auto time = read_table(section, "time", range::kLatency)) ramp.time = std::move(*time);
  const std::string path = section.path_of("tokens");
  if (is_recording()) record_by_width(path, range::kTokens);
  if (const Node* const value = section.find("tokens")) {
    auto tokens = read_by_width<double>(section, *value, path, [&](const Node& figure) {
      const auto whole = section.whole_of(figure, path, range::kTokens);
      return whole ? std::optional<double>(*whole) : std::nullopt;
    });
    if (tokens) ramp.tokens = std::move(*tokens);
  }
  section.finish();
  return ramp;
}

/// `{latency_each: 2us, latency_several: 2us, token_time: 2.4us, per_sm: 23GB/s}`
std::optional<ExpertGroups> read_experts(Section& parent) {
  if (parent.find("experts") == nullptr) return std::nullopt;
  Section section = parent.section("experts");
  const auto time = [&](const char* key) {
    return section.quantity(key, range::kLatency).value_or(Seconds(0.0));
  };
  ExpertGroups groups{.latency_each = time("latency_each"),
                      .latency_several = time("latency_several"),
                      .token_time = time("token_time"),
                      .per_sm = section.quantity("per_sm", range::kBandwidth)};
  section.finish();
  return groups;
}

/// What a kernel says of a phase: at its own level for both phases, or below it for one.
struct PhaseFigures {
  std::optional<ByWidth<Seconds>> latency;
  std::optional<ByWidth<Seconds>> floor;
  std::optional<Tiers> bandwidth;
  std::optional<double> efficiency;
  std::optional<Bytes> header;
  std::optional<SmTime> sm_time;
  std::optional<Ramp> ramp;
  std::optional<ExpertGroups> experts;
};

PhaseFigures read_figures(Section& section) {
  PhaseFigures figures;
  figures.latency = read_table(section, "latency", range::kLatency);
  figures.floor = read_table(section, "floor", range::kLatency);
  figures.bandwidth = read_tiers(section);
  figures.efficiency = section.share("efficiency", range::kEfficiency);
  const auto header = section.whole("header_bytes", range::kHeaderBytes);
  if (header) figures.header = Bytes(*header);
  figures.sm_time = read_sm_time(section);
  figures.ramp = read_ramp(section);
  figures.experts = read_experts(section);
  return figures;
}

template <class T>
T first_of(const std::optional<T>& own, const std::optional<T>& both, T otherwise) {
  return own ? *own : both.value_or(otherwise);
}

LinkPhase phase_of(const PhaseFigures& own, const PhaseFigures& both) {
  LinkPhase phase;
  phase.latency = first_of(own.latency, both.latency, ByWidth<Seconds>::constant({}));
  phase.floor = first_of(own.floor, both.floor, ByWidth<Seconds>::constant({}));
  const Tiers tiers = first_of(own.bandwidth, both.bandwidth, {});
  phase.bandwidth = tiers.first.value_or(Bandwidth::constant(BytesPerSecond(1.0)));
  phase.scale_out = tiers.scale_out;
  phase.efficiency = first_of(own.efficiency, both.efficiency, 1.0);
  phase.header = first_of(own.header, both.header, Bytes(0.0));
  phase.experts = own.experts ? own.experts : both.experts;
  const SmTime held = first_of(own.sm_time, both.sm_time, {});
  phase.sm_time = held.fixed;
  phase.sm_time_per_token = held.per_token;
  if (const auto& ramp = own.ramp ? own.ramp : both.ramp) {
    phase.law = &kRampLaw;
    phase.law_time = ramp->time;
    phase.law_tokens = ramp->tokens;
  }
  return phase;
}

/// A key must not be given for both phases in two ways, and a required one in one way or the other.
void check_given(Section& kernel,
                 const Section& dispatch,
                 const Section& combine,
                 const std::string& key) {
  const bool each = dispatch.has(key) && combine.has(key);
  if (kernel.has(key) && each) {
    kernel.report(
        key,
        fmt::format("'{}' has no effect: dispatch and combine give their own", kernel.path_of(key)),
        fmt::format("{} and {} are what is used",
                    kernel.path_of("dispatch." + key),
                    kernel.path_of("combine." + key)));
  }
  const bool required = key == "latency" || key == "bandwidth";
  if (kernel.has(key) || each || !required) return;
  if (dispatch.has(key)) {
    kernel.miss("combine." + key);
  } else if (combine.has(key)) {
    kernel.miss("dispatch." + key);
  } else {
    kernel.miss(key);
  }
}

}  // namespace

LinkPhases read_link_phases(Section& kernel) {
  const PhaseFigures both = read_figures(kernel);
  Section dispatch = kernel.section("dispatch");
  Section combine = kernel.section("combine");
  LinkPhases phases{phase_of(read_figures(dispatch), both), phase_of(read_figures(combine), both)};
  for (const char* key : {"latency",
                          "bandwidth",
                          "floor",
                          "efficiency",
                          "header_bytes",
                          "sm_time",
                          "ramp",
                          "experts"}) {
    check_given(kernel, dispatch, combine, key);
  }
  dispatch.finish();
  combine.finish();
  return phases;
}

}  // namespace wideep
