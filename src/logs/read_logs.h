#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fit/samples.h"

namespace wideep {

/// What the user says of files that do not say it themselves.
struct LogHints {
  std::optional<int> ep_width;                ///< of every file that does not say
  std::map<std::string, int> file_ep_widths;  ///< of one file, by its name as given
  std::optional<int> top_k;                   ///< where a log gives tokens and no top-k
  std::optional<int> experts;
  std::optional<int> tokens;                ///< per rank, of results that do not say
  std::optional<LayerShape> attention;      ///< of the model whose attention is asked for
  std::optional<std::string> vllm_version;  ///< of the engine that wrote balancedness lines
};

/// Reads benchmark and engine logs, each in whatever formats it holds: the content decides, not the
/// name. In constant memory: of a log with more than 20,000 measurements a random 20,000 are kept,
/// which a note says. Throws InputError naming every file that cannot be used and why: unreadable,
/// empty, binary, no measurement in it (with the line at which a failed run says so), a column
/// without a unit, a balancedness that is known to be wrong.
Measurements read_logs(const std::vector<std::string>& paths, const LogHints& hints);

}  // namespace wideep
