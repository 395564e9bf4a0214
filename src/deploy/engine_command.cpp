#include "deploy/engine_command.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "deploy/engine_flags.h"
#include "deploy/engine_start.h"
#include "deploy/keys.h"
#include "deploy/options_file.h"
#include "deploy/shell_characters.h"

namespace wideep {
namespace {

/// Scripts in scripts, and engines of one file, beyond any deployment's.
constexpr int kMostScripts = 8;
constexpr std::size_t kMostEngines = 256;
/// Reading a byte of a script, in bytes put together.
constexpr std::size_t kScriptCost = 32;
/// Looking for a file, likewise.
constexpr std::size_t kLookCost = 1U << 12U;
/// Files that are not looked for again.
constexpr std::size_t kMostKept = 64;

class EngineReader {
 public:
  EngineReader(ShellState& state,
               const EngineContext& context,
               int depth,
               std::vector<StartedEngine>& found)
      : state_(state), context_(context), depth_(depth), found_(found) {}

  void read_all(const EmbeddedText& script) {
    read_script(script, state_, [&](const ShellCommand& command) { read(command, script); });
  }

  void read(const ShellCommand& command, const EmbeddedText& in) {
    auto start = engine_start(command.words);
    if (!start) return;
    if (found_.size() >= kMostEngines) {
      add_not_read(state_.not_read, fmt::format("of engines, the first {} are read", kMostEngines));
      return;
    }
    if (start->script && start->script->marked.size() == 1) {
      add_not_read(state_.not_read,
                   fmt::format("line {}: a script is not known here", start->at.line));
      return;
    }
    if (start->script) return read_nested(command, *start, script_in(*start->script, in), in);
    if (start->script_file) return read_file(command, *start, in);
    read_engine(command, *start, in);
  }

 private:
  /// A script in a file, where that is known.
  void read_file(const ShellCommand& command, const EngineStart& start, const EmbeddedText& in) {
    const auto file = file_of(*start.script_file->text);
    if (file) return read_nested(command, start, *file->text, in);
    // What scripts call besides is no concern of theirs.
    if (context_.form == Form::kShell) return;
    add_not_read(state_.not_read,
                 fmt::format("line {}: '{}' is not read: it does not stand in this file",
                             start.at.line,
                             *start.script_file->text));
  }

  /// A script of its own, with what is exported to it.
  void read_nested(const ShellCommand& command,
                   const EngineStart& start,
                   const EmbeddedText& script,
                   const EmbeddedText& in) {
    // A script may start itself, each time on all of its lines.
    const std::size_t cost = kScriptCost * script.text().size();
    if (depth_ >= kMostScripts || !state_.variables.spend(cost)) {
      add_not_read(state_.not_read, "scripts in scripts are not read any deeper");
      return;
    }
    ShellState nested{.variables = state_.variables.inherited(script.source() == in.source()),
                      .files = state_.files};
    for (const auto* given : {&command.assignments, &start.environment}) {
      for (const Setting& each : *given) nested.variables.set(each.key, variable_of(each, script));
    }
    const std::size_t before = found_.size();
    EngineContext context = context_;
    context.form = Form::kShell;
    EngineReader reader(nested, context, depth_ + 1, found_);
    reader.branches_ = branches_;
    reader.branches_.insert(
        reader.branches_.end(), command.branches.begin(), command.branches.end());
    if (start.script_file) reader.branches_.push_back(*start.script_file->text);
    reader.read_all(script);
    for (std::string& each : nested.not_read) add_not_read(state_.not_read, std::move(each));
    for (std::size_t each = before; each < found_.size(); ++each) {
      if (!found_[each].role.container) found_[each].role.container = start.container;
    }
  }

  static ShellVariable variable_of(const Setting& setting, const EmbeddedText& script) {
    const bool same_source = setting.at.source == script.source();
    ShellVariable variable{.exported = true, .at = setting.at, .written = setting.written};
    if (same_source) variable.whole = setting.whole;
    ShellText text;
    if (!setting.value) {
      text.add_unknown(kUnknownWords);
    } else if (!same_source || setting.value_in.empty()) {
      text.add(*setting.value, std::nullopt);
    } else {
      text.add(*setting.value, setting.value_in.begin);
    }
    variable.values.push_back(std::move(text));
    return variable;
  }

  void read_engine(const ShellCommand& command, const EngineStart& start, const EmbeddedText& in) {
    CommandFlags read = engine_flags(start, context_.form);
    StartedEngine engine;
    engine.role.engine = *start.engine;
    engine.role.at = start.at;
    engine.model = std::move(read.model);
    engine.role.flags = std::move(read.flags);
    engine.role.container = start.container;
    for (const Stated<std::string>& word : read.unknown) {
      add_not_read(
          state_.not_read,
          fmt::format("line {}: what '{}' holds is not known, and flags in it are not seen",
                      word.at.line,
                      word.value));
    }
    add_parts(engine.role.flags);
    add_files(engine);
    set_environment(command, start, in, engine.role.environment);
    set_kind(command, read.kv_role, engine.role);
    found_.push_back(std::move(engine));
  }

  /// Options that stand in a file of their own.
  void add_files(StartedEngine& engine) {
    Settings& flags = engine.role.flags;
    const std::vector<Setting> given = flags.all;
    for (const Setting& each : given) {
      const bool names_file = is_one_of(each.key,
                                        {"extra_llm_api_options",
                                         "extra_engine_args",
                                         "config",
                                         "extra-llm-api-options",
                                         "extra-engine-args"});
      if (!names_file) continue;
      const auto file = each.value ? file_of(*each.value) : std::nullopt;
      std::string fault = "it does not stand in this file";
      auto options = file ? settings_in_file(*file, engine.role.engine, fault) : std::nullopt;
      if (!options) {
        add_not_read(
            state_.not_read,
            fmt::format("line {}: options in {} are not read: {}",
                        each.at.line,
                        each.value ? "'" + *each.value + "'" : "a file whose name is not known",
                        fault));
        continue;
      }
      add_options(std::move(*options), engine);
    }
  }

  [[nodiscard]] std::optional<ShellFile> file_of(const std::string& path) {
    const auto known = state_.files.find(path);
    if (known != state_.files.end()) return known->second;
    // Looking for a file takes time, and a script may name thousands.
    if (!context_.find_file || !state_.variables.spend(kLookCost)) return std::nullopt;
    auto found = context_.find_file(path);
    if (found && state_.files.size() < kMostKept) state_.files.emplace(path, *found);
    return found;
  }

  /// TensorRT-LLM's file stands above its command line, those of the others below.
  static void add_options(Settings options, StartedEngine& engine) {
    Settings& flags = engine.role.flags;
    const bool above = engine.role.engine == ServingEngine::kTrtllm;
    flags.all.insert(above ? flags.all.end() : flags.all.begin(),
                     std::make_move_iterator(options.all.begin()),
                     std::make_move_iterator(options.all.end()));
    if (!above) return;
    flags.form = options.form;
    flags.add_after = options.add_after;
    flags.add_at = options.add_at;
  }

  void set_environment(const ShellCommand& command,
                       const EngineStart& start,
                       const EmbeddedText& in,
                       Settings& environment) {
    for (const auto& [name, variable] : state_.variables.exported()) {
      environment.all.push_back(setting_of(name, *variable, in));
    }
    for (const auto* given : {&command.assignments, &start.environment}) {
      environment.all.insert(environment.all.end(), given->begin(), given->end());
    }
    // In front of a command of a container there is no shell that would set it.
    if (context_.form != Form::kShell || start.container || !command.begin) return;
    environment.add_after = command.begin;
    environment.add_at = in.source_place(*command.begin);
  }

  void set_kind(const ShellCommand& command, const std::string& kv_role, DeployedRole& role) {
    std::vector<std::string> names = branches_;
    names.insert(names.end(), command.branches.begin(), command.branches.end());
    std::reverse(names.begin(), names.end());
    names.insert(names.end(), context_.names.begin(), context_.names.end());
    if (!context_.names.empty()) role.name = context_.names.front();
    std::optional<RoleKind> kind = stated_kind(role, kv_role);
    for (const std::string& name : names) {
      const auto told = kind_in_name(name);
      if (!told) continue;
      if (!kind) kind = told;
      if (context_.names.empty()) role.name = name;
      break;
    }
    role.kind_stated = kind.has_value();
    role.kind = kind.value_or(RoleKind::kAggregated);
  }

  /// What the command says of it.
  static std::optional<RoleKind> stated_kind(const DeployedRole& role, const std::string& kv_role) {
    for (const char* key :
         {"disaggregation-mode", "disaggregation_mode", "server-role", "server_role"}) {
      const auto mode = flag_text(role, key);
      if (mode) return kind_in_name(*mode);
    }
    for (const char* key : {"is-prefill-worker", "is_prefill_worker"}) {
      if (is_on(role, key)) return RoleKind::kPrefill;
    }
    if (is_on(role, "is-decode-worker")) return RoleKind::kDecode;
    const std::string kv = flag_text(role, "kv-transfer-config.kv_role").value_or(kv_role);
    if (kv == "kv_producer") return RoleKind::kPrefill;
    return kv == "kv_consumer" ? std::optional(RoleKind::kDecode) : std::nullopt;
  }

  ShellState& state_;
  const EngineContext& context_;
  int depth_;
  std::vector<StartedEngine>& found_;
  std::vector<std::string> branches_;
};

}  // namespace

std::vector<StartedEngine> engines_in_script(const EmbeddedText& script,
                                             ShellState& state,
                                             const EngineContext& context) {
  std::vector<StartedEngine> found;
  EngineReader(state, context, 0, found).read_all(script);
  return found;
}

std::vector<StartedEngine> engines_of_command(const ShellCommand& command,
                                              const EmbeddedText& in,
                                              ShellState& state,
                                              const EngineContext& context) {
  std::vector<StartedEngine> found;
  EngineReader(state, context, 0, found).read(command, in);
  return found;
}

std::optional<RoleKind> kind_in_name(std::string_view name) {
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  bool prefill = lower.find("prefill") != std::string::npos;
  bool decode = lower.find("decode") != std::string::npos;
  for (std::size_t at = 0; at < lower.size();) {
    std::size_t end = at;
    while (end < lower.size() && std::isalpha(static_cast<unsigned char>(lower[end])) != 0) ++end;
    const std::string_view word = std::string_view(lower).substr(at, end - at);
    prefill = prefill || is_one_of(word, {"ctx", "context"});
    decode = decode || is_one_of(word, {"gen", "generation"});
    at = end + 1;
  }
  if (prefill == decode) return std::nullopt;
  return prefill ? RoleKind::kPrefill : RoleKind::kDecode;
}

}  // namespace wideep
