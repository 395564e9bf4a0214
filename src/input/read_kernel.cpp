#include "input/read_kernel.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/ranges.h"
#include "input/read_collectives.h"
#include "input/read_link_phases.h"

namespace wideep {
namespace {

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
  kernel.uncertainty = parent.share("uncertainty", range::kShare);
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

/// Whether the kernel says of itself that it is `fused` or of `collectives`, and so has other keys
/// than those of all-to-alls.
bool is_said(Section& section, std::string_view kind) {
  constexpr std::array<Word<bool>, 2> kTruths = {{{"true", true}, {"false", false}}};
  // A word that is neither is one slip, and meant to be true.
  return section.choice<bool>(kind, kTruths).value_or(section.has(kind));
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

void read_fused_kernel(Section& section, Kernel& kernel) {
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
}

void read_collective_kernel(Section& section, Kernel& kernel) {
  kernel.collectives = std::make_shared<const Collectives>(read_collectives(section));
  kernel.uncertainty = section.share("uncertainty", range::kShare);
  if (!section.has("library")) section.miss("library");
  kernel.library = section.choice<Library>("library", kLibraryWords);
  if (kernel.library && !is_all_reduce(*kernel.library) && *kernel.library != Library::kNccl) {
    section.report("library",
                   fmt::format("'{}' is of all-to-alls: collectives are of vllm_all_reduce, "
                               "sglang_all_reduce, trtllm_all_reduce or nccl",
                               name_of(*kernel.library)));
  }
  section.finish();
}

/// What would make an all-to-all of a library that has none.
void check_all_to_all(Section& section, const Kernel& kernel) {
  if (kernel.library == Library::kMegaMoe) {
    section.report(section.has("library") ? "library" : "buffer",
                   "'megamoe' is a fused kernel: add 'fused: true' with its figures");
  }
  if (kernel.library && is_all_reduce(*kernel.library)) {
    section.report("library",
                   fmt::format("'{}' has no all-to-all: add 'collectives: true' with its times",
                               name_of(*kernel.library)));
  }
}

}  // namespace

Kernel read_kernel(const Entry& entry, Findings& findings) {
  Node laid;
  const Node& whole = laid_under(PresetKind::kKernel, entry.value, laid, findings);
  const bool absent = whole.kind == Node::Kind::kNull && entry.value.kind != Node::Kind::kNull;
  Section section(absent ? nullptr : &whole, "kernels." + entry.key.text, findings);
  section.text("about");

  Kernel kernel;
  kernel.name = entry.key.text;
  const bool fused = is_said(section, "fused");
  const bool collectives = is_said(section, "collectives");
  if (fused && collectives) section.report("collectives", "a fused kernel has no collectives");
  if (fused) {
    read_fused_kernel(section, kernel);
    return kernel;
  }
  if (collectives) {
    read_collective_kernel(section, kernel);
    return kernel;
  }
  kernel.copies = section.choice<Copies>("copies", kCopiesWords).value_or(Copies::kPerExpert);
  LinkPhases phases = read_link_phases(section);
  kernel.dispatch = std::move(phases.dispatch);
  kernel.combine = std::move(phases.combine);
  kernel.limits = read_limits(section);
  read_fitted(section, kernel);
  read_sms(section, kernel);
  kernel.buffer = section.choice<BufferRule>("buffer", kBufferWords).value_or(BufferRule::kNone);
  if (kernel.buffer == BufferRule::kDeepEpHt && kernel.sms.empty()) section.miss("sms");
  read_library(section, kernel);
  check_all_to_all(section, kernel);
  section.finish();
  return kernel;
}

}  // namespace wideep
