#pragma once

#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "input/diagnostic.h"
#include "model/problem.h"

namespace wideep {

/// The options that name one configuration, shared by the commands that look at one.
struct ConfigOptions {
  int ep = 1;
  std::optional<std::string> attention;
  std::optional<std::string> experts;
  std::string kernel;
  std::optional<std::string> schedule;
  std::string overlap;
  std::optional<int> chunks;
  std::optional<std::string> split;  ///< as given: "0.4" or "40%"
  std::optional<int> sms;
};

/// Adds --ep, --attention, --experts, --kernel, --overlap, --chunks, --split and --sms.
void add_config_options(CLI::App& command, ConfigOptions& options);

/// Options that contradict each other or the problem.
class ConfigError : public InputError {
 public:
  explicit ConfigError(std::string message)
      : InputError("wideep-opt: " + message + "\n"), message_(std::move(message)) {}

  /// One sentence without a full stop, which names options as "--ep".
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  std::string message_;
};

/// The configuration that they name. Throws ConfigError.
Config config_of(const ConfigOptions& options, const Problem& problem);

}  // namespace wideep
