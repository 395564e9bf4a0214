#include "engines/rules.h"

#include <array>

#include <doctest/doctest.h>

#include "support/rule_messages.h"

namespace wideep::rules_test {
namespace {

/// What docs/adding.md#a-rule shows: more replicas than experts.
void more_replicas_than_experts(const Problem& problem,
                                const Prediction& /*prediction*/,
                                Messages& messages) {
  const auto& experts = problem.workload.model.experts;
  const int replicas = problem.workload.serving.redundant_experts;
  if (!experts || replicas <= *experts) return;
  messages.push_back(std::to_string(replicas) + " redundant experts are more than the experts");
}

constexpr std::array<Rule, 1> kExampleRules = {{{"many_replicas",
                                                 Grade::kWarning,
                                                 Subject::kSearch,
                                                 "state fewer redundant_experts",
                                                 more_replicas_than_experts}}};

Problem problem() {
  Problem p;
  p.workload.model.experts = 8;
  p.workload.traffic.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
  p.fabric.kernels = {{.name = "A", .dispatch = {}, .combine = {}, .limits = {}}};
  return p;
}

TEST_SUITE("engines/rules") {
  TEST_CASE("a rule is a function and a row") {
    Problem p = problem();
    const auto said = [&] { return messages_of(kExampleRules, "many_replicas", p, {}); };
    p.workload.serving.redundant_experts = 8;
    CHECK(said().empty());
    p.workload.serving.redundant_experts = 9;
    CHECK(said() == Messages{"9 redundant experts are more than the experts"});
  }

  TEST_CASE("every rule has a name of its own and finds something out by itself") {
    std::vector<std::string_view> names;
    for (const auto rules : {question_rules(), range_rules(), kernel_rules(), model_rules()}) {
      for (const Rule& rule : rules) {
        const bool finds = rule.find != nullptr;
        CHECK(finds);
        CHECK(std::find(names.begin(), names.end(), rule.name) == names.end());
        names.push_back(rule.name);
      }
    }
    CHECK(names.size() == 12);
  }

  TEST_CASE("what was not said is said, and nothing where all was") {
    Problem p = problem();
    const auto said = [&](std::string_view rule) {
      return messages_of(question_rules(), rule, p, {.ep_width = 1}).size();
    };
    CHECK(said("expert_load_unstated") == 0);
    std::get<TokensPerRank>(p.workload.traffic.tokens).stated = false;
    CHECK(said("expert_load_unstated") == 1);
    p.workload.traffic.tokens = GlobalTokens{100};
    CHECK(said("expert_load_unstated") == 0);
    CHECK(said("memory_unchecked") == 1);  // all experts on one GPU
    CHECK(messages_of(question_rules(), "memory_unchecked", p, {.ep_width = 2}).empty());
    CHECK(said("attention_not_counted") == 0);
    p.workload.figures.expert.weight_read = unit::us;
    CHECK(said("attention_not_counted") == 1);
    CHECK(said("draft_layers_unknown") == 0);
    p.workload.traffic.drafting.tokens = 1;
    p.workload.figures.footprint = Footprint{};
    CHECK(said("draft_layers_unknown") == 1);
    p.workload.figures.footprint->draft_layers = 1;
    CHECK(said("draft_layers_unknown") == 0);
  }
}

}  // namespace
}  // namespace wideep::rules_test
