#include "input/calibration_errors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "input/axis.h"

namespace wideep {
namespace {

using Errors = std::vector<CalibrationError>;

/// The number of a key; nothing where it has none.
std::optional<NumberAndUnit> error_number(const Node& parent, std::string_view key) {
  const Node* const node = parent.find(key);
  if (node == nullptr || !node->is_scalar()) return std::nullopt;
  return number_and_unit(node->text);
}

/// Keeps the largest of each key.
void note(std::string key, const Node& entry, std::string_view value_key, Errors& errors) {
  const auto value = error_number(entry, value_key);
  const auto error = error_number(entry, "standard_error");
  if (!value || !error || value->unit != error->unit) return;
  if (!(value->number > 0.0) || !(error->number > 0.0)) return;
  const double relative = error->number / value->number;
  const auto known = std::find_if(
      errors.begin(), errors.end(), [&](const CalibrationError& one) { return one.key == key; });
  if (known == errors.end()) {
    errors.push_back({std::move(key), relative});
  } else {
    known->error = std::max(known->error, relative);
  }
}

const Node* child(const Node* node, std::string_view key) {
  return node == nullptr ? nullptr : node->find(key);
}

/// Calls `each` with the text `what` and the node of every parameter of a fit.
template <class Each>
void for_parameters(const Node& fit, const Each& each) {
  const Node* const parameters = fit.find("parameters");
  if (parameters == nullptr) return;
  for (const Node& parameter : parameters->items) {
    const Node* const what = parameter.find("what");
    if (what != nullptr) each(what->text, parameter);
  }
}

/// "latency at EP 16", "scale-out bandwidth", "ramp at EP 8": which figure of a kernel it is of.
std::string_view figure_of(std::string_view what) {
  if (what.starts_with("latency")) return "latency";
  if (what.starts_with("ramp")) return "ramp.time";
  return what.find("bandwidth") != std::string_view::npos ? "bandwidth" : "";
}

void add_comm(const Node& comm, Errors& errors) {
  for (const Entry& kernel : comm.entries) {
    const Node* const laws = kernel.value.find("laws");
    if (laws == nullptr) continue;
    for (const Node& law : laws->items) {
      for_parameters(law, [&](const std::string& what, const Node& parameter) {
        const std::string_view figure = figure_of(what);
        if (figure.empty()) return;
        const std::string key = "kernels." + kernel.key.text + "." + std::string(figure);
        note(key, parameter, "value", errors);
      });
    }
  }
}

/// What `fit compute` calls its parameters, and the figures of a GPU that follow from them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOfExperts = {
    {{"launch", "gpu.expert_launch"},
     {"reading one expert's weights", "gpu.hbm_efficiency"},
     {"one expert, whatever its tokens", "gpu.padding_tokens"},
     {"one token", "gpu.flop_efficiency"}}};

void add_compute(const Node& compute, Errors& errors) {
  for_parameters(compute, [&](const std::string& what, const Node& parameter) {
    for (const auto& [name, key] : kOfExperts) {
      if (what == name) note(std::string(key), parameter, "value", errors);
    }
  });
}

/// Of attention proper that was timed alone the key is "decode_kernel_fp8_bf16".
void add_attention(const Node& attention, Errors& errors) {
  for (const Entry& fit : attention.entries) {
    const std::string phase = fit.key.text.substr(0, fit.key.text.find('_'));
    const std::string path = "gpu.attention." + phase + ".";
    for_parameters(fit.value, [&](const std::string& what, const Node& parameter) {
      note(path + what, parameter, "value", errors);
    });
  }
}

}  // namespace

std::vector<CalibrationError> calibration_errors(const Node& fabric) {
  Errors errors;
  const Node* const calibration = fabric.find("calibration");
  if (const Node* const comm = child(calibration, "comm")) add_comm(*comm, errors);
  if (const Node* const compute = child(calibration, "compute")) add_compute(*compute, errors);
  if (const Node* const part = child(calibration, "attention")) add_attention(*part, errors);
  if (const Node* const fused = child(calibration, "fused")) {
    for (const Entry& kernel : fused->entries) {
      for_parameters(kernel.value, [&](const std::string& what, const Node& parameter) {
        note("kernels." + kernel.key.text + "." + what, parameter, "value", errors);
      });
    }
  }
  if (const Node* const values = child(child(calibration, "gamma"), "values")) {
    for (const Node& point : values->items) note("fabric.straggler_factor", point, "mean", errors);
  }
  if (const Node* const step = child(calibration, "step")) {
    for_parameters(*step, [&](const std::string& what, const Node& parameter) {
      note("fabric." + what, parameter, "value", errors);
    });
  }
  return errors;
}

}  // namespace wideep
