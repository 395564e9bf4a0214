#include "deploy/engine_start.h"

#include <algorithm>
#include <array>
#include <utility>

#include "deploy/shell_characters.h"
#include "deploy/shell_walk.h"

namespace wideep {
namespace {

struct Program {
  ServingEngine engine = ServingEngine::kVllm;
  std::size_t words = 1;  ///< that name it
  bool takes_model = false;
};

struct Module {
  std::string_view name;
  ServingEngine engine;
};

constexpr std::array kModules = {Module{"vllm.entrypoints.openai.api_server", ServingEngine::kVllm},
                                 Module{"vllm.entrypoints.api_server", ServingEngine::kVllm},
                                 Module{"vllm.entrypoints.cli.main", ServingEngine::kVllm},
                                 Module{"dynamo.vllm", ServingEngine::kVllm},
                                 Module{"sglang.launch_server", ServingEngine::kSglang},
                                 Module{"sglang.cli.main", ServingEngine::kSglang},
                                 Module{"dynamo.sglang", ServingEngine::kSglang},
                                 Module{"dynamo.sglang.worker", ServingEngine::kSglang},
                                 Module{"dynamo.sglang.decode_worker", ServingEngine::kSglang},
                                 Module{"tensorrt_llm.commands.serve", ServingEngine::kTrtllm},
                                 Module{"dynamo.trtllm", ServingEngine::kTrtllm}};

/// The file of a path; empty for what is not known.
std::string_view program_of(const std::vector<ShellWord>& words, std::size_t at) {
  if (at >= words.size() || !words[at].text) return {};
  const std::string_view text = *words[at].text;
  return text.substr(text.rfind('/') + 1);
}

bool is_python(std::string_view name) {
  constexpr std::string_view kPython = "python";
  return name.starts_with(kPython) &&
         name.find_first_not_of("0123456789.", kPython.size()) == std::string_view::npos;
}

bool is_shell(std::string_view name) {
  return is_one_of(name, {"bash", "sh", "dash", "zsh", "ksh"});
}

/// Programs that start what follows somewhere behind their own options.
bool starts_others(std::string_view name) {
  return is_one_of(name, {"exec",     "nohup",     "time",
                          "command",  "stdbuf",    "setsid",
                          "sudo",     "nice",      "ionice",
                          "chrt",     "taskset",   "numactl",
                          "srun",     "mpirun",    "mpiexec",
                          "timeout",  "nsys",      "ncu",
                          "uv",       "conda",     "micromamba",
                          "tini",     "dumb-init", "gosu",
                          "ray",      "screen",    "apptainer",
                          "eval",     "env",       "singularity",
                          "enroot",   "oshrun",    "trtllm-llmapi-launch",
                          "catchsegv"});
}

bool is_container_tool(std::string_view name) {
  return is_one_of(name, {"docker", "podman", "nerdctl"});
}

std::optional<Program> module_at(const std::vector<ShellWord>& words, std::size_t python) {
  constexpr std::size_t kMostOptions = 6;
  std::size_t at = python + 1;
  while (at < words.size() && at < python + kMostOptions && words[at].text != "-m") ++at;
  if (at + 1 >= words.size() || words[at].text != "-m" || !words[at + 1].text) return std::nullopt;
  const std::string& name = *words[at + 1].text;
  const auto* const known = std::find_if(
      kModules.begin(), kModules.end(), [&name](const Module& each) { return each.name == name; });
  if (known == kModules.end()) return std::nullopt;
  Program program{.engine = known->engine, .words = at + 2 - python};
  const bool serves = at + 2 < words.size() && words[at + 2].text == "serve";
  if (serves) ++program.words;
  program.takes_model = serves || known->engine == ServingEngine::kTrtllm;
  return program;
}

std::optional<Program> program_at(const std::vector<ShellWord>& words, std::size_t at) {
  const std::string_view name = program_of(words, at);
  const std::string_view next =
      at + 1 < words.size() && words[at + 1].text ? std::string_view(*words[at + 1].text) : "";
  if (is_python(name)) {
    if (auto module = module_at(words, at)) return module;
    auto script = is_python(next) ? std::nullopt : program_at(words, at + 1);
    if (script) ++script->words;
    return script;
  }
  if (name == "vllm" && next == "serve") return Program{ServingEngine::kVllm, 2, true};
  if (name == "sglang" && next == "serve") return Program{ServingEngine::kSglang, 2, true};
  if (name != "trtllm-serve") return std::nullopt;
  if (next == "serve") return Program{ServingEngine::kTrtllm, 2, true};
  // Those start no engine: what stands in front of some, and what a rank of one runs.
  const bool other = next.starts_with("disaggregated") || next.ends_with("_serve");
  if (other) return std::nullopt;
  return Program{ServingEngine::kTrtllm, 1, true};
}

Setting variable_of(const ShellWord& word, bool whole) {
  const std::string_view text = word.text ? std::string_view(*word.text) : word.begin;
  const std::size_t equals = text.find('=');
  const std::string name(text.substr(0, equals));
  Setting setting{.key = name, .value = {}, .written = name, .at = word.at, .value_at = word.at};
  if (whole) setting.whole = word.written;
  if (!word.text || equals == std::string_view::npos) return setting;
  setting.value = text.substr(equals + 1);
  setting.value_in = word.extent(equals + 1, text.size());
  setting.value_at.column += static_cast<int>(equals) + 1;
  if (setting.value_in.empty()) setting.value_at = setting.at;
  return setting;
}

bool is_assignment(const ShellWord& word) {
  return assignment_length(word.text ? std::string_view(*word.text) : word.begin) > 0;
}

/// Options of `docker run` without a value.
bool takes_no_value(std::string_view option) {
  if (option.find('=') != std::string_view::npos) return true;
  if (!option.starts_with("--")) {
    return option.find_first_not_of("-ditPq") == std::string_view::npos;
  }
  return is_one_of(option,
                   {"--rm",
                    "--detach",
                    "--interactive",
                    "--tty",
                    "--privileged",
                    "--init",
                    "--read-only",
                    "--publish-all",
                    "--quiet",
                    "--no-healthcheck",
                    "--oom-kill-disable",
                    "--sig-proxy",
                    "--replace"});
}

class Finder {
 public:
  explicit Finder(std::vector<ShellWord> words) : words_(std::move(words)) {}

  std::optional<EngineStart> find() {
    while (at_ < words_.size()) {
      if (const auto program = program_at(words_, at_)) {
        take_arguments(at_ + program->words);
        found_.engine = program->engine;
        found_.takes_model = program->takes_model;
        found_.at = words_[at_].at;
        return std::move(found_);
      }
      const std::string_view name = program_of(words_, at_);
      if (is_shell(name)) return shell();
      if (name == "eval" && at_ + 2 == words_.size()) return script(at_ + 1);
      if (is_container_tool(name)) {
        if (!enter_container()) return std::nullopt;
        if (found_.engine) return std::move(found_);
      } else if (starts_others(name)) {
        pass(name);
      } else {
        return name.ends_with(".sh") ? script_file(at_) : std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  void take_arguments(std::size_t from) {
    const auto first = words_.begin() + static_cast<std::ptrdiff_t>(std::min(from, words_.size()));
    found_.arguments.assign(std::make_move_iterator(first), std::make_move_iterator(words_.end()));
  }

  /// Past a program that starts another one, to that.
  void pass(std::string_view name) {
    const bool sets = is_one_of(name, {"env", "exec", "sudo"});
    for (++at_; at_ < words_.size(); ++at_) {
      const std::string_view next = program_of(words_, at_);
      const bool starts = is_shell(next) || is_container_tool(next) || starts_others(next) ||
                          program_at(words_, at_).has_value() || next.ends_with(".sh");
      if (starts) return;
      // mpirun -x NAME=VALUE
      const bool given = sets || words_[at_ - 1].text == "-x";
      if (given && is_assignment(words_[at_])) {
        found_.environment.push_back(variable_of(words_[at_], sets));
      }
      const std::string_view text = words_[at_].text ? *words_[at_].text : std::string_view{};
      constexpr std::string_view kImage = "--container-image=";
      if (text.starts_with(kImage)) {
        found_.container = {std::string(text.substr(kImage.size())), words_[at_].at};
      }
    }
  }

  /// bash -c "script"
  std::optional<EngineStart> shell() {
    bool with_script = false;
    for (++at_; at_ < words_.size(); ++at_) {
      const std::string_view text = words_[at_].text ? *words_[at_].text : words_[at_].begin;
      if (with_script && !text.starts_with('-')) return script(at_);
      if (!text.starts_with('-') && !text.starts_with('+')) return script_file(at_);
      if (text == "-o") ++at_;
      if (!text.starts_with("--") && text.find('c') != std::string_view::npos) with_script = true;
    }
    return std::nullopt;
  }

  std::optional<EngineStart> script_file(std::size_t word) {
    if (!words_[word].text) return std::nullopt;
    found_.at = words_[word].at;
    found_.script_file = std::move(words_[word]);
    return std::move(found_);
  }

  std::optional<EngineStart> script(std::size_t word) {
    found_.at = words_[word].at;
    found_.script = std::move(words_[word]);
    return std::move(found_);
  }

  /// docker run OPTIONS IMAGE ...; what is started in it stands behind its image.
  bool enter_container() {
    const bool runs =
        at_ + 1 < words_.size() && is_one_of(program_of(words_, at_ + 1), {"run", "create"});
    if (!runs) {
      // docker exec NAME ...
      const bool executes = at_ + 1 < words_.size() && words_[at_ + 1].text == "exec";
      if (executes) pass("docker");
      return executes;
    }
    std::optional<ShellWord> entry;
    for (at_ += 2; at_ < words_.size(); ++at_) {
      const std::string_view text =
          words_[at_].text ? std::string_view(*words_[at_].text) : words_[at_].begin;
      if (!text.starts_with('-')) break;
      if (takes_no_value(text)) continue;
      if (++at_ == words_.size()) return false;
      if (is_one_of(text, {"-e", "--env"})) {
        found_.environment.push_back(variable_of(words_[at_], false));
      }
      if (text == "--entrypoint") entry = words_[at_];
    }
    if (at_ == words_.size()) return false;
    const ShellWord image = words_[at_++];
    if (image.text) found_.container = {*image.text, image.at};
    if (entry) {
      words_[--at_] = std::move(*entry);
    } else {
      start_image(image);
    }
    return true;
  }

  /// The server that an image starts with what stands behind it.
  void start_image(const ShellWord& image) {
    const bool flags = at_ >= words_.size() || !words_[at_].text || !starts_program();
    const auto engine = engine_of_image(image.text ? *image.text : image.begin);
    if (!flags || !engine) return;
    found_.engine = engine;
    found_.at = image.at;
    found_.takes_model = true;
    take_arguments(at_ < words_.size() && words_[at_].text == "serve" ? at_ + 1 : at_);
  }

  [[nodiscard]] bool starts_program() const {
    const std::string_view name = program_of(words_, at_);
    return program_at(words_, at_).has_value() || is_shell(name) || starts_others(name) ||
           is_python(name) || name.ends_with(".sh");
  }

  std::vector<ShellWord> words_;
  std::size_t at_ = 0;
  EngineStart found_;
};

}  // namespace

std::optional<ServingEngine> engine_of_image(std::string_view image) {
  // vllm/vllm-openai has `vllm serve` for an entrypoint; those of the others have none.
  if (image.find("vllm-openai") != std::string_view::npos) return ServingEngine::kVllm;
  return std::nullopt;
}

std::optional<EngineStart> engine_start(std::vector<ShellWord> words) {
  return Finder(std::move(words)).find();
}

}  // namespace wideep
