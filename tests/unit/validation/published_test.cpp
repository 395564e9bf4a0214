// The shipped presets against the published measurements that they were fitted to, read from the
// measurements themselves. Nothing is dropped but what a comment names.
#include <algorithm>
#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include "model/hardware.h"
#include "model/overlap.h"
#include "model/prediction.h"
#include "model/thresholds.h"
#include "support/preset_problem.h"
#include "support/published_table.h"

namespace wideep {
namespace {

/// Relative errors of predictions, and what they come to.
struct Errors {
  std::vector<double> of;

  void add(double predicted, double measured) {
    of.push_back(std::abs(predicted / measured - 1.0));
  }
  [[nodiscard]] double median() {
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
  }
  [[nodiscard]] double largest() const { return *std::max_element(of.begin(), of.end()); }
};

void check(const char* what, Errors errors, double median, double largest) {
  if (errors.of.empty()) return;
  MESSAGE(std::string(what),
          ": ",
          errors.of.size(),
          " points, median error ",
          100.0 * errors.median(),
          " %, largest ",
          100.0 * errors.largest(),
          " %");
  CHECK(errors.median() <= median);
  CHECK(errors.largest() <= largest);
}

constexpr double kAny = 1e300;

/// DeepSeek-V3 whose tokens are those of a measurement, with ungrouped gates as in the benchmarks.
Problem benchmark(const std::string& fabric, std::vector<std::string> set = {}) {
  set.insert(set.end(), {"groups=1", "groups_per_token=1", "straggler_factor=1"});
  return deepseek_on(fabric, set);
}

void set_tokens(Problem& problem, int tokens) {
  problem.workload.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
}

TEST_SUITE("validation/published") {
  TEST_CASE("DeepEP LL on H100 at EP 16, 32 and 64 from one bandwidth") {
    Problem problem = benchmark("h100-ib400");
    const std::size_t kernel = kernel_of(problem, "LL");
    Errors dispatch;
    Errors combine;
    for (const Row& row : table("comm/deepep_ll.h100_sxm.sglang-0.5.6.csv")) {
      const int width = whole(row, "node_num") * 8;
      if (width < 16 || whole(row, "num_experts") != 256) continue;
      set_tokens(problem, whole(row, "num_token"));
      const Prediction here = predict(problem, {.ep_width = width, .kernel = kernel});
      dispatch.add(here.dispatch / unit::us, number(row, "dispatch_avg_t_us"));
      combine.add(here.combine / unit::us, number(row, "combine_avg_t_us"));
    }
    check("LL dispatch", dispatch, 0.03, 0.10);
    check("LL combine", combine, 0.03, 0.10);
  }

  TEST_CASE("DeepEP LL inside one domain: H100 at EP 8, GB200 at EP 4") {
    struct Case {
      const char* fabric;
      const char* file;
      int width;
    };
    for (const auto& [fabric, file, width] :
         {Case{"h100-ib400", "comm/deepep_ll.h100_sxm.sglang-0.5.6.csv", 8},
          Case{"gb200-nvl72", "comm/deepep_ll.gb200.sglang-0.5.12.csv", 4}}) {
      Problem problem = benchmark(fabric);
      const std::size_t kernel = kernel_of(problem, "LL");
      Errors errors;
      for (const Row& row : table(file)) {
        const bool same_shape = whole(row, "hidden_size") == 7168 && whole(row, "num_topk") == 8 &&
                                whole(row, "num_experts") == 256;
        if (!same_shape || whole(row, "node_num") != 1) continue;
        set_tokens(problem, whole(row, "num_token"));
        const Prediction here = predict(problem, {.ep_width = width, .kernel = kernel});
        errors.add(here.dispatch / unit::us, number(row, "dispatch_avg_t_us"));
        errors.add(here.combine / unit::us, number(row, "combine_avg_t_us"));
      }
      check(fabric, errors, 0.03, 0.10);
    }
  }

  TEST_CASE("DeepEP HT on H100 at EP 8, 16 and 32, 4 to 24 SMs") {
    // The set for EP 64 is a congested run at a third of the published rate.
    Problem problem = benchmark("h100-ib400");
    const std::size_t kernel = kernel_of(problem, "HT");
    Errors dispatch;
    Errors combine;
    for (const Row& row : table("comm/deepep_normal.h100_sxm.sglang-0.5.6.csv")) {
      const int width = whole(row, "node_num") * 8;
      if (width > 32) continue;
      set_tokens(problem, whole(row, "num_token"));
      Config config{.ep_width = width, .kernel = kernel};
      config.sms = whole(row, "dispatch_sms");
      dispatch.add(predict(problem, config).dispatch / unit::us,
                   number(row, "dispatch_transmit_us") + number(row, "dispatch_notify_us"));
      config.sms = whole(row, "combine_sms");
      combine.add(predict(problem, config).combine / unit::us,
                  number(row, "combine_transmit_us") + number(row, "combine_notify_us"));
    }
    check("HT dispatch", dispatch, 0.10, 0.35);
    check("HT combine", combine, 0.10, 0.35);
  }

  TEST_CASE("GB200 NVLink all-to-all at EP 8 to 64") {
    // Their router sends each token to as many ranks as it can, which is Routing::kBalanced.
    const std::map<std::string, double> elements = {
        {"bfloat16", 2.0}, {"fp8", 1.0 + 4.0 / 128}, {"nvfp4", 0.5 + 1.0 / 16}};
    std::map<std::string, Errors> errors;
    std::map<std::string, Problem> problems;
    for (const auto& [name, preset] : {std::pair("NVLinkTwoSided", "trtllm-two-sided-gb200"),
                                       std::pair("NVLinkOneSided", "trtllm-one-sided-gb200")}) {
      problems[name] =
          benchmark("gb200-nvl72", {"routing=balanced", std::string("kernels.NVL=") + preset});
    }
    for (const Row& row : table("comm/trtllm_alltoall.gb200.csv")) {
      const int width = whole(row, "moe_ep_size");
      const std::string& op = row.at("op_name");
      const bool dispatches = op == "alltoall_dispatch";
      // prepare and the low-precision combine are other kernels than these two.
      if (width < 8 || (!dispatches && op != "alltoall_combine")) continue;
      const std::string& name = row.at("kernel_source");
      Problem& problem = problems.at(name);
      problem.workload.dispatch_element = Bytes(elements.at(row.at("moe_dtype")));
      problem.workload.combine_element = Bytes(2.0);
      set_tokens(problem, whole(row, "num_tokens"));
      const Prediction here =
          predict(problem, {.ep_width = width, .kernel = kernel_of(problem, "NVL")});
      const Seconds time = dispatches ? here.dispatch : here.combine;
      errors[name].add(time / unit::ms, number(row, "latency"));
      errors["both"].add(time / unit::ms, number(row, "latency"));
    }
    for (const auto& [name, found] : errors) check(name.c_str(), found, 0.05, kAny);
  }

  TEST_CASE("expert compute at decode, one token per expert and more") {
    for (const char* gpu : {"h100-sxm", "h200-sxm", "b200-sxm", "gb200"}) {
      std::string file = gpu;
      std::replace(file.begin(), file.end(), '-', '_');
      Problem problem = benchmark("h100-ib400",
                                  {std::string("gpu=") + gpu,
                                   "routing=balanced",
                                   "tokens_per_rank=null",
                                   "expert_load=null",
                                   "global_tokens=1"});
      Errors errors;
      for (const Row& row : table("expert_compute/decode." + file + ".csv")) {
        const int tokens = whole(row, "num_tokens");  // of the whole group
        const int width = whole(row, "moe_ep_size");
        if (row.at("distribution") != "uniform" || tokens * 8 < 256) continue;
        problem.workload.tokens = GlobalTokens{tokens};
        // Fewer tokens than ranks are not dealt out as whole tokens here: the load is what counts.
        const LayerCosts costs = layer_costs(problem, {.ep_width = width});
        const double per_rank = static_cast<double>(tokens) / width;
        errors.add(costs.expert.time(per_rank) / unit::ms, number(row, "latency"));
      }
      check(gpu, errors, 0.04, 0.15);
    }
  }

  TEST_CASE("latent attention at decode, 8 sequences and more") {
    for (const char* gpu : {"h100-sxm", "h200-sxm", "b200-sxm", "gb200"}) {
      std::string file = gpu;
      std::replace(file.begin(), file.end(), '-', '_');
      Problem problem =
          benchmark("h100-ib400", {std::string("gpu=") + gpu, "model.shared_intermediate_size=0"});
      Errors errors;
      for (const Row& row : table("attention/mla_decode." + file + ".csv")) {
        if (whole(row, "num_heads") != 128 || whole(row, "batch_size") < 8) continue;
        const int context = whole(row, "isl");
        problem = benchmark("h100-ib400",
                            {std::string("gpu=") + gpu,
                             "model.shared_intermediate_size=0",
                             "context=" + std::to_string(context)});
        const Seconds time = problem.workload.dense.time(whole(row, "batch_size"));
        errors.add(time / unit::ms, number(row, "latency"));
      }
      check(gpu, errors, 0.10, 0.30);
    }
  }

  TEST_CASE("dbo break-even falls as EP widens, and is above 256 tokens at EP 8") {
    // Beside the ideal of two halves that overlap perfectly, 2 max(comm, compute) of half a batch:
    // no ramp, no SM held. Its published estimate from H200 tables: none below 256 tokens at EP 8,
    // about 200 at EP 16, 85 at EP 32 and 64 at EP 64.
    for (const char* gpu : {"h100-sxm", "h200-sxm"}) {
      Problem problem = deepseek_on(
          "h100-ib400", {std::string("gpu=") + gpu, "context=1024", "straggler_factor=1"});
      const std::size_t kernel = kernel_of(problem, "LL");
      double before = 1e300;
      for (const int width : {8, 16, 32, 64}) {
        const Config config{.ep_width = width, .kernel = kernel};
        const Threshold<double> even = thresholds(problem, config).break_even_half_split_tokens;
        const LayerCosts costs = layer_costs(problem, config);
        int ideal = 2;
        const auto gains = [&](int tokens) {
          const double half = 0.5 * tokens;
          return 2.0 * std::max(costs.comm_time(half), costs.compute_time(half)) <
                 no_overlap_time(costs, tokens);
        };
        while (ideal < 4096 && !gains(ideal)) ++ideal;
        MESSAGE(std::string(gpu),
                ", EP ",
                width,
                ": dbo from ",
                even.value.value_or(1e300),
                " tokens, ideal overlap from ",
                ideal);
        REQUIRE(even.value.has_value());
        CHECK(*even.value < before);
        CHECK(*even.value >= ideal - 1);
        before = *even.value;
        if (width == 8) CHECK(*even.value > 256.0);
        if (width == 64) CHECK(*even.value < 128.0);
      }
    }
  }
}

}  // namespace
}  // namespace wideep
