#include "engines/engine.h"

#include <doctest/doctest.h>

#include "input/source.h"

namespace wideep::engine_test {
namespace {

/// What docs/adding.md#an-engine shows.
constexpr const char* kExample = R"(about: an engine that cuts batches where it likes
name: Example
# example.org/engine, serve.py: tokens per rank, compared with >=.
overlap:
  none: {}
  chunk: {runs_as: pipelined experts}
  dbo:
    flags: --overlap two
    token_threshold: {decode: --overlap-from}
)";

Engine read(const std::string& text) {
  const Source source{"engine.yaml", text};
  Findings findings;
  const Node root = parse_yaml(source, findings);
  Engine engine = read_engine(root, findings);
  findings.throw_if_any();
  return engine;
}

std::string flags_of(const Engine& engine, Phase phase, std::optional<double> threshold) {
  const EngineMode* const mode = engine.mode(Overlap::kDbo);
  REQUIRE(mode != nullptr);
  return launch_flags(*mode, phase, threshold);
}

TEST_SUITE("engines/engine") {
  TEST_CASE("an engine is one file of data") {
    const Engine example = read(kExample);
    CHECK(example.name == "Example");
    REQUIRE(example.mode(Overlap::kNone) != nullptr);
    CHECK(example.mode(Overlap::kNone)->flags.empty());
    REQUIRE(example.mode(Overlap::kChunk) != nullptr);
    CHECK(example.mode(Overlap::kChunk)->runs_as == "pipelined experts");
    CHECK_FALSE(example.mode(Overlap::kDbo)->half_split);
    CHECK(flags_of(example, Phase::kDecode, 64.0) == "--overlap two --overlap-from 64");
    CHECK(flags_of(example, Phase::kDecode, {}) == "--overlap two");
    CHECK(flags_of(example, Phase::kPrefill, 64.0) == "--overlap two");  // no such threshold
  }

  TEST_CASE("a mode that an engine's file does not name it does not run") {
    const Engine engine = read("name: E\noverlap: {none: {}}\n");
    CHECK(engine.modes.size() == 1);
    CHECK(engine.mode(Overlap::kDbo) == nullptr);
  }

  TEST_CASE("a key that is not known is refused, and a name is needed") {
    CHECK_THROWS_AS(read("name: E\noverlaps: {none: {}}\n"), InputError);
    CHECK_THROWS_AS(read("name: E\noverlap: {dbo: {flag: x}}\n"), InputError);
    CHECK_THROWS_AS(read("overlap: {none: {}}\n"), InputError);
  }

  TEST_CASE("the shipped engines: what each runs and how it is switched on") {
    const auto known = engines();
    REQUIRE(known.size() == 3);
    const Engine& vllm = known[0];
    const Engine& sglang = known[1];
    const Engine& trtllm = known[2];
    CHECK(vllm.name == "vLLM");
    CHECK(flags_of(vllm, Phase::kDecode, 96.0) == "--enable-dbo --dbo-decode-token-threshold 96");
    CHECK(flags_of(vllm, Phase::kPrefill, 96.0) == "--enable-dbo --dbo-prefill-token-threshold 96");
    CHECK(vllm.mode(Overlap::kDbo)->half_split);
    CHECK(vllm.mode(Overlap::kChunk) == nullptr);
    CHECK(sglang.name == "SGLang");
    CHECK(flags_of(sglang, Phase::kDecode, 96.0) == "--enable-two-batch-overlap");
    CHECK(sglang.mode(Overlap::kChunk) == nullptr);
    CHECK(trtllm.name == "TensorRT-LLM");
    CHECK(trtllm.mode(Overlap::kDbo) == nullptr);
    CHECK(trtllm.mode(Overlap::kChunk)->runs_as == "chunked MoE");
  }

  TEST_CASE("an engine runs a configuration in its own order, or one that takes the same time") {
    Problem problem;
    problem.workload.figures.dense.core.fixed = unit::us;
    const auto runners = [&](Overlap overlap, Schedule schedule) {
      std::string names;
      for (const Engine& engine : engines()) {
        const Config config{.overlap = overlap, .schedule = schedule};
        if (mode_of(engine, problem, config) != nullptr) names += engine.name + " ";
      }
      return names;
    };
    // Without shared experts vLLM's orders and SGLang's at prefill are one.
    CHECK(runners(Overlap::kDbo, Schedule::kVllmLl) == "vLLM SGLang ");
    CHECK(runners(Overlap::kDbo, Schedule::kSglangDecode) == "SGLang ");
    CHECK(runners(Overlap::kNone, Schedule::kVllmLl) == "vLLM SGLang TensorRT-LLM ");
    problem.workload.figures.dense.shared.fixed = unit::us;
    CHECK(runners(Overlap::kDbo, Schedule::kVllmLl) == "vLLM ");
    CHECK(runners(Overlap::kDbo, Schedule::kSglangPrefill) == "SGLang ");
    CHECK(runners(Overlap::kNone, Schedule::kVllmLl) == "vLLM ");
    CHECK(runners(Overlap::kNone, Schedule::kSglangDecode) == "vLLM SGLang TensorRT-LLM ");
    CHECK(runners(Overlap::kNone, Schedule::kInOrder) == "vLLM TensorRT-LLM ");
    CHECK(runners(Overlap::kChunk, Schedule::kVllmLl) == "TensorRT-LLM ");
  }
}

}  // namespace
}  // namespace wideep::engine_test
