#include "input/read_collectives.h"

#include <sstream>

#include <doctest/doctest.h>

#include "input/check_files.h"
#include "input/presets.h"
#include "input/read_fabric.h"
#include "input/read_problem.h"
#include "input/write_fabric.h"
#include "support/folder.h"

namespace wideep::read_collectives_test {
namespace {

using doctest::Approx;

constexpr const char* kFabric = R"(gpus_per_domain: 8
kernels:
  LL: {latency: 12us, bandwidth: 40GB/s}
  AR:
    collectives: true
    about: made up
    library: vllm_all_reduce
    all_reduce:
      8: {2KiB: 5.0us, 1MiB: 17.8us, 512MiB: 2ms}
      2: {2048B: 4us, 1MiB: 4us}
    fitted: {ranks: [2, 8], bytes: [2KiB, 512MiB]}
    uncertainty: 10%
)";
constexpr const char* kWorkload =
    "{hidden_size: 7168, top_k: 8, element_bytes: 1, tokens_per_rank: 128, expert_load: T*k, "
    "expert_time_per_token: 0.5us, straggler_factor: 1.2, search: {ep_width: [8]}}";

std::string with(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

Problem read(const std::string& fabric, const std::vector<std::string>& set = {}) {
  const Folder folder;
  return read_problem(ProblemFiles{folder.write("workload.yaml", kWorkload),
                                   folder.write("fabric.yaml", fabric),
                                   std::nullopt,
                                   set});
}

/// "line:column message" of each fault.
std::string faults_of(const std::string& fabric, const std::vector<std::string>& set = {}) {
  try {
    read(fabric, set);
  } catch (const InputError& error) {
    std::string lines;
    std::istringstream all(error.what());
    for (std::string line; std::getline(all, line);) {
      const std::size_t at = line.find(": error: ");
      if (at == std::string::npos) continue;
      const std::size_t column = line.rfind(':', at - 1);
      const std::size_t row = line.rfind(':', column - 1);
      lines += line.substr(row + 1, at - row - 1) + " " + line.substr(at + 9) + "\n";
    }
    return lines;
  }
  return "";
}

std::string faults_with(const std::string& from, const std::string& to) {
  return faults_of(with(kFabric, from, to));
}

TEST_SUITE("input/read_collectives") {
  TEST_CASE("curves by operation and ranks, the range and the library") {
    const Problem p = read(kFabric);
    const Kernel& kernel = p.fabric.kernels.at(1);
    REQUIRE(kernel.collectives);
    const Collectives& all = *kernel.collectives;
    CHECK(kernel.library == Library::kVllmAllReduce);
    CHECK(kernel.uncertainty == 0.1);
    const auto& reduces = all.of(CollectiveOp::kAllReduce);
    REQUIRE(reduces.size() == 2);
    CHECK(reduces[0].ranks == 2);
    CHECK(reduces[1].ranks == 8);
    REQUIRE(reduces[1].curve.points.size() == 3);
    CHECK(reduces[1].curve.points[0].bytes == Bytes(2048));
    CHECK(reduces[1].curve.points[1].time / unit::us == Approx(17.8));
    CHECK(reduces[1].curve.points[2].time / unit::ms == Approx(2));
    CHECK(reduces[0].curve.points[0].bytes == Bytes(2048));
    CHECK(all.of(CollectiveOp::kAllGather).empty());
    CHECK(all.fitted.fewest_ranks == 2);
    CHECK(all.fitted.most_ranks == 8);
    CHECK(all.fitted.least == Bytes(2048));
    CHECK(all.fitted.most == Bytes(512.0 * 1024 * 1024));
    CHECK_FALSE(p.fabric.kernels.at(0).collectives);
  }

  TEST_CASE("they take no part in the search, by default or by name") {
    CHECK(read(kFabric).space.kernels == std::vector<std::size_t>{0});
    CHECK(read(kFabric, {"search.kernel=LL"}).space.kernels == std::vector<std::size_t>{0});
    CHECK(faults_of(kFabric, {"search.kernel=AR"}) ==
          "1:15 'search.kernel' names AR, which runs collectives and is no all-to-all\n");
    CHECK(faults_of(kFabric, {"search.kernel=[LL, AR]"}) ==
          "1:20 'search.kernel' names AR, which runs collectives and is no all-to-all\n");
    CHECK(faults_of(kFabric, {"search.kernel=HT"}) ==
          "1:15 'search.kernel' must be LL, not 'HT'\n");
    CHECK(faults_with("  LL: {latency: 12us, bandwidth: 40GB/s}\n", "") ==
          "1:1 no kernel of the fabric is an all-to-all: all of them run collectives\n");
  }

  TEST_CASE("every fault of a curve has its place") {
    const std::string path = "'kernels.AR.all_reduce.8' ";
    const std::string eight = "{2KiB: 5.0us, 1MiB: 17.8us, 512MiB: 2ms}";
    CHECK(faults_with(eight, "{2KiB: 5us, 2048B: 6us}") ==
          "9:22 " + path + "must have sizes that ascend\n");
    CHECK(faults_with(eight, "{2KiB: 5us, 1KiB: 6us}") ==
          "9:22 " + path + "must have sizes that ascend\n");
    CHECK(faults_with(eight, "{2KiB: 5us, 4KiB: 4us}") ==
          "9:28 " + path + "must have times that never fall\n");
    const std::string few =
        path + "must map two sizes or more to times, such as {2KiB: 5us, 1MiB: 18us}\n";
    CHECK(faults_with(eight, "{2KiB: 5us}") == "9:10 " + few);
    CHECK(faults_with(eight, "{}") == "9:10 " + few);
    CHECK(faults_with(eight, "5us") == "9:10 " + few);
    CHECK(faults_with(eight, "{2K: 5us, 1MiB: 18us}") ==
          "9:11 'kernels.AR.all_reduce.8 (bytes)' must be a size with its unit, such as 7168B\n");
    CHECK(faults_with(eight, "{2KiB: 5, 1MiB: 18uS}") ==
          "9:17 " + path + "has no unit\n9:26 " + path +
              "must be a time with its unit, such as 12us\n");
    CHECK(faults_with(eight, "{0B: 5us, 1MiB: 18us}") ==
          "9:11 'kernels.AR.all_reduce.8 (bytes)' must be from 1 B to 1 PB\n");
  }

  TEST_CASE("a size in capitals is one of bytes") {
    try {
      read(with(kFabric, "2KiB: 5.0us", "2KB: 5.0us"));
      FAIL("2KB was read");
    } catch (const InputError& error) {
      CHECK(std::string(error.what()).find("did you mean '2kB'?") != std::string::npos);
    }
  }

  TEST_CASE("every fault of an operation, the range and the library has its place") {
    CHECK(faults_with("      2: {2048B", "      08: {2048B") ==
          "10:7 'kernels.AR.all_reduce' gives 8 ranks twice\n");
    CHECK(faults_with("      2: {2048B", "      1: {2048B") ==
          "10:7 'kernels.AR.all_reduce (ranks)' must be from 2 to 16,384\n");
    CHECK(faults_with("ranks: [2, 8]", "ranks: [8, 2]") ==
          "11:21 'kernels.AR.fitted.ranks' must be a lowest and a highest value\n");
    CHECK(faults_with("bytes: [2KiB, 512MiB]", "bytes: [2KiB]") ==
          "11:36 'kernels.AR.fitted.bytes' must be a lowest and a highest value\n");
    CHECK(faults_with("bytes: [2KiB, 512MiB]", "tokens: [1, 2]") ==
          "11:29 unknown key 'kernels.AR.fitted.tokens'\n");
    CHECK(faults_with("    library: vllm_all_reduce\n", "") ==
          "5:5 missing key 'kernels.AR.library'\n");
    CHECK(faults_with("vllm_all_reduce", "deepep_ll") ==
          "7:14 'deepep_ll' is of all-to-alls: collectives are of vllm_all_reduce, "
          "sglang_all_reduce, trtllm_all_reduce or nccl\n");
    CHECK(faults_with("vllm_all_reduce", "nccl").empty());
    CHECK(faults_with("40GB/s}", "40GB/s, library: trtllm_all_reduce}") ==
          "3:51 'trtllm_all_reduce' has no all-to-all: add 'collectives: true' with its times\n");
    CHECK(faults_with("    about: made up\n", "    latency: 2us\n") ==
          "6:5 unknown key 'kernels.AR.latency'\n");
    CHECK(faults_with("collectives: true", "collectives: maybe") ==
          "5:18 'kernels.AR.collectives' must be true or false, not 'maybe'\n");
    CHECK(
        faults_of("{gpus_per_domain: 8, kernels: {AR: {collectives: true, library: nccl}}}") ==
        "1:1 no kernel of the fabric is an all-to-all: all of them run collectives\n1:50 a kernel "
        "of collectives has one of all_reduce, all_gather and reduce_scatter\n");
    CHECK(faults_with("all_reduce:\n      8: {2KiB: 5.0us, 1MiB: 17.8us, 512MiB: 2ms}\n      2: "
                      "{2048B: 4us, 1MiB: 4us}\n",
                      "all_reduce: 5us\n") ==
          "8:17 'kernels.AR.all_reduce' must map numbers of ranks to times by size\n");
    CHECK(faults_with("collectives: true", "fused: true\n    collectives: true")
              .find("6:18 a fused kernel has no collectives\n") != std::string::npos);
  }

  TEST_CASE("every fabric has those of three engines and of NCCL, and says where they end") {
    const auto kernel_of = [](const BaseFabric& base, const std::string& name) {
      for (const Kernel& kernel : base.fabric->kernels) {
        if (kernel.name == name) return kernel;
      }
      return Kernel{};
    };
    constexpr Bytes kSize(1024.0 * 1024);
    int fabrics = 0;
    for (const Preset& preset : presets()) {
      if (preset.kind != PresetKind::kFabric) continue;
      CAPTURE(preset.name);
      ++fabrics;
      const BaseFabric base = read_base_fabric(std::string(preset.name));
      const bool rack = base.fabric->gpus_per_domain > 8;
      const bool own = preset.name.find("h20-") != 0 && preset.name.find("h800") != 0;
      for (const char* name : {"AR-vLLM", "AR-SGLang", "AR-TRTLLM", "NCCL-AR"}) {
        CAPTURE(name);
        const Kernel kernel = kernel_of(base, name);
        REQUIRE(kernel.collectives);
        const Collectives& all = *kernel.collectives;
        const bool nccl = kernel.library == Library::kNccl;
        for (const CollectiveOp op : kCollectiveOps) {
          const bool has = nccl || op == CollectiveOp::kAllReduce;
          for (const int ranks : {2, 4, 8}) CHECK((all.find(op, ranks) != nullptr) == has);
        }
        CHECK(all.fitted.holds(4, kSize));
        CHECK(all.fitted.holds(8, kSize) == !rack);
        CHECK(all.fitted.holds(4, Bytes(1e9)) == !own);
        CHECK(kernel.uncertainty.value_or(0.0) == (rack ? 0.1 : own ? 0.0 : 0.15));
        // More ranks on one size: more steps, or the same.
        const Seconds eight = all.find(CollectiveOp::kAllReduce, 8)->at(kSize);
        CHECK(eight > 8.0 * unit::us);
        CHECK(eight < 40.0 * unit::us);
      }
    }
    CHECK(fabrics == 9);
    // H800's link is slower than H100's, and its latencies are the same.
    const auto time = [&](const char* fabric, double bytes) {
      const Kernel kernel = kernel_of(read_base_fabric(fabric), "AR-vLLM");
      return kernel.collectives->find(CollectiveOp::kAllReduce, 8)->at(Bytes(bytes)) / unit::us;
    };
    CHECK(time("h800-ib400", 5e8) == Approx(2.0 * time("h100-ib400", 5e8)).epsilon(0.05));
    CHECK(time("h800-ib400", 4096) == Approx(time("h100-ib400", 4096)).epsilon(0.05));
    CHECK(time("h20-ib400", 5e8) == time("h100-ib400", 5e8));
  }

  TEST_CASE("what is read is what is written, and a kernel stands alone in a file") {
    const Folder folder;
    const BaseFabric base = read_base_fabric(folder.write("fabric.yaml", kFabric));
    const BaseFabric again = read_base_fabric(
        folder.write("again.yaml", fabric_text(base, {.replaced = {}, .yaml = "about: a copy\n"})));
    const Collectives& before = *base.fabric->kernels.at(1).collectives;
    const Collectives& after = *again.fabric->kernels.at(1).collectives;
    for (const int ranks : {2, 8}) {
      const auto& old = before.find(CollectiveOp::kAllReduce, ranks)->points;
      const auto& now = after.find(CollectiveOp::kAllReduce, ranks)->points;
      REQUIRE(old.size() == now.size());
      for (std::size_t at = 0; at < old.size(); ++at) {
        CHECK(old[at].bytes == now[at].bytes);
        CHECK(old[at].time == now[at].time);
      }
    }
    CHECK(after.fitted.most == before.fitted.most);
    CHECK(again.fabric->kernels.at(1).library == Library::kVllmAllReduce);
    const std::string kernel =
        "collectives: true\nlibrary: nccl\nreduce_scatter: {4: {1KiB: 3us, 1MiB: 9us}}\n";
    const std::string file = folder.write("kernel.yaml", kernel);
    const auto checked = check_files({.files = {file}});
    REQUIRE(checked.size() == 1);
    CHECK(checked[0].kind == FileKind::kKernel);
  }
}

}  // namespace
}  // namespace wideep::read_collectives_test
