// What reports say of a configuration beside its times.
#include <doctest/doctest.h>

#include "support/limits_problem.h"
#include "support/rule_messages.h"
#include "units/format_quantity.h"

namespace wideep::range_rules_test {
namespace {

/// What lies beyond the ranges, without the advice that each message ends with.
std::vector<std::string> beyond_range(const Problem& p, const Config& config) {
  constexpr std::string_view kAdvice = "; treat its times as rough";
  auto messages = messages_of(range_rules(), "beyond_fitted_range", p, config);
  for (std::string& message : messages) {
    CHECK(message.ends_with(kAdvice));
    message.resize(message.size() - kAdvice.size());
  }
  return messages;
}

std::vector<std::string> unused_measurements(const Problem& p, const Config& config) {
  return messages_of(range_rules(), "measurement_unused", p, config);
}

TEST_SUITE("engines/range_rules") {
  TEST_CASE("what was fitted for other widths, transfers and loads is said") {
    Problem p = limits_problem();
    Kernel& kernel = p.fabric.kernels[0];
    kernel.dispatch.latency = kernel.combine.latency = ByWidth<Seconds>::constant(unit::us);
    kernel.fitted_ep_widths = FittedRange{4, 4};
    kernel.fitted_tokens = FittedRange{1, 256};
    const auto said = [&](const Config& config) { return beyond_range(p, config); };
    CHECK(
        said({.ep_width = 4}) ==
        std::vector<std::string>{"300 tokens in a transfer are beyond the fitted 1 to 256 of LL"});
    CHECK(said({.ep_width = 8, .overlap = Overlap::kChunk, .chunks = 2}) ==
          std::vector<std::string>{"EP 8 is beyond the fitted width 4 of LL"});
    kernel.uncertainty = 0.15;
    CHECK(said({.ep_width = 8, .overlap = Overlap::kChunk, .chunks = 2}) ==
          std::vector<std::string>{
              "EP 8 is beyond the fitted width 4 of LL: scaled, and within 15%"});
    CHECK(said({.ep_width = 1}).empty());
    // 300 tokens on 4 ranks with 8 of 65,536 experts: 0.1465 tokens an expert.
    p.workload.model.experts = 65'536;
    p.workload.figures.expert.weight_read = unit::us;
    kernel.fitted_tokens.reset();
    CHECK(said({.ep_width = 4}) ==
          std::vector<std::string>{
              "0.1465 tokens per expert are below the 1 from which expert figures are fitted"});
    // Of 9,604 experts each has 0.9996 tokens, of 9,600 one.
    p.workload.model.experts = 9'604;
    CHECK(said({.ep_width = 4}).size() == 1);
    p.workload.model.experts = 9'600;
    CHECK(said({.ep_width = 4}).empty());
    p.workload.model.experts = 65'536;
    p.workload.traffic.straggler.source = ByWidth<double>{{{8, 1.1}, {16, 1.2}}, false};
    CHECK(said({.ep_width = 4}).size() == 2);
  }

  TEST_CASE("a straggler factor that cannot be is said") {
    Problem p = limits_problem();
    const auto said = [&](double factor, int ep_width) {
      p.workload.traffic.straggler.source = ByWidth<double>::constant(factor);
      return beyond_range(p, {.ep_width = ep_width});
    };
    CHECK(said(8.0, 8).empty());
    CHECK(said(8.5, 8) == std::vector<std::string>{"a straggler factor of 8.5 cannot be at EP 8, "
                                                   "where the busiest rank carries at most 8 times "
                                                   "the mean"});
    CHECK(said(1.1, 1) == std::vector<std::string>{"a straggler factor of 1.1 cannot be at EP 1, "
                                                   "where one rank carries everything"});
  }

  TEST_CASE("a stated figure of serving that stands before the fabric's is said") {
    Problem p = limits_problem();
    CHECK(unused_measurements(p, {.ep_width = 8}).empty());
    p.fabric.serving_efficiency = 0.6;
    p.workload.figures.efficiency_origin = ServingOrigin::kFabric;
    CHECK(unused_measurements(p, {.ep_width = 8}).empty());
    p.workload.figures.efficiency_origin = ServingOrigin::kStated;
    p.workload.figures.overhead_origin = ServingOrigin::kStated;
    CHECK(unused_measurements(p, {.ep_width = 8}) ==
          std::vector<std::string>{
              "the workload states serving_efficiency, so that the fabric's is not used; --set "
              "serving_efficiency=null takes that"});
  }

  TEST_CASE("beyond its latencies a kernel is priced with the nearest one's, and said so") {
    const Problem p = limits_problem();
    CHECK(
        beyond_range(p, {.ep_width = 128}) ==
        std::vector<std::string>{"EP 128 is beyond the fitted widths 8 to 64 of LL: its latency is "
                                 "taken as at the nearest of them"});
    CHECK(beyond_range(p, {.ep_width = 64}).empty());
  }

  TEST_CASE("more or fewer SMs than were measured are said") {
    Problem p = limits_problem();
    p.fabric.gpu = Gpu{};
    p.fabric.kernels[0].fitted_sms = FittedRange{4, 24};
    const auto said = [&](int width, int sms) {
      return beyond_range(p, {.ep_width = width, .sms = sms});
    };
    CHECK(said(8, 24).empty());
    CHECK(said(8, 4).empty());
    CHECK(said(8, 48) == std::vector<std::string>{"48 SMs are beyond the fitted 4 to 24 of LL"});
    CHECK(said(8, 2) == std::vector<std::string>{"2 SMs are beyond the fitted 4 to 24 of LL"});
    CHECK(said(8, 0).empty());   // no choice of them
    CHECK(said(1, 48).empty());  // nothing is sent
  }

  TEST_CASE("a straggler factor that differs from the measured one by over 1 % is told") {
    Problem p = limits_problem();
    p.fabric.straggler_factor = ByWidth<double>::constant(1.0);
    for (const auto& each :
         {std::pair(1.0, 0), std::pair(1.009, 0), std::pair(1.011, 1), std::pair(1.03, 1)}) {
      const double ours = each.first;
      const int told = each.second;
      CAPTURE(ours);
      p.workload.traffic.straggler.source = ByWidth<double>::constant(ours);
      CHECK(unused_measurements(p, {.ep_width = 8}).size() == static_cast<std::size_t>(told));
    }
  }

  TEST_CASE("what a calibration measured and the workload overrides") {
    Problem p = limits_problem();
    const auto told = [&] { return unused_measurements(p, {.ep_width = 8}); };
    p.fabric.straggler_factor = ByWidth<double>{{{8, 1.25}, {16, 1.0}}, false};
    p.workload.traffic.straggler.source = ByWidth<double>{{{8, 1.5}, {16, 1.0}}, false};
    CHECK(told() == std::vector<std::string>{
                        "the workload's straggler factor 1.5 stands in place of the measured 1.25 "
                        "of the calibration; --set straggler_factor=null takes that"});
    CHECK(unused_measurements(p, {.ep_width = 16}).empty());
    p.workload.traffic.straggler.source =
        ByWidth<double>::constant(1.0);  // too low is told as well
    CHECK(told().size() == 1);
    p.fabric.straggler_factor.reset();
    p.fabric.experts_measured = true;
    CHECK(told() ==
          std::vector<std::string>{
              "the workload states the experts' time, so that the calibration's is not used"});
    p.workload.figures.expert_origin = Origin::kHardware;
    CHECK(told().empty());
  }

  TEST_CASE("what reports say of a configuration that its figures do not cover") {
    Problem p = limits_problem();
    const auto said = [&](const Config& config) { return beyond_range(p, config); };
    const auto only = [](const char* text) { return std::vector<std::string>{text}; };
    p.fabric.kernels[0].fitted_ep_widths = FittedRange{8, 32};
    CHECK(said({.ep_width = 64}) == only("EP 64 is beyond the fitted widths 8 to 32 of LL"));
    CHECK(said({.ep_width = 32}).empty());
    // Without a data sheet nobody knows how many SMs are left.
    CHECK(said({.ep_width = 8, .sms = 24}).empty());
    const Config overlapped{.ep_width = 8, .overlap = Overlap::kChunk, .chunks = 2, .sms = 24};
    CHECK(said(overlapped) ==
          only("LL holds 24 SMs, and without gpu.sms compute is not slowed for them"));
    CHECK(said({.ep_width = 8, .overlap = Overlap::kChunk, .chunks = 2}).empty());
    p.fabric.gpu = Gpu{};
    CHECK(said(overlapped).empty());
    p.workload.traffic.straggler.source = ByWidth<double>{{{16, 1.1}, {32, 1.3}}, false};
    CHECK(said({.ep_width = 8}) ==
          only("the straggler factor has no value at EP 8 and is taken as at the nearest width"));
    const auto counted = [&](double first) {
      ExpertCounts counts{{std::vector<double>(256, 1.0)}};
      counts.layers[0][0] = first;
      p.workload.traffic.straggler.source = CountedLoad{std::make_shared<ExpertCounts>(counts)};
      return said({.ep_width = 16});
    };
    counted(1.0);
    const double noise = *even_straggler_factor(p.workload, {.ep_width = 16, .tokens = 300});
    CHECK(counted(1.0) ==
          only(("the counts' straggler factor 1 is of averages over many steps; one "
                "step of even routing has " +
                format_number(noise))
                   .c_str()));
    CHECK(counted(100.0).empty());  // no less than noise alone
  }
}

}  // namespace
}  // namespace wideep::range_rules_test
