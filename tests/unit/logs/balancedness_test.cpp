#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "logs/collected.h"
#include "logs/format.h"

namespace wideep::balancedness_test {
namespace {

/// And the balancedness.
struct Kept : CollectedLog {
  using CollectedLog::add;
  void add(const BalanceSample& sample) override {
    tools.push_back(sample.tool);
    gammas.push_back(sample.straggler_factor);
  }

  std::vector<BalanceTool> tools;
  std::vector<double> gammas;
};

using Words = std::vector<std::string>;

Kept read(const std::string& text, const LogHints& hints = {}) {
  Kept kept;
  const auto format = balancedness(hints);
  feed(*format, text, kept);
  CHECK(kept.comm.empty());
  return kept;
}

LogHints vllm(const std::string& version) {
  LogHints hints;
  hints.vllm_version = version;
  return hints;
}

const std::string kStep =
    "(EngineCore_DP0 pid=7) INFO 09-01 10:00:00 [eplb_state.py:600] EPLB step: 30 for model m/x: "
    "avg_tokens=512.50, max_tokens=1025, balancedness=0.5000, steps until the next rearrangement: "
    "970\n";
const std::string kOldStep = "INFO EPLB step: avg_tokens=50.00, max_tokens=100, balancedness=0.5\n";

TEST_SUITE("logs/balancedness") {
  TEST_CASE("SGLang: the inverse of mean/max, of each pass") {
    const Kept kept = read(
        "[2026-01-02 03:04:05 DP0 TP0] [Expert Balancedness] forward_pass_id=7 "
        "current_pass_balancedness=0.640 last_10_average_balancedness=0.900 "
        "last_100_average_balancedness=0.900 gpu_physical_count_sum=65536\n"
        "[Expert Balancedness] forward_pass_id=8 current_pass_balancedness=1.000 "
        "last_10_average_balancedness=0.950 gpu_physical_count_sum=65536\n");
    CHECK(kept.taken == 2);
    REQUIRE(kept.gammas.size() == 2);
    CHECK(kept.gammas[0] == doctest::Approx(1.5625));
    CHECK(kept.gammas[1] == doctest::Approx(1));
    CHECK(kept.tools[0] == BalanceTool::kSglang);
  }

  TEST_CASE("SGLang: several passes of decode in one line") {
    const Kept kept = read(
        "[Expert Balancedness] first_forward_pass_id=10 forward_pass_id=12 "
        "aggregated_forward_passes=3 average_balancedness=0.200 min_balancedness=0.100 "
        "max_balancedness=0.300 last_10_average_balancedness=0.9 gpu_physical_count_sum=60\n");
    REQUIRE(kept.gammas.size() == 1);
    CHECK(kept.gammas[0] == doctest::Approx(5));
  }

  TEST_CASE("SGLang: what is no balancedness") {
    const auto line = [](const std::string& value) {
      return "[Expert Balancedness] forward_pass_id=7 current_pass_balancedness=" + value +
             " last_10_average_balancedness=0.5 gpu_physical_count_sum=9\n";
    };
    const Kept kept =
        read(line("0.000") + line("1.001") + line("-0.5") + line("nan") + line("") +
             "[Expert Balancedness] current_pass_balancedness=1.000 gpu_physical_count_sum=0\n");
    CHECK(kept.gammas.empty());
    CHECK(kept.rejected == Words(5, "a balancedness that is not above 0 up to 1"));
    CHECK(kept.skipped == Words{"a step without tokens, whose balance says nothing"});
  }

  TEST_CASE("vLLM: refused where nothing says that it is right") {
    const Kept kept = read(kStep + kStep + kStep);
    CHECK(kept.gammas.empty());
    CHECK(kept.taken == 3);
    REQUIRE(kept.faults.size() == 1);
    CHECK(kept.faults[0].line == 1);
    CHECK(kept.faults[0].column == 1 + static_cast<int>(kStep.find("balancedness=")));
    CHECK(kept.faults[0].message ==
          "nothing says which vLLM wrote this balancedness, and before 0.28.0 it compares layers, "
          "not ranks");
    CHECK(kept.faults[0].help ==
          "say the version of vLLM, or record how many tokens each expert gets instead");
    CHECK(kept.skipped == Words(2, "a balancedness that is known to be wrong"));
  }

  TEST_CASE("vLLM: the version decides, and builds come before their release") {
    for (const char* wrong : {"0.27.1",
                              "v0.11.0",
                              "0.9",
                              "0.28.0rc1",
                              "0.28.0rc1.dev12+gab",
                              "0.28.0.dev3",
                              "0.27.1+local",
                              "0.28.0a1"}) {
      const Kept kept = read(kStep, vllm(wrong));
      CHECK_MESSAGE(kept.gammas.empty(), wrong);
      CHECK(kept.faults.size() == 1);
    }
    for (const char* right : {"0.28.0",
                              "v0.28.0",
                              "0.28",
                              "0.28.0.post1",
                              "0.28.0+cu130",
                              "0.28.1rc1.dev3+gab",
                              "0.29.0",
                              "1.0"}) {
      const Kept kept = read(kStep, vllm(right));
      REQUIRE_MESSAGE(kept.gammas.size() == 1, right);
      CHECK(kept.gammas[0] == doctest::Approx(2));
      CHECK(kept.tools[0] == BalanceTool::kVllm);
    }
    for (const char* unknown : {"", "v", "latest", "0", "0.x", "main"}) {
      CHECK(read(kStep, vllm(unknown)).faults.size() == 1);
    }
    CHECK(read(kStep, vllm("0.11.0")).faults[0].message ==
          "this balancedness of vLLM '0.11.0' compares layers, not ranks");
  }

  TEST_CASE("vLLM: the log's own version, which a hint does not overrule") {
    for (const char* said :
         {"INFO [api_server.py:1] vLLM API server version 0.29.0\n",
          "INFO [core.py:97] Initializing a V1 LLM engine (v0.28.0) with config: x\n",
          "vLLM version: v0.30.1rc2\n"}) {
      CHECK_MESSAGE(read(said + kStep).gammas.size() == 1, said);
      CHECK(read(said + kStep, vllm("0.11.0")).gammas.size() == 1);
    }
    const std::string old =
        "Initializing a V1 LLM engine (v0.11.1rc2.dev141+g38f225c2a) with config\n";
    CHECK(read(old + kStep).faults.size() == 1);
    CHECK(read(old + kStep, vllm("0.29.0")).faults.size() == 1);
    CHECK(read("vLLM API server version dev\n" + kStep, vllm("0.29.0")).gammas.size() == 1);
  }

  TEST_CASE("vLLM: the old form is always wrong") {
    const Kept kept = read(kOldStep, vllm("0.29.0"));
    CHECK(kept.gammas.empty());
    REQUIRE(kept.faults.size() == 1);
    CHECK(kept.faults[0].message == "this balancedness of an old vLLM compares layers, not ranks");
  }

  TEST_CASE("vLLM: idle steps and the width of its engine") {
    const Kept kept = read(
        "Initializing a V1 LLM engine (v0.29.0) with config: model='m', tensor_parallel_size=2, "
        "pipeline_parallel_size=1, data_parallel_size=16, x=1\n"
        "EPLB step: 1 for model m: avg_tokens=0.00, max_tokens=0, balancedness=0.0000, steps\n");
    CHECK(kept.width == 32);
    CHECK(kept.skipped.size() == 1);
    CHECK(kept.rejected.empty());
    CHECK(read("LLM tensor_parallel_size=1, data_parallel_size=1\n").width == 0);
    CHECK(read("LLM, tensor_parallel_size=90000, data_parallel_size=90000\n").width == 0);
  }

  const std::string kTable =
      "Load statistics:\n"
      "           mean         std  imbalance-ratio\n"
      "3        1024.0  200.125000         0.500000\n"
      "4        1024.0    0.000000         0.000000\n"
      "...\n"
      "60       1024.0  410.500000         1.250000\n"
      "average  1024.0  203.541667         0.583333\n";

  TEST_CASE("TensorRT-LLM: one more than the ratio, of each layer") {
    const Kept kept = read(kTable + "61 1024.0 1.0 0.5\n");
    REQUIRE(kept.gammas.size() == 3);
    CHECK(kept.gammas[0] == doctest::Approx(1.5));
    CHECK(kept.gammas[1] == doctest::Approx(1));
    CHECK(kept.gammas[2] == doctest::Approx(2.25));
    CHECK(kept.tools[0] == BalanceTool::kTensorRtLlm);
    CHECK(kept.skipped ==
          Words{"layers that the table leaves out", "the average of the layers above it"});
    CHECK(kept.notes ==
          Words{"load statistics of TensorRT-LLM, taken to be made without --per_expert"});
    // The average stands last.
    CHECK(kept.taken == 6);
  }

  TEST_CASE("TensorRT-LLM: load per expert is something else") {
    const Kept kept =
        read("+ python report_load_statistics.py --per_expert\n" + kTable +
             "+ python report_load_statistics.py --expert_statistic_path x\n" + kTable);
    CHECK(kept.gammas.size() == 3);
    CHECK(std::count(kept.skipped.begin(), kept.skipped.end(), "load per expert, not per rank") ==
          3);
  }

  TEST_CASE("TensorRT-LLM: rows that say nothing") {
    const Kept kept = read(
        "mean std imbalance-ratio\n3 0.0 0.0 NaN\n4 1.0 0.0 -0.5\n5 1.0 0.0 x\n6 1.0 0.0 1e9\n"
        "the end\n7 1.0 0.0 0.5\n");
    CHECK(kept.gammas.empty());
    CHECK(kept.skipped == Words{"a layer without tokens"});
    CHECK(kept.rejected == Words(3, "an imbalance ratio that is no share of the mean"));
    CHECK(kept.taken == 5);
  }

  TEST_CASE("other lines are nobody's") {
    const Kept kept = read(
        "\n3 1024.0 1.0 0.5\nthe imbalance-ratio is high\nbalancedness=\nbalancedness=0.5\n"
        "EPLB step: 3\n[Expert Balancedness]\nLLM\nvLLM API server version \n");
    CHECK(kept.taken == 0);
    CHECK(kept.faults.empty());
  }
}

}  // namespace
}  // namespace wideep::balancedness_test
