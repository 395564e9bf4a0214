#include "deploy/manifest.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "deploy/read_shell.h"
#include "deploy/yaml_documents.h"

namespace wideep {
namespace {

/// More than any deployment has.
constexpr std::size_t kMostDocuments = 256;

void note_config_map(const Node& document, Manifest& manifest) {
  if (text_of_scalar(document.find("kind")) != "ConfigMap") return;
  const Node* const data = document.find("data");
  if (data == nullptr || !data->is_map()) return;
  const std::string name = text_of_scalar(find_path(&document, {"metadata", "name"}));
  manifest.config_maps.emplace(name, data);
}

}  // namespace

Manifest read_manifest(DeploymentFile& file, FindFile find_file, Findings& findings) {
  const Source& source = file.sources.front();
  Manifest manifest{.lines = std::make_shared<const SourceLines>(source),
                    .documents = {},
                    .find_file = std::move(find_file),
                    .file_name = stem_of(file.path),
                    .not_read = &file.not_read};
  for (const TextExtent& lines : yaml_documents(source)) {
    if (manifest.documents.size() >= kMostDocuments) {
      add_not_read(file.not_read,
                   fmt::format("of documents, the first {} are read", kMostDocuments));
      break;
    }
    if (auto document = yaml_in(source, lines, findings)) {
      manifest.documents.push_back(std::move(*document));
    }
  }
  for (const Node& document : manifest.documents) {
    note_config_map(document, manifest);
    // `kubectl get -o yaml` writes a list.
    const Node* const items = document.find("items");
    if (items == nullptr) continue;
    for (const Node& item : items->items) note_config_map(item, manifest);
  }
  return manifest;
}

const Node* find_path(const Node* from, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (from == nullptr || !from->is_map()) return nullptr;
    from = from->find(key);
  }
  return from;
}

std::string text_of_scalar(const Node* node) {
  return node != nullptr && node->is_scalar() ? node->text : std::string{};
}

std::optional<Stated<int>> count_in(const Node* node) {
  if (node == nullptr || !node->is_scalar()) return std::nullopt;
  int number = 0;
  const char* const end = node->text.data() + node->text.size();
  const auto [stop, error] = std::from_chars(node->text.data(), end, number);
  if (error != std::errc{} || stop != end || number < 0) return std::nullopt;
  return Stated<int>{number, node->place};
}

}  // namespace wideep
