// What the page is told is what the commands say of the same inputs.
#include "page/ask.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "report/optimize_report.h"
#include "support/skip.h"

namespace wideep {
namespace {

const Json kWorkload = Json::parse(R"({
  "model": "deepseek-v3", "fabric": "h100-ib400", "tokens_per_rank": 128, "expert_load": "T*k",
  "context": 4096, "dispatch_dtype": "fp8", "combine_dtype": "bf16", "straggler_factor": 1.11,
  "search": {"overlap": ["none", "dbo"], "split": "half"}})");

const Json kDeployment = Json::parse(R"({
  "model": "deepseek-r1", "fabric": "gb200-nvl72", "dispatch_dtype": "fp8",
  "combine_dtype": "bf16", "straggler_factor": 1.11,
  "search": {"overlap": ["none", "dbo"], "split": "half"}, "traffic": {"input_tokens": 4096, "output_tokens": 1024, "rate": 50},
  "slo": {"ttft": "3s", "tpot": "30ms"}})");

Json asked(const char* kind,
           const std::vector<std::string>& set = {},
           const Json& workload = kWorkload,
           const Json& more = Json::object()) {
  Json request = {{"ask", kind}, {"workload", workload}, {"set", set}};
  request.update(more);
  return Json::parse(ask(request.dump()));
}

/// A curve's layer time at a batch; null where it has none.
Json layer_at(const Json& curves,
              const std::string& kernel,
              const std::string& overlap,
              int tokens) {
  const auto& all = curves.at("tokens");
  const auto place =
      static_cast<std::size_t>(std::find(all.begin(), all.end(), tokens) - all.begin());
  for (const Json& one : curves.at("series")) {
    if (one.at("kernel") == kernel && one.at("overlap") == overlap) {
      return one.at("layer_s").at(place);
    }
  }
  return nullptr;
}

}  // namespace

TEST_SUITE("page") {
  TEST_CASE("the answer is that of optimize") {
    const Json answer = asked("answer").at("report");
    const Json sure = asked("sure").at("report");
    CHECK(answer.at("best_run").at("config").at("ep_width") == 64);
    CHECK(answer.at("best_run") == sure.at("best_run"));
    CHECK(answer.at("confidence").is_null());
    CHECK(sure.at("confidence").at("draws") == 256);
    CHECK(asked("answer").at("use").get<std::string>().starts_with("EP 64, LL, dbo"));
  }

  TEST_CASE("curves, widths and map agree with an answer of that width, batch and mode alone") {
    const Json charts = asked("answer").at("charts");
    const Json map = asked("map");
    const Json& batches = charts.at("curves").at("tokens");
    int compared = 0;
    for (std::size_t at = 0; at < batches.size(); at += 5) {
      const int tokens = batches.at(at).get<int>();
      CAPTURE(tokens);
      for (const char* const overlap : {"none", "dbo"}) {
        const std::string of = std::to_string(tokens);
        const Json alone = asked("answer",
                                 {"tokens_per_rank=" + of,
                                  "search.ep_width=[64]",
                                  "search.kernel=[LL]",
                                  "search.overlap=[" + std::string(overlap) + "]"});
        const Json layer = layer_at(charts.at("curves"), "LL", overlap, tokens);
        const Json& best = alone.at("report").at("optimum");
        CHECK(layer.is_null() == best.is_null());
        if (layer.is_null() || best.is_null()) continue;
        ++compared;
        CHECK(layer.get<double>() ==
              doctest::Approx(best.at("time").at("layer_s").get<double>()).epsilon(1e-12));
      }
    }
    CHECK(compared > 4);
    const Json& widths = charts.at("widths");
    const Json& row = map.at("cells").at(
        static_cast<std::size_t>(std::find(map.at("tokens").begin(), map.at("tokens").end(), 128) -
                                 map.at("tokens").begin()));
    REQUIRE(widths.size() == row.size());
    for (std::size_t at = 0; at < widths.size(); ++at) {
      CHECK(row.at(at).is_null() == widths.at(at).at("layer_s").is_null());
      if (!row.at(at).is_null()) CHECK(row.at(at).at("layer_s") == widths.at(at).at("layer_s"));
    }
  }

  TEST_CASE("a deployment's roles are those of its plan, with what is drawn of them") {
    const Json answer = asked("plan", {}, kDeployment);
    const Json& plan = answer.at("plan");
    CHECK(asked("sure", {}, kDeployment).at("report").at("plan") == plan);
    CHECK(answer.at("flags").empty());
    CHECK(asked("plan", {"engine=vllm"}, kDeployment).at("flags").size() == 2);
    for (const char* const role : {"prefill", "decode"}) {
      CAPTURE(role);
      const Json of = asked("plan", {}, kDeployment, {{"role", role}}).at("role");
      CHECK(of.at("name") == role);
      CHECK(of.at("result").at("config") == plan.at(role).at("config"));
      CHECK(of.at("result").at("memory").at("total_bytes") == plan.at(role).at("memory_bytes"));
      const Json& curves = of.at("charts").at("curves");
      const Json& tokens = curves.at("tokens");
      const Json& config = plan.at(role).at("config");
      const auto at = std::find(tokens.begin(), tokens.end(), plan.at(role).at("tokens_per_rank"));
      REQUIRE(at != tokens.end());
      const Json layer = layer_at(curves,
                                  config.at("kernel").get<std::string>(),
                                  config.at("overlap").get<std::string>(),
                                  at->get<int>());
      CHECK(layer.get<double>() ==
            doctest::Approx(of.at("result").at("time").at("layer_s").get<double>()));
    }
    CHECK(answer.at("front").at("points").size() > 4);
  }

  TEST_CASE("loads are plans of their rates") {
    if (!quick_enough()) return;
    int compared = 0;
    const Json loads = asked("loads", {}, kDeployment).at("loads");
    for (const Json& load : loads) {
      const std::string rate = load.at("requests_per_s").dump();
      CAPTURE(rate);
      const Json alone = asked("plan", {"traffic.rate=" + rate}, kDeployment);
      REQUIRE(!load.at("gpus").is_null());
      CHECK(load.at("gpus") == alone.at("plan").at("gpus"));
      CHECK(load.at("output_tokens_per_gpu_per_s").get<double>() ==
            doctest::Approx(alone.at("plan").at("output_tokens_per_gpu_per_s").get<double>()));
      ++compared;
    }
    CHECK(compared == 9);
    const Json none = asked("plan", {"slo.tpot=1us"}, kDeployment);
    CHECK(none.at("plan").is_null());
    CHECK(!none.at("report").at("reasons").empty());
    const std::vector<std::string> by_gpus = {"traffic.rate=null", "gpus=64"};
    CHECK(asked("loads", by_gpus, kDeployment).at("loads").is_null());
  }

  TEST_CASE("rows of a sweep are answers with the values set") {
    const Json axes = {{{"key", "kernels.LL.latency"}, {"values", {"0.5x", "2x"}}},
                       {{"key", "context"}, {"values", {"1024", "65536"}}}};
    const Json rows = asked("sweep", {}, kWorkload, {{"axes", axes}}).at("rows");
    REQUIRE(rows.size() == 4);
    CHECK(rows.at(1).at("axes").at("context") == 65536);
    const Json alone = asked("answer", {"kernels.LL.latency=2x", "context=1024"}).at("report");
    CHECK(rows.at(2).at("layer_s") == alone.at("best_run").at("time").at("layer_s"));
    CHECK(rows.at(2).at("config") == alone.at("best_run").at("config"));
  }

  TEST_CASE("figures of kernels are those that the fabric states") {
    std::vector<std::string> keys;
    const Json figures = asked("figures").at("figures");
    for (const Json& each : figures) keys.push_back(each.at("key"));
    CHECK(
        Json(keys).dump() ==
        R"(["kernels.LL.latency","kernels.LL.bandwidth","kernels.HT.latency","kernels.HT.bandwidth"])");
  }

  TEST_CASE("what is wrong is told, all of it") {
    const Json told = asked("answer", {"tokens_per_rank=-1", "contxt=5"});
    CHECK(told.at("faults").size() == 2);
    const Json axes = {{{"key", "context"}, {"values", {"1024", "-1"}}}};
    const Json refused = asked("sweep", {}, kWorkload, {{"axes", axes}});
    REQUIRE(refused.at("faults").size() == 1);
    CHECK(refused.at("faults").at(0).at("message").get<std::string>().starts_with("'context' "));
  }
}

}  // namespace wideep
