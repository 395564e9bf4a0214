// compile_presets ROOT OUTPUT writes OUTPUT, a C++ file that holds every presets/<kind>/<name>.yaml
// below ROOT as text and as the nodes that parsing it gives, so that no run of the program parses
// them. Run by the build.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "input/node.h"

namespace fs = std::filesystem;

namespace wideep {
namespace {

struct Kind {
  const char* folder;
  const char* name;
};
constexpr std::array<Kind, 6> kKinds = {{{"engines", "kEngine"},
                                         {"fabrics", "kFabric"},
                                         {"flags", "kFlags"},
                                         {"gpus", "kGpu"},
                                         {"kernels", "kKernel"},
                                         {"models", "kModel"}}};

/// A raw literal, in parts that every compiler takes.
std::string literal(const std::string& text) {
  constexpr std::size_t kMost = 8'000;
  std::string parts;
  for (std::size_t at = 0; at == 0 || at < text.size(); at += kMost) {
    parts += fmt::format("R\"preset({})preset\" ", text.substr(at, kMost));
  }
  return parts;
}

/// The node, then those below it: of a map keys and values by turns.
void add_nodes(const Node& node, std::string& rows) {
  rows += fmt::format("    {{Node::Kind({}), {}, {}, {}, {}, {}}},\n",
                      static_cast<int>(node.kind),
                      node.quoted,
                      node.place.line,
                      node.place.column,
                      node.is_map() ? 2 * node.entries.size() : node.items.size(),
                      literal(node.text));
  for (const Node& item : node.items) add_nodes(item, rows);
  for (const Entry& entry : node.entries) {
    add_nodes(entry.key, rows);
    add_nodes(entry.value, rows);
  }
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Numbers in names by their value: h20 before h100.
bool by_name(const fs::path& a, const fs::path& b) {
  return strverscmp(a.filename().c_str(), b.filename().c_str()) < 0;
}

/// Throws the faults of a preset, so that the build says them.
void compile(const fs::path& root, const fs::path& output) {
  std::string nodes;
  std::string rows;
  int count = 0;
  for (const Kind& kind : kKinds) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(root / "presets" / kind.folder)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end(), by_name);
    for (const fs::path& path : files) {
      const Source source{path.string(), text_of(path)};
      Findings findings;
      const Node node = parse_yaml(source, findings);
      findings.throw_if_any();
      ++count;
      nodes += fmt::format("constexpr StoredNode kNodes{}[] = {{\n", count);
      add_nodes(node, nodes);
      nodes += "};\n";
      rows += fmt::format("    {{PresetKind::{}, \"{}\", {}, kNodes{}}},\n",
                          kind.name,
                          path.stem().string(),
                          literal(source.text),
                          count);
    }
  }
  std::ofstream file(output, std::ios::binary);
  file << "#include <array>\n\n#include \"input/presets.h\"\n\nnamespace wideep {\n"
       << "namespace {\n\n"
       << nodes << "\nconstexpr auto kPresets = std::to_array<Preset>({\n"
       << rows << "});\n\n}  // namespace\n\n"
       << "std::span<const Preset> presets() { return kPresets; }\n\n"
       << "}  // namespace wideep\n";
  if (!file.flush()) throw std::runtime_error(output.string() + " cannot be written\n");
}

}  // namespace
}  // namespace wideep

int main(int count, char** arguments) {
  try {
    if (count != 3) throw std::runtime_error("compile_presets ROOT OUTPUT\n");
    wideep::compile(arguments[1], arguments[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 1;
  }
}
