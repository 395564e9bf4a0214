#include "input/scaled_problem.h"

#include <array>

#include <doctest/doctest.h>

#include "input/calibration_errors.h"
#include "input/stated_uncertainty.h"
#include "support/folder.h"

namespace wideep::scaled_problem_test {
namespace {

constexpr const char* kDecode = WIDEEP_SOURCE_DIR "/configs/deepseek-v3-decode-h100-ib400.yaml";

ReadAgain decode() {
  return read_again({.workload = kDecode, .fabric = {}, .search = {}, .set = {}});
}

const Kernel& kernel(const Problem& problem, const std::string& name) {
  for (const Kernel& one : problem.fabric.kernels) {
    if (one.name == name) return one;
  }
  throw std::logic_error("no kernel " + name);
}

std::string message_of(const std::vector<std::string>& arguments) {
  try {
    static_cast<void>(read_uncertainties(arguments, decode()));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE_BEGIN("input/scaled_problem");

TEST_CASE("a factor scales all that stands below its key, and nothing else") {
  const ReadAgain read = decode();
  ScaledProblem scaled(read, {{.key = "kernels.LL.bandwidth"}, {.key = "gpu.expert_launch"}});
  const LinkPhase before = kernel(read.problem, "LL").dispatch;
  const Problem& problem = *scaled.at(std::array{0.5, 2.0});
  const LinkPhase& after = kernel(problem, "LL").dispatch;
  CHECK(after.bandwidth.cap->at(64) / before.bandwidth.cap->at(64) == doctest::Approx(0.5));
  CHECK(after.scale_out->cap->at(64) / before.scale_out->cap->at(64) == doctest::Approx(0.5));
  CHECK(after.latency.at(64) == before.latency.at(64));
  CHECK(kernel(problem, "LL").combine.scale_out->cap->at(8).base() == doctest::Approx(46.09e9 / 2));
  CHECK(kernel(problem, "HT").dispatch.bandwidth.per_sm->at(16) ==
        kernel(read.problem, "HT").dispatch.bandwidth.per_sm->at(16));
  CHECK(problem.fabric.gpu->expert_launch.base() == doctest::Approx(42.08e-6));
  const Problem& again = *scaled.at(std::array{1.0, 1.0});
  CHECK(kernel(again, "LL").dispatch.bandwidth.cap->at(64) == before.bandwidth.cap->at(64));
}

TEST_CASE("parts of a table are scaled apart, within and beyond the fitted widths") {
  const ReadAgain read = decode();
  const FittedRange fitted = *kernel(read.problem, "LL").fitted_ep_widths;
  ScaledProblem scaled(read,
                       {{.key = "kernels.LL.latency", .fitted = fitted},
                        {.key = "kernels.LL.latency", .fitted = fitted, .beyond = true}});
  CHECK(scaled.keys()[0].name() == "kernels.LL.latency");
  CHECK(scaled.keys()[1].name() == "kernels.LL.latency beyond EP 64");
  const LinkPhase before = kernel(read.problem, "LL").dispatch;
  const LinkPhase& after = kernel(*scaled.at(std::array{2.0, 3.0}), "LL").dispatch;
  CHECK(after.latency.at(64) / before.latency.at(64) == doctest::Approx(2.0));
  CHECK(after.latency.at(128) / before.latency.at(128) == doctest::Approx(3.0));
}

TEST_CASE("values keep the bounds of their keys") {
  const ReadAgain read = decode();
  ScaledProblem scaled(read,
                       {{.key = "gpu.hbm_efficiency", .bounds = ScaledKey::Bounds::kShare},
                        {.key = "straggler_factor", .bounds = ScaledKey::Bounds::kAtLeastOne},
                        {.key = "tokens_per_rank", .whole = true}});
  const Problem& problem = *scaled.at(std::array{2.0, 0.5, 1.003});
  CHECK(problem.fabric.gpu->hbm_efficiency == 1.0);
  CHECK(std::get<TokensPerRank>(problem.workload.traffic.tokens).tokens == 128);
  CHECK(scaled.factor_in_force(0, 2.0) == doctest::Approx(1 / 0.8166));
  CHECK(scaled.factor_in_force(1, 0.5) == doctest::Approx(1 / 1.11));
  CHECK(scaled.factor_in_force(2, 1.003) == 1.0);
  CHECK(scaled.text_at(0, 0.5) == "40.83%");
  CHECK(scaled.text_at(2, 1.01) == "129");
}

TEST_CASE("after a value that the input refuses the next one is right") {
  const ReadAgain read = decode();
  ScaledProblem scaled(read, {{.key = "straggler_factor"}, {.key = "context", .whole = true}});
  CHECK(scaled.at(std::array{0.5, 2.0}) == nullptr);
  const Problem& problem = *scaled.at(std::array{2.0, 2.0});
  CHECK(*problem.workload.traffic.context == 8192);
  CHECK(std::get<ByWidth<double>>(problem.workload.traffic.straggler.source).at(64) ==
        doctest::Approx(2.22));
}

TEST_CASE("copies are scaled apart from each other") {
  const ReadAgain read = decode();
  ScaledProblem one(read, {{.key = "context", .whole = true}});
  one.at(std::array{2.0});
  ScaledProblem other(one);
  CHECK(*other.at(std::array{3.0})->workload.traffic.context == 12288);
  CHECK(*one.at(std::array{2.0})->workload.traffic.context == 8192);
  CHECK(*other.at(std::array{1.0})->workload.traffic.context == 4096);
}

TEST_CASE("uncertainties are read, whole numbers among them") {
  const auto stated = read_uncertainties(
      {"kernels.LL.bandwidth=10%", "context=0.25", "serving_efficiency=5%"}, decode());
  REQUIRE(stated.size() == 3);
  CHECK(stated[0].deviation == doctest::Approx(0.1));
  CHECK_FALSE(stated[0].key.whole);
  CHECK(stated[1].deviation == 0.25);
  CHECK(stated[1].key.whole);
}

TEST_CASE("every fault of uncertainties is said at once") {
  const std::string message = message_of({"context",
                                          "context=10GB/s",
                                          "context=0%",
                                          "kernels.LX.latency=10%",
                                          "kernels.LL=10%",
                                          "kernels.LL.latency=10%",
                                          "kernels.LL.latency=20%",
                                          "gpu.hbm_efficency=5%"});
  INFO(message);
  const auto says = [&](const std::string& part) {
    return message.find(part) != std::string::npos;
  };
  CHECK(says("--uncertain:1:1: error: write --uncertain KEY=SHARE"));
  CHECK(says("--uncertain:1:9: error: write --uncertain KEY=SHARE"));
  CHECK(says("the input has no number 'kernels.LX.latency'"));
  CHECK(says("the input has no number 'kernels.LL'"));
  CHECK(says("two --uncertain are of 'kernels.LL.latency'"));
  CHECK(says("the input has no number 'gpu.hbm_efficency'"));
  CHECK(says("did you mean 'gpu.hbm_efficiency'?"));
}

TEST_CASE("a key that takes no values near its own is refused") {
  const ReadAgain read =
      read_again({.workload = kDecode, .fabric = {}, .search = {}, .set = {"expert_matrices=3"}});
  CHECK_THROWS_WITH_AS(
      static_cast<void>(read_uncertainties({"expert_matrices=10%"}, read)),
      "--uncertain:1:1: error: 'expert_matrices' cannot be off: it takes no values "
      "near its own\n    1 | expert_matrices=10%\n      | ^\n",
      InputError);
}

TEST_CASE("standard errors of calibrations are read, of several figures the largest") {
  const Folder folder;
  const std::string path = folder.write(
      "fabric.yaml",
      "preset: h100-ib400\n"
      "straggler_factor: {8: 1.1}\n"
      "calibration:\n"
      "  comm:\n"
      "    LL:\n"
      "      laws:\n"
      "        - phase: dispatch\n"
      "          parameters:\n"
      "            - {what: latency at EP 8, value: 20us, standard_error: 1us}\n"
      "            - {what: latency at EP 16, value: 20us, standard_error: 2us}\n"
      "            - {what: scale-out bandwidth, value: 50GB/s, standard_error: 1GB/s}\n"
      "            - {what: ramp at EP 8, value: 20us, standard_error: 1ms}\n"
      "  compute:\n"
      "    parameters:\n"
      "      - {what: one token, value: 50us, standard_error: 1us}\n"
      "  attention:\n"
      "    decode:\n"
      "      parameters:\n"
      "        - {what: launch, value: 50us, standard_error: 3us}\n"
      "  gamma:\n"
      "    values:\n"
      "      - {ep_width: 8, mean: 1.1, standard_error: 0.022}\n"
      "  step:\n"
      "    parameters:\n"
      "      - {what: serving_efficiency, value: 80%, standard_error: 4%}\n");
  const ReadAgain read = read_again({.workload = kDecode, .fabric = path, .search = {}, .set = {}});
  const auto errors = calibration_errors(read.fabric);
  const auto error_of = [&](const std::string& key) {
    for (const CalibrationError& one : errors) {
      if (one.key == key) return one.error;
    }
    return 0.0;
  };
  CHECK(errors.size() == 6);
  CHECK(error_of("kernels.LL.latency") == doctest::Approx(0.1));
  CHECK(error_of("kernels.LL.bandwidth") == doctest::Approx(0.02));
  CHECK(error_of("gpu.flop_efficiency") == doctest::Approx(0.02));
  CHECK(error_of("gpu.attention.decode.launch") == doctest::Approx(0.06));
  CHECK(error_of("fabric.straggler_factor") == doctest::Approx(0.02));
  CHECK(error_of("fabric.serving_efficiency") == doctest::Approx(0.05));
}

TEST_SUITE_END();

}  // namespace wideep::scaled_problem_test
