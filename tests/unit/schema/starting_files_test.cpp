#include "schema/starting_files.h"

#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "input/check_files.h"
#include "input/given_texts.h"
#include "input/write_fabric.h"

namespace wideep {
namespace {

TEST_SUITE_BEGIN("schema/starting_files");

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// "# key: value", of a key that is not set.
bool is_unset(const std::string& line) {
  if (!line.starts_with("# ")) return false;
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 2);
  return end != std::string::npos && end > 2 && line.substr(end, 2) == ": ";
}

/// Reads the workload of which one line is set that was not. Throws InputError.
void check(const std::string& workload, const std::string& fabric) {
  const auto source = [](const char* name, const std::string& text) {
    return Source{.name = name, .text = text, .root = "."};
  };
  std::string beside = workload;
  beside.replace(beside.find("fabric: fabric.yaml\n"), 20, "");
  check_files({.files = {"workload.yaml", "fabric.yaml"},
               .read = {{"workload.yaml", source("workload.yaml", beside)},
                        {"fabric.yaml", source("fabric.yaml", fabric)}}});
}

TEST_CASE("a starting point is sound for every model, fabric and engine") {
  int checked = 0;
  for (const Preset& preset : presets()) {
    StartingPoint from{.model = "deepseek-v3", .fabric = "h100-ib400"};
    if (preset.kind == PresetKind::kModel) from.model = preset.name;
    if (preset.kind == PresetKind::kFabric) from.fabric = preset.name;
    if (preset.kind == PresetKind::kEngine) from.engine = preset.name;
    CAPTURE(preset.name);
    CHECK_NOTHROW(check(starting_workload(from), starting_fabric(from)));
    ++checked;
  }
  CHECK(checked > 100);
}

TEST_CASE("each key that is not set can be set as it stands") {
  const StartingPoint from{.model = "deepseek-v3", .fabric = "h100-ib400"};
  const std::string workload = starting_workload(from);
  const std::string fabric = starting_fabric(from);
  int unset = 0;
  const auto each = [&](const std::string& text, auto with) {
    std::vector<std::string> lines = lines_of(text);
    for (std::string& line : lines) {
      CHECK(line.size() <= 80);
      if (!is_unset(line)) continue;
      const std::string before = line;
      line.erase(0, 2);
      std::string changed;
      for (const std::string& one : lines) changed += one + "\n";
      CAPTURE(line);
      CHECK_NOTHROW(with(changed));
      ++unset;
      line = before;
    }
  };
  each(workload, [&](const std::string& changed) { check(changed, fabric); });
  each(fabric, [&](const std::string& changed) { check(workload, changed); });
  CHECK(unset == 13);
}

TEST_CASE("a fabric that is written out says what the preset says") {
  int fabrics = 0;
  for (const Preset& preset : presets()) {
    if (preset.kind != PresetKind::kFabric) continue;
    CAPTURE(preset.name);
    const std::string text = written_out(preset);
    CHECK(text.find(": h100-sxm\n") == std::string::npos);
    Findings findings;
    const Source source{.name = "fabric.yaml", .text = text};
    const Node written = parse_yaml(source, findings);
    const Source named{.name = "named.yaml", .text = "preset: " + std::string(preset.name)};
    const Node whole = with_preset(PresetKind::kFabric, parse_yaml(named, findings), findings);
    REQUIRE_FALSE(findings.any());
    const Node* const kernels = written.find("kernels");
    REQUIRE(kernels != nullptr);
    for (const Entry& kernel : whole.find("kernels")->entries) {
      const Node laid = with_preset(PresetKind::kKernel, kernel.value, findings);
      const Node own = with_preset(PresetKind::kKernel, *kernels->find(kernel.key.text), findings);
      CHECK(to_yaml(own) == to_yaml(laid));
    }
    const Node gpu = with_preset(PresetKind::kGpu, *whole.find("gpu"), findings);
    CHECK(to_yaml(*written.find("gpu")) == to_yaml(gpu));
    ++fabrics;
  }
  CHECK(fabrics > 5);
}

TEST_CASE("no file starts from an engine's rules") {
  for (const Preset& preset : presets()) {
    if (preset.kind != PresetKind::kEngine) continue;
    CHECK_THROWS_AS(written_out(preset), InputError);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace wideep
