#include "report/step_fit_report.h"

#include <doctest/doctest.h>

#include "input/read_problem.h"
#include "support/folder.h"

namespace wideep::step_fit_report_test {
namespace {

using doctest::Approx;

/// (10 + 2)/0.8 and so on, without the points that `less` takes from the end.
StepAnswer answer(std::size_t less = 0) {
  std::vector<StepPoint> points;
  for (const double computed : {10.0, 20.0, 30.0, 40.0}) {
    StepPoint point;
    point.computed = computed * unit::ms;
    point.measured = (computed + 2.0) / 0.8 * unit::ms;
    points.push_back(point);
  }
  points.resize(points.size() - less);
  StepAnswer made;
  made.fit = fit_step(points, {.efficiency = 0.75, .overhead = {}});
  made.model = "a \"model\"";
  return made;
}

Fabric written(const StepAnswer& of, const std::string& base) {
  const Folder folder;
  const BaseFabric read = read_base_fabric(folder.write("base.yaml", base));
  const Calibration calibration =
      calibrate(of, {.date = "2026-11-27", .version = "0", .files = {}});
  const std::string text =
      fabric_text(read, {.replaced = calibration.replaced, .yaml = calibration.yaml});
  return *read_base_fabric(folder.write("written.yaml", text)).fabric;
}

constexpr const char* kBase =
    "gpus_per_domain: 8\n"
    "serving_efficiency: 50%\n"
    "step_overhead: 7ms\n"
    "calibration: {step: {date: 2020-01-01}}\n"
    "kernels: {LL: {latency: 12us, bandwidth: 40GB/s}}\n";

TEST_SUITE("report/step_fit_report") {
  TEST_CASE("a calibration carries both figures in place of its base's") {
    const Fabric fabric = written(answer(), kBase);
    REQUIRE(fabric.serving_efficiency);
    CHECK(*fabric.serving_efficiency == Approx(0.8).epsilon(1e-4));
    REQUIRE(fabric.step_overhead);
    CHECK(*fabric.step_overhead / unit::ms == Approx(2.0).epsilon(1e-4));
  }

  TEST_CASE("what the rows do not tell stays the base's") {
    const Fabric fabric = written(answer(1), kBase);
    CHECK(*fabric.serving_efficiency < 0.8);
    CHECK(*fabric.step_overhead / unit::ms == Approx(7.0));
    const Fabric bare = written(answer(1),
                                "gpus_per_domain: 8\n"
                                "kernels: {LL: {latency: 12us, bandwidth: 40GB/s}}\n");
    CHECK_FALSE(bare.step_overhead);
  }

  TEST_CASE("it says what it is made from") {
    const Calibration calibration =
        calibrate(answer(), {.date = "2026-11-27", .version = "0", .files = {}});
    for (const char* part : {"  step:\n    date: 2026-11-27\n",
                             "    model: \"a \\\"model\\\"\"\n",
                             "    points: 4\n",
                             "what: \"serving_efficiency\", value: 80%",
                             "what: \"step_overhead\", value: 2000us"}) {
      CAPTURE(part);
      CHECK(calibration.yaml.find(part) != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace wideep::step_fit_report_test
