#include "report/collective_calibration.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "fit/comm_fit.h"
#include "input/read_fabric.h"
#include "input/write_fabric.h"
#include "report/collective_fit_report.h"
#include "report/comm_calibration.h"
#include "support/draw.h"
#include "support/optimized.h"

namespace wideep::collective_calibration_test {
namespace {

constexpr double kWritten = 1e-4;  // of five digits
const Provenance kProvenance{"2026-01-01", "test", {}};

Fabric read_back(const BaseFabric& base, const Calibration& calibration) {
  const std::string text =
      fabric_text(base, {.replaced = calibration.replaced, .yaml = calibration.yaml});
  const Source source{"calibration", text};
  Findings findings;
  const Node node = parse_yaml(source, findings);
  Fabric fabric = read_fabric(node, findings);
  findings.throw_if_any();
  return fabric;
}

const Kernel* kernel_of(const Fabric& fabric, std::string_view name) {
  for (const Kernel& kernel : fabric.kernels) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

/// Times at sizes, some of them odd, of one series.
void measure(Measurements& all, const CollectiveSeries& series, int sizes, Draw& draw) {
  double bytes = draw.whole(1, 4000);
  double time = draw.uniform(2.0, 20.0);
  for (int at = 0; at < sizes; ++at) {
    all.collectives.push_back(
        {.series = all.collective_series.size(), .bytes = Bytes(bytes), .time = time * unit::us});
    bytes *= draw.whole(2, 3);
    time *= draw.uniform(0.97, 2.0);
  }
  all.collective_series.push_back(series);
}

TEST_SUITE("report/collective_calibration") {
  TEST_CASE("what is written reads back to the same predictions, with a base or without") {
    constexpr unsigned kSeed = 31;
    constexpr int kProblems = kOptimized ? 100 : 10;
    MESSAGE("seed ", kSeed, ", ", kProblems, " calibrations");
    Draw draw(kSeed);
    const BaseFabric preset = read_base_fabric("h100-ib400");
    int points = 0;
    for (int problem = 0; problem < kProblems; ++problem) {
      CAPTURE(problem);
      Measurements all;
      for (const Library library : {Library::kNccl, Library::kSglangAllReduce}) {
        for (const CollectiveOp op : kCollectiveOps) {
          for (const int ranks : {2, 8, 72}) {
            const int sizes = draw.whole(0, 12);
            if (sizes < 2) continue;
            measure(all, {.library = library, .op = op, .ranks = ranks}, sizes, draw);
          }
        }
      }
      const CommFit fit = fit_comm(all, {.gpus_per_domain = 8});
      const BaseFabric base = draw.whole(0, 1) == 1 ? preset : BaseFabric{};
      const Calibration calibration =
          calibrate(fit, base.fabric ? &*base.fabric : nullptr, kProvenance);
      const Fabric fabric = read_back(base, calibration);
      for (const CollectiveFit& one : fit.collectives) {
        const Kernel* const kernel = kernel_of(fabric, collectives_name(one.series.library));
        REQUIRE(kernel != nullptr);
        REQUIRE(kernel->collectives);
        CHECK(kernel->library == one.series.library);
        const CollectiveCurve* const curve =
            kernel->collectives->find(one.series.op, one.series.ranks);
        REQUIRE(curve != nullptr);
        REQUIRE(curve->points.size() == one.curve->points.size());
        for (const CollectivePoint& point : one.measured) {
          for (const double factor : {0.5, 1.0, 1.4, 2.0}) {
            const Bytes bytes = factor * point.bytes;
            CHECK(curve->at(bytes) / one.curve->at(bytes) ==
                  doctest::Approx(1.0).epsilon(10 * kWritten));
          }
          // The measured range of the kernel lies inside that of each curve.
          const CollectiveRange& range = kernel->collectives->fitted;
          if (range.holds(one.series.ranks, point.bytes) && range.least) {
            CHECK(*range.least >= one.measured.front().bytes);
            CHECK(*range.most <= one.measured.back().bytes);
          }
          ++points;
        }
      }
    }
    CHECK(points > 50 * kProblems);
  }

  TEST_CASE("of a base's kernel what was not measured stays, and its uncertainty with it") {
    const std::string text =
        "gpus_per_domain: 8\nkernels:\n  LL: {latency: 12us, bandwidth: 40GB/s}\n  NCCL-AR:\n"
        "    collectives: true\n    library: nccl\n    about: of another machine\n"
        "    all_reduce: {4: {1KiB: 1us, 1MiB: 2us}, 8: {1KiB: 3us, 1MiB: 4us}}\n"
        "    all_gather: {8: {1KiB: 5us, 1MiB: 6us}}\n"
        "    fitted: {ranks: [4, 4], bytes: [1KiB, 1MiB]}\n    uncertainty: 10%\n";
    const Source source{"base.yaml", text};
    Findings findings;
    BaseFabric base;
    base.node = parse_yaml(source, findings);
    base.fabric = read_fabric(base.node, findings);
    findings.throw_if_any();
    Measurements all;
    for (const double bytes : {2048.0, 4096.0}) {
      all.collectives.push_back({.bytes = Bytes(bytes), .time = 9.0 * unit::us});
    }
    all.collective_series = {{.ranks = 8}};
    CommFit fit = fit_comm(all, {});
    const Fabric once = read_back(base, calibrate(fit, &*base.fabric, kProvenance));
    const Kernel& kernel = *kernel_of(once, "NCCL-AR");
    REQUIRE(kernel.collectives);
    const auto time = [&](CollectiveOp op, int ranks) {
      return kernel.collectives->find(op, ranks)->at(Bytes(1024)) / unit::us;
    };
    CHECK(time(CollectiveOp::kAllReduce, 8) == doctest::Approx(9));
    CHECK(time(CollectiveOp::kAllReduce, 4) == doctest::Approx(1));
    CHECK(time(CollectiveOp::kAllGather, 8) == doctest::Approx(5));
    CHECK(kernel.collectives->find(CollectiveOp::kAllReduce, 8)->points.front().bytes ==
          Bytes(2048));
    CHECK(kernel.collectives->fitted.fewest_ranks == 8);
    CHECK(kernel.collectives->fitted.most == Bytes(4096));
    CHECK(kernel.uncertainty == 0.1);
    CHECK(kernel_of(once, "LL") != nullptr);
    // All of it measured: the uncertainty goes.
    for (const auto& [op, ranks] :
         {std::pair(CollectiveOp::kAllReduce, 4), std::pair(CollectiveOp::kAllGather, 8)}) {
      for (const double bytes : {2048.0, 8192.0}) {
        all.collectives.push_back({.series = all.collective_series.size(),
                                   .bytes = Bytes(bytes),
                                   .time = 7.0 * unit::us});
      }
      all.collective_series.push_back({.op = op, .ranks = ranks});
    }
    fit = fit_comm(all, {});
    const Fabric whole = read_back(base, calibrate(fit, &*base.fabric, kProvenance));
    CHECK_FALSE(kernel_of(whole, "NCCL-AR")->uncertainty);
  }

  TEST_CASE("a kernel of the base that is of the other kind is left alone, and said") {
    const std::string text =
        "gpus_per_domain: 8\nkernels:\n  NCCL-AR: {latency: 12us, bandwidth: 40GB/s}\n  LL:\n"
        "    collectives: true\n    library: nccl\n    all_reduce: {8: {1KiB: 1us, 1MiB: 2us}}\n";
    const Source source{"base.yaml", text};
    Findings findings;
    BaseFabric base;
    base.node = parse_yaml(source, findings);
    base.fabric = read_fabric(base.node, findings);
    findings.throw_if_any();
    Measurements all;
    for (const double bytes : {2048.0, 4096.0}) {
      all.collectives.push_back({.bytes = Bytes(bytes), .time = 9.0 * unit::us});
    }
    all.collective_series = {{.ranks = 8}};
    const CommSeries series{.kernel = "LL", .direction = Direction::kEither, .ep_width = 8};
    all.comm_series = {series};
    for (int at = 0; at < 8; ++at) {
      const double bytes = std::ldexp(4096.0, at);
      all.comm.push_back(
          {.volume = Bytes(bytes), .time = (10 + bytes / 1e5) * unit::us, .place = {}});
    }
    const Calibration calibration =
        calibrate(fit_comm(all, {.gpus_per_domain = 8}), &*base.fabric, kProvenance);
    CHECK(calibration.empty);
    CHECK(calibration.notes ==
          std::vector<std::string>{"LL is not in the calibration: LL of the base runs collectives",
                                   "the collectives of NCCL-AR are not in the calibration: NCCL-AR "
                                   "of the base is an all-to-all"});
  }

  TEST_CASE("what must not be overlooked is said") {
    Measurements all;
    const auto add = [&](int ranks, const std::vector<std::pair<double, double>>& points) {
      for (const auto& [bytes, microseconds] : points) {
        all.collectives.push_back({.series = all.collective_series.size(),
                                   .bytes = Bytes(bytes),
                                   .time = microseconds * unit::us});
      }
      all.collective_series.push_back({.ranks = ranks});
    };
    add(2, {{1024, 5}});
    add(4, {{1024, 5}, {2048, 9}, {4096, 5}, {8192, 20}});
    add(8, {{1024, 5}, {1024, 7}, {2048, 8}});
    const auto fits = fit_collectives(all, {});
    CHECK(
        collectives_warnings(fits) ==
        std::vector<std::string>{
            "NCCL-AR all_reduce of 2 ranks is not fitted: one size tells no curve.",
            "NCCL-AR all_reduce of 4 ranks: measured times fall with the size, which a curve does "
            "not: 44.4% off at worst.",
            "NCCL-AR all_reduce of 8 ranks: times of one size differ by 40.0%, and their median is "
            "taken: were these measured on one kind of machine, with the same settings?"});
    CHECK(any_curve(fits));
    CHECK_FALSE(any_curve({fits.front()}));
  }
}

}  // namespace
}  // namespace wideep::collective_calibration_test
