#include "input/overrides.h"

#include <doctest/doctest.h>

#include "input/diagnostic.h"
#include "input/input_keys.h"
#include "input/read_gpu.h"
#include "input/read_problem.h"
#include "support/folder.h"

namespace wideep::overrides_test {
namespace {

/// A workload on `fabric`, a value of that key.
std::string workload_on(const std::string& fabric) {
  return "model: deepseek-v3\ntokens_per_rank: 64\nexpert_load: T*k\ncontext: 4096\n"
         "dispatch_dtype: fp8\ncombine_dtype: bf16\nstraggler_factor: 1.1\n"
         "search: {ep_width: [16], kernel: LL, overlap: [none]}\nfabric: " +
         fabric + "\n";
}

Problem read(const std::string& fabric, const std::vector<std::string>& set = {}) {
  const Folder folder;
  return read_problem({.workload = folder.write("workload.yaml", workload_on(fabric)),
                       .fabric = std::nullopt,
                       .search = std::nullopt,
                       .set = set});
}

/// What is said of `set`; empty where it fits.
std::string said_of(const std::vector<std::string>& set, const std::string& fabric = "h100-ib400") {
  try {
    read(fabric, set);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

const Kernel& ll_of(const Problem& problem) {
  REQUIRE(problem.fabric.kernels.front().name == "LL");
  return problem.fabric.kernels.front();
}

TEST_SUITE("input/overrides") {
  // The fabric h100-ib400: gpu h100-sxm (132 SMs, 85.9 GB), LL of at most 256 tokens.
  TEST_CASE("A key below an inline map over a preset is laid over the preset's, by --set or not") {
    for (const char* fabric :
         {"h100-ib400", "{preset: h100-ib400}", "{preset: h100-ib400, gpu: h100-sxm}"}) {
      CAPTURE(fabric);
      const Problem plain = read(fabric);
      REQUIRE(plain.fabric.gpu.has_value());
      CHECK(plain.fabric.gpu->sms == 132);
      CHECK(plain.fabric.gpu->memory > Bytes(0.0));

      const Problem unlimited = read(fabric, {"gpu.memory=null"});
      CHECK_FALSE(unlimited.fabric.gpu->memory);
      CHECK(unlimited.fabric.gpu->sms == 132);
      CHECK(unlimited.fabric.gpu->hbm_bandwidth == plain.fabric.gpu->hbm_bandwidth);

      const Problem larger = read(fabric, {"kernels.LL.max_tokens_per_rank=1024"});
      CHECK(ll_of(larger).limits.max_tokens_per_rank == 1024);
      CHECK(ll_of(larger).dispatch.latency.at(16) == ll_of(plain).dispatch.latency.at(16));
      CHECK(larger.fabric.kernels.size() == plain.fabric.kernels.size());
    }
  }

  TEST_CASE("A factor multiplies every number that stands at its key, tables and directions too") {
    const Problem plain = read("h100-ib400");
    const Problem half = read("h100-ib400", {"kernels.LL.latency=0.5x", "gpu.sms=0.5x"});
    CHECK(half.fabric.gpu->sms == 66);
    for (const int width : {8, 16, 64, 128}) {
      CAPTURE(width);
      const LinkPhase& was = ll_of(plain).combine;
      CHECK(ll_of(half).dispatch.latency.at(width).base() ==
            doctest::Approx(0.5 * ll_of(plain).dispatch.latency.at(width).base()).epsilon(1e-12));
      CHECK(ll_of(half).combine.latency.at(width).base() ==
            doctest::Approx(0.5 * was.latency.at(width).base()).epsilon(1e-12));
      CHECK(ll_of(half).combine.bandwidth.at(width, 0) == was.bandwidth.at(width, 0));
    }
    CHECK(half.fabric.kernels[1].dispatch.latency.at(16) ==
          plain.fabric.kernels[1].dispatch.latency.at(16));
    // Of what is set before it, in order.
    CHECK(
        read("h100-ib400", {"context=1000", "context=3x", "context=2x"}).workload.traffic.context ==
        6000);
    CHECK(read("h100-ib400", {"context=3x", "context=1000"}).workload.traffic.context == 1000);
  }

  TEST_CASE("A factor of what has no number, or not above 0, is refused") {
    CHECK(says(said_of({"model=2x"}), "no number at 'model' that a factor could be of"));
    CHECK(says(said_of({"gpu.sms=0x"}), "a factor is above 0"));
    CHECK(says(said_of({"kernels.L.latency=2x"}), "the fabric has no kernel 'L'"));
    CHECK(says(said_of({"contxt=2x"}), "did you mean 'context'?"));
    CHECK(says(said_of({"tokens_per_rank=0.3x"}), "must be a whole number"));
  }

  TEST_CASE("In the file itself, a map changes what the preset's own preset says") {
    const Problem changed =
        read("{preset: h100-ib400, gpu: {memory: 96GB}, kernels: {LL: {max_top_k: null}}}");
    CHECK(changed.fabric.gpu->memory == Bytes(96e9));
    CHECK(changed.fabric.gpu->sms == 132);
    CHECK(!ll_of(changed).limits.max_top_k);
    CHECK(ll_of(changed).fitted_tokens->high == 256);
  }

  TEST_CASE("Another preset replaces what the preset names, with what was changed of it") {
    CHECK(read("{preset: h100-ib400, gpu: h20-sxm}").fabric.gpu->sms == 78);
    CHECK(read("{preset: h100-ib400, gpu: {preset: h20-sxm}}").fabric.gpu->sms == 78);
    CHECK(read("{preset: h100-ib400}", {"gpu=h20-sxm"}).fabric.gpu->sms == 78);
    CHECK(read("{preset: h100-ib400}", {"gpu=h20-sxm", "gpu.sms=70"}).fabric.gpu->sms == 70);
    CHECK(!read("{preset: h100-ib400}", {"gpu=null", "expert_time_per_token=1us"})
               .fabric.gpu.has_value());
    CHECK(read("{preset: h100-ib400}", {"kernels.HT=null"}).fabric.kernels.size() ==
          read("h100-ib400").fabric.kernels.size() - 1);
  }

  TEST_CASE("A key of kernels, GPUs or the search that stands alone is told where it belongs") {
    const auto hint = [](const char* set) { return said_of({set}); };
    CHECK(says(hint("LL.bandwidth=40GB/s"), "write kernels.LL.bandwidth"));
    CHECK(says(hint("fabric.LL.bandwidth=40GB/s"), "write kernels.LL.bandwidth"));
    CHECK(says(hint("bandwidth=40GB/s"), "write kernels.LL.bandwidth or kernels.HT.bandwidth"));
    CHECK(says(hint("kernels.bandwidth=40GB/s"),
               "write kernels.LL.bandwidth or kernels.HT.bandwidth"));
    CHECK(says(hint("bandwdith=40GB/s"), "did you mean kernels.LL.bandwidth or"));
    CHECK(says(hint("ll.bandwidth=40GB/s"), "did you mean 'kernels.LL.bandwidth'?"));
    CHECK(says(hint("kernels.ll.bandwidth=40GB/s"), "no kernel 'll'"));
    CHECK(says(hint("kernels.ll.bandwidth=40GB/s"), "did you mean 'LL'?"));
    // Collectives have keys of their own, and none of the others'.
    CHECK(says(hint("all_reduce=5us"), "write kernels.NAME.all_reduce"));
    CHECK(says(hint("AR-vLLM.library=nccl"), "write kernels.AR-vLLM.library"));
    CHECK(says(hint("AR-vLM.library=nccl"), "did you mean 'kernels.AR-vLLM.library'?"));
    CHECK(says(hint("memory=80GB"), "write gpu.memory"));
    CHECK(says(hint("tpot=50ms"), "write slo.tpot"));
    CHECK(says(hint("max_chunks=3"), "write search.max_chunks"));
    CHECK(says(hint("workload.top_k=8"), "write top_k"));
    CHECK(hint("fabric.kernels.LL.dispatch.bandwidth=40GB/s").empty());
  }

  TEST_CASE("A kernel may still be made key by key") {
    const Problem made =
        read("h100-ib400", {"kernels.XT.latency=1us", "kernels.XT.bandwidth=40GB/s"});
    CHECK(made.fabric.kernels.back().name == "XT");
  }

  TEST_CASE("Nothing is set inside a model's file") {
    const Folder folder;
    const std::string model = folder.write("model.yaml", "preset: deepseek-v3\n");
    const std::string workload =
        folder.write("workload.yaml", workload_on("h100-ib400") + "moe_layers: 58\n");
    const auto with = [&](const char* set) {
      return read_problem({.workload = workload,
                           .fabric = std::nullopt,
                           .search = std::nullopt,
                           .set = {"model=" + model, set}});
    };
    CHECK(with("top_k=4").workload.model.top_k == 4);
    CHECK_THROWS_WITH(with("model.top_k=4"), doctest::Contains("set top_k, which takes"));
  }

  TEST_CASE("A path without end is refused, and one with an empty key") {
    std::string deep = "gpu";
    for (int level = 0; level < 30'000; ++level) deep += ".a";
    CHECK(says(said_of({deep + "=1"}), "the path has more than 16 keys"));
    CHECK(says(said_of({"gpu..sms=1"}), "the path 'gpu..sms' has an empty key"));
    CHECK(says(said_of({".gpu=1"}), "the path '.gpu' has an empty key"));
  }

  TEST_CASE("Every key that a GPU is told to have is read as one") {
    for (const std::string_view key : kGpuKeys) {
      const Source source{.name = "gpu", .text = std::string(key) + ": []\n"};
      Findings findings;
      const Node root = parse_yaml(source, findings);
      read_gpu(root, findings);
      for (const Diagnostic& fault : findings.placed()) {
        CHECK_MESSAGE(fault.message.find("unknown") == std::string::npos, fault.message);
      }
    }
  }
}

}  // namespace
}  // namespace wideep::overrides_test
