#include "report/limit_text.h"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "engines/rules.h"

namespace wideep::limit_text_test {
namespace {

std::string text_of_file(const std::string& path) {
  std::ifstream file(std::string(WIDEEP_SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_SUITE("report/limit_text") {
  TEST_CASE("every limit has a rule, and docs/json.md names it") {
    const std::string docs = text_of_file("docs/json.md");
    REQUIRE_FALSE(docs.empty());
    for (int kind = 0; kind <= static_cast<int>(LimitKind::kTpot); ++kind) {
      const std::string rule(rule_of(static_cast<LimitKind>(kind)));
      CAPTURE(kind);
      CHECK_FALSE(rule.empty());
      CHECK(docs.find("`" + rule + "`") != std::string::npos);
    }
    for (const auto rules : {question_rules(), range_rules(), kernel_rules()}) {
      for (const Rule& rule : rules) {
        CAPTURE(rule.name);
        CHECK(docs.find("`" + std::string(rule.name) + "`") != std::string::npos);
      }
    }
  }

  TEST_CASE("a message stands once however many limits say it, and no more than anybody reads") {
    Problem p;
    p.fabric.kernels.resize(1);
    p.workload.model.hidden_size = 7;
    p.fabric.kernels[0].limits.hidden_sizes = {8};
    std::vector<BrokenLimit> limits(
        3, {.kind = LimitKind::kKernelHiddenSize, .config = {}, .asked = 7.0, .allowed = 8.0});
    CHECK(texts_of(p, limits).size() == 1);
    for (int width = 1; width <= 2'000; ++width) {
      limits.push_back({.kind = LimitKind::kMaxGpus,
                        .config = {.ep_width = width},
                        .asked = 1.0 * width,
                        .allowed = 0.0});
    }
    CHECK(texts_of(p, limits).size() == 1'000);
    CHECK(texts_of(p, limits).back().message == "EP width 999 is above max_gpus, 0");
  }

  TEST_CASE("what is asked for and what is allowed are told apart however near they are") {
    Problem p;
    p.fabric.kernels.resize(1);
    BrokenLimit limit{
        .kind = LimitKind::kTtft, .config = {}, .asked = Seconds(2.00004), .allowed = Seconds(2.0)};
    CHECK(text_of(p, limit).message ==
          "the steps of a prompt take 2.00004 s, and slo.ttft allows 2 s");
    limit.kind = LimitKind::kTpot;
    limit.asked = 50.003 * unit::ms;
    limit.allowed = 50.0 * unit::ms;
    CHECK(text_of(p, limit).message == "a step takes 50.003 ms, and slo.tpot allows 50 ms");
    limit.asked = 51.237 * unit::ms;  // four digits do
    CHECK(text_of(p, limit).message == "a step takes 51.24 ms, and slo.tpot allows 50 ms");
    p.workload.traffic.drafting.tokens = 1;
    CHECK(text_of(p, limit).message ==
          "a token of a request takes 51.24 ms, and slo.tpot allows 50 ms");
  }

  TEST_CASE("a batch is counted in requests at decode and in tokens at prefill") {
    Workload w;
    CHECK(batch_text(w, {.tokens = 1, .requests = 1}) == "1 request per rank");
    CHECK(batch_text(w, {.tokens = 4096, .requests = 1024}) == "1,024 requests per rank");
    w.traffic.phase = Phase::kPrefill;
    CHECK(batch_text(w, {.tokens = 4096, .requests = 0}) == "4,096 tokens per rank");
    CHECK(batch_text(w, {.tokens = 1, .requests = 0}) == "1 token per rank");
  }
}

}  // namespace
}  // namespace wideep::limit_text_test
