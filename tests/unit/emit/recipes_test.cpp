// Published recipes, written anew from the configurations that they come to.
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "deploy/sizes.h"
#include "emit/launch_set.h"
#include "regret/regret.h"
#include "rules/known.h"
#include "support/published_recipes.h"
#include "support/skip.h"

namespace wideep::emit_recipes_test {
namespace {

/// Settings that say how large an instance is and how it is cut, which must be the recipe's.
const std::set<std::string> kSame = {"tensor-parallel-size",
                                     "data-parallel-size",
                                     "tp-size",
                                     "tensor_parallel_size",
                                     "moe_expert_parallel_size",
                                     "decode-context-parallel-size",
                                     "dcp-size",
                                     "deepep-mode",
                                     "enable_attention_dp",
                                     "speculative-num-steps",
                                     "speculative-num-draft-tokens"};

/// What docs/engines.md explains, as it stands there: `key`.
std::string explained() {
  std::ifstream in(WIDEEP_SOURCE_DIR "/docs/engines.md");
  std::stringstream text;
  text << in.rdbuf();
  const std::string page = text.str();
  const std::size_t from = page.find("<a id=\"recipes\"></a>");
  return page.substr(from, page.find("<a id=\"settings\"></a>") - from);
}

bool says_nothing(const Setting& setting) {
  return setting.value == "false" || setting.value == "1" || setting.value == "0";
}

struct Compared {
  int roles = 0;
  int written = 0;
};

void compare(const DeployedRole& role, const Launch& launch, const std::string& page) {
  const auto is_explained = [&page](const std::string& key) {
    const std::string whole = key.substr(0, key.find('.'));
    return page.find("`" + whole + "`") != std::string::npos;
  };
  std::set<std::string> ours;
  for (const auto* const list : {&launch.flags, &launch.variables}) {
    for (const LaunchSetting& each : *list) {
      ours.insert(each.key);
      CAPTURE(each.key);
      CAPTURE(each.value);
      const Setting* const variable_set = variable(role, each.key);
      const Setting* const theirs = variable_set == nullptr ? flag(role, each.key) : variable_set;
      const std::string value = each.value.empty() ? "true" : each.value;
      if (theirs == nullptr) {
        CHECK((is_explained(each.key) || value == "1" || value == "false"));
      } else if (kSame.count(each.key) > 0) {
        CHECK(theirs->value == value);
      } else if (theirs->value != value) {
        CHECK(is_explained(each.key));
      }
    }
  }
  for (const Setting& each : role.flags.all) {
    CAPTURE(each.key);
    CHECK((ours.count(each.key) > 0 || says_nothing(each) || is_explained(each.key)));
  }
}

}  // namespace

TEST_SUITE("emit") {
  TEST_CASE("published recipes differ in what the page explains") {
    if (!published_there()) return;
    const std::string page = explained();
    REQUIRE(!page.empty());
    Compared count;
    for (const std::filesystem::path& path : published_recipes()) {
      CAPTURE(path.string());
      const DeploymentFile file = recipe_at(path);
      const Deployment& job = file.jobs.front();
      const PricedBy by = priced_with({}, job);
      for (const RoleRegret& one : regrets_of(job, by)) {
        ++count.roles;
        if (!one.theirs) continue;
        RoleShape shape = shape_of_role(*one.problem, *one.theirs);
        shape.kind = one.role->kind;
        shape.apart = shape.kind != RoleKind::kAggregated;
        LaunchTarget target{.engine = one.role->engine};
        target.gpus_per_node = machine_of(*by.fabric).gpus_per_node.value_or(target.gpus_per_node);
        LaunchDoubts doubts;
        const LaunchSet set = launch_set({shape}, target, doubts);
        REQUIRE(doubts.refused.empty());
        ++count.written;
        compare(*one.role, set.roles.front(), page);
      }
    }
    const std::string told = fmt::format("{} of {} roles", count.written, count.roles);
    CHECK(told == "79 of 109 roles");
    CHECK(page.find(told) != std::string::npos);
  }
}

}  // namespace wideep::emit_recipes_test
