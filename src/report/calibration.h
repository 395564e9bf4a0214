#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fit/comm_fit.h"

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

/// `base` may be null: then a kernel of which only one direction was measured is left out.
Calibration calibrate(const CommFit& fit, const Fabric* base, const Provenance& provenance);

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
                           const std::function<std::string(double)>& value);

/// In percent.
std::string share_yaml(double share);

/// A text in double quotes.
std::string quoted_yaml(std::string text);

}  // namespace wideep
