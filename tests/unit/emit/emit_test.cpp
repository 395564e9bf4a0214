// What is written starts what was answered: read back, it is the same deployment, and no rule
// stands against it.
#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "deploy/known_flags.h"
#include "deploy/read_file.h"
#include "deploy/sizes.h"
#include "emit/engine_setting.h"
#include "emit/yaml_lines.h"
#include "engines/engine.h"
#include "engines/runs.h"
#include "input/problem_trees.h"
#include "input/read_plan.h"
#include "regret/kernel_run.h"
#include "report/emit_report.h"
#include "rules/findings.h"
#include "rules/known.h"
#include "support/optimized.h"

namespace wideep::emit_test {
namespace {

constexpr std::array kEngines = {
    ServingEngine::kVllm, ServingEngine::kSglang, ServingEngine::kTrtllm};
constexpr std::array kFormats = {LaunchFormat::kShell,
                                 LaunchFormat::kKubernetes,
                                 LaunchFormat::kDynamo,
                                 LaunchFormat::kSrtSlurm};

std::string file_name(LaunchFormat format) {
  return format == LaunchFormat::kShell ? "serve.sh" : "serve.yaml";
}

DeploymentFile read_back(const LaunchSet& set, LaunchFormat format) {
  Findings faults;
  auto file =
      read_deployment({.name = file_name(format), .text = launch_file(set, format)}, {}, faults);
  CHECK_NOTHROW(faults.throw_if_any());
  REQUIRE(file.has_value());
  return std::move(*file);
}

PlanQuestion question_of(const std::string& workload, const std::string& fabric) {
  Texts texts;
  ProblemTrees trees{.workload = texts.parse({.name = "w.yaml", .text = workload}),
                     .fabric = load_fabric(fabric, texts)};
  PlanQuestion question = assemble_plan(std::move(trees), texts);
  CHECK_NOTHROW(texts.findings.throw_if_any());
  return question;
}

/// A question that some engine may have an answer to.
class RandomQuestion {
 public:
  explicit RandomQuestion(unsigned seed) : random_(seed) {}

  std::string fabric() {
    return one_of({"h100-ib400", "h200-ib400", "b200-ib400", "gb200-nvl72", "gb300-nvl72"});
  }

  std::string workload(ServingEngine engine) {
    std::string text = fmt::format(
        "model: {{preset: {}}}\nengine: {}\ndispatch_dtype: fp8\ncombine_dtype: bf16\n"
        "straggler_factor: 1.3\n",
        one_of({"deepseek-r1", "deepseek-v3", "kimi-k2", "qwen3-235b-a22b", "glm-5"}),
        id_of(engine));
    text += fmt::format("traffic: {{input_tokens: {}, output_tokens: {}, rate: {}}}\n",
                        number({512, 2048, 4096, 8192}),
                        number({128, 512, 1024}),
                        number({1, 5, 20, 60}));
    text += fmt::format("slo: {{tpot: {}ms}}\nroles: {}\n",
                        number({20, 40, 80, 200}),
                        one_of({"disaggregated", "disaggregated", "aggregated"}));
    if (chance()) text += fmt::format("redundant_experts: {}\n", number({16, 32, 64}));
    if (chance()) {
      text += fmt::format("mtp: {{draft_tokens: {0}, accepted: 0.8}}\n", number({1, 2, 3}));
    }
    text += fmt::format("search: {{ep_width: [{}]}}\n",
                        one_of({"8, 16", "4, 8", "16, 32", "8, 32", "16", "12, 24", "4"}));
    return text;
  }

 private:
  std::string one_of(const std::vector<std::string>& all) { return all[index(all.size())]; }
  int number(const std::vector<int>& all) { return all[index(all.size())]; }
  bool chance() { return index(4) == 0; }
  std::size_t index(std::size_t size) {
    return std::uniform_int_distribution<std::size_t>(0, size - 1)(random_);
  }

  std::mt19937 random_;
};

/// A role's sizes are those of its shape, in the terms of every engine.
void check_role(const DeployedRole& role, const RoleShape& shape, LaunchFormat format) {
  const RoleSizes sizes = sizes_of(role);
  const Config& config = shape.config();
  CHECK(role.kind == shape.kind);
  CHECK(world_of(role) == shape.gpus());
  CHECK(attention_groups(role) == shape.groups());
  const auto layout = layout_of(role);
  REQUIRE(layout.has_value());
  CHECK(layout->ep_width == config.ep_width);
  CHECK(layout->expert_ranks == config.expert_ranks);
  CHECK(layout->attention == config.attention);
  CHECK(sizes.drafts_or_default() == shape.drafts);
  CHECK(overlap_of(role) == (config.overlap == Overlap::kChunk ? Overlap::kNone : config.overlap));
  if (shape.requests > 0) CHECK(sizes.max_batch_per_rank == shape.requests);
  CHECK(redundant_experts(role, shape.problem->workload.model.experts) == shape.redundant());
  if (format != LaunchFormat::kShell) {
    REQUIRE(role.instances.has_value());
    CHECK(role.instances->value == shape.instances);
  }
  const auto library = library_of(role, shape.problem->fabric);
  if (config.overlap != Overlap::kFused && shape.gpus() > 1) {
    const auto wanted = library_run(*engine_asked(*shape.problem), *shape.problem, config.kernel);
    CHECK(library == wanted);
  }
}

/// What starts an engine has of its own: the model's name, trtllm-serve --config, Dynamo's options
/// (components/src/dynamo of ai-dynamo/dynamo) and what a LeaderWorkerSet puts into its pods.
constexpr std::array<std::string_view, 10> kLaunchers = {"model",
                                                         "model-path",
                                                         "model_path",
                                                         "config",
                                                         "extra_engine_args",
                                                         "disaggregation-mode",
                                                         "disaggregation_mode",
                                                         "LWS_GROUP_SIZE",
                                                         "LWS_LEADER_ADDRESS",
                                                         "LWS_WORKER_INDEX"};

/// And every key that is read back, those that tell nodes apart included.
void check_keys_read(const DeploymentFile& file) {
  for (const Deployment& job : file.jobs) {
    for (const DeployedRole& role : job.roles) {
      const auto settings = engine_settings(role.engine);
      for (const auto* const list : {&role.flags.all, &role.environment.all}) {
        for (const Setting& each : *list) {
          // Parts of a JSON value are named after it.
          const std::string key = role.engine == ServingEngine::kTrtllm
                                      ? each.key
                                      : each.key.substr(0, each.key.find('.'));
          if (std::find(kLaunchers.begin(), kLaunchers.end(), key) != kLaunchers.end()) continue;
          CAPTURE(each.key);
          CHECK(std::any_of(settings.begin(), settings.end(), [&](const EngineSetting& one) {
            return one.key == key || one.old == key || one.key.starts_with(key + ".");
          }));
        }
      }
    }
  }
}

/// The worst that rules have to say of it; nothing where they are silent.
std::string complaints(const DeploymentFile& file, const Problem& problem) {
  std::vector<KnownOfDeployment> known;
  for (const Deployment& job : file.jobs) {
    KnownOfDeployment one = known_of(job);
    one.machine = machine_of(*fabric_preset_of(problem.fabric.name));
    known.push_back(one);
  }
  std::string text;
  for (const DeploymentFinding& found : findings_of(file, known)) {
    if (found.grade == Grade::kAdvice) continue;
    text += fmt::format("{}: {}\n", found.rule->name, found.message);
  }
  return text;
}

/// Every key that is written is one that the engine is known to have.
void check_keys(const LaunchSet& set) {
  const auto settings = engine_settings(set.engine);
  for (const Launch& launch : set.roles) {
    for (const auto* const list : {&launch.flags, &launch.variables}) {
      for (const LaunchSetting& each : *list) {
        CAPTURE(each.key);
        CHECK(std::any_of(settings.begin(), settings.end(), [&](const EngineSetting& one) {
          return one.key == each.key || one.old == each.key;
        }));
      }
    }
  }
}

}  // namespace

TEST_SUITE("emit") {
  TEST_CASE("every setting has a source and is one that the engine's own lists have") {
    for (const ServingEngine engine : kEngines) {
      std::set<std::string_view> seen;
      for (const EngineSetting& setting : engine_settings(engine)) {
        CAPTURE(setting.key);
        CHECK(seen.insert(setting.key).second);
        CHECK(setting.source.find(".py") != std::string_view::npos);
        const bool variable =
            setting.key.starts_with("VLLM_") || setting.key.starts_with("SGLANG_") ||
            setting.key.starts_with("NCCL_") || setting.key.starts_with("NVSHMEM_") ||
            setting.key.starts_with("TRTLLM_");
        if (!variable) CHECK(known_flags(engine).has(setting.key));
        if (!setting.old.empty()) CHECK(setting.since > EngineVersion{});
      }
    }
  }

  TEST_CASE("names are those of the version that is asked for") {
    const EngineVersion before{.major = 0, .minor = 5, .patch = 13};
    const EngineVersion after{.major = 0, .minor = 5, .patch = 14};
    const std::string_view key = "cuda-graph-max-bs-decode";
    CHECK(name_in(ServingEngine::kSglang, key, before) == "cuda-graph-max-bs");
    CHECK(name_in(ServingEngine::kSglang, key, after) == key);
    CHECK(name_in(ServingEngine::kSglang, key, {}) == key);
    CHECK(name_in(ServingEngine::kSglang, "tp-size", before) == "tp-size");
  }

  TEST_CASE("resources have names that Kubernetes takes") {
    const auto name = [](const char* model) {
      LaunchSet set;
      set.model = model;
      return model_name(set);
    };
    CHECK(name("deepseek-ai/DeepSeek-V3.2") == "deepseek-v3-2");
    CHECK(name("7b-mixture") == "model-7b-mixture");
    CHECK(name("/") == "engine");
    CHECK(name("a-name-that-is-longer-than-32-characters") == "a-name-that-is-longer-than-32-ch");
  }

  TEST_CASE("random plans are read back as they are, and no rule stands against them") {
    // Each is a search or more, which takes seconds where nothing is optimized.
    const int wanted = kOptimized ? 2'000 : 20;
    constexpr unsigned kSeed = 20'261'128;
    RandomQuestion random(kSeed);
    MESSAGE("seed " << kSeed);
    int written = 0;
    int refused = 0;
    int left_out = 0;
    int asked = 0;
    std::map<ServingEngine, int> by_engine;
    while (written < wanted && asked < 10 * wanted) {
      const ServingEngine engine = kEngines[static_cast<std::size_t>(asked) % kEngines.size()];
      const LaunchFormat format =
          kFormats[static_cast<std::size_t>(asked) / kEngines.size() % kFormats.size()];
      ++asked;
      const std::string fabric = random.fabric();
      const std::string workload = random.workload(engine);
      CAPTURE(fabric);
      CAPTURE(workload);
      const PlanQuestion question = question_of(workload, fabric);
      LaunchTarget target{.engine = engine};
      const EmitReport report = emit_report(question, target);
      if (!report.set) {
        refused += report.refused.empty() ? 0 : 1;
        continue;
      }
      const LaunchSet& set = *report.set;
      if (!can_write(set, format)) continue;
      left_out += report.left_out.empty() ? 0 : 1;
      const std::string text = launch_file(set, format);
      CAPTURE(text);
      check_keys(set);
      const DeploymentFile file = read_back(set, format);
      REQUIRE(file.jobs.size() == 1);
      check_keys_read(file);
      target.gpus_per_node = set.gpus_per_node;
      target.machine = set.machine;
      const std::vector<RoleShape> shapes =
          shapes_of(*runnable_plan(question, target).answer, question.lengths);
      REQUIRE(file.jobs.front().roles.size() == shapes.size());
      for (std::size_t at = 0; at < shapes.size(); ++at) {
        check_role(file.jobs.front().roles[at], shapes[at], format);
      }
      const std::string says = complaints(file, question.decode);
      CHECK(says == "");
      ++written;
      ++by_engine[engine];
    }
    MESSAGE(written << " of " << asked << " written, " << refused << " refused, " << left_out
                    << " after something was left out");
    CHECK(written >= wanted);
    // Of each engine something.
    for (const ServingEngine engine : kEngines) CHECK(by_engine[engine] > wanted / 10);
  }
}

}  // namespace wideep::emit_test
