// Recipes that are published have run: what rules call an error in one is most likely an error of
// theirs.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "deploy/read_file.h"
#include "rules/findings.h"
#include "rules/known.h"
#include "support/skip.h"

namespace wideep {
namespace {

constexpr int kRecipes = 60;

DeploymentFile recipe_at(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  Findings faults;
  auto file = read_deployment({.name = path.string(), .text = text.str()}, {}, faults);
  CHECK_NOTHROW(faults.throw_if_any());
  REQUIRE_MESSAGE(file.has_value(), path.string() << " is no recipe");
  return std::move(*file);
}

}  // namespace

TEST_SUITE("rules") {
  TEST_CASE("published recipes are all read, and rules find no error in them") {
    if (!published_there()) return;
    int recipes = 0;
    const auto folder = std::filesystem::path(WIDEEP_PUBLISHED_DIR) / "recipes";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".yaml") continue;
      const DeploymentFile recipe = recipe_at(entry.path());
      CHECK_MESSAGE(!recipe.jobs.empty(), entry.path().string());
      ++recipes;
      std::vector<KnownOfDeployment> known;
      for (const Deployment& job : recipe.jobs) known.push_back(known_of(job));
      for (const DeploymentFinding& found : findings_of(recipe, known)) {
        const std::string where = fmt::format("{}:{}", entry.path().string(), found.at.line);
        CAPTURE(where);
        CHECK_MESSAGE(found.grade != Grade::kError, found.rule->name << ": " << found.message);
      }
    }
    CHECK(recipes == kRecipes);
  }
}

}  // namespace wideep
