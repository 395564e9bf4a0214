#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "deploy/engine_start.h"
#include "deploy/manifest.h"
#include "deploy/shell_characters.h"

namespace wideep {
namespace {

/// More than any deployment has; each may have a script that is put together anew.
constexpr std::size_t kMostContainers = 256;

/// Whether a list stands in brackets.
bool in_brackets(const Node& list, const Manifest& manifest) {
  const std::string& text = manifest.lines->source().text;
  const std::size_t at = manifest.lines->offset(list.place);
  return at < text.size() && text[at] == '[';
}

Form form_of(const Node* list, const Manifest& manifest) {
  return list != nullptr && in_brackets(*list, manifest) ? Form::kJsonList : Form::kYamlList;
}

/// A word that is not in the file: it is what starts the image, or the framework.
ShellWord word_outside(std::string text, const Place& at) {
  ShellWord word{.text = std::move(text)};
  word.at = at;
  return word;
}

/// What starts a container that the file tells no program for.
std::vector<ShellWord> words_in_front(const PodContainer& where,
                                      const std::vector<ShellWord>& words) {
  const Node* const image = where.container->find("image");
  const Place at = image == nullptr ? where.container->place : image->place;
  if (where.framework) {
    const std::string module = "dynamo." + std::string(id_of(*where.framework));
    return {word_outside("python3", at), word_outside("-m", at), word_outside(module, at)};
  }
  const bool flags = words.empty() || (words.front().text && words.front().text->starts_with('-'));
  const bool told = where.container->find("command") != nullptr;
  const auto engine = engine_of_image(text_of_scalar(image));
  if (!told && engine == ServingEngine::kVllm && (flags || words.front().text != "vllm")) {
    return {word_outside("vllm", at), word_outside("serve", at)};
  }
  return {};
}

/// The file of a volume that a container sees at a path.
std::optional<ShellFile> mounted_file(const PodContainer& where,
                                      const Manifest& manifest,
                                      const std::string& path) {
  const Node* const mounts = where.container->find("volumeMounts");
  const Node* const volumes = where.pod == nullptr ? nullptr : where.pod->find("volumes");
  if (mounts == nullptr || volumes == nullptr) return std::nullopt;
  for (const Node& mount : mounts->items) {
    const std::string folder = text_of_scalar(find_path(&mount, {"mountPath"}));
    const std::string part = text_of_scalar(find_path(&mount, {"subPath"}));
    if (folder.empty() || !path.starts_with(folder)) continue;
    std::string key = path.substr(folder.size());
    if (!part.empty() && key.empty()) key = part;
    key.erase(0, std::min(key.find_first_not_of('/'), key.size()));
    for (const Node& volume : volumes->items) {
      if (text_of_scalar(find_path(&volume, {"name"})) !=
          text_of_scalar(find_path(&mount, {"name"}))) {
        continue;
      }
      const auto map =
          manifest.config_maps.find(text_of_scalar(find_path(&volume, {"configMap", "name"})));
      if (map == manifest.config_maps.end()) continue;
      if (const Node* const items = find_path(&volume, {"configMap", "items"})) {
        for (const Node& item : items->items) {
          if (text_of_scalar(find_path(&item, {"path"})) == key) {
            key = text_of_scalar(find_path(&item, {"key"}));
            break;
          }
        }
      }
      const Node* const text = map->second->find(key);
      if (text != nullptr && text->is_scalar()) return file_of(EmbeddedText(*text, manifest.lines));
    }
  }
  return std::nullopt;
}

/// A container runs one engine, in whichever branch of its script.
StartedEngine one_of(std::vector<StartedEngine> engines,
                     const PodContainer& where,
                     Manifest& manifest) {
  if (engines.size() == 1) return std::move(engines.front());
  std::optional<RoleKind> wanted;
  for (const std::string& name : where.names) {
    if (!wanted) wanted = kind_in_name(name);
  }
  auto chosen = std::find_if(engines.begin(), engines.end(), [&](const StartedEngine& each) {
    return wanted && each.role.kind_stated && each.role.kind == *wanted;
  });
  if (chosen == engines.end()) chosen = engines.begin();
  add_not_read(
      *manifest.not_read,
      fmt::format("line {}: of the engines that one container may start, that of line {} is read",
                  where.container->place.line,
                  chosen->role.at.line));
  return std::move(*chosen);
}

/// Flags of a list of YAML are added as items of their own.
void set_item_place(const Manifest& manifest, Settings& flags) {
  if (flags.form != Form::kYamlList || !flags.add_after) return;
  const std::string& text = manifest.lines->source().text;
  const std::size_t line = manifest.lines->offset({flags.add_at.source, flags.add_at.line, 1});
  const std::size_t dash = std::min(text.find_first_not_of(' ', line), text.size());
  flags.add_at.column = static_cast<int>(dash - line) + 1;
  flags.add_after = std::min(text.find('\n', *flags.add_after), text.size());
}

}  // namespace

std::optional<StartedEngine> engine_of_container(const PodContainer& where, Manifest& manifest) {
  if (++manifest.containers > kMostContainers) {
    add_not_read(*manifest.not_read,
                 fmt::format("of containers, the first {} are read", kMostContainers));
    return std::nullopt;
  }
  const Node* const command = where.container->find("command");
  const Node* const arguments = where.container->find("args");
  ShellState state{.variables = container_variables(where, manifest)};
  EngineContext context{.names = where.names};
  context.form = form_of(arguments != nullptr ? arguments : command, manifest);
  context.find_file = [&](const std::string& path) {
    const auto mounted = mounted_file(where, manifest, path);
    return mounted || !manifest.find_file ? mounted : manifest.find_file(path);
  };
  ShellCommand whole{.words = words_of_list(command, state.variables, manifest)};
  for (ShellWord& word : words_of_list(arguments, state.variables, manifest)) {
    whole.words.push_back(std::move(word));
  }
  const EmbeddedText in(manifest.lines);
  auto engines = engines_of_command(whole, in, state, context);
  if (engines.empty()) {
    std::vector<ShellWord> rest = words_of_list(arguments, state.variables, manifest);
    // Behind a program that the framework's operator replaces, arguments are flags.
    ShellCommand told{.words = words_in_front(where, rest)};
    if (!told.words.empty()) {
      std::move(rest.begin(), rest.end(), std::back_inserter(told.words));
      engines = engines_of_command(told, in, state, context);
    }
  }
  for (std::string& each : state.not_read) add_not_read(*manifest.not_read, std::move(each));
  if (engines.empty()) return std::nullopt;
  StartedEngine engine = one_of(std::move(engines), where, manifest);
  set_item_place(manifest, engine.role.flags);
  set_environment_place(where, manifest, engine.role.environment);
  const Node* const image = where.container->find("image");
  if (image != nullptr && image->is_scalar() && !engine.role.container) {
    engine.role.container = {image->text, image->place};
  }
  return engine;
}

}  // namespace wideep
