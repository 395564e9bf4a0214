// Recipes that are published have run: what rules call an error in one is most likely an error of
// theirs.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rules/findings.h"
#include "rules/known.h"
#include "support/published_recipes.h"
#include "support/skip.h"

namespace wideep {
namespace {

constexpr int kRecipes = 60;

}  // namespace

TEST_SUITE("rules") {
  TEST_CASE("published recipes are all read, and rules find no error in them") {
    if (!published_there()) return;
    int recipes = 0;
    for (const std::filesystem::path& path : published_recipes()) {
      const DeploymentFile recipe = recipe_at(path);
      CHECK_MESSAGE(!recipe.jobs.empty(), path.string());
      ++recipes;
      std::vector<KnownOfDeployment> known;
      for (const Deployment& job : recipe.jobs) known.push_back(known_of(job));
      for (const DeploymentFinding& found : findings_of(recipe, known)) {
        const std::string where = fmt::format("{}:{}", path.string(), found.at.line);
        CAPTURE(where);
        CHECK_MESSAGE(found.grade != Grade::kError, found.rule->name << ": " << found.message);
      }
    }
    CHECK(recipes == kRecipes);
  }
}

}  // namespace wideep
