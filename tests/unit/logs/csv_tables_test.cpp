#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "logs/collected.h"
#include "logs/format.h"
#include "support/skip.h"

namespace wideep::csv_tables_test {
namespace {

struct Expert {
  ExpertSeries series;
  ExpertSample sample;
};

struct Attention {
  AttentionSeries series;
  AttentionSample sample;
};

/// And the experts and attention.
struct Kept : CollectedLog {
  using CollectedLog::add;
  void add(const ExpertSeries& series, const ExpertSample& sample) override {
    experts.push_back({series, sample});
  }
  void add(const AttentionSeries& series, const AttentionSample& sample) override {
    attention.push_back({series, sample});
  }

  std::vector<Expert> experts;
  std::vector<Attention> attention;
  std::string formats;
};

using Words = std::vector<std::string>;

Kept read(const std::string& text, const LogHints& hints = {}, const std::string& name = "x.csv") {
  Kept kept;
  kept.name = name;
  const auto format = csv_tables(hints);
  feed(*format, text, kept);
  kept.formats = format->name();
  return kept;
}

/// "line:column: message (help)" of the only fault.
std::string fault_of(const std::string& text, const LogHints& hints = {}) {
  const Kept kept = read(text, hints);
  CHECK(kept.comm.empty());
  CHECK(kept.experts.empty());
  CHECK(kept.attention.empty());
  REQUIRE(kept.faults.size() == 1);
  const LogFault& fault = kept.faults.front();
  return std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " + fault.message +
         (fault.help.empty() ? "" : " (" + fault.help + ")");
}

const std::string kLowLatency =
    "framework,version,device,op_name,kernel_source,node_num,hidden_size,num_token,num_topk,"
    "num_experts,combine_avg_t_us,combine_bandwidth_gbps,dispatch_avg_t_us,"
    "dispatch_bandwidth_gbps\n";
const std::string kNormal =
    "framework,version,device,op_name,node_num,kernel_source,hidden_size,num_token,num_topk,"
    "num_experts,dispatch_sms,dispatch_transmit_us,dispatch_notify_us,combine_sms,"
    "combine_transmit_us,combine_notify_us\n";
const std::string kAlltoall =
    "framework,version,device,op_name,kernel_source,moe_dtype,num_tokens,hidden_size,topk,"
    "num_experts,moe_ep_size,distribution,latency\n";
const std::string kNccl =
    "framework,version,device,op_name,kernel_source,nccl_dtype,num_gpus,message_size,latency\n";
const std::string kMoe =
    "framework,version,device,op_name,kernel_source,moe_dtype,num_tokens,hidden_size,inter_size,"
    "topk,num_experts,moe_tp_size,moe_ep_size,distribution,latency\n";
const std::string kMla =
    "framework,version,device,op_name,kernel_source,model,architecture,mla_dtype,kv_cache_dtype,"
    "gemm_type,num_heads,batch_size,isl,tp_size,step,latency\n";
const std::string kComm =
    "kernel,phase,ep_width,tokens_per_rank,hidden_size,top_k,element_bytes,time_us\n";

TEST_SUITE("logs/csv_tables: AIConfigurator") {
  TEST_CASE("DeepEP LL: two directions a row") {
    const Kept kept =
        read(kLowLatency + "sglang,1.0,NVIDIA H100,ll,deepep,2,4096,100,8,256,60.5,1,40.25,1\n");
    REQUIRE(kept.comm.size() == 2);
    CHECK(kept.taken == 2);
    const auto& [dispatch, run, tokens, bytes, us, line] = kept.comm[0];
    CHECK(dispatch.kernel == "LL");
    CHECK(dispatch.copies == Copies::kPerExpert);
    CHECK(dispatch.direction == Direction::kDispatch);
    CHECK(dispatch.ep_width == 16);
    CHECK(dispatch.gpus_per_domain == 8);
    CHECK(dispatch.sms == 0);
    CHECK(dispatch.hidden_size == 4096);
    CHECK(dispatch.gate.top_k == 8);
    CHECK(dispatch.gate.experts == 256);
    CHECK(dispatch.gate.routing == Routing::kRandom);
    CHECK(dispatch.dtype == "fp8");
    CHECK(dispatch.header == 16.0 * unit::B);
    CHECK(tokens == 100.0);
    // 4096 + 4096/128*4 + 16 = 4240 bytes a copy.
    CHECK(bytes == doctest::Approx(100.0 * 8 * 4240));
    CHECK(us == doctest::Approx(40.25));
    CHECK(kept.comm[1].series.direction == Direction::kCombine);
    CHECK(kept.comm[1].series.dtype == "bf16");
    CHECK(kept.comm[1].series.header == Bytes{});
    CHECK(kept.comm[1].bytes == doctest::Approx(100.0 * 8 * 8192));
    CHECK(kept.comm[1].us == doctest::Approx(60.5));
    CHECK(kept.comm[1].run == run);
  }

  TEST_CASE("each row is a run, and the device says what a node is") {
    const Kept kept = read(kLowLatency +
                           "sglang,1.0,NVIDIA GB200,ll,deepep,3,4096,1,8,256,1,1,2,1\n"
                           "sglang,1.0,Some GPU,ll,deepep,1,4096,1,8,256,1,1,2,1\n");
    REQUIRE(kept.comm.size() == 4);
    CHECK(kept.comm[0].series.ep_width == 12);
    CHECK(kept.comm[0].series.gpus_per_domain == 72);
    CHECK(kept.comm[2].series.ep_width == 8);
    CHECK(kept.comm[2].series.gpus_per_domain == 0);
    CHECK(kept.comm[0].run < kept.comm[2].run);
  }

  TEST_CASE("DeepEP HT: transmit and notify add up, each direction with its SMs") {
    const Kept kept =
        read(kNormal +
             "sglang,1.0,NVIDIA H100,normal,8,deepep,4096,1000,8,256,20,300,40,24,500,"
             "60.5\n"
             "sglang,1.0,NVIDIA H100,normal,1,deepep,4096,1000,8,256,20,30,0,20,50,0\n");
    REQUIRE(kept.comm.size() == 4);
    const CollectedLog::Comm& dispatch = kept.comm[0];
    CHECK(dispatch.series.kernel == "HT");
    CHECK(dispatch.series.copies == Copies::kPerDomain);
    CHECK(dispatch.series.ep_width == 64);
    CHECK(dispatch.series.sms == 20);
    CHECK(dispatch.series.gate.groups == 8);
    CHECK(dispatch.series.gate.groups_per_token == 4);
    CHECK(dispatch.series.header == Bytes{});
    CHECK(dispatch.bytes == doctest::Approx(1000.0 * 8 * 4224));
    CHECK(dispatch.us == doctest::Approx(340));
    CHECK(kept.comm[1].series.sms == 24);
    CHECK(kept.comm[1].bytes == doctest::Approx(1000.0 * 8 * 8192));
    CHECK(kept.comm[1].us == doctest::Approx(560.5));
    CHECK(kept.comm[2].series.gate.groups == 1);
    CHECK(kept.comm[2].series.gate.groups_per_token == 1);
    CHECK(kept.comm[2].us == doctest::Approx(30));
  }

  TEST_CASE("DeepEP HT: experts that do not make a group for each node") {
    const Kept kept = read(kNormal +
                           "sglang,1.0,NVIDIA H100,normal,3,deepep,4096,9,8,256,20,30,0,20,50,0\n"
                           "sglang,1.0,NVIDIA H100,normal,8,deepep,4096,9,8,8,20,30,0,20,50,0\n");
    CHECK(kept.comm.empty());
    CHECK(kept.rejected == Words{"the experts do not make equal groups",
                                 "more experts a token than there are to choose from"});
  }

  TEST_CASE("TensorRT-LLM: milliseconds, one copy a rank, sizes by type") {
    const auto row = [](const std::string& op, const std::string& type, const std::string& spread) {
      return "TRTLLM,1.0,NVIDIA GB200," + op + ",NVLinkTwoSided," + type + ",64,4096,8,256,32," +
             spread + ",0.5\n";
    };
    const Kept kept = read(kAlltoall + row("alltoall_dispatch", "bfloat16", "balanced") +
                           row("alltoall_dispatch", "fp8", "balanced") +
                           row("alltoall_dispatch", "nvfp4", "balanced") +
                           row("alltoall_combine", "nvfp4", "balanced") +
                           row("alltoall_prepare", "nvfp4", "balanced") +
                           row("alltoall_combine_low_precision", "nvfp4", "balanced") +
                           row("alltoall_dispatch", "int3", "balanced") +
                           row("alltoall_dispatch", "fp8", "power_law_1.2"));
    REQUIRE(kept.comm.size() == 4);
    const CommSeries& series = kept.comm[0].series;
    CHECK(series.kernel == "NVLinkTwoSided");
    CHECK(series.copies == Copies::kPerRank);
    CHECK(series.ep_width == 32);
    CHECK(series.gpus_per_domain == 72);
    CHECK(series.gate.routing == Routing::kBalanced);
    CHECK(kept.comm[0].us == doctest::Approx(500));
    const double copies = 64.0 * 8;
    CHECK(kept.comm[0].bytes == doctest::Approx(copies * 8192));
    CHECK(kept.comm[1].bytes == doctest::Approx(copies * 4224));
    CHECK(kept.comm[2].bytes == doctest::Approx(copies * 2304));
    CHECK(kept.comm[2].series.dtype == "nvfp4");
    CHECK(kept.comm[3].bytes == doctest::Approx(copies * 8192));
    CHECK(kept.comm[3].series.dtype == "bf16");
    CHECK(kept.comm[3].series.direction == Direction::kCombine);
    CHECK(kept.skipped ==
          Words{"the prepare step, which moves no tokens",
                "combine in low precision, whose size the table does not tell",
                "uneven routing: the load of the busiest rank is not in the table"});
    CHECK(kept.rejected == Words{"'moe_dtype' is not a known type"});
  }

  TEST_CASE("NCCL: elements, not bytes") {
    const Kept kept = read(kNccl +
                           "TRTLLM,2.0,NVIDIA H100,alltoall,NCCL,half,8,1024,0.02\n"
                           "TRTLLM,2.0,NVIDIA H100,alltoall,NCCL,int8,8,1024,0.01\n"
                           "TRTLLM,2.0,NVIDIA H100,all_reduce,NCCL,half,8,1024,0.02\n"
                           "TRTLLM,2.0,NVIDIA H100,alltoall,NCCL,int5,8,1024,0.01\n");
    REQUIRE(kept.comm.size() == 2);
    CHECK(kept.comm[0].series.kernel == "NCCL");
    CHECK(kept.comm[0].series.direction == Direction::kEither);
    CHECK(kept.comm[0].series.ep_width == 8);
    CHECK(kept.comm[0].series.gate.top_k == 0);
    CHECK(kept.comm[0].tokens == 0.0);
    CHECK(kept.comm[0].bytes == doctest::Approx(2048));
    CHECK(kept.comm[0].us == doctest::Approx(20));
    CHECK(kept.comm[1].bytes == doctest::Approx(1024));
    REQUIRE(kept.collectives.size() == 1);
    CHECK(kept.collectives[0].second.bytes == Bytes(2048));
    CHECK(kept.rejected == Words{"the type is not known"});
  }

  TEST_CASE("experts: tokens are the group's, and only even routing counts") {
    const Kept kept =
        read(kMoe +
             "SGLang,1.0,NVIDIA H200,moe_generation,d,fp8_block,1024,4096,1536,8,256,1,32,uniform,"
             "0.125\n"
             "SGLang,1.0,NVIDIA H200,moe_context,d,bfloat16,1024,4096,1536,8,256,1,32,balanced,2\n"
             "SGLang,1.0,NVIDIA H200,moe_generation,d,fp8_block,1024,4096,1536,8,256,1,32,"
             "power_law_1.2,0.1\n"
             "SGLang,1.0,NVIDIA H200,moe_generation,d,fp8_block,1024,4096,1536,8,256,2,32,uniform,"
             "0.1\n"
             "SGLang,1.0,NVIDIA H200,moe,d,fp8_block,1024,4096,1536,8,256,1,32,uniform,0.1\n"
             "SGLang,1.0,NVIDIA H200,moe_context,d,fp8_block,1024,4096,1536,8,16,1,32,uniform,2\n");
    REQUIRE(kept.experts.size() == 2);
    const auto& [series, sample] = kept.experts[0];
    CHECK(series.device == "NVIDIA H200");
    CHECK(series.dtype == "fp8");
    CHECK(series.phase == Phase::kDecode);
    CHECK(series.hidden_size == 4096);
    CHECK(series.expert_size == 1536);
    CHECK(sample.local_experts == doctest::Approx(8));
    CHECK(sample.routed_tokens == doctest::Approx(256));
    CHECK(sample.ep_width == 32);
    CHECK(sample.time / unit::us == doctest::Approx(125));
    CHECK(kept.experts[1].series.phase == Phase::kPrefill);
    CHECK(kept.experts[1].series.dtype == "bf16");
    CHECK(kept.skipped == Words{"uneven routing: the load of the busiest rank is not in the table",
                                "experts that are split over ranks",
                                "not the experts of one rank of wide expert parallelism"});
    CHECK(kept.rejected == Words{"more ranks than experts"});
  }

  TEST_CASE("attention: the context of decode is what came before, in prefill the prompt") {
    const Kept kept = read(kMla +
                           "SGLang,1,NVIDIA H100,mla_generation,fa3,m,M,fp8_block,fp8,fp8_block,"
                           "128,16,1024,1,3,0.25\n"
                           "SGLang,1,NVIDIA H100,mla_context,flashinfer,m,M,bfloat16,bfloat16,"
                           "bfloat16,64,2,512,1,0,1.5\n");
    CHECK(kept.formats == "AIConfigurator attention table");
    CHECK(kept.taken == 3);
    REQUIRE(kept.attention.size() == 2);
    const auto& [series, sample] = kept.attention[0];
    CHECK(series.device == "NVIDIA H100");
    CHECK(series.kernel == "fa3");
    CHECK(series.dtype == "fp8");
    CHECK(series.cache_dtype == "fp8");
    CHECK(series.phase == Phase::kDecode);
    CHECK(sample.sequences == 16);
    CHECK(sample.context == 1027);
    CHECK(sample.time / unit::us == doctest::Approx(250.0));
    const auto& [prefill, prompts] = kept.attention[1];
    CHECK(prefill.phase == Phase::kPrefill);
    CHECK(prefill.dtype == "bf16");
    CHECK(prefill.cache_dtype == "bf16");
    CHECK(prompts.sequences == 2);
    CHECK(prompts.context == 512);
    CHECK(prompts.time / unit::us == doctest::Approx(1500.0));
  }

  TEST_CASE("attention of other shapes is skipped, and what cannot be is rejected") {
    const auto row = [](const std::string& op, const std::string& numbers) {
      return "SGLang,1,NVIDIA H100," + op + ",fa3,m,M,fp8_block,fp8,fp8_block," + numbers + "\n";
    };
    const std::string rows =
        kMla + row("mla_generation", "128,16,1024,1,0,0.25") +
        row("mla_generation", "64,16,1024,1,0,0.2") + row("mla_generation", "128,16,1024,2,0,0.2") +
        row("mla_context", "128,16,1024,1,64,0.2") + row("mla_bmm", "128,16,1024,1,0,0.2");
    LogHints hints;
    CHECK(read(rows, hints).attention.size() == 2);
    hints.attention.emplace().mla = MlaShape{.heads = 128};
    const Kept kept = read(rows, hints);
    CHECK(kept.attention.size() == 1);
    CHECK(kept.skipped == Words{"another number of heads than the model's",
                                "attention that is split over ranks",
                                "prompts whose beginning is in the cache",
                                "not attention with its projections"});
    hints.attention.emplace().gqa = GqaShape{};
    CHECK(read(rows, hints).skipped.front() == "latent attention, which the model does not have");
    const Kept bad = read(kMla + row("mla_generation", "128,0,1024,1,0,0.25") +
                          row("mla_generation", "128,16,16777216,1,1,0.25") +
                          row("mla_generation", "128,16,1024,1,0,0") +
                          row("mla_generation", "128,16,1024,1,0,nan") +
                          "S,1,G,mla_generation,fa3,m,M,fp8_block,fp8,int1,128,16,1024,1,0,0.25\n");
    CHECK(bad.attention.empty());
    CHECK(bad.rejected == Words{"'batch_size' is not a whole number from 1 to 16777216",
                                "more context than any model has",
                                "'latency' is not a time above 0 up to 60 s",
                                "'latency' is not a number",
                                "'gemm_type' is not a known type"});
  }

  TEST_CASE("experts with redundant slots") {
    const Kept kept = read(
        "op_name,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,num_slots,"
        "moe_tp_size,moe_ep_size,distribution,latency\n"
        "wideep_moe_eplb,nvfp4,320,4096,2048,8,256,288,1,32,uniform,0.1\n");
    REQUIRE(kept.experts.size() == 1);
    CHECK(kept.experts[0].sample.local_experts == doctest::Approx(9));
    CHECK(kept.experts[0].sample.routed_tokens == doctest::Approx(80));
    CHECK(kept.experts[0].series.dtype == "nvfp4");
    CHECK(kept.experts[0].series.device.empty());
  }

  TEST_CASE("rows that cannot be") {
    const auto row = [](const std::string& from_nodes) {
      return "s,1,NVIDIA H100,ll,deepep," + from_nodes + "\n";
    };
    const Kept kept = read(kLowLatency + row("2,4096,100,8,256,60,1,oops,1") +
                           row("2,4096,100,8,256,60,1,,1") + row("2,4096,100,8,256,60,1,-4,1") +
                           row("2,4096,100,8,256,60,1,0,1") + row("2,4096,100,8,256,60,1,inf,1") +
                           row("2,4096,100,8,256,60,1,1e9,1") + row("2.5,4096,100,8,256,60,1,4,1") +
                           row("0,4096,100,8,256,60,1,4,1") + row("9999,4096,100,8,256,60,1,4,1") +
                           row("2,4096,1e10,8,256,60,1,4,1") + row("2,4096,100,8,4,60,1,4,1") +
                           row("2,4096,100,8,256,60,1,4") + row("2,4096,100,8,256,60,1,4,1,1"));
    CHECK(kept.comm.empty());
    CHECK(kept.rejected == Words{"'dispatch_avg_t_us' is not a number",
                                 "'dispatch_avg_t_us' is empty",
                                 "'dispatch_avg_t_us' is not a time above 0 up to 60 s",
                                 "'dispatch_avg_t_us' is not a time above 0 up to 60 s",
                                 "'dispatch_avg_t_us' is not a number",
                                 "'dispatch_avg_t_us' is not a time above 0 up to 60 s",
                                 "'node_num' is not a whole number from 1 to 2048",
                                 "'node_num' is not a whole number from 1 to 2048",
                                 "'node_num' is not a whole number from 1 to 2048",
                                 "'num_token' is not between 1 and 2147483648",
                                 "more experts a token than there are to choose from",
                                 "fewer cells than its table has columns",
                                 "more cells than its table has columns"});
  }

  TEST_CASE("other tables of AIConfigurator are nobody's") {
    const Kept kept = read(
        "framework,version,device,op_name,kernel_source,gemm_dtype,m,n,k,latency\n"
        "TRTLLM,1.0,NVIDIA H100,gemm,x,fp8,1,128,128,0.01\n");
    CHECK(kept.taken == 0);
    CHECK(kept.faults.empty());
  }
}

TEST_SUITE("logs/csv_tables: streams") {
  const std::string kRow = "LL,dispatch,16,128,4096,8,1,50\n";

  TEST_CASE("quotes, blanks, DOS ends, comments") {
    const Kept kept = read(
        " \"kernel\" , phase,ep_width,tokens_per_rank,hidden_size,top_k,element_bytes,remark,Time "
        "(us)\r\n"
        "\r\n"
        "# of a run, with a remark\r\n"
        "\"LL\", \"dispatch\" ,16,\"128\",4096,8,1,\"as is, patched\", 50 \r\n"
        "LL,combine,16,128,4096,8,1,\"say \"\"LL\"\"\",50\r\n");
    REQUIRE(kept.comm.size() == 2);
    CHECK(kept.comm[0].series.kernel == "LL");
    CHECK(kept.comm[0].us == doctest::Approx(50));
    CHECK(kept.comm[1].series.direction == Direction::kCombine);
    CHECK(kept.rejected.empty());
  }

  TEST_CASE("columns in any order, and a second header") {
    const Kept kept = read(kComm + kRow + kRow + kLowLatency +
                           "sglang,1.0,NVIDIA H100,ll,deepep,1,4096,1,8,256,1,1,2,1\n" +
                           "time_ms,top_k,hidden,tokens,ep,direction,kernel,dtype_bytes\n"
                           "0.05,8,4096,128,16,dispatch,LL,1\n");
    REQUIRE(kept.comm.size() == 5);
    CHECK(kept.taken == 7);
    CHECK(kept.formats == "CSV of communication, AIConfigurator DeepEP LL table");
    CHECK(kept.comm[4].bytes == kept.comm[0].bytes);
    CHECK(kept.comm[4].us == doctest::Approx(50));
    CHECK(kept.comm[4].series.ep_width == 16);
    CHECK(kept.comm[0].run != kept.comm[1].run);
  }

  TEST_CASE("a line that is no row ends the table, and what follows is not lost unseen") {
    const Kept kept = read(kComm + kRow + "INFO done, all well, next\n" + kRow + kRow);
    CHECK(kept.comm.size() == 1);
    CHECK(kept.taken == 4);
    CHECK(kept.rejected == Words(2, "a row that a line which is none parts from its table"));
    CHECK(read(kComm + kRow + "saved to x.csv\n1,2,3\n").taken == 2);
  }

  TEST_CASE("another table's rows are not taken for ours") {
    const Kept kept = read(kComm + kRow + "a,b,c,d,e,f,g,h\n1,2,3,4,5,6,7,8\n");
    CHECK(kept.comm.size() == 1);
    CHECK(kept.rejected.size() == 1);
  }

  TEST_CASE("text with commas is nobody's") {
    const Kept kept = read(
        "one, two, three\n"
        "[rank 0] Dispatch bandwidth: 3.00 GB/s, avg_t=40.0 us | Combine bandwidth: 5 GB/s, x\n"
        "1,2,3\n,,,\n,\n\"\n\",\"\n\",\",\",\n");
    CHECK(kept.taken == 0);
    CHECK(kept.faults.empty());
  }

  TEST_CASE("a line of commas costs little") {
    const Kept kept =
        read(kComm + std::string(1'000'000, ',') + "\n" + std::string(1'000'000, 'a') +
             "\nkernel," + std::string(1'000'000, ',') + "\n");
    CHECK(kept.taken == 1);
  }
}

TEST_SUITE("logs/csv_tables: plain communication") {
  TEST_CASE("every documented column") {
    const Kept kept = read(
        "kernel,phase,ep_width,sms,tokens_per_rank,hidden_size,top_k,experts,element_bytes,"
        "header_bytes,copies,gpus_per_domain,groups,groups_per_token,time_us\n"
        "V2,combine,32,24,100,4096,8,256,2,16,per_rank,8,8,4,250\n");
    REQUIRE(kept.comm.size() == 1);
    const auto& [series, run, tokens, bytes, us, line] = kept.comm[0];
    CHECK(series.kernel == "V2");
    CHECK(series.direction == Direction::kCombine);
    CHECK(series.ep_width == 32);
    CHECK(series.sms == 24);
    CHECK(series.hidden_size == 4096);
    CHECK(series.copies == Copies::kPerRank);
    CHECK(series.gpus_per_domain == 8);
    CHECK(series.gate.experts == 256);
    CHECK(series.gate.top_k == 8);
    CHECK(series.gate.groups == 8);
    CHECK(series.gate.groups_per_token == 4);
    CHECK(series.header == 16.0 * unit::B);
    CHECK(tokens == 100.0);
    CHECK(bytes == doctest::Approx(100.0 * 8 * (2 * 4096 + 16)));
    CHECK(us == doctest::Approx(250));
    CHECK(kept.notes.empty());
  }

  TEST_CASE("units of time and volume") {
    const auto of = [](const std::string& volume, const std::string& time) {
      return read("kernel,phase,ep," + volume + "," + time + "\nLL,both,16,3,5\n");
    };
    for (const char* time : {"time_ns", "Time (ns)", "latency_ns", "latency[ns]"}) {
      const Kept kept = of("bytes", time);
      REQUIRE_MESSAGE(kept.comm.size() == 1, time);
      CHECK(kept.comm[0].us == doctest::Approx(5e-3));
      CHECK(kept.comm[0].series.direction == Direction::kEither);
      CHECK(kept.comm[0].series.gate.top_k == 0);
    }
    CHECK(of("bytes", "time_us").comm.at(0).us == doctest::Approx(5));
    CHECK(of("bytes", "time_ms").comm.at(0).us == doctest::Approx(5e3));
    CHECK(of("bytes", "time_s").comm.at(0).us == doctest::Approx(5e6));
    CHECK(of("bytes", "time_s").comm.at(0).bytes == doctest::Approx(3));
    CHECK(of("volume_B", "time_s").comm.at(0).bytes == doctest::Approx(3));
    CHECK(of("volume_kB", "time_s").comm.at(0).bytes == doctest::Approx(3e3));
    CHECK(of("volume_MB", "time_s").comm.at(0).bytes == doctest::Approx(3e6));
    CHECK(of("Volume (MiB)", "time_s").comm.at(0).bytes == doctest::Approx(3.0 * 1024 * 1024));
    CHECK(of("volume_Mb", "time_s").comm.at(0).bytes == doctest::Approx(3e6 / 8));
  }

  TEST_CASE("a type instead of bytes, and copies by kernel") {
    const Kept kept = read(
        "kernel,phase,ep,tokens,hidden,topk,dtype,time_us\n"
        "HT,dispatch,16,10,4096,4,fp8,5\nHT,dispatch,16,10,4096,4,logfmt10,5\n"
        "LL,dispatch,16,10,4096,4,bf16,5\nLL,dispatch,16,10,4096,4,bf17,5\n");
    REQUIRE(kept.comm.size() == 3);
    CHECK(kept.comm[0].series.copies == Copies::kPerDomain);
    CHECK(kept.comm[0].series.dtype == "fp8");
    CHECK(kept.comm[0].bytes == doctest::Approx(40.0 * 4224));
    CHECK(kept.comm[1].bytes == doctest::Approx(40.0 * (1.25 * 4096 + 4096.0 / 32)));
    CHECK(kept.comm[2].series.copies == Copies::kPerExpert);
    CHECK(kept.comm[2].bytes == doctest::Approx(40.0 * 8192));
    CHECK(kept.rejected == Words{"'dtype' is not bf16, fp8, nvfp4 or logfmt10"});
  }

  TEST_CASE("columns without a unit") {
    CHECK(fault_of("kernel,phase,ep,bytes,time\nLL,both,16,3,5\n") ==
          "1:23: column 'time' has no unit (call it time_us)");
    CHECK(fault_of("kernel,phase,ep,bytes, latency\n") ==
          "1:24: column 'latency' has no unit (call it time_us)");
    CHECK(fault_of("kernel,phase,ep,volume,time_us\n") ==
          "1:17: column 'volume' has no unit (call it volume_MB)");
    CHECK(fault_of("kernel,phase,ep,bytes,time_us,bandwidth\n") ==
          "1:31: column 'bandwidth' has no unit (call it bandwidth_GBps)");
  }

  TEST_CASE("missing columns, all at once") {
    CHECK(fault_of("\nkernel,time_us\nLL,5\n") ==
          "2:1: this table of communication lacks the columns 'phase', 'ep_width', "
          "'tokens_per_rank', 'hidden_size', 'top_k' and 'element_bytes'");
    CHECK(fault_of("kernel,phse,ep,tokens,hiden,topk,dtype,time_us\n") ==
          "1:1: this table of communication lacks the columns 'phase' and 'hidden_size' "
          "('phse' could be 'phase', 'hiden' could be 'hidden')");
    CHECK(fault_of("kernel,phase,ep,bytes,time_usec\n") ==
          "1:1: this table of communication lacks the column 'time_us' "
          "('time_usec' could be 'time_us')");
    CHECK(fault_of("kernel,phase,ep,bytes,time_0us\n")
              .starts_with("1:1: this table of communication lacks the column 'time_us'"));
    CHECK(fault_of("ep,latency_us\n16,5\n").starts_with("1:1: this table of communication lacks"));
    CHECK(fault_of("kernel,phase,ep,ep_size,bytes,time_us\n") ==
          "1:17: columns 'ep' and 'ep_size' say the same (keep one of them)");
    CHECK(fault_of("kernel,phase,ep,bytes,time_us,latency_ms\n") ==
          "1:31: columns 'time_us' and 'latency_ms' say the same (keep one of them)");
  }

  TEST_CASE("a table with a fault gives nothing") {
    const Kept kept = read("kernel,time_us\nLL,5\nLL,6\n");
    CHECK(kept.taken == 3);
    CHECK(kept.skipped == Words(2, "a row of a table that lacks a column or a unit"));
  }

  TEST_CASE("thousands of faulty tables are not told one by one") {
    std::string header = "kernel,time_us";
    for (int i = 0; i < 200; ++i) header += ",a_name_that_is_near_to_no_other_" + std::to_string(i);
    std::string text;
    for (int i = 0; i < 1000; ++i) text += header + "\n";
    CHECK(read(text).faults.size() == 20);
  }

  TEST_CASE("what hints stand in for") {
    const std::string table =
        "kernel,phase,tokens,hidden,dtype,time_us\nLL,dispatch,10,64,bf16,5\n";
    LogHints hints;
    hints.ep_width = 16;
    hints.top_k = 4;
    hints.experts = 32;
    const Kept kept = read(table, hints);
    REQUIRE(kept.comm.size() == 1);
    CHECK(kept.comm[0].series.ep_width == 0);
    CHECK(kept.comm[0].series.gate.top_k == 4);
    CHECK(kept.comm[0].series.gate.experts == 32);
    CHECK(kept.comm[0].bytes == doctest::Approx(10.0 * 4 * 128));
    LogHints one_file;
    one_file.file_ep_widths["x.csv"] = 16;
    one_file.top_k = 4;
    CHECK(read(table, one_file).comm.size() == 1);
    const std::string sized = "kernel,phase,bytes,time_us\nLL,both,5,5\n";
    CHECK(read(sized, {}, "runs/ll_ep16.csv").comm.size() == 1);
    CHECK(read(sized).faults.size() == 1);
    Kept stated;
    stated.width = 16;  // as "# EP=16" makes it
    feed(*csv_tables({}), sized, stated);
    CHECK(stated.comm.size() == 1);
    CHECK(read("kernel,phase,ep,bytes,time_us\nLL,both,,5,5\n", hints).comm.size() == 1);
    CHECK(read("kernel,phase,ep,bytes,time_us\nLL,both,,5,5\n").rejected == Words{"'ep' is empty"});
  }

  TEST_CASE("columns that are not used") {
    const Kept kept =
        read("kernel,phase,ep,bytes,time_us,remark,bandwidth_GBps\nLL,both,16,3,5,x,9\n");
    CHECK(kept.comm.size() == 1);
    CHECK(kept.notes == Words{"columns that are not used: 'remark' and 'bandwidth_GBps'"});
  }

  TEST_CASE("rows that cannot be") {
    const Kept kept = read(
        "kernel,phase,ep,sms,tokens,hidden,top_k,experts,element_bytes,groups,groups_per_token,"
        "time_us,copies\n"
        ",dispatch,16,,10,64,4,32,1,,,5,\n"
        "LL,sideways,16,,10,64,4,32,1,,,5,\n"
        "LL,dispatch,20000,,10,64,4,32,1,,,5,\n"
        "LL,dispatch,16,5000,10,64,4,32,1,,,5,\n"
        "LL,dispatch,16,,,64,4,32,1,,,5,\n"
        "LL,dispatch,16,,10,64,4,32,1,5,,5,\n"
        "LL,dispatch,16,,10,64,4,32,1,4,8,5,\n"
        "LL,dispatch,16,,10,64,16,32,1,4,1,5,\n"
        "LL,dispatch,16,,10,64,4,70000,1,,,5,\n"
        "LL,dispatch,16,,10,64,4,32,1,,,5,twice\n"
        "LL,dispatch,16,0,10,64,4,32,1,,,5,\n");
    CHECK(kept.comm.size() == 1);
    CHECK(kept.rejected ==
          Words{"'kernel' is not made of letters, digits, '_' and '-', 40 at most",
                "the phase is not dispatch, combine or both",
                "'ep' is not a whole number from 1 to 16384",
                "'sms' is not a whole number from 0 to 4096",
                "neither a volume nor all of tokens_per_rank, hidden_size, top_k and element_bytes",
                "the experts do not make equal groups",
                "more groups a token than groups",
                "more experts a token than there are to choose from",
                "'experts' is not a whole number from 1 to 65536",
                "'copies' is not per_expert, per_rank, per_domain or all_gather"});
  }
}

TEST_SUITE("logs/csv_tables: plain experts") {
  TEST_CASE("tokens of each expert or of all") {
    const Kept kept = read(
        "device,dtype,hidden_size,expert_size,local_experts,tokens_per_expert,time_us,layout,"
        "ep_width\n"
        "NVIDIA H100,fp8,4096,1536,8,32,120,masked,32\n"
        "NVIDIA H100,bf16,4096,1536,8,0.5,100,contiguous,\n"
        "dtype,hidden,intermediate_size,local_experts,routed_tokens,latency_ms\n"
        "nvfp4,4096,1536,8,256,0.12\n");
    REQUIRE(kept.experts.size() == 3);
    CHECK(kept.experts[0].series.device == "NVIDIA H100");
    CHECK(kept.experts[0].series.dtype == "fp8");
    CHECK(kept.experts[0].series.phase == Phase::kDecode);
    CHECK(kept.experts[0].sample.local_experts == 8);
    CHECK(kept.experts[0].sample.routed_tokens == doctest::Approx(256));
    CHECK(kept.experts[0].sample.ep_width == 32);
    CHECK(kept.experts[0].sample.time / unit::us == doctest::Approx(120));
    CHECK(kept.experts[1].series.phase == Phase::kPrefill);
    CHECK(kept.experts[1].sample.routed_tokens == doctest::Approx(4));
    CHECK(kept.experts[1].sample.ep_width == 0);
    CHECK(kept.experts[2].series.expert_size == 1536);
    CHECK(kept.experts[2].sample.routed_tokens == doctest::Approx(256));
    CHECK(kept.experts[2].sample.time / unit::us == doctest::Approx(120));
  }

  TEST_CASE("faults and rejects") {
    CHECK(fault_of("dtype,hidden_size,expert_size,local_experts,tokens_per_expert,time\n") ==
          "1:63: column 'time' has no unit (call it time_us)");
    CHECK(fault_of("dtype,local_experts,latency_us\n") ==
          "1:1: this table of experts lacks the columns 'hidden_size', 'expert_size' and "
          "'tokens_per_expert'");
    const Kept kept = read(
        "dtype,hidden,expert_size,local_experts,tokens_per_expert,time_us,layout\n"
        "int9,64,64,1,1,1,masked\nfp8,64,64,0,1,1,masked\nfp8,64,64,1,0,1,masked\n"
        "fp8,64,64,1,1,1,sparse\nfp8,64,64,1,1,0,\nfp8,64,64,1,1,1,\n");
    CHECK(kept.experts.size() == 1);
    CHECK(kept.rejected.size() == 5);
    // What expert_mlp.py writes without a GPU.
    CHECK(read("device,dtype,hidden,expert_size,local_experts,tokens_per_expert,time_us\n"
               "none,fp8,64,64,1,1,1\n")
              .experts.empty());
  }
}

/// What a table of the measurements beside the project holds (support/skip.h).
Kept published(const std::string& name) {
  std::ifstream file(std::string(WIDEEP_PUBLISHED_DIR) + "/" + name);
  CAPTURE(name);
  REQUIRE(file.is_open());
  return read(std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST_SUITE("logs/csv_tables: plain attention") {
  TEST_CASE("every documented column") {
    const Kept kept = read(
        "device,kernel,phase,batch_size,context,dtype,kv_dtype,time_ms\n"
        "H100,fa3,Decode,16,4096,fp8,bf16,0.25\nH100,,prefill,2,512,,,1.5\n");
    CHECK(kept.formats == "CSV of attention");
    CHECK(kept.notes.empty());
    REQUIRE(kept.attention.size() == 2);
    const auto& [series, sample] = kept.attention[0];
    CHECK(series.device == "H100");
    CHECK(series.kernel == "fa3");
    CHECK(series.dtype == "fp8");
    CHECK(series.cache_dtype == "bf16");
    CHECK(series.phase == Phase::kDecode);
    CHECK(sample.sequences == 16);
    CHECK(sample.context == 4096);
    CHECK(sample.time / unit::us == doctest::Approx(250.0));
    CHECK(kept.attention[1].series.phase == Phase::kPrefill);
    CHECK(kept.attention[1].series.dtype.empty());
    CHECK(read("phase,sequences,context,latency_us\ndecode,8,1,60\n").attention.size() == 1);
  }

  TEST_CASE("faults and rejects") {
    CHECK(fault_of("phase,batch_size,context,time\n") ==
          "1:26: column 'time' has no unit (call it time_us)");
    CHECK(fault_of("phase,batch_size,kontext,time_us\n") ==
          "1:1: this table of attention lacks the column 'context' ('kontext' could be 'context')");
    CHECK(fault_of("batch_size,sequences,phase,context,time_us\n").find("say the same") !=
          std::string::npos);
    const Kept kept = read(
        "phase,batch_size,context,dtype,time_us\n"
        "training,8,1024,fp8,60\ndecode,1.5,1024,fp8,60\ndecode,8,0,fp8,60\n"
        "decode,8,1024,fp3,60\ndecode,8,1024,fp8,\n");
    CHECK(kept.attention.empty());
    CHECK(kept.rejected == Words{"'phase' is not decode or prefill",
                                 "'batch_size' is not a whole number from 1 to 16777216",
                                 "'context' is not a whole number from 1 to 16777216",
                                 "'dtype' is not bf16, fp8 or nvfp4",
                                 "'time_us' is empty"});
  }
}

TEST_SUITE("logs/csv_tables: published measurements") {
  TEST_CASE("DeepEP LL") {
    if (!published_there()) return;
    const std::string name = "comm/deepep_ll.h100_sxm.sglang-0.5.6.csv";
    const Kept kept = published(name);
    CHECK(kept.comm.size() == 190);
    CHECK(kept.rejected.empty());
    CHECK(kept.skipped.empty());
    // Widths 8 to 64.
    const auto [low, high] =
        std::minmax_element(kept.comm.begin(),
                            kept.comm.end(),
                            [](const CollectedLog::Comm& a, const CollectedLog::Comm& b) {
                              return a.series.ep_width < b.series.ep_width;
                            });
    CHECK(low->series.ep_width == 8);
    CHECK(high->series.ep_width == 64);
    // The tool's own bandwidth counts the same bytes, but for the few pairs that it masks out.
    constexpr double kMany = 100;
    constexpr std::size_t kBandwidth = 13;
    std::ifstream file(std::string(WIDEEP_PUBLISHED_DIR) + "/" + name);
    std::string line;
    std::getline(file, line);
    for (std::size_t at = 0; std::getline(file, line); at += 2) {
      const CollectedLog::Comm& dispatch = kept.comm.at(at);
      if (dispatch.tokens < kMany) continue;
      std::size_t cell = 0;
      for (std::size_t i = 0; i < kBandwidth; ++i) cell = line.find(',', cell) + 1;
      const double told = std::stod(line.substr(cell));
      CHECK(1e-3 * dispatch.bytes / dispatch.us == doctest::Approx(told).epsilon(0.05));
    }
    CHECK(published("comm/deepep_ll.gb200.sglang-0.5.12.csv").comm.size() == 352);
  }

  TEST_CASE("DeepEP HT") {
    if (!published_there()) return;
    const Kept kept = published("comm/deepep_normal.h100_sxm.sglang-0.5.6.csv");
    CHECK(kept.comm.size() == 874);
    CHECK(kept.rejected.empty());
    const Kept newer = published("comm/deepep_normal.gb200.sglang-0.5.12.csv");
    CHECK(newer.comm.size() == 5244);
    CHECK(newer.rejected.empty());
  }

  TEST_CASE("TensorRT-LLM and NCCL") {
    if (!published_there()) return;
    const Kept trtllm = published("comm/trtllm_alltoall.gb200.csv");
    // 2,096 rows, of which 540 prepare and 180 combine in low precision.
    CHECK(trtllm.comm.size() == 1376);
    CHECK(trtllm.skipped.size() == 720);
    CHECK(trtllm.rejected.empty());
    const Kept nccl = published("comm/nccl.h100_sxm.csv");
    REQUIRE(nccl.comm.size() == 126);
    CHECK(nccl.collectives.size() == 189);  // in half
    CHECK(nccl.skipped.size() == 189);      // in int8
    // 512 MiB at 315 GB/s of bus bandwidth, 7/8 of what is sent.
    const CollectedLog::Comm& largest = *std::max_element(
        nccl.comm.begin(),
        nccl.comm.end(),
        [](const CollectedLog::Comm& a, const CollectedLog::Comm& b) {
          return std::pair(a.series.ep_width, a.bytes) < std::pair(b.series.ep_width, b.bytes);
        });
    CHECK(largest.series.ep_width == 8);
    CHECK(largest.bytes == 512.0 * 1024 * 1024);
    CHECK(1e-3 * largest.bytes / largest.us * 7 / 8 == doctest::Approx(315).epsilon(0.01));
  }

  TEST_CASE("experts") {
    if (!published_there()) return;
    const Kept decode = published("expert_compute/decode.h200_sxm.csv");
    CHECK(decode.experts.size() == 56);
    CHECK(decode.skipped.size() == 280);
    CHECK(decode.rejected.empty());
    for (const auto& [series, sample] : decode.experts) {
      CHECK(series.device == "NVIDIA H200");
      CHECK(sample.local_experts * sample.ep_width == doctest::Approx(256));
    }
    const Kept prefill = published("expert_compute/prefill.h200_sxm.csv");
    CHECK_FALSE(prefill.experts.empty());
    CHECK(prefill.experts.front().series.phase == Phase::kPrefill);
    const Kept trtllm = published("expert_compute/trtllm_nvfp4.gb200.csv");
    CHECK(trtllm.experts.empty());
    CHECK(trtllm.skipped.size() == 4158);
  }

  TEST_CASE("attention") {
    if (!published_there()) return;
    const Kept decode = published("attention/mla_decode.h100_sxm.csv");
    CHECK(decode.attention.size() == 1320);
    CHECK(decode.rejected.empty());
    CHECK(decode.skipped.empty());
    CHECK(published("attention/mla_prefill.gb200.csv").attention.size() == 625);
  }
}

}  // namespace
}  // namespace wideep::csv_tables_test
