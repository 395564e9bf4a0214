// Each rule has a file in tests/rules: what fails by it, what passes, and what is said of the
// first.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "deploy/change.h"
#include "deploy/read_file.h"
#include "rules/findings.h"
#include "rules/known.h"

namespace wideep {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(WIDEEP_SOURCE_DIR) / "tests/rules";

/// A part of a rule's file: "== fails NAME" and what follows.
struct Example {
  std::string file;
  std::string text;
};

struct RuleFile {
  std::map<std::string, std::string>
      given;  ///< model, machine and version, where no file says them
  std::vector<Example> fails;
  std::vector<Example> passes;
  std::string says;
};

RuleFile read_rule_file(const std::filesystem::path& path) {
  RuleFile file;
  std::ifstream in(path);
  std::string line;
  std::string* text = nullptr;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string sign;
    std::string kind;
    std::string name;
    words >> sign >> kind >> name;
    if (sign == "==") {
      if (kind == "fails" || kind == "passes") {
        std::vector<Example>& parts = kind == "fails" ? file.fails : file.passes;
        text = &parts.emplace_back(Example{name, ""}).text;
      } else {
        text = &file.says;
      }
    } else if (text != nullptr) {
      *text += line + "\n";
    } else if (const std::size_t colon = line.find(": "); colon != std::string::npos) {
      file.given[line.substr(0, colon)] = line.substr(colon + 2);
    }
  }
  return file;
}

std::vector<DeploymentFinding> findings_in(const DeploymentFile& file,
                                           const RuleFile& rule,
                                           const std::vector<std::string>& ignored = {}) {
  std::vector<KnownOfDeployment> known;
  for (const Deployment& job : file.jobs) {
    KnownOfDeployment& one = known.emplace_back(known_of(job));
    if (rule.given.contains("model")) one.model = served_model(rule.given.at("model"));
    if (rule.given.contains("machine")) one.machine = machine_of(rule.given.at("machine"));
    if (rule.given.contains("version")) one.version = version_in("x:" + rule.given.at("version"));
  }
  return findings_of(file, known, ignored);
}

/// Rules that may hide that one.
std::vector<std::string> hiders_of(std::string_view name) {
  std::vector<std::string> hiders;
  for (const DeploymentRule* rule : all_deployment_rules()) {
    const auto& names = rule->hides;
    if (std::find(names.begin(), names.end(), name) != names.end()) hiders.emplace_back(rule->name);
  }
  return hiders;
}

std::vector<DeploymentFinding> of_rule(std::vector<DeploymentFinding> findings,
                                       std::string_view rule) {
  std::erase_if(findings, [rule](const DeploymentFinding& one) { return one.rule->name != rule; });
  return findings;
}

std::string text_of(const std::vector<DeploymentFinding>& findings) {
  std::string text;
  for (const DeploymentFinding& one : findings) {
    text += fmt::format("{}:{}:{}: {}: {} [{}]\n",
                        one.at.source->name,
                        one.at.line,
                        one.at.column,
                        name_of(one.grade),
                        one.message,
                        one.rule->name);
    if (!one.fix.empty()) text += fmt::format("  = fix: {}\n", one.fix);
  }
  return text;
}

DeploymentFile read(const Example& part, const std::string& text) {
  Findings faults;
  std::optional<DeploymentFile> file =
      read_deployment({.name = part.file, .text = text}, {}, faults);
  CHECK_NOTHROW(faults.throw_if_any());
  REQUIRE_MESSAGE(file.has_value(), part.file << " is no deployment");
  CHECK_MESSAGE(!file->jobs.empty(), "no deployment in " << part.file);
  return std::move(*file);
}

/// What its fixes make of the text; the same where none can be written.
std::string fixed(const DeploymentFile& file, const std::vector<DeploymentFinding>& findings) {
  std::vector<TextEdit> edits;
  for (const DeploymentFinding& one : findings) {
    for (const Change& change : one.changes) {
      if (const auto edit = edit_of(change, *one.role)) edits.push_back(*edit);
    }
  }
  return edited(file.sources.front(), edits);
}

void update(const std::filesystem::path& path, const std::string& says) {
  std::ifstream in(path);
  std::stringstream all;
  all << in.rdbuf();
  const std::string text = all.str();
  std::ofstream(path) << text.substr(0, text.find("== says\n")) << "== says\n" << says;
}

}  // namespace

TEST_SUITE("rules") {
  TEST_CASE("every rule has a file that fails by it and one that passes") {
    for (const DeploymentRule* rule : all_deployment_rules()) {
      const std::string name(rule->name);
      CAPTURE(name);
      const std::filesystem::path path = kFolder / (name + ".txt");
      const RuleFile file = read_rule_file(path);
      REQUIRE(!file.fails.empty());
      REQUIRE(!file.passes.empty());
      const std::vector<std::string> hiders = hiders_of(name);
      std::string says;
      for (const Example& part : file.fails) {
        const DeploymentFile bad = read(part, part.text);
        const auto found = of_rule(findings_in(bad, file, hiders), name);
        CHECK(!found.empty());
        says += text_of(found);
        const std::string mended = fixed(bad, found);
        if (mended == part.text) continue;
        const DeploymentFile good = read(part, mended);
        CAPTURE(mended);
        CHECK(text_of(of_rule(findings_in(good, file, hiders), name)).empty());
      }
      if (std::getenv("UPDATE_GOLDEN") != nullptr) update(path, says);
      CHECK(says == read_rule_file(path).says);
      for (const Example& part : file.passes) {
        const DeploymentFile good = read(part, part.text);
        CHECK(text_of(of_rule(findings_in(good, file, hiders), name)).empty());
      }
    }
  }

  TEST_CASE("of one cause the rule that says most speaks, and the others where it is ignored") {
    for (const DeploymentRule* rule : all_deployment_rules()) {
      for (const std::string_view hidden : rule->hides) {
        if (hidden.empty()) continue;
        CAPTURE(rule->name);
        CAPTURE(hidden);
        REQUIRE(deployment_rule(hidden) != nullptr);
        int shown_without = 0;
        for (const std::string_view of : {rule->name, hidden}) {
          const RuleFile file = read_rule_file(kFolder / (std::string(of) + ".txt"));
          for (const Example& part : file.fails) {
            const DeploymentFile bad = read(part, part.text);
            const auto all = findings_in(bad, file);
            if (of_rule(all, rule->name).empty() || !of_rule(all, hidden).empty()) continue;
            const auto without = findings_in(bad, file, {std::string(rule->name)});
            shown_without += of_rule(without, hidden).empty() ? 0 : 1;
          }
        }
        CHECK(shown_without > 0);
      }
    }
  }

  TEST_CASE("a rule is asked from its first version on") {
    int asked = 0;
    for (const DeploymentRule* rule : all_deployment_rules()) {
      if (!rule->since) continue;
      const std::string name(rule->name);
      CAPTURE(name);
      RuleFile file = read_rule_file(kFolder / (name + ".txt"));
      const Example& part = file.fails.front();
      const DeploymentFile bad = read(part, part.text);
      file.given["version"] = "0.0.9";
      CHECK(text_of(of_rule(findings_in(bad, file), name)).empty());
      file.given["version"] = fmt::format("{}.0", rule->since->major + 1);
      CHECK(!text_of(of_rule(findings_in(bad, file), name)).empty());
      ++asked;
    }
    CHECK(asked > 0);
  }

  TEST_CASE("a tag says the engine's version, unless it is Dynamo's") {
    CHECK(version_in("vllm/vllm-openai:v0.11.2") == EngineVersion{0, 11, 2});
    CHECK(version_in("nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc18") == EngineVersion{1, 3, 0});
    CHECK(version_in("engine:1.0.0") == EngineVersion{1, 0, 0});
    CHECK_FALSE(version_in("engine:20260101").has_value());
    CHECK_FALSE(version_in("engine:nightly").has_value());
    CHECK_FALSE(version_in("engine").has_value());
    CHECK(is_dynamo_image("nvcr.io/nvidia/ai-dynamo/vllm-runtime:0.7.0"));
    CHECK_FALSE(is_dynamo_image("vllm/vllm-openai:v0.11.2"));
  }

  TEST_CASE("versions are told in a phrase") {
    DeploymentRule rule;
    CHECK(versions_of(rule) == "all");
    rule.versions = "those with --x";
    CHECK(versions_of(rule) == "those with --x");
    constexpr EngineVersion kPatched{0, 5, 14};
    rule.since = kPatched;
    CHECK(versions_of(rule) == "0.5.14 and later; those with --x");
    rule.since = EngineVersion{0, 16, 0};
    rule.versions = {};
    CHECK(versions_of(rule) == "0.16 and later");
  }

  TEST_CASE("every file of tests/rules is of a rule") {
    for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
      CAPTURE(entry.path().string());
      CHECK(deployment_rule(entry.path().stem().string()) != nullptr);
    }
  }

  TEST_CASE("rules are told apart and known by where they come from") {
    std::set<std::string_view> names;
    for (const DeploymentRule* rule : all_deployment_rules()) {
      CAPTURE(rule->name);
      CHECK(names.insert(rule->name).second);
      CHECK(!rule->what.empty());
      CHECK(!rule->fix.empty());
      CHECK(!rule->source.empty());
      if (rule->proof == Proof::kThread) CHECK(rule->grade != Grade::kError);
    }
  }
}

}  // namespace wideep
