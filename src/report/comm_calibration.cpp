#include "report/comm_calibration.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/words.h"
#include "report/collective_calibration.h"
#include "report/fit_parts.h"
#include "report/written_phase.h"

namespace wideep {
namespace {

template <class Q>
std::string yaml_of(const ByWidth<Q>& table) {
  if (table.everywhere) return yaml_of(table.points.front().value);
  std::string text;
  for (const WidthPoint<Q>& point : table.points) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", point.ep_width, yaml_of(point.value));
  }
  return fmt::format("{{{}}}", text);
}

std::string yaml_of(const Bandwidth& bandwidth) {
  if (!bandwidth.per_sm) return yaml_of(*bandwidth.cap);
  if (!bandwidth.cap) return fmt::format("{{per_sm: {}}}", yaml_of(*bandwidth.per_sm));
  return fmt::format(
      "{{per_sm: {}, cap: {}}}", yaml_of(*bandwidth.per_sm), yaml_of(*bandwidth.cap));
}

bool is_zero(const ByWidth<Seconds>& table) {
  return table.everywhere && table.points.front().value == Seconds(0.0);
}

/// The keys of one phase, each on a line.
std::string phase_yaml(const LinkPhase& phase, const std::string& margin) {
  std::string text = fmt::format("{}latency: {}\n", margin, yaml_of(phase.latency));
  if (!is_zero(phase.floor)) text += fmt::format("{}floor: {}\n", margin, yaml_of(phase.floor));
  if (phase.scale_out) {
    text += fmt::format("{}bandwidth: {{scale_up: {}, scale_out: {}}}\n",
                        margin,
                        yaml_of(phase.bandwidth),
                        yaml_of(*phase.scale_out));
  } else {
    text += fmt::format("{}bandwidth: {}\n", margin, yaml_of(phase.bandwidth));
  }
  if (phase.law == &kRampLaw) {
    text += fmt::format("{}ramp: {{time: {}, tokens: {:.0f}}}\n",
                        margin,
                        yaml_of(phase.law_time),
                        phase.law_tokens.at(1));
  }
  if (phase.efficiency != 1.0) {
    text += fmt::format("{}efficiency: {}\n", margin, share_yaml(phase.efficiency));
  }
  if (phase.header > Bytes(0.0)) {
    text += fmt::format("{}header_bytes: {:.0f}\n", margin, phase.header / unit::B);
  }
  return text;
}

/// The laws of one kernel.
struct KernelLaws {
  const KernelLaw* dispatch = nullptr;
  const KernelLaw* combine = nullptr;
  const KernelLaw* either = nullptr;

  [[nodiscard]] const KernelLaw& any() const {
    return either != nullptr ? *either : dispatch != nullptr ? *dispatch : *combine;
  }
};

std::map<std::string, KernelLaws> by_kernel(const CommFit& fit) {
  std::map<std::string, KernelLaws> kernels;
  for (const KernelLaw& law : fit.laws) {
    KernelLaws& laws = kernels[law.series.kernel];
    if (law.series.direction == Direction::kDispatch) laws.dispatch = &law;
    if (law.series.direction == Direction::kCombine) laws.combine = &law;
    if (law.series.direction == Direction::kEither) laws.either = &law;
  }
  return kernels;
}

/// Tokens of one transfer that were measured at every width.
std::optional<std::pair<double, double>> tokens_of(const CommFit& fit, const std::string& kernel) {
  std::optional<std::pair<double, double>> range;
  for (const SeriesFit& one : fit.series) {
    if (one.series.kernel != kernel || !one.in_law) continue;
    std::pair<double, double> own{one.samples.front().tokens, one.samples.front().tokens};
    for (const CommSample& sample : one.samples) {
      own = {std::min(own.first, sample.tokens), std::max(own.second, sample.tokens)};
    }
    if (own.first <= 0.0) return std::nullopt;
    if (!range) range = own;
    range = {std::max(range->first, own.first), std::min(range->second, own.second)};
  }
  if (range && range->first > range->second) return std::nullopt;
  return range;
}

std::string fitted_yaml(const CommFit& fit, const std::string& kernel, const KernelLaw& law) {
  std::string text = fmt::format("ep_width: [{}, {}]", law.ep_widths.front(), law.ep_widths.back());
  constexpr double kMostTokens = 16'777'216.0;  // docs/input.md
  if (const auto tokens = tokens_of(fit, kernel)) {
    text += fmt::format(", tokens: [{:.0f}, {:.0f}]",
                        std::max(1.0, tokens->first),
                        std::min(tokens->second, kMostTokens));
  }
  if (!law.sms.empty()) text += fmt::format(", sms: [{}, {}]", law.sms.front(), law.sms.back());
  return fmt::format("    fitted: {{{}}}\n", text);
}

/// The widths that the base's kernel runs at and those that were measured; empty where the base has
/// no such list, or lists them all.
std::string widths_yaml(const std::vector<int>& measured, const Kernel* base) {
  if (base == nullptr || base->limits.ep_widths.empty()) return "";
  std::set<int> widths(base->limits.ep_widths.begin(), base->limits.ep_widths.end());
  const std::size_t known = widths.size();
  widths.insert(measured.begin(), measured.end());
  if (widths.size() == known) return "";
  return fmt::format("    ep_widths: [{}]\n", fmt::join(widths, ", "));
}

std::string kernel_yaml(const CommFit& fit,
                        const std::string& name,
                        const KernelLaws& laws,
                        const Kernel* base) {
  const KernelLaw& any = laws.any();
  std::string text = fmt::format("  {}:\n    copies: {}\n", quoted_yaml(name), name_of(any.copies));
  if (!any.sms.empty()) text += fmt::format("    sms: [{}]\n", fmt::join(any.sms, ", "));
  const LinkPhase* const dispatch = base == nullptr ? nullptr : &base->dispatch;
  const LinkPhase* const combine = base == nullptr ? nullptr : &base->combine;
  if (laws.either != nullptr) {
    text += phase_yaml(written_phase(*laws.either, dispatch).phase, "    ");
  }
  // A phase that was not measured is the base's, whose kernel may say it for both.
  const auto write = [&](const char* key, const KernelLaw* law, const LinkPhase* of_base) {
    if (law == nullptr && (laws.either != nullptr || of_base == nullptr)) return;
    text += fmt::format("    {}:\n", key);
    text += phase_yaml(law == nullptr ? *of_base : written_phase(*law, of_base).phase, "      ");
  };
  write("dispatch", laws.dispatch, dispatch);
  write("combine", laws.combine, combine);
  return text + widths_yaml(any.ep_widths, base) + fitted_yaml(fit, name, any);
}

const Kernel* kernel_of(const Fabric* fabric, const std::string& name) {
  if (fabric == nullptr) return nullptr;
  for (const Kernel& kernel : fabric->kernels) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

void replace_keys(const std::string& name, const KernelLaws& laws, Calibration& calibration) {
  constexpr std::array<const char*, 7> kPhaseKeys = {
      "latency", "floor", "bandwidth", "efficiency", "header_bytes", "ramp", "experts"};
  const std::string kernel = "kernels." + name;
  const auto take = [&](const std::string& path) {
    for (const char* key : kPhaseKeys) calibration.replaced.push_back(path + "." + key);
  };
  for (const char* key : {"about", "copies", "fitted", "uncertainty"}) {
    calibration.replaced.push_back(kernel + "." + key);
  }
  // Measurements that do not say their SMs say nothing against the base's.
  if (!laws.any().sms.empty()) calibration.replaced.push_back(kernel + ".sms");
  take(kernel);
  if (laws.dispatch != nullptr || laws.either != nullptr) take(kernel + ".dispatch");
  if (laws.combine != nullptr || laws.either != nullptr) take(kernel + ".combine");
}

std::string law_yaml(const KernelLaw& law) {
  std::string text = fmt::format("        - phase: {}\n          form: {}\n          points: {}\n",
                                 wideep::name_of(law.series.direction),
                                 law.form,
                                 law.points);
  if (law.freedom > 0) {
    text += fmt::format("          median_error: {:.1f}%\n          largest_error: {:.1f}%\n",
                        kPercent * law.median_error,
                        kPercent * law.largest_error);
  }
  text += "          parameters:\n";
  for (const LawParameter& parameter : law.parameters) {
    text += parameter_yaml(parameter, "          ");
  }
  return text;
}

/// Which bandwidths of a law no measurement tells, and what stands in their place.
void note_unbound(const KernelLaw& law, const LinkPhase* base, Calibration& calibration) {
  const WrittenPhase written = written_phase(law, base);
  const auto note = [&](const char* tier, const std::vector<int>& widths, bool is_base) {
    if (widths.empty()) return;
    const std::string where =
        widths == law.ep_widths ? "" : fmt::format(" at EP {}", fmt::join(widths, ", "));
    calibration.notes.push_back(
        fmt::format("no measurement of {} {}{} is bound by the {} tier; that bandwidth is {}",
                    law.series.kernel,
                    wideep::name_of(law.series.direction),
                    where,
                    tier,
                    is_base ? "the base's" : "the least that leaves it so, and may be higher"));
  };
  note("scale-up", law.scale_up_unbound, written.up_is_base);
  note("scale-out", law.scale_out_unbound, written.out_is_base);
}

}  // namespace

Calibration calibrate(const CommFit& fit, const Fabric* base, const Provenance& provenance) {
  Calibration calibration;
  std::string kernels;
  std::set<std::string> written;
  for (const auto& [name, laws] : by_kernel(fit)) {
    const bool whole = laws.either != nullptr || (laws.dispatch && laws.combine);
    const Kernel* const in_base = kernel_of(base, name);
    if (!whole && in_base == nullptr) {
      calibration.notes.push_back(
          fmt::format("{} is not in the calibration: only its {} was measured, and no base has it",
                      name,
                      wideep::name_of(laws.any().series.direction)));
      continue;
    }
    if (in_base != nullptr && in_base->collectives) {
      calibration.notes.push_back(
          fmt::format("{0} is not in the calibration: {0} of the base runs collectives", name));
      continue;
    }
    written.insert(name);
    replace_keys(name, laws, calibration);
    kernels += kernel_yaml(fit, name, laws, in_base);
    for (const KernelLaw* law : {laws.either, laws.dispatch, laws.combine}) {
      if (law == nullptr) continue;
      const bool combines = law->series.direction == Direction::kCombine;
      const LinkPhase* of_base = nullptr;
      if (in_base != nullptr) of_base = combines ? &in_base->combine : &in_base->dispatch;
      note_unbound(*law, of_base, calibration);
    }
  }
  const CollectiveYaml collectives =
      write_collectives(fit.collectives, base, provenance, calibration);
  kernels += collectives.kernels;
  calibration.replaced.emplace_back("about");
  calibration.yaml = fmt::format(
      "about: Calibrated on {}\ngpus_per_domain: {}\n", provenance.date, fit.gpus_per_domain);
  if (!kernels.empty()) calibration.yaml += "kernels:\n" + kernels;
  calibration.empty = kernels.empty();
  if (!calibration.empty) calibration.yaml += "calibration:\n  comm:\n" + collectives.calibration;
  for (const std::string& name : written) {
    calibration.replaced.push_back("calibration.comm." + name);
    calibration.yaml += fmt::format("    {}:\n", quoted_yaml(name)) +
                        sources_yaml(provenance, "      ") + "      laws:\n";
    for (const KernelLaw& law : fit.laws) {
      if (law.series.kernel == name) calibration.yaml += law_yaml(law);
    }
  }
  return calibration;
}

}  // namespace wideep
