#include "report/calibration.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

namespace wideep {
namespace {

constexpr double kPercent = 100.0;

/// More digits than any measurement carries, fewer than a double.
std::string number(double value) {
  return fmt::format("{:.5g}", value);
}

std::string yaml_of(Seconds time) {
  return number(time / unit::us) + "us";
}

std::string yaml_of(BytesPerSecond rate) {
  return number(rate / unit::GBps) + "GB/s";
}

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

/// The law's phase, with the base's scale-up bandwidth where no measurement was bound by that tier.
LinkPhase phase_of(const KernelLaw& law, const LinkPhase* base) {
  LinkPhase phase = law.phase;
  const bool alike = base != nullptr && base->scale_out && law.phase.scale_out &&
                     base->bandwidth.per_sm.has_value() == law.phase.bandwidth.per_sm.has_value();
  if (law.scale_up_is_bound && alike) phase.bandwidth = base->bandwidth;
  if (law.scale_out_is_bound && alike) phase.scale_out = base->scale_out;
  return phase;
}

/// The keys of one phase, each on a line.
std::string phase_yaml(const KernelLaw& law, const LinkPhase* base, const std::string& margin) {
  const LinkPhase phase = phase_of(law, base);
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
  if (phase.header > Bytes(0.0)) {
    text += fmt::format("{}header_bytes: {:.0f}\n", margin, phase.header / unit::B);
  }
  return text;
}

const char* name_of(Copies copies) {
  switch (copies) {
    case Copies::kPerExpert:
      return "per_expert";
    case Copies::kPerRank:
      return "per_rank";
    case Copies::kPerDomain:
      return "per_domain";
    case Copies::kAllGather:
      break;
  }
  return "all_gather";
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

std::string kernel_yaml(const CommFit& fit,
                        const std::string& name,
                        const KernelLaws& laws,
                        const Kernel* base) {
  const KernelLaw& any = laws.any();
  std::string text = fmt::format("  {}:\n    copies: {}\n", name, name_of(any.copies));
  if (!any.sms.empty()) text += fmt::format("    sms: [{}]\n", fmt::join(any.sms, ", "));
  const LinkPhase* const dispatch = base == nullptr ? nullptr : &base->dispatch;
  const LinkPhase* const combine = base == nullptr ? nullptr : &base->combine;
  if (laws.either != nullptr) text += phase_yaml(*laws.either, dispatch, "    ");
  if (laws.dispatch != nullptr) {
    text += "    dispatch:\n" + phase_yaml(*laws.dispatch, dispatch, "      ");
  }
  if (laws.combine != nullptr) {
    text += "    combine:\n" + phase_yaml(*laws.combine, combine, "      ");
  }
  return text + fitted_yaml(fit, name, any);
}

const Kernel* kernel_of(const Fabric* fabric, const std::string& name) {
  if (fabric == nullptr) return nullptr;
  for (const Kernel& kernel : fabric->kernels) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

void replace_keys(const std::string& name, const KernelLaws& laws, Calibration& calibration) {
  constexpr std::array<const char*, 5> kPhaseKeys = {
      "latency", "floor", "bandwidth", "efficiency", "header_bytes"};
  const std::string kernel = "kernels." + name;
  const auto take = [&](const std::string& path) {
    for (const char* key : kPhaseKeys) calibration.replaced.push_back(path + "." + key);
  };
  for (const char* key : {"about", "copies", "sms", "fitted"}) {
    calibration.replaced.push_back(kernel + "." + key);
  }
  take(kernel);
  if (laws.dispatch != nullptr || laws.either != nullptr) take(kernel + ".dispatch");
  if (laws.combine != nullptr || laws.either != nullptr) take(kernel + ".combine");
}

std::string law_yaml(const KernelLaw& law) {
  std::string text = fmt::format(
      "        - phase: {}\n          form: {}\n          points: {}\n"
      "          median_error: {:.1f}%\n          largest_error: {:.1f}%\n          parameters:\n",
      wideep::name_of(law.series.direction),
      law.form,
      law.points,
      kPercent * law.median_error,
      kPercent * law.largest_error);
  for (const LawParameter& parameter : law.parameters) {
    text += parameter_yaml(parameter, "          ");
  }
  return text;
}

/// The last part of a path: where a file lay says nothing to others.
std::string base_name(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

/// Which bandwidths no measurement tells.
void note_bounds(const std::string& name,
                 const KernelLaws& laws,
                 bool in_base,
                 Calibration& calibration) {
  const auto note = [&](const char* tier) {
    calibration.notes.push_back(
        fmt::format("no measurement of {} is bound by the {} tier; that bandwidth is {}",
                    name,
                    tier,
                    in_base ? "the base's" : "the fastest that was seen, and may be higher"));
  };
  if (laws.any().scale_up_is_bound) note("scale-up");
  if (laws.any().scale_out_is_bound) note("scale-out");
}

}  // namespace

std::string quoted_yaml(std::string text) {
  for (std::size_t at = 0; (at = text.find_first_of("\"\\", at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\\');
  }
  return fmt::format("\"{}\"", text);
}

std::string parameter_yaml(const std::string& what,
                           const Estimate& estimate,
                           const std::string& margin,
                           const std::function<std::string(double)>& value) {
  return fmt::format("{}- {{what: {}, value: {}, standard_error: {}, interval_95: [{}, {}]}}\n",
                     margin,
                     quoted_yaml(what),
                     value(estimate.value),
                     value(estimate.se),
                     value(estimate.low),
                     value(estimate.high));
}

std::string parameter_yaml(const LawParameter& parameter, const std::string& margin) {
  return parameter_yaml(parameter.what, parameter.estimate, margin, [&](double figure) {
    return parameter.rate ? yaml_of(BytesPerSecond(figure)) : yaml_of(Seconds(figure));
  });
}

std::string share_yaml(double share) {
  return number(kPercent * share) + "%";
}

std::string sources_yaml(const Provenance& provenance, const std::string& margin) {
  std::string text = fmt::format("{0}date: {1}\n{0}program: wideep-opt {2}\n{0}sources:\n",
                                 margin,
                                 provenance.date,
                                 provenance.version);
  for (const LogFile& file : provenance.files) {
    text += fmt::format("{}- {{name: {}, sha256: {}, lines_used: {}}}\n",
                        margin,
                        quoted_yaml(base_name(file.name)),
                        file.sha256,
                        file.used);
  }
  return text;
}

std::string provenance_yaml(const std::string& what, const Provenance& provenance) {
  return fmt::format("calibration:\n  {}:\n", what) + sources_yaml(provenance, "    ");
}

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
    written.insert(name);
    replace_keys(name, laws, calibration);
    kernels += kernel_yaml(fit, name, laws, in_base);
    note_bounds(name, laws, in_base != nullptr, calibration);
  }
  calibration.replaced.emplace_back("about");
  calibration.yaml = fmt::format(
      "about: Calibrated on {}\ngpus_per_domain: {}\n", provenance.date, fit.gpus_per_domain);
  if (!kernels.empty()) calibration.yaml += "kernels:\n" + kernels;
  if (!written.empty()) calibration.yaml += "calibration:\n  comm:\n";
  for (const std::string& name : written) {
    calibration.replaced.push_back("calibration.comm." + name);
    calibration.yaml +=
        fmt::format("    {}:\n", name) + sources_yaml(provenance, "      ") + "      laws:\n";
    for (const KernelLaw& law : fit.laws) {
      if (law.series.kernel == name) calibration.yaml += law_yaml(law);
    }
  }
  calibration.empty = written.empty();
  return calibration;
}

}  // namespace wideep
