#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fit/kernel_law.h"
#include "fit/samples.h"

namespace wideep {

/// When, from what and by which version a calibration was made.
struct Provenance {
  std::string date;     ///< YYYY-MM-DD
  std::string version;  ///< of this program
  std::vector<LogFile> files;
};

/// What a calibration changes in the fabric it starts from: keys to be taken away first, and YAML
/// to be laid over the rest.
struct Calibration {
  std::vector<std::string> replaced;
  std::string yaml;
  std::vector<std::string> notes;  ///< what could not be written, and why
  bool empty = false;              ///< there is nothing to write
};

/// `calibration: {WHAT: {date, program, sources}}`, to which more keys of WHAT can be added,
/// indented by four.
std::string provenance_yaml(const std::string& what, const Provenance& provenance);

/// Date, program and sources, each line after a margin.
std::string sources_yaml(const Provenance& provenance, const std::string& margin);

/// A number with its uncertainty, as an item of a list.
std::string parameter_yaml(const LawParameter& parameter, const std::string& margin);

/// The same of a number of any kind, which `value` writes.
std::string parameter_yaml(const std::string& what,
                           const Estimate& estimate,
                           const std::string& margin,
                           const std::function<std::string(double)>& value,
                           const std::string& given_by = {});

/// As figures are written that were measured; times in us, rates in GB/s.
std::string number_yaml(double value);
std::string yaml_of(Seconds time);
std::string yaml_of(BytesPerSecond rate);

/// In percent.
std::string share_yaml(double share);

/// A text in double quotes.
std::string quoted_yaml(std::string text);

}  // namespace wideep
