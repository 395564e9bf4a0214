#include "input/read_kernel.h"

#include <array>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/read_by_width.h"

namespace wideep {
namespace {

template <class Q>
std::optional<ByWidth<Q>> read_table(Section& section, std::string_view key, Range<Q> range) {
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

/// What a kernel says of a phase: at its own level for both phases, or below it for one.
struct PhaseFigures {
  std::optional<ByWidth<Seconds>> latency;
  std::optional<ByWidth<Seconds>> floor;
  std::optional<Tiers> bandwidth;
  std::optional<double> efficiency;
  std::optional<Bytes> header;
  std::optional<SmTime> sm_time;
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
  const SmTime held = first_of(own.sm_time, both.sm_time, {});
  phase.sm_time = held.fixed;
  phase.sm_time_per_token = held.per_token;
  return phase;
}

/// A key must not be given for both phases in two ways, and a required one in one way or the other.
void check_given(Section& kernel,
                 const Section& dispatch,
                 const Section& combine,
                 const std::string& key) {
  const bool each = dispatch.has(key) && combine.has(key);
  if (kernel.has(key) && each) {
    kernel.report(key,
                  fmt::format("'{}' has no effect: dispatch and combine give their own",
                              kernel.path_of(key)));
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

KernelLimits read_limits(Section& kernel) {
  KernelLimits limits;
  limits.ep_widths = kernel.whole_list("ep_widths", range::kEpWidth).value_or(std::vector<int>{});
  limits.max_tokens_per_rank = kernel.whole("max_tokens_per_rank", range::kTokens);
  limits.hidden_sizes =
      kernel.whole_list("hidden_sizes", range::kHiddenSize).value_or(std::vector<int>{});
  limits.max_top_k = kernel.whole("max_top_k", range::kTopK);
  limits.weight_types = kernel.choice_list<WeightType>("weight_dtypes", kWeightTypeWords)
                            .value_or(std::vector<WeightType>{});
  return limits;
}

std::optional<FittedRange> read_range(Section& section, std::string_view key, Range<int> range) {
  const auto ends = section.whole_list(key, range);
  if (!ends) return std::nullopt;
  if (ends->size() != 2 || ends->front() > ends->back()) {
    section.report(key,
                   fmt::format("'{}' must be a lowest and a highest value", section.path_of(key)));
    return std::nullopt;
  }
  return FittedRange{ends->front(), ends->back()};
}

void read_fitted(Section& parent, Kernel& kernel) {
  Section section = parent.section("fitted");
  kernel.fitted_ep_widths = read_range(section, "ep_width", range::kEpWidth);
  kernel.fitted_tokens = read_range(section, "tokens", range::kTokens);
  kernel.fitted_sms = read_range(section, "sms", range::kSms);
  kernel.fitted_weights = section.choice_list<WeightType>("weight_dtype", kWeightTypeWords)
                              .value_or(std::vector<WeightType>{});
  section.finish();
}

void read_sms(Section& section, Kernel& kernel) {
  kernel.sms = section.whole_list("sms", range::kSms).value_or(std::vector<int>{});
  const auto driven = [](const LinkPhase& phase) {
    return phase.bandwidth.per_sm || (phase.scale_out && phase.scale_out->per_sm);
  };
  if (!section.has("sms") && (driven(kernel.dispatch) || driven(kernel.combine))) {
    section.miss("sms");
  }
}

/// The library of a buffer that one library alone has.
std::optional<Library> library_of(BufferRule buffer) {
  switch (buffer) {
    case BufferRule::kDeepEpLl:
      return Library::kDeepEpLl;
    case BufferRule::kDeepEpHt:
      return Library::kDeepEpHt;
    case BufferRule::kMegaMoe:
      return Library::kMegaMoe;
    case BufferRule::kNone:
      break;
  }
  return std::nullopt;
}

/// The figures of a kernel that is fused.
FusedFigures read_fused(Section& section) {
  FusedFigures figures;
  const auto positive = [&](const char* key, auto range, auto& figure) {
    if (!section.has(key)) section.miss(key);
    figure = section.quantity(key, range).value_or(range.high);
  };
  figures.launch = section.quantity("launch", range::kLatency).value_or(Seconds(0.0));
  figures.launch_per_rank =
      section.quantity("launch_per_rank", range::kLatency).value_or(Seconds(0.0));
  positive("weight_bandwidth", range::kBandwidth, figures.read);
  positive("flop_rate", range::kFlopRate, figures.rate);
  positive("bandwidth", range::kBandwidth, figures.bandwidth);
  if (!section.has("exponent")) section.miss("exponent");
  figures.exponent = section.number("exponent", range::kExponent).value_or(1.0);
  return figures;
}

/// Whether the kernel says that it is fused, and so has other keys than those of all-to-alls.
bool is_fused(Section& section) {
  constexpr std::array<Word<bool>, 2> kTruths = {{{"true", true}, {"false", false}}};
  return section.choice<bool>("fused", kTruths).value_or(false);
}

void read_library(Section& section, Kernel& kernel) {
  const auto stated = section.choice<Library>("library", kLibraryWords);
  const auto implied = library_of(kernel.buffer);
  if (stated && implied && *stated != *implied) {
    section.report("library",
                   fmt::format("'{}' does not go with 'buffer: {}', which is of another library",
                               section.path_of("library"),
                               word_of(kBufferWords, kernel.buffer)));
  }
  kernel.library = stated ? stated : implied;
}

}  // namespace

Kernel read_kernel(const Entry& entry, Findings& findings) {
  const Node whole = with_preset(PresetKind::kKernel, entry.value, findings);
  const bool absent = whole.kind == Node::Kind::kNull && entry.value.kind != Node::Kind::kNull;
  Section section(absent ? nullptr : &whole, "kernels." + entry.key.text, findings);
  section.text("about");

  Kernel kernel;
  kernel.name = entry.key.text;
  if (is_fused(section)) {
    kernel.fused = read_fused(section);
    kernel.limits = read_limits(section);
    read_fitted(section, kernel);
    kernel.buffer = section.choice<BufferRule>("buffer", kBufferWords).value_or(BufferRule::kNone);
    read_library(section, kernel);
    if (!kernel.library) kernel.library = Library::kMegaMoe;
    if (*kernel.library != Library::kMegaMoe) {
      section.report("library", "a fused kernel is of the library 'megamoe'");
    }
    section.finish();
    return kernel;
  }
  kernel.copies = section.choice<Copies>("copies", kCopiesWords).value_or(Copies::kPerExpert);
  const PhaseFigures both = read_figures(section);
  Section dispatch = section.section("dispatch");
  Section combine = section.section("combine");
  kernel.dispatch = phase_of(read_figures(dispatch), both);
  kernel.combine = phase_of(read_figures(combine), both);
  for (const char* key :
       {"latency", "bandwidth", "floor", "efficiency", "header_bytes", "sm_time"}) {
    check_given(section, dispatch, combine, key);
  }
  kernel.limits = read_limits(section);
  read_fitted(section, kernel);
  read_sms(section, kernel);
  kernel.buffer = section.choice<BufferRule>("buffer", kBufferWords).value_or(BufferRule::kNone);
  if (kernel.buffer == BufferRule::kDeepEpHt && kernel.sms.empty()) section.miss("sms");
  read_library(section, kernel);
  if (kernel.library == Library::kMegaMoe) {
    section.report(section.has("library") ? "library" : "buffer",
                   "'megamoe' is a fused kernel: add 'fused: true' with its figures");
  }
  dispatch.finish();
  combine.finish();
  section.finish();
  return kernel;
}

}  // namespace wideep
