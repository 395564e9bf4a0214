#include "report/calibration.h"

#include <fmt/format.h>

#include "report/fit_parts.h"

namespace wideep {
namespace {

/// The last part of a path: where a file lay says nothing to others.
std::string base_name(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace

std::string number_yaml(double value) {
  // More digits than any measurement carries, fewer than a double.
  return fmt::format("{:.5g}", value);
}

std::string yaml_of(Seconds time) {
  return number_yaml(time / unit::us) + "us";
}

std::string yaml_of(BytesPerSecond rate) {
  return number_yaml(rate / unit::GBps) + "GB/s";
}

std::string quoted_yaml(std::string text) {
  for (std::size_t at = 0; (at = text.find_first_of("\"\\", at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\\');
  }
  return fmt::format("\"{}\"", text);
}

std::string parameter_yaml(const std::string& what,
                           const Estimate& estimate,
                           const std::string& margin,
                           const std::function<std::string(double)>& value,
                           const std::string& given_by) {
  return fmt::format("{}- {{what: {}, value: {}, standard_error: {}, interval_95: [{}, {}]{}}}\n",
                     margin,
                     quoted_yaml(what),
                     value(estimate.value),
                     value(estimate.se),
                     value(estimate.low),
                     value(estimate.high),
                     given_by.empty() ? "" : ", given_by: " + quoted_yaml(given_by));
}

std::string parameter_yaml(const LawParameter& parameter, const std::string& margin) {
  const auto value = [&](double figure) {
    return parameter.rate ? yaml_of(BytesPerSecond(figure)) : yaml_of(Seconds(figure));
  };
  return parameter_yaml(parameter.what, parameter.estimate, margin, value, parameter.from);
}

std::string share_yaml(double share) {
  return number_yaml(kPercent * share) + "%";
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

}  // namespace wideep
