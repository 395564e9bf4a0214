#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "logs/collected.h"
#include "logs/format.h"
#include "support/skip.h"

namespace wideep::csv_fused_table_test {
namespace {

using doctest::Approx;
using Words = std::vector<std::string>;

struct Read {
  CollectedLog log;
  std::string format;
};

Read read(const std::string& text, const LogHints& hints = {}) {
  Read result;
  result.log.name = "x.csv";
  const auto format = csv_tables(hints);
  feed(*format, text, result.log);
  result.format = format->name();
  return result;
}

const std::string kTable =
    "framework,version,device,phase,moe_dtype,num_tokens_per_rank,global_num_tokens,hidden_size,"
    "inter_size,topk,num_experts,ep,distribution,effective_num_max_tokens_per_rank,used_cuda_"
    "graph,";
const std::string kPlain =
    "hidden_size,expert_size,top_k,experts,ep_width,tokens_per_rank,dtype,time_us\n";

TEST_SUITE("logs/csv_fused_table") {
  TEST_CASE("AIConfigurator's table, in either unit") {
    struct Unit {
      std::string column;
      std::string time;
    };
    for (const Unit& unit : {Unit{"latency_us\n", "250.5"}, Unit{"latency\n", "0.2505"}}) {
      CAPTURE(unit.column);
      const auto [log, format] = read(
          kTable + unit.column +
          "SGLang,1.0,NVIDIA GB200,generation,w4a8_mxfp4_mxfp8,64,512,4096,1536,6,128,8,balanced,"
          "576,true," +
          unit.time + "\n");
      CHECK(format == "AIConfigurator fused MoE table");
      CHECK(log.rejected.empty());
      REQUIRE(log.fused.size() == 1);
      const auto& [series, sample] = log.fused.front();
      CHECK(series.device == "NVIDIA GB200");
      CHECK(series.dtype == "w4a8_mxfp4_mxfp8");
      CHECK(series.weights == WeightType::kMxfp4);
      CHECK(series.distribution.empty());
      CHECK(series.hidden_size == 4096);
      CHECK(series.expert_size == 1536);
      CHECK(series.top_k == 6);
      CHECK(series.experts == 128);
      CHECK(sample.ep_width == 8);
      CHECK(sample.tokens == 64);
      CHECK(sample.time / unit::us == Approx(250.5));
    }
  }

  TEST_CASE("rows of skewed routing keep its name, rows without a graph are skipped") {
    const CollectedLog log = read(kTable +
                                  "latency_us\n"
                                  "SGLang,1.0,B200,context,w4a8_nvfp4_mxfp8,64,512,4096,1536,6,128,"
                                  "8,power_law_1.2,9,true,1\n"
                                  "SGLang,1.0,B200,context,w4a8_mxfp4_mxfp8,64,512,4096,1536,6,128,"
                                  "8,balanced,9,False,1\n")
                                 .log;
    REQUIRE(log.fused.size() == 1);
    CHECK(log.fused.front().first.distribution == "power_law_1.2");
    CHECK(log.fused.front().first.weights == WeightType::kNvfp4);
    CHECK(log.skipped == Words{"timed without a CUDA graph: launches from the host are in it"});
  }

  TEST_CASE("every documented column of one's own") {
    const auto [log, format] = read(
        "device,dtype,hidden_size,expert_size,top_k,experts,ep_width,tokens_per_rank,distribution,"
        "time_us\n"
        "GB200,mxfp4,4096,1536,6,128,8,64,even,250.5\n"
        "GB200,nvfp4,4096,1536,6,128,8,64,zipf_0.5,300\n"
        "weight_dtype,hidden,moe_intermediate_size,topk,num_experts,ep,tokens,latency_ms\n"
        "bf16,4096,1536,6,128,4,32,0.5\n");
    CHECK(format == "CSV of a fused kernel");
    CHECK(log.notes.empty());
    REQUIRE(log.fused.size() == 3);
    CHECK(log.fused[0].first.device == "GB200");
    CHECK(log.fused[0].first.distribution.empty());
    CHECK(log.fused[0].second.tokens == 64);
    CHECK(log.fused[0].second.time / unit::us == Approx(250.5));
    CHECK(log.fused[1].first.distribution == "zipf_0.5");
    CHECK(log.fused[2].first.weights == WeightType::kBf16);
    CHECK(log.fused[2].first.expert_size == 1536);
    CHECK(log.fused[2].second.ep_width == 4);
    CHECK(log.fused[2].second.time / unit::us == Approx(500));
  }

  TEST_CASE("what is not said is noted, and a width may be given") {
    const CollectedLog log =
        read("hidden,expert_size,top_k,experts,ep,tokens,time_us\n4096,1536,6,128,8,64,250\n").log;
    REQUIRE(log.fused.size() == 1);
    CHECK(log.fused.front().first.dtype == "mxfp4");
    CHECK(log.notes == Words{"no column 'dtype': weights are taken for mxfp4"});
    const std::string without =
        "hidden,expert_size,top_k,experts,tokens,dtype,time_us\n4096,1536,6,128,64,fp8,250\n";
    CHECK(read(without).log.faults.size() == 1);
    LogHints hints;
    hints.ep_width = 8;
    CHECK(read(without, hints).log.fused.size() == 1);
  }

  TEST_CASE("faults and rejects") {
    const auto fault = [](const std::string& text) {
      const CollectedLog log = read(text).log;
      CHECK(log.fused.empty());
      REQUIRE(log.faults.size() == 1);
      return log.faults.front().message;
    };
    CHECK(fault("hidden,expert_size,top_k,experts,ep,tokens,time\n") ==
          "column 'time' has no unit");
    CHECK(fault("expert_size,experts,ep,time_us\n") ==
          "this table of a fused kernel lacks the columns 'tokens_per_rank', 'hidden_size' and "
          "'top_k'");
    const CollectedLog log =
        read(kPlain +
             "64,64,1,8,16,1,mxfp4,1\n64,64,9,8,4,1,mxfp4,1\n64,64,1,8,4,0,mxfp4,1\n"
             "64,64,1,8,4,1,int9,1\n64,64,1,8,4,1,mxfp4,0\n" +
             "64,64,1,8,4,1,mxfp4_" + std::string(99, 'x') + ",1\n")
            .log;
    CHECK(log.fused.empty());
    CHECK(log.rejected == Words{"more ranks than experts",
                                "more experts a token than experts",
                                "'tokens_per_rank' is not a whole number from 1 to 16777216",
                                "the type is none that weights are known to have",
                                "'time_us' is not a time above 0 up to 60 s",
                                "a name of more than 48 letters"});
  }

  TEST_CASE("experts of one rank are another table") {
    CHECK(
        read("dtype,hidden,expert_size,experts,local_experts,tokens_per_expert,time_us\n").format ==
        "CSV of experts");
  }

  TEST_CASE("published") {
    if (!published_there()) return;
    for (const auto& [name, rows] : {std::pair{"b200", 64}, {"gb200", 256}, {"gb300", 304}}) {
      std::ifstream file(std::string(WIDEEP_PUBLISHED_DIR) + "/fused/megamoe_" + name + ".csv");
      REQUIRE(file.is_open());
      const CollectedLog log = read(std::string(std::istreambuf_iterator<char>(file), {})).log;
      CHECK(log.fused.size() == static_cast<std::size_t>(rows));
      CHECK(log.rejected.empty());
      CHECK(log.skipped.empty());
    }
  }
}

}  // namespace
}  // namespace wideep::csv_fused_table_test
