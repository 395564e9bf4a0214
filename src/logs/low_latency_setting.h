#pragma once

#include <string_view>

#include "logs/scan.h"

namespace wideep {

/// What the test ran, as far as a command line or a `[config]` line says.
struct LowLatencySetting {
  int tokens = 0;  ///< per rank; 0 each: not said
  int hidden_size = 0;
  int top_k = 0;
  int experts = 0;
  bool log_format = false;  ///< combine in LogFMT-10

  [[nodiscard]] bool complete() const { return tokens > 0 && hidden_size > 0 && top_k > 0; }
};

/// Options that the script has where the command line does not give them.
inline constexpr LowLatencySetting kLowLatencyDefaults{
    .tokens = 128, .hidden_size = 7168, .top_k = 8, .experts = 288};

/// The whole number of an option of the command.
inline int option_or(std::string_view command, std::string_view name, int otherwise) {
  return Cursor(option_value(command, name)).whole().value_or(otherwise);
}

/// What the command says, else the defaults.
inline LowLatencySetting command_setting(std::string_view command) {
  return {.tokens = option_or(command, "--num-tokens", kLowLatencyDefaults.tokens),
          .hidden_size = option_or(command, "--hidden", kLowLatencyDefaults.hidden_size),
          .top_k = option_or(command, "--num-topk", kLowLatencyDefaults.top_k),
          .experts = option_or(command, "--num-experts", kLowLatencyDefaults.experts),
          .log_format = command.find("--use-logfmt") != kNowhere};
}

/// What a `[config]` line says.
inline LowLatencySetting named_setting(std::string_view text) {
  return {.tokens = whole_after(text, "num_tokens=").value_or(0),
          .hidden_size = whole_after(text, "hidden=").value_or(0),
          .top_k = whole_after(text, "num_topk=").value_or(0),
          .experts = whole_after(text, "num_experts=").value_or(0)};
}

}  // namespace wideep
