#include "engines/engine.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "input/source.h"
#include "model/step.h"

namespace wideep::engine_test {
namespace {

/// What docs/adding.md#an-engine shows.
constexpr const char* kExample = R"(about: an engine that cuts batches where it likes
name: Example
version: 1.2
# example.org/engine, moe.py: a fast all-to-all at decode, NCCL's at prefill; a second stream for
# shared experts up to 128 tokens.
kernels:
  decode:
    deepep_ll: {schedule: vllm_ll, overlap: [none, dbo], graphs: full}
    nccl: {schedule: trtllm_decode, up_to: 128, beyond: in_order, overlap: none, graphs: full}
  prefill:
    nccl: {schedule: in_order, overlap: [none, chunk], graphs: none}
# serve.py: tokens per rank, compared with >=.
overlap:
  chunk: {runs_as: pipelined experts}
  dbo:
    flags: --overlap two
    token_threshold: {decode: --overlap-from}
flags:
  ep_width: --experts-over
  all_to_all: {deepep_ll: --kernel fast, nccl: --kernel plain}
serving_efficiency: 80%
)";

Engine read(const std::string& text) {
  const Source source{"engine.yaml", text};
  Findings findings;
  const Node root = parse_yaml(source, findings);
  Engine engine = read_engine(root, findings);
  findings.throw_if_any();
  return engine;
}

/// An engine that runs NCCL at decode as the entry says, and nothing at prefill.
std::string one_kernel(const std::string& entry) {
  return "name: E\nkernels:\n  decode:\n    nccl: " + entry + "\n  prefill: {}\n";
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
    CHECK(example.version == "1.2");
    REQUIRE(example.decode.size() == 2);
    CHECK(example.decode[0].library == Library::kDeepEpLl);
    CHECK(example.decode[0].schedule == Schedule::kVllmLl);
    CHECK(example.decode[0].overlaps == std::vector{Overlap::kNone, Overlap::kDbo});
    CHECK(example.decode[0].graphs == Graphs::kFull);
    CHECK(example.decode[1].up_to == 128);
    CHECK(example.decode[1].beyond == Schedule::kInOrder);
    REQUIRE(example.prefill.size() == 1);
    CHECK(example.prefill[0].graphs == Graphs::kNone);
    REQUIRE(example.mode(Overlap::kNone) != nullptr);
    CHECK(example.mode(Overlap::kNone)->flags.empty());
    REQUIRE(example.mode(Overlap::kChunk) != nullptr);
    CHECK(example.mode(Overlap::kChunk)->runs_as == "pipelined experts");
    CHECK_FALSE(example.mode(Overlap::kDbo)->half_split);
    CHECK(flags_of(example, Phase::kDecode, 64.0) == "--overlap two --overlap-from 64");
    CHECK(flags_of(example, Phase::kDecode, {}) == "--overlap two");
    CHECK(flags_of(example, Phase::kPrefill, 64.0) == "--overlap two");  // no such threshold
    CHECK(example.flags.ep_width == "--experts-over");
    REQUIRE(example.flags.all_to_all.size() == 2);
    CHECK(example.flags.all_to_all[1] == std::pair(Library::kNccl, std::string("--kernel plain")));
    CHECK(example.serving_efficiency == 0.8);
    CHECK_FALSE(example.step_overhead);
  }

  TEST_CASE("an engine has the modes of its kernels, and no others") {
    const Engine engine = read(one_kernel("{schedule: in_order, overlap: none, graphs: none}"));
    CHECK(engine.modes.size() == 1);
    CHECK(engine.mode(Overlap::kDbo) == nullptr);
    CHECK_THROWS_AS(read(one_kernel("{schedule: in_order, overlap: dbo, graphs: none}")),
                    InputError);
    CHECK_THROWS_AS(read(one_kernel("{schedule: in_order, overlap: none, graphs: none}") +
                         "overlap: {dbo: {flags: x}}\n"),
                    InputError);
  }

  TEST_CASE("a key that is not known is refused, and what is needed must be there") {
    for (const char* entry : {"{overlap: none, graphs: none}",
                              "{schedule: in_order, graphs: none}",
                              "{schedule: in_order, overlap: none}",
                              "{schedule: in_order, overlap: none, graphs: some}",
                              "{schedule: in_order, overlap: none, graphs: none, up_to: 4}",
                              "{schedule: in_order, overlap: none, graphs: none, graph: full}"}) {
      CAPTURE(entry);
      CHECK_THROWS_AS(read(one_kernel(entry)), InputError);
    }
    CHECK_THROWS_AS(read("name: E\n"), InputError);
    CHECK_THROWS_AS(read("kernels: {decode: {}, prefill: {}}\n"), InputError);
    CHECK_THROWS_AS(read("name: E\nkernels: {decode: {}}\n"), InputError);
    CHECK_THROWS_AS(read("name: E\nkernels: {decode: {nvlink: {}}, prefill: {}}\n"), InputError);
    CHECK_THROWS_AS(read("name: E\nkernels: {decode: {}, prefill: {}}\nflags: {ep: x}\n"),
                    InputError);
  }

  TEST_CASE("the shipped engines: what each runs and how it is switched on") {
    const auto known = engines();
    REQUIRE(known.size() == 3);
    const Engine& vllm = known[0];
    const Engine& sglang = known[1];
    const Engine& trtllm = known[2];
    CHECK(vllm.id == "vllm");
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
    for (const Engine& engine : known) {
      CAPTURE(engine.id);
      CHECK_FALSE(engine.version.empty());
      // docs/validation.md names the rows that each is the median of.
      REQUIRE(engine.serving_efficiency);
      CHECK(*engine.serving_efficiency > 0.5);
      CHECK(*engine.serving_efficiency < 0.9);
      CHECK(engine.step_overhead == Seconds(0.0));
      for (const auto* entries : {&engine.decode, &engine.prefill}) {
        for (const EngineKernel& entry : *entries) {
          if (is_all_reduce(entry.library)) continue;  // it is no all-to-all that a flag chooses
          const auto& flags = engine.flags.all_to_all;
          CHECK(std::any_of(flags.begin(), flags.end(), [&](const auto& flag) {
            return flag.first == entry.library;
          }));
        }
      }
    }
  }

  TEST_CASE("benchmarks name engines in their own ways") {
    const auto named = [](std::string_view text) {
      const Engine* const engine = engine_named(text);
      return engine == nullptr ? std::string() : engine->id;
    };
    CHECK(named("sglang") == "sglang");
    CHECK(named("dynamo-sglang") == "sglang");
    CHECK(named("vLLM") == "vllm");
    CHECK(named("TensorRT-LLM") == "trtllm");
    CHECK(named("dynamo-trt") == "trtllm");
    CHECK(named("tensorrt_llm") == "trtllm");
    CHECK(named("") == "");
    CHECK(named("atom") == "");
    CHECK(named("x") == "");
  }
}

}  // namespace
}  // namespace wideep::engine_test
