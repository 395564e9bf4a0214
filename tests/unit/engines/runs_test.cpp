// What engines run of a problem, and what is searched with one of them.
#include "engines/runs.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "model/ways.h"
#include "model/words.h"
#include "report/limit_sentences.h"
#include "search/optimize.h"
#include "support/preset_problem.h"
#include "support/rule_messages.h"

namespace wideep::engine_runs_test {
namespace {

Problem h100(const std::vector<std::string>& set) {
  return with_engines(deepseek_on("h100-ib400", set));
}

/// A fabric of one kernel of a library that is said, or is not.
Problem with_kernel(std::optional<Library> library, const std::string& engine) {
  Problem problem;
  problem.fabric.kernels = {
      {.name = "K", .dispatch = {}, .combine = {}, .limits = {}, .library = library}};
  problem.space.kernels = {0};
  problem.workload.engine = engine;
  return problem;
}

std::set<std::string_view> schedules_in(const Problem& problem,
                                        const std::string& kernel,
                                        Overlap overlap) {
  std::set<std::string_view> words;
  for (const Run& way : ways_of(problem, kernel_of(problem, kernel), overlap)) {
    words.insert(name_of(way.schedule));
  }
  return words;
}

using Words = std::set<std::string_view>;

TEST_SUITE("engines/runs") {
  TEST_CASE("without an engine everything is searched as before, and what any runs beside it") {
    const Problem plain = deepseek_on("h100-ib400", {"phase=prefill"});
    const Problem known = with_engines(plain);
    CHECK(plain.space.runs.empty());
    CHECK_FALSE(known.space.runs.empty());
    CHECK_FALSE(known.space.only_runs);
    CHECK(known.space.kernels == plain.space.kernels);
    CHECK(known.space.overlaps == plain.space.overlaps);
    for (const char* kernel : {"LL", "HT"}) {
      for (const Overlap overlap : {Overlap::kNone, Overlap::kDbo}) {
        const Words before = schedules_in(plain, kernel, overlap);
        const Words after = schedules_in(known, kernel, overlap);
        for (const auto& word : before) {
          CHECK(std::find(after.begin(), after.end(), word) != after.end());
        }
      }
    }
    const SearchResult before = optimize(plain, Solver::kBoth);
    const SearchResult after = optimize(known, Solver::kBoth);
    CHECK(after.optimum->config == before.optimum->config);
    CHECK(after.optimum->layer == before.optimum->layer);
    CHECK(after.certificate.configurations >= before.certificate.configurations);
  }

  TEST_CASE("what no CUDA graph holds is launched by the host, at decode") {
    const auto launches = [](const Problem& problem, const char* kernel, Overlap overlap) {
      const Config config{
          .ep_width = 32, .kernel = kernel_of(problem, kernel), .overlap = overlap, .tokens = 128};
      return with_way(problem, config).launch_time / unit::us;
    };
    const Problem vllm = h100({"engine=vllm"});
    CHECK(launches(vllm, "LL", Overlap::kNone) == 0.0);
    CHECK(launches(vllm, "LL", Overlap::kDbo) == 0.0);
    CHECK(launches(vllm, "HT", Overlap::kNone) == doctest::Approx(560));
    CHECK(launches(vllm, "HT", Overlap::kDbo) == doctest::Approx(560));
    CHECK(launches(h100({"engine=vllm", "phase=prefill"}), "HT", Overlap::kNone) == 0.0);
    CHECK(launches(h100({"engine=sglang"}), "HT", Overlap::kNone) == doctest::Approx(560));
    CHECK(launches(h100({"engine=trtllm"}), "HT", Overlap::kNone) == 0.0);
    // Of any engine the least in that order, or in any.
    const Problem any = with_engines(deepseek_on("h100-ib400"));
    CHECK(launches(any, "HT", Overlap::kNone) == doctest::Approx(560));
    CHECK(launches(any, "HT", Overlap::kDbo) == doctest::Approx(560));
    CHECK(launches(any, "HT", Overlap::kChunk) == 0.0);
    CHECK(launches(deepseek_on("h100-ib400"), "HT", Overlap::kDbo) == 0.0);
  }

  TEST_CASE("launches by hand: once a layer, and in each micro-batch") {
    const Problem problem = deepseek_on("h100-ib400");
    Config config{.ep_width = 32, .kernel = kernel_of(problem, "HT"), .sms = 20, .tokens = 128};
    const auto layer = [&](Seconds launches) {
      config.launch_time = launches;
      return predict(problem, config).layer / unit::us;
    };
    CHECK(layer(300.0 * unit::us) == doctest::Approx(layer(Seconds(0.0)) + 300.0));
    CHECK(layer(300.0 * unit::us) > layer(200.0 * unit::us));
    // Compute alone binds where it is that long, with 20 of 132 SMs held: 2 x 1 ms x 132/112 more
    // than when it takes 1 ms.
    config.overlap = Overlap::kDbo;
    config.schedule = Schedule::kVllmHt;
    config.first_tokens = 64;
    CHECK(layer(2.0 * unit::ms) - layer(1.0 * unit::ms) == doctest::Approx(2000.0 * 132 / 112));
    const Prediction found = predict(problem, config);
    CHECK(found.busy.launches / unit::us == doctest::Approx(2 * 1000.0 * 132 / 112));
    CHECK(found.exposed.at(Term::kLaunch) > 2.0 * unit::ms);
  }

  TEST_CASE("with an engine a kernel runs in that engine's order alone") {
    const Problem vllm = h100({"engine=vllm"});
    CHECK(schedules_in(vllm, "LL", Overlap::kDbo) == Words{"vllm_ll"});
    CHECK(schedules_in(vllm, "LL", Overlap::kNone) == Words{"vllm_ll"});
    CHECK(schedules_in(vllm, "HT", Overlap::kDbo) == Words{"vllm_ht"});
    const Problem sglang = h100({"engine=sglang"});
    CHECK(schedules_in(sglang, "LL", Overlap::kDbo) == Words{"sglang_decode"});
    CHECK(schedules_in(h100({"engine=sglang", "phase=prefill"}), "HT", Overlap::kDbo) ==
          Words{"sglang_prefill"});
    for (const char* phase : {"phase=decode", "phase=prefill"}) {
      const Problem trtllm = h100({"engine=trtllm", phase, "search.overlap=null"});
      CHECK(trtllm.space.overlaps == std::vector{Overlap::kNone});  // DeepEP takes one chunk
      CHECK(schedules_in(trtllm, "LL", Overlap::kDbo).empty());
      const SearchResult found = optimize(trtllm, Solver::kBoth);
      CHECK(found.optimum->config.overlap == Overlap::kNone);
    }
    for (const Prediction& listed : optimize(vllm, Solver::kBoth).within_tolerance) {
      CHECK(listed.config.schedule != Schedule::kSglangDecode);
    }
  }

  TEST_CASE("an engine splits a batch 50/50 whatever the search block allows") {
    const Problem free = h100({"engine=vllm", "search.split=free"});
    const SearchResult found = optimize(free, Solver::kBoth);
    CHECK(found.optimum->config.first_tokens == 64.0);
    CHECK(found.optimum->config ==
          optimize(h100({"engine=vllm", "search.split=half"}), Solver::kBoth).optimum->config);
  }

  TEST_CASE("a schedule holds up to its batch, and another where experts are replicated") {
    const auto tokens_of = [](const Problem& problem, Overlap overlap) {
      std::vector<std::tuple<std::string_view, int, int>> found;
      for (const Run& run : runs_of(engines()[0], problem)) {
        if (run.overlap != overlap) continue;
        found.emplace_back(name_of(run.schedule), run.fewest_tokens, run.most_tokens);
      }
      return found;
    };
    constexpr int kAny = std::numeric_limits<int>::max();
    CHECK(tokens_of(with_kernel(Library::kNccl, "vllm"), Overlap::kNone) ==
          std::vector<std::tuple<std::string_view, int, int>>{{"trtllm_decode", 1, 256},
                                                              {"in_order", 257, kAny}});
    Problem problem = with_kernel(Library::kDeepEpLl, "vllm");
    CHECK(std::get<0>(tokens_of(problem, Overlap::kNone).at(0)) == "vllm_ll");
    problem.workload.serving.redundant_experts = 32;
    CHECK(std::get<0>(tokens_of(problem, Overlap::kNone).at(0)) == "in_order");
    CHECK(std::get<0>(tokens_of(problem, Overlap::kDbo).at(0)) == "vllm_ll");
  }

  TEST_CASE("a kernel whose library is not said may be any of an engine's") {
    const Problem problem = with_engines(with_kernel(std::nullopt, "vllm"));
    CHECK_FALSE(stand_in_of(engines()[0], problem));
    CHECK(schedules_in(problem, "K", Overlap::kDbo) == Words{"vllm_ll", "vllm_ht"});
    CHECK(schedules_in(problem, "K", Overlap::kNone) ==
          Words{"vllm_ll", "vllm_ht", "trtllm_decode", "in_order"});
  }

  TEST_CASE("where an engine runs none of the fabric's kernels the nearest stands in") {
    const Engine& sglang = engines()[1];
    Problem problem = with_kernel(Library::kNvlinkTwoSided, "sglang");
    auto stand_in = stand_in_of(sglang, problem);
    REQUIRE(stand_in);
    CHECK(stand_in->library == Library::kNvlinkOneSided);
    const Problem searched = with_engines(problem);
    CHECK(schedules_in(searched, "K", Overlap::kNone) == Words{"sglang_decode"});
    CHECK(searched.space.overlaps == std::vector{Overlap::kNone});
    CHECK(messages_of(kernel_rules(), "kernel_stands_in", searched, {.ep_width = 8}) ==
          std::vector<std::string>{
              "SGLang runs nvlink_one_sided here, which the fabric has no figures for: those of K "
              "stand in; treat its times as rough"});
    // NCCL's own is run, so that nothing stands in beside it.
    problem.fabric.kernels.push_back(problem.fabric.kernels[0]);
    problem.fabric.kernels[1].library = Library::kNccl;
    problem.space.kernels = {0, 1};
    CHECK_FALSE(stand_in_of(sglang, problem));
    CHECK(with_engines(problem).space.kernels == std::vector<std::size_t>{1});
    CHECK(runs_of(engines()[0], problem).size() > runs_of(sglang, problem).size());
  }

  TEST_CASE("which kernel stands in: that of the same kind, NCCL's last") {
    Engine engine;
    engine.modes = {{}};
    const auto standing_for = [&](Library wanted, const std::vector<Library>& there) {
      engine.decode = {{.library = wanted, .overlaps = {Overlap::kNone}}};
      Problem problem = with_kernel(std::nullopt, "e");
      problem.fabric.kernels.clear();
      problem.space.kernels.clear();
      for (const Library library : there) {
        problem.space.kernels.push_back(problem.fabric.kernels.size());
        problem.fabric.kernels.emplace_back().library = library;
      }
      const StandIn found = stand_in_of(engine, problem).value();
      CHECK(found.library == wanted);
      return problem.fabric.kernels[found.kernel].library.value();
    };
    constexpr auto kLl = Library::kDeepEpLl;
    constexpr auto kHt = Library::kDeepEpHt;
    constexpr auto kOne = Library::kNvlinkOneSided;
    constexpr auto kTwo = Library::kNvlinkTwoSided;
    constexpr auto kNccl = Library::kNccl;
    CHECK(standing_for(kOne, {kNccl, kLl, kHt, kTwo}) == kTwo);
    CHECK(standing_for(kOne, {kNccl, kLl, kHt}) == kHt);
    CHECK(standing_for(kOne, {kNccl, kLl}) == kLl);
    CHECK(standing_for(kOne, {kNccl}) == kNccl);
    CHECK(standing_for(kLl, {kNccl, kTwo, kHt}) == kHt);
    CHECK(standing_for(kHt, {kNccl, kTwo, kLl}) == kLl);
    CHECK(standing_for(kNccl, {kTwo}) == kTwo);
  }

  TEST_CASE("collectives have no overlap and one order, and stand in for no all-to-all") {
    Problem problem = with_kernel(Library::kNvlinkTwoSided, "sglang");
    Kernel collectives;
    collectives.name = "NCCL-AR";
    collectives.library = Library::kNccl;
    collectives.collectives = std::make_shared<Collectives>();
    problem.fabric.kernels.insert(problem.fabric.kernels.begin(), collectives);
    problem.space.kernels = {1};
    const auto stand_in = stand_in_of(engines()[1], problem);
    REQUIRE(stand_in);
    CHECK(stand_in->kernel == 1);
    const std::vector<Run> runs = runs_of(engines()[1], problem);
    REQUIRE_FALSE(runs.empty());
    for (const Run& run : runs) {
      if (run.kernel == 1) continue;
      CHECK(run.overlap == Overlap::kNone);
      CHECK(run.schedule == Schedule::kInOrder);
    }
    problem.space.kernels = {0};
    CHECK(ways_of(problem, 0, Overlap::kDbo).empty());
  }

  TEST_CASE("an engine and a search block that exclude each other are told apart") {
    const auto reason = [](const std::vector<std::string>& set) {
      const Problem problem = h100(set);
      const SearchResult found = optimize(problem, Solver::kBoth);
      REQUIRE_FALSE(found.optimum.has_value());
      return sentence(text_of(problem, found.reasons.at(0)));
    };
    CHECK(reason({"engine=trtllm", "search.overlap=[dbo]"}) ==
          "TensorRT-LLM runs LL with overlap none at decode, and search.overlap asks for dbo; ask "
          "for those, or leave 'engine' out.");
    CHECK(reason({"engine=sglang", "search.overlap=[dbo]", "search.schedule=vllm_ll"}) ==
          "SGLang runs LL with overlap dbo as sglang_decode, and search.schedule asks for vllm_ll; "
          "leave search.schedule out, or 'engine'.");
    CHECK(reason({"engine=sglang", "kernels.X={preset: trtllm-two-sided-gb200}", "search.kernel=X"})
              .starts_with("SGLang does not run X at decode; it runs LL and HT; name those"));
  }

  TEST_CASE("a step is priced with what the workload states, else with the engine's figures") {
    const auto outside = [](const std::vector<std::string>& set) {
      return h100(set).workload.figures.outside;
    };
    CHECK(outside({"engine=vllm"}).efficiency == *engines()[0].serving_efficiency);
    CHECK(outside({"engine=vllm", "serving_efficiency=50%"}).efficiency == 0.5);
    CHECK(outside({"engine=vllm", "step_overhead=1ms"}).overhead == unit::ms);
    CHECK(outside({"engine=vllm", "context=null"}).efficiency == 1.0);  // no step is computed
  }

  TEST_CASE("an engine runs a configuration in its own order, or one that takes the same time") {
    Problem problem = with_kernel(std::nullopt, "");
    problem.workload.engine.reset();
    problem.workload.figures.dense.core.fixed = unit::us;
    const auto runners = [&](Overlap overlap, Schedule schedule) {
      std::string names;
      for (const Engine& engine : engines()) {
        const Config config{.overlap = overlap, .schedule = schedule};
        if (mode_of(engine, problem, config) != nullptr) names += engine.name + " ";
      }
      return names;
    };
    // Without shared experts vLLM's orders are one, and SGLang at decode has its own.
    CHECK(runners(Overlap::kDbo, Schedule::kVllmLl) == "vLLM ");
    CHECK(runners(Overlap::kDbo, Schedule::kSglangDecode) == "SGLang ");
    CHECK(runners(Overlap::kNone, Schedule::kVllmLl) == "vLLM SGLang TensorRT-LLM ");
    problem.workload.figures.dense.shared.fixed = unit::us;
    CHECK(runners(Overlap::kNone, Schedule::kVllmLl) == "vLLM ");
    CHECK(runners(Overlap::kNone, Schedule::kSglangDecode) == "vLLM SGLang TensorRT-LLM ");
    CHECK(runners(Overlap::kNone, Schedule::kInOrder) == "vLLM SGLang ");
    CHECK(runners(Overlap::kChunk, Schedule::kVllmLl) == "TensorRT-LLM ");
    problem.workload.traffic.phase = Phase::kPrefill;
    CHECK(runners(Overlap::kDbo, Schedule::kSglangPrefill) == "SGLang ");
    CHECK(runners(Overlap::kNone, Schedule::kInOrder) == "vLLM SGLang TensorRT-LLM ");
    problem.fabric.kernels[0].library = Library::kDeepEpHt;
    CHECK(runners(Overlap::kChunk, Schedule::kVllmHt).empty());
    CHECK(engines_that_run(problem,
                           {.overlap = Overlap::kDbo,
                            .first_tokens = 50.0,
                            .tokens = 100,
                            .schedule = Schedule::kVllmHt}) == std::vector<std::string>{"vLLM"});
    CHECK(engines_that_run(problem,
                           {.overlap = Overlap::kDbo,
                            .first_tokens = 60.0,
                            .tokens = 100,
                            .schedule = Schedule::kVllmHt})
              .empty());
  }

  TEST_CASE("what the host launches at decode is said of an engine that was asked for") {
    const auto said = [](const std::vector<std::string>& set, const char* kernel) {
      const Problem problem = h100(set);
      return messages_of(kernel_rules(),
                         "no_cuda_graphs",
                         problem,
                         {.ep_width = 16, .kernel = kernel_of(problem, kernel)});
    };
    CHECK(said({"engine=sglang"}, "HT").size() == 1);
    CHECK(said({"engine=vllm"}, "HT").size() == 1);
    CHECK(said({"engine=vllm"}, "LL").empty());
    CHECK(said({"engine=sglang", "phase=prefill"}, "HT").empty());
    CHECK(said({}, "HT").empty());
  }
}

}  // namespace
}  // namespace wideep::engine_runs_test
