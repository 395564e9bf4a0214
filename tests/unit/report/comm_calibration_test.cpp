#include "report/comm_calibration.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "fit/errors.h"
#include "input/read_fabric.h"
#include "input/write_fabric.h"
#include "model/layer_costs.h"
#include "support/optimized.h"

namespace wideep::comm_calibration_test {
namespace {

constexpr int kProblems = kOptimized ? 400 : 4;
constexpr int kHidden = 7168;
constexpr int kTopK = 8;
constexpr int kExperts = 256;
constexpr int kDomain = 8;
/// Of five digits of two figures.
constexpr double kWritten = 2e-4;

/// How a kernel behaves that is measured, and at which sizes.
struct Truth {
  std::string kernel = "LL";
  Copies copies = Copies::kPerExpert;
  std::vector<Direction> directions;
  std::vector<int> widths;
  std::vector<int> sms = {0};
  double latency = 0.0;  ///< us, at EP 8; a tenth more for each rank
  double floor = 0.0;    ///< us
  double inside = 0.0;   ///< GB/s, or of an SM
  double outside = 0.0;  ///< GB/s
  double noise = 0.0;
  int most_tokens = 1;
  int sizes = 1;
};

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  double log_uniform(double low, double high) {
    return std::exp(std::uniform_real_distribution<double>(std::log(low), std::log(high))(random_));
  }
  double normal() { return normal_(random_); }
  template <class T>
  T one_of(const std::vector<T>& all) {
    return all[random_() % all.size()];
  }

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
};

Truth draw_truth(Draw& draw) {
  Truth truth;
  truth.kernel = draw.one_of<std::string>({"LL", "HT", "NCCL", "null", "12"});
  const bool driven = draw.one_of<int>({0, 1}) == 1;
  truth.copies = draw.one_of<Copies>({Copies::kPerExpert, Copies::kPerRank, Copies::kPerDomain});
  truth.directions = draw.one_of<std::vector<Direction>>(
      {{Direction::kDispatch, Direction::kCombine}, {Direction::kEither}});
  truth.widths = draw.one_of<std::vector<int>>(
      {{8}, {16}, {32}, {4, 8}, {8, 16}, {16, 32}, {8, 16, 32}, {8, 16, 32, 64}, {16, 24, 32}});
  if (driven) truth.sms = draw.one_of<std::vector<int>>({{24}, {4, 8, 16, 24}});
  truth.latency = draw.log_uniform(5.0, 200.0);
  truth.floor = draw.one_of<double>({0.0, 0.0, 1.5}) * truth.latency;
  truth.inside = draw.log_uniform(5.0, 2000.0) / (truth.sms.size() > 1 ? 24.0 : 1.0);
  truth.outside = draw.log_uniform(1.0, 100.0);
  truth.noise = draw.one_of<double>({0.0, 0.01, 0.03});
  truth.most_tokens = draw.one_of<int>({64, 512, 4096});
  truth.sizes = draw.one_of<int>({1, 6, 10});
  return truth;
}

CommSeries series_of(const Truth& truth, Direction direction, int width, int sms) {
  return {.kernel = truth.kernel,
          .copies = truth.copies,
          .direction = direction,
          .ep_width = width,
          .sms = sms,
          .hidden_size = kHidden,
          .gate = {.experts = kExperts, .top_k = kTopK},
          .dtype = "fp8",
          .gpus_per_domain = kDomain};
}

Measurements measured(const Truth& truth, Draw& draw) {
  Measurements all;
  for (const Direction direction : truth.directions) {
    for (const int width : truth.widths) {
      for (const int sms : truth.sms) {
        const CommSeries series = series_of(truth, direction, width, sms);
        for (int size = 0; size < truth.sizes; ++size) {
          const double tokens = std::max(1, truth.most_tokens >> size);
          const Bytes volume = tokens * kTopK * Bytes(kHidden);
          const TierBytes bytes = tier_bytes(series, volume, kDomain);
          const double rate = truth.inside * (truth.sms.size() > 1 ? sms : 1);
          const double moving =
              std::max(bytes.inside / unit::GBps / Seconds(1e-6) / rate,
                       bytes.outside / unit::GBps / Seconds(1e-6) / truth.outside);
          const double time = std::max(truth.floor, truth.latency * (0.2 + 0.1 * width) + moving);
          all.comm.push_back({.series = all.comm_series.size(),
                              .tokens = tokens,
                              .volume = volume,
                              .time = (1.0 + truth.noise * draw.normal()) * time * unit::us,
                              .ranks = 1,
                              .place = {}});
        }
        all.comm_series.push_back(series);
      }
    }
  }
  return all;
}

Fabric read_back(const BaseFabric& base, const Calibration& calibration) {
  const Source source{
      "calibration",
      fabric_text(base, {.replaced = calibration.replaced, .yaml = calibration.yaml})};
  Findings findings;
  const Node node = parse_yaml(source, findings);
  Fabric fabric = read_fabric(node, findings);
  findings.throw_if_any();
  return fabric;
}

/// What the model says of a measurement on the calibrated fabric.
Seconds predicted(const Fabric& fabric, const CommSeries& series, double tokens) {
  Problem problem;
  problem.workload.model.hidden_size = kHidden;
  problem.workload.model.top_k = kTopK;
  problem.workload.model.experts = kExperts;
  problem.fabric = fabric;
  Config config{.ep_width = series.ep_width, .sms = series.sms};
  for (std::size_t at = 0; at < fabric.kernels.size(); ++at) {
    if (fabric.kernels[at].name == series.kernel) config.kernel = at;
  }
  REQUIRE(fabric.kernels[config.kernel].name == series.kernel);
  const LayerCosts costs = layer_costs(problem, config);
  return (series.direction == Direction::kCombine ? costs.combine : costs.dispatch).time(tokens);
}

/// How far the calibration is from each measurement that the law was fitted to.
std::vector<double> errors_of(const CommFit& fit, const KernelLaw& law, const Fabric& fabric) {
  std::vector<double> errors;
  for (const SeriesFit& one : fit.series) {
    if (!one.in_law || one.series.direction != law.series.direction) continue;
    for (std::size_t at = 0; at < one.samples.size(); ++at) {
      if (one.curve->is_outlier(at)) continue;
      const CommSample& sample = one.samples[at];
      const Seconds time = predicted(fabric, one.series, sample.tokens);
      const auto stated = law_time(fit, one, sample);
      REQUIRE(stated);
      CHECK(time / *stated == doctest::Approx(1.0).epsilon(kWritten));
      errors.push_back(std::abs(time / sample.time - 1.0));
    }
  }
  return errors;
}

TEST_SUITE("report/comm_calibration") {
  TEST_CASE("a calibration predicts its own points as well as it says, whatever was measured") {
    constexpr unsigned kSeed = 71;
    MESSAGE("seed ", kSeed, ", ", kProblems, " calibrations");
    Draw draw(kSeed);
    const BaseFabric preset = read_base_fabric("h100-ib400");
    int laws = 0;
    int one_size = 0;
    for (int at = 0; at < kProblems; ++at) {
      CAPTURE(at);
      const Truth truth = draw_truth(draw);
      CommFitOptions options;
      options.gpus_per_domain = kDomain;
      const auto all = ByWidth<Seconds>::constant(truth.latency * unit::us);
      options.latencies = {{"", {}, all, all, all, "test"}};
      const CommFit fit = fit_comm(measured(truth, draw), options);
      const bool with_base = draw.one_of<int>({0, 1}) == 1;
      const BaseFabric base = with_base ? preset : BaseFabric{};
      const Calibration calibration =
          calibrate(fit, base.fabric ? &*base.fabric : nullptr, {"2026-01-01", "test", {}});
      if (calibration.empty) continue;
      const Fabric fabric = read_back(base, calibration);
      for (const KernelLaw& law : fit.laws) {
        const bool written =
            std::any_of(fabric.kernels.begin(), fabric.kernels.end(), [&](const Kernel& kernel) {
              return kernel.name == law.series.kernel;
            });
        if (!written) continue;
        const ErrorSummary summary = summary_of(errors_of(fit, law, fabric));
        CHECK(summary.points == law.points);
        CHECK(std::abs(summary.median - law.median_error) < kWritten);
        CHECK(std::abs(summary.largest - law.largest_error) < kWritten);
        ++laws;
        one_size += law.freedom < 1 || truth.sizes == 1 ? 1 : 0;
      }
    }
    CHECK(laws > kProblems / 2);
    if (kOptimized) CHECK(one_size > kProblems / 20);
  }

  TEST_CASE("transfers shorter than the latency: the tier that binds nowhere stays so") {
    // EP 16, 106 us and 2.46 GB/s out of the domain, half of V: at 524,288 B 106 + 106.6 us.
    Measurements all;
    all.comm_series.push_back({.kernel = "NCCL",
                               .direction = Direction::kEither,
                               .ep_width = 16,
                               .gate = {.experts = {}, .top_k = 0}});
    for (int doublings = 0; doublings <= 8; ++doublings) {
      const double bytes = std::ldexp(2048.0, doublings);
      all.comm.push_back(
          {.volume = Bytes(bytes), .time = (106.0 + 0.5 * bytes / 2460.0) * unit::us, .place = {}});
    }
    const CommFit fit = fit_comm(all, {.gpus_per_domain = 8});
    REQUIRE(fit.laws.size() == 1);
    CHECK(fit.laws[0].scale_up_unbound == std::vector{16});
    const Fabric fabric = read_back({}, calibrate(fit, nullptr, {"2026-01-01", "test", {}}));
    const LinkPhase& phase = fabric.kernels.at(0).dispatch;
    CHECK(phase.bandwidth.at(16, 0) / unit::GBps == doctest::Approx(2.46).epsilon(1e-3));
    CHECK(phase.scale_out->at(16, 0) / unit::GBps == doctest::Approx(2.46).epsilon(1e-3));
  }

  TEST_CASE("a name that YAML takes for something else") {
    for (const char* name : {"null", "NULL", "true", "off", "12", "1e5", "-"}) {
      CAPTURE(name);
      Truth truth;
      truth.kernel = name;
      truth.directions = {Direction::kEither};
      truth.widths = {8};
      truth.latency = 10.0;
      truth.inside = 300.0;
      truth.outside = 40.0;
      truth.most_tokens = 1024;
      truth.sizes = 8;
      Draw draw(1);
      const CommFit fit = fit_comm(measured(truth, draw), {.gpus_per_domain = 8});
      const Calibration calibration = calibrate(fit, nullptr, {"2026-01-01", "test", {}});
      const std::string text =
          fabric_text({}, {.replaced = calibration.replaced, .yaml = calibration.yaml});
      CHECK(text.find("\n  \"" + truth.kernel + "\":") != std::string::npos);
      CHECK(read_back({}, calibration).kernels.at(0).name == truth.kernel);
    }
  }
}

}  // namespace
}  // namespace wideep::comm_calibration_test
