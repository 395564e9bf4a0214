#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "deploy/shell_script.h"

namespace wideep {

/// What a command comes to once what stands in front of it is taken away: `exec`, `srun ...`,
/// `docker run ... IMAGE`.
struct EngineStart {
  std::optional<ServingEngine> engine{};
  std::optional<ShellWord> script{};       ///< of `bash -c`, where it is no engine
  std::optional<ShellWord> script_file{};  ///< of `bash FILE` and `./FILE.sh`
  bool takes_model = false;                ///< as its first word that is no flag
  Place at{};                              ///< of what names the engine
  std::vector<ShellWord> arguments{};
  std::vector<Setting> environment{};  ///< env X=1, docker -e X=1
  std::optional<Stated<std::string>> container{};
};

/// Nothing where the words start no engine, as far as they are known.
std::optional<EngineStart> engine_start(std::vector<ShellWord> words);

/// The engine whose server an image starts without being told; nothing of others.
std::optional<ServingEngine> engine_of_image(std::string_view image);

}  // namespace wideep
