// All-reduce, all-gather and reduce-scatter in tables and in what nccl-tests prints.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "logs/collected.h"
#include "logs/nccl_name.h"
#include "logs/read_logs.h"
#include "support/folder.h"
#include "support/published_table.h"
#include "support/skip.h"

namespace wideep::collectives_test {
namespace {

using Words = std::vector<std::string>;

CollectedLog csv(const std::string& text) {
  return collect(csv_tables({}), text);
}

CollectedLog nccl(const std::string& text, CollectedLog log = {}) {
  return collect(nccl_tests(), text, std::move(log));
}

/// "nccl all_reduce 8: 4096 B 10 us" of each.
Words said(const CollectedLog& log) {
  Words all;
  for (const auto& one : log.collectives) {
    const CollectiveSeries& series = one.first;
    std::string text(name_of(series.library));
    text.append(" ").append(name_of(series.op)).append(" ").append(std::to_string(series.ranks));
    text += ": " + std::to_string(std::lround(one.second.bytes / unit::B)) + " B ";
    all.push_back(text + std::to_string(std::lround(one.second.time / unit::us)) + " us");
  }
  return all;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

const std::string kPlain = "op,ranks,bytes,time_us\n";
const std::string kPublished =
    "framework,version,kernel_source,launch,dtype,num_gpus,bytes,latency_us\n";
const std::string kRaw =
    "framework,version,device,op_name,kernel_source,allreduce_dtype,num_gpus,message_size,"
    "latency\n";
const std::string kDevices =
    "# Using devices\n"
    "#  Rank  0 Group  0 Pid   1234 on     node-0 device  0 [0000:1b:00] NVIDIA H100 80GB HBM3\n"
    "#  Rank  3 Group  0 Pid   1237 on     node-0 device  3 [0000:1e:00] NVIDIA H100 80GB HBM3\n";
/// 4 ranks: the bus carries 2 x 3/4 of an all-reduce.
const std::string kReduced =
    "        4096          2048      half     sum      -1    10.00    0.41    0.61       0    "
    "11.00 "
    "   0.37    0.56      0\n"
    "     4194304       2097152      half     sum      -1    20.00  209.72  314.57       0    "
    "21.00 "
    " 199.73  299.59      0\n";
/// 4 ranks of 512 elements.
const std::string kGathered =
    "        4096           512  bfloat16    none      -1    10.00    0.41    0.31       0    "
    "11.00 "
    "   0.37    0.28      0\n";

std::string started(const std::string& program) {
  return "# Collective test starting: " + program + "\n";
}

TEST_SUITE("logs/collectives: tables") {
  TEST_CASE("a plain table, with what may be left out and what not") {
    const CollectedLog log = csv(kPlain +
                                 "all_reduce,8,2048,5\nall-gather,4,4096,6\n"
                                 "ReduceScatter,2,8192,7\n");
    CHECK(said(log) == Words{"nccl all_reduce 8: 2048 B 5 us",
                             "nccl all_gather 4: 4096 B 6 us",
                             "nccl reduce_scatter 2: 8192 B 7 us"});
    CHECK(log.notes == Words{"no column 'library': collectives are taken for NCCL's",
                             "no column 'dtype': sizes are taken for those of bf16"});
    CHECK(
        said(csv("library,collective,num_gpus,bytes,latency_ms,dtype\n"
                 "sglang_all_reduce,allreduce,8,2048,0.5,bf16\n"
                 "nccl,all_reduce,8,2048,0.25,half\n")) ==
        Words{"sglang_all_reduce all_reduce 8: 2048 B 500 us", "nccl all_reduce 8: 2048 B 250 us"});
    const CollectedLog faulty = csv("op,ranks,bytes,time\nall_reduce,8,2048,5\n");
    REQUIRE(faulty.faults.size() == 1);
    CHECK(faulty.faults[0].message == "column 'time' has no unit");
    const CollectedLog lacking = csv("launch,ranks,time_us\ngraph,8,5\n");
    REQUIRE(lacking.faults.size() == 1);
    CHECK(lacking.faults[0].message ==
          "this table of collectives lacks the columns 'op' and 'bytes'");
  }

  TEST_CASE("rows that are no measurement of a collective, and why") {
    const CollectedLog log = csv(kPlain +
                                 "broadcast,8,2048,5\nall_reduce,1,2048,5\nall_reduce,8,0,5\n"
                                 "all_reduce,8,2048,0\nall_reduce,many,2048,5\n");
    CHECK(log.collectives.empty());
    CHECK(log.skipped == Words{"no all-to-all, all-reduce, all-gather or reduce-scatter",
                               "a group of one rank, which sends nothing"});
    CHECK(log.rejected == Words{"'bytes' is not between 1e-12 and 1e+18",
                                "'time_us' is not a time above 0 up to 60 s",
                                "'ranks' is not a number"});
    CHECK(csv("library,op,ranks,bytes,time_us,dtype\nmpi,all_reduce,8,2048,5,bf16\n"
              "deepep_ll,all_reduce,8,2048,5,bf16\nnccl,all_reduce,8,2048,5,int5\n")
              .rejected == Words{"no library of collectives goes by that name",
                                 "no library of collectives goes by that name",
                                 "the type is not known"});
  }

  TEST_CASE("published tables of engines: graphs alone, activations alone") {
    const CollectedLog log =
        csv(kPublished +
            "sglang,0.5.14,SGLang_CustomAllReduce_eager,eager,bfloat16,2,256,29.9\n"
            "sglang,0.5.14,SGLang_CustomAllReduce_graph,graph,bfloat16,2,256,4\n"
            "trtllm,1.3.0rc20,TRTLLM,graph,bfloat16,8,512,3\n"
            "vllm,0.24.0,vLLM_custom_graph,graph,float,8,512,3\n"
            "vllm,0.24.0,vLLM_custom_graph,graph,bfloat16,8,1024,6\n");
    CHECK(said(log) == Words{"sglang_all_reduce all_reduce 2: 256 B 4 us",
                             "trtllm_all_reduce all_reduce 8: 512 B 3 us",
                             "vllm_all_reduce all_reduce 8: 1024 B 6 us"});
    CHECK(log.skipped == Words{"launched by the host call by call, whose time it is",
                               "of another type than bf16 and half, in which activations are"});
    CHECK(log.rejected.empty());
  }

  TEST_CASE("raw tables count elements, in ms, and say the launch by their kernel") {
    const CollectedLog log = csv(
        kRaw +
        "TRTLLM,1.3,NVIDIA H100,all_reduce,TRTLLM,bfloat16,8,1024,0.005\n"
        "vLLM,0.24,NVIDIA H100,all_reduce,vLLM_custom_eager,bfloat16,8,1024,0.03\n"
        "SGLang,0.5,NVIDIA H100,all_reduce,SGLang_CustomAllReduce_graph,bfloat16,4,1024,0.006\n"
        "SGLang,0.5,NVIDIA H100,all_reduce,SGLang_CustomAllReduce_graph,float32,4,1024,0.006\n");
    CHECK(said(log) == Words{"trtllm_all_reduce all_reduce 8: 2048 B 5 us",
                             "sglang_all_reduce all_reduce 4: 2048 B 6 us"});
    CHECK(log.skipped == Words{"launched by the host call by call, whose time it is",
                               "of another type than bf16 and half, in which activations are"});
  }

  TEST_CASE("an all-to-all beside them is one") {
    const CollectedLog log =
        csv("op,nccl_version,dtype,num_gpus,bytes,latency_us\nalltoall,2.29.2,half,8,2048,9\n"
            "all_gather,2.29.2,half,8,2048,8\nall_gather,2.29.2,int8,8,2048,8\n");
    REQUIRE(log.comm.size() == 1);
    CHECK(log.comm[0].series.kernel == "NCCL");
    CHECK(log.comm[0].series.direction == Direction::kEither);
    CHECK(log.comm[0].series.ep_width == 8);
    CHECK(log.comm[0].bytes == 2048.0);
    CHECK(said(log) == Words{"nccl all_gather 8: 2048 B 8 us"});
    CHECK(log.skipped.size() == 1);
  }
}

TEST_SUITE("logs/collectives: nccl-tests") {
  TEST_CASE("an all-reduce, its ranks from devices or bandwidths") {
    const Words whole = {"nccl all_reduce 4: 4096 B 10 us", "nccl all_reduce 4: 4194304 B 20 us"};
    CHECK(said(nccl(started("all_reduce_perf") + kDevices + kReduced)) == whole);
    const CollectedLog alone = nccl(started("all_reduce_perf") + kReduced);
    CHECK(said(alone) == whole);
    CHECK(alone.notes ==
          Words{"a group of 4 ranks from how bus and algorithm bandwidth relate in line 3"});
    CHECK(alone.comm.empty());
    CHECK(said(nccl("$ mpirun -np 4 ./build/all_reduce_perf -b 8\n" + kReduced)) == whole);
    CHECK(said(nccl("AllReduce on one node\n" + kReduced)) == whole);
    // Too small to tell.
    const std::string small = kReduced.substr(0, kReduced.find('\n') + 1);
    CHECK(nccl(started("all_reduce_perf") + small).rejected ==
          Words{"nothing tells the number of ranks: --ep N says it"});
    CHECK(said(nccl(started("all_reduce_perf") + small, of_width(4))) ==
          Words{"nccl all_reduce 4: 4096 B 10 us"});
    CHECK(nccl(started("all_reduce_perf") + small, of_width(1)).skipped ==
          Words{"a group of one rank, which sends nothing"});
  }

  TEST_CASE("an all-gather and a reduce-scatter count elements of one rank") {
    const CollectedLog gathered = nccl(started("all_gather_perf") + kGathered);
    CHECK(said(gathered) == Words{"nccl all_gather 4: 4096 B 10 us"});
    CHECK(gathered.notes == Words{"a group of 4 ranks from size and count of the rows"});
    const std::string scattered = replaced(kGathered, "none", " sum");
    CHECK(said(nccl(started("reduce_scatter_perf") + scattered)) ==
          Words{"nccl reduce_scatter 4: 4096 B 10 us"});
    CHECK(said(nccl("reduce-scatter over NVLink\n" + scattered)) ==
          Words{"nccl reduce_scatter 4: 4096 B 10 us"});
    // One table after the other.
    CHECK(said(nccl(started("all_gather_perf") + kGathered + started("all_reduce_perf") + kDevices +
                    kReduced))
              .size() == 3);
  }

  TEST_CASE("other types, reductions and collectives are passed over") {
    CHECK(nccl(started("all_reduce_perf") + kDevices + replaced(kReduced, " half", "float"))
              .skipped == Words(2, "of another type than bf16 and half, in which activations are"));
    CHECK(
        nccl(started("all_reduce_perf") + kDevices + replaced(kReduced, " sum", "prod")).skipped ==
        Words(2, "a reduction other than a sum"));
    CHECK(nccl(started("all_gather_perf") + replaced(kGathered, "none", " sum")).skipped ==
          Words{"a reduction is no all-gather"});
    CHECK(nccl(started("broadcast_perf") + kDevices + kReduced).skipped.size() == 2);
  }

  TEST_CASE("names in any spelling") {
    CHECK(named_collective("all_reduce_perf") == NamedCollective::kAllReduce);
    CHECK(named_collective("AllGather") == NamedCollective::kAllGather);
    CHECK(named_collective("reduce-scatter.log") == NamedCollective::kReduceScatter);
    CHECK(named_collective("nccl_alltoall_h100.log") == NamedCollective::kAllToAll);
    CHECK(named_collective("reduce_perf") == NamedCollective::kNone);
    CHECK(named_collective("") == NamedCollective::kNone);
  }
}

TEST_SUITE("logs/collectives: files") {
  TEST_CASE("a file of nothing but collectives is one of measurements") {
    const Folder folder;
    const std::string path = folder.write(
        "x.csv", kPlain + "all_reduce,8,2048,5\nall_reduce,8,4096,6\nall_reduce,4,2048,4\n");
    const Measurements all = read_logs({path}, {});
    REQUIRE(all.collective_series.size() == 2);
    REQUIRE(all.collectives.size() == 3);
    CHECK(all.collectives[1].place.line == 3);
    CHECK(all.collective_series[all.collectives[2].series].ranks == 4);
    CHECK(all.files[0].used == 3);
    CHECK(all.files[0].formats == Words{"CSV of collectives"});
  }

  TEST_CASE("published tables, row by row") {
    if (!published_there()) return;
    const auto rows = [](const std::string& name) {
      std::ifstream file(std::string(WIDEEP_PUBLISHED_DIR) + "/comm/" + name);
      REQUIRE(file.is_open());
      return csv(std::string(std::istreambuf_iterator<char>(file), {}));
    };
    for (const std::string system : {"h100_sxm", "h200_sxm", "b200_sxm", "b300_sxm"}) {
      CAPTURE(system);
      const CollectedLog engines = rows("allreduce." + system + ".csv");
      CHECK(engines.collectives.size() == 3 * 3 * 23);  // libraries, group sizes, sizes
      CHECK(engines.skipped.size() == 2 * 3 * 23);      // eager, of vLLM and SGLang
      CHECK(engines.rejected.empty());
      const CollectedLog tests = rows("nccl_collectives." + system + ".csv");
      CHECK(tests.collectives.size() == 3 * 3 * 21);
      CHECK(tests.comm.size() == 2 * 3 * 21);
      CHECK(tests.skipped.size() == 3 * 3 * 21);  // int8
      CHECK(tests.rejected.empty());
    }
    CHECK(rows("allreduce.gb200.csv").collectives.size() == 3 * 2 * 23);
    // The raw table says the same of H100 as the one in bytes.
    const CollectedLog raw = rows("nccl.h100_sxm.csv");
    const CollectedLog copy = rows("nccl_collectives.h100_sxm.csv");
    REQUIRE(raw.collectives.size() == copy.collectives.size());
    Words of_raw = said(raw);
    Words of_copy = said(copy);
    std::sort(of_raw.begin(), of_raw.end());
    std::sort(of_copy.begin(), of_copy.end());
    CHECK(of_raw == of_copy);
  }
}

}  // namespace
}  // namespace wideep::collectives_test
