#include "fit/comm_fit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "support/published_table.h"
#include "support/skip.h"

namespace wideep::comm_fit_test {
namespace {

// Of one copy: fp8 with a scale for 128 elements and LL's header, and bf16.
constexpr double kDispatchBytes = 7168.0 * (1.0 + 4.0 / 128) + 16.0;
constexpr double kCombineBytes = 7168.0 * 2.0;
constexpr int kTopK = 8;

/// A kernel's series at a width; the rest is DeepSeek-V3's.
CommSeries series_of(const std::string& kernel, Direction direction, int ep_width) {
  CommSeries series;
  series.kernel = kernel;
  series.direction = direction;
  series.ep_width = ep_width;
  series.hidden_size = 7168;
  series.gate = {.experts = 256, .top_k = kTopK};
  series.dtype = direction == Direction::kCombine ? "bf16" : "fp8";
  series.gpus_per_domain = 8;
  return series;
}

void add(Measurements& all, const CommSeries& series, double tokens, Bytes volume, Seconds time) {
  const auto same = [&](const CommSeries& one) {
    return one.kernel == series.kernel && one.direction == series.direction &&
           one.ep_width == series.ep_width && one.sms == series.sms && one.dtype == series.dtype &&
           one.hidden_size == series.hidden_size;
  };
  auto found = std::find_if(all.comm_series.begin(), all.comm_series.end(), same);
  if (found == all.comm_series.end()) found = all.comm_series.insert(found, series);
  all.comm.push_back({.series = static_cast<std::size_t>(found - all.comm_series.begin()),
                      .tokens = tokens,
                      .volume = volume,
                      .time = time,
                      .ranks = 1,
                      .place = {}});
}

/// us, from the MB on either tier.
using TimeOf = std::function<double(double inside, double outside)>;

/// 1 to 2,048 tokens of a series that takes so long.
void measure(Measurements& all, const CommSeries& series, const TimeOf& time, double noise = 0.0) {
  std::mt19937 random(static_cast<unsigned>(41 + all.comm.size()));
  std::normal_distribution<double> normal;
  const double bytes = series.direction == Direction::kCombine ? kCombineBytes : kDispatchBytes;
  for (int tokens = 1; tokens <= 2048; tokens *= 2) {
    const Bytes volume(tokens * series.gate.top_k * bytes);
    const TierBytes tiers = tier_bytes(series, volume, series.gpus_per_domain);
    const double exact = time(tiers.inside / Bytes(1e6), tiers.outside / Bytes(1e6));
    add(all, series, tokens, volume, (1.0 + noise * normal(random)) * exact * unit::us);
  }
}

/// LL both ways at these widths: 280 GB/s inside, 48 GB/s out, 16 us and 2 us more by doubling;
/// `congested`: a width that leaves the domain at a third of that.
Measurements low_latency(const std::vector<int>& widths, double noise = 0.0, int congested = 0) {
  Measurements all;
  for (const Direction direction : {Direction::kDispatch, Direction::kCombine}) {
    for (const int width : widths) {
      const double slow = width == congested ? 3.0 : 1.0;
      const auto time = [&](double inside, double outside) {
        return 10.0 + 2.0 * std::log2(width) + std::max(inside / 280e-3, slow * outside / 48e-3);
      };
      measure(all, series_of("LL", direction, width), time, noise);
    }
  }
  return all;
}

const KernelLaw* law_of(const CommFit& fit, const std::string& kernel, Direction direction) {
  for (const KernelLaw& law : fit.laws) {
    if (law.series.kernel == kernel && law.series.direction == direction) return &law;
  }
  return nullptr;
}

/// What of each series is inconsistent, by EP width.
std::map<int, bool> inconsistent(const CommFit& fit) {
  std::map<int, bool> all;
  for (const SeriesFit& one : fit.series) {
    all[one.series.ep_width] = all[one.series.ep_width] || !one.inconsistent.empty();
  }
  return all;
}

/// DeepEP LL in DeepSeek-V3's shape, by default on H100 at EP 8 to 64.
Measurements published_low_latency(const std::string& table_name = "h100_sxm.sglang-0.5.6",
                                   int gpus_per_node = 8) {
  Measurements all;
  for (const Row& row : table("comm/deepep_ll." + table_name + ".csv")) {
    const bool same_shape = row.at("hidden_size") == "7168" && row.at("num_topk") == "8" &&
                            row.at("num_experts") == "256";
    if (!same_shape) continue;
    const int width = std::stoi(row.at("node_num")) * gpus_per_node;
    const double tokens = number(row, "num_token");
    add(all,
        series_of("LL", Direction::kDispatch, width),
        tokens,
        Bytes(tokens * kTopK * kDispatchBytes),
        number(row, "dispatch_avg_t_us") * unit::us);
    add(all,
        series_of("LL", Direction::kCombine, width),
        tokens,
        Bytes(tokens * kTopK * kCombineBytes),
        number(row, "combine_avg_t_us") * unit::us);
  }
  return all;
}

/// DeepEP's normal kernels on H100, EP 8 to 64 on 4 to 24 SMs.
Measurements published_high_throughput() {
  Measurements all;
  for (const Row& row : table("comm/deepep_normal.h100_sxm.sglang-0.5.6.csv")) {
    const int nodes = std::stoi(row.at("node_num"));
    const double tokens = number(row, "num_token");
    for (const Direction direction : {Direction::kDispatch, Direction::kCombine}) {
      const std::string name(name_of(direction));
      CommSeries series = series_of("HT", direction, nodes * 8);
      series.copies = Copies::kPerDomain;
      series.sms = std::stoi(row.at(name + "_sms"));
      series.gate.groups = nodes;
      series.gate.groups_per_token = std::min(nodes, 4);
      const double bytes = direction == Direction::kCombine ? 2.0 : 1.0 + 4.0 / 128;
      add(all,
          series,
          tokens,
          Bytes(tokens * kTopK * 7168.0 * bytes),
          (number(row, name + "_transmit_us") + number(row, name + "_notify_us")) * unit::us);
    }
  }
  return all;
}

TEST_SUITE("fit/comm_fit") {
  TEST_CASE("series, laws of both directions, and no crossover of one kernel") {
    const CommFit fit = fit_comm(low_latency({8, 16, 32, 64}, 0.01), {});
    CHECK(fit.gpus_per_domain == 8);
    CHECK(fit.series.size() == 8);
    REQUIRE(fit.laws.size() == 2);
    for (const KernelLaw& law : fit.laws) {
      CHECK(law.form == "by_tier");
      CHECK(law.phase.bandwidth.at(8, 0) / unit::GBps == doctest::Approx(280.0).epsilon(0.03));
      CHECK(law.phase.scale_out->at(8, 0) / unit::GBps == doctest::Approx(48.0).epsilon(0.03));
      CHECK(law.phase.latency.at(64) / unit::us == doctest::Approx(22.0).epsilon(0.03));
    }
    CHECK(fit.crossovers.empty());
    CHECK(fit.held_out.empty());
    for (const auto& [width, odd] : inconsistent(fit)) CHECK_FALSE(odd);
  }

  TEST_CASE("EP 64 of an exact law is predicted exactly from 8, 16 and 32") {
    const CommFit fit = fit_comm(
        low_latency({8, 16, 32, 64}),
        {.gpus_per_domain = {}, .only = {}, .holdout = Holdout{SeriesFilter{"ep", "64"}, 0.0}});
    REQUIRE(fit.held_out.size() == 2);
    for (const HeldOut& held : fit.held_out) {
      CHECK(held.points == 12);
      CHECK(held.reason.empty());
      CHECK(held.largest_error < 1e-6);
    }
    CHECK(fit.laws.size() == 2);
    for (const KernelLaw& law : fit.laws) CHECK(law.ep_widths == std::vector<int>{8, 16, 32});
  }

  TEST_CASE("a share is held out with a fixed seed") {
    const Measurements all = low_latency({8, 16, 32}, 0.02);
    const CommFitOptions options{.gpus_per_domain = {}, .only = {}, .holdout = Holdout{{}, 0.25}};
    const CommFit one = fit_comm(all, options);
    const CommFit other = fit_comm(all, options);
    REQUIRE(one.held_out.size() == 2);
    int held = 0;
    for (std::size_t at = 0; at < 2; ++at) {
      held += one.held_out[at].points;
      CHECK(one.held_out[at].largest_error == other.held_out[at].largest_error);
      CHECK(one.held_out[at].median_error < 0.05);
    }
    CHECK(held > 5);
    CHECK(held < 35);
    int fitted = 0;
    for (const SeriesFit& series : one.series) fitted += static_cast<int>(series.samples.size());
    CHECK(fitted + held == static_cast<int>(all.comm.size()));
  }

  TEST_CASE("what cannot be predicted says why") {
    // Nothing that is left leaves the domain.
    const CommFit fit = fit_comm(
        low_latency({8, 16}),
        {.gpus_per_domain = {}, .only = {}, .holdout = Holdout{SeriesFilter{"ep", "16"}, 0.0}});
    REQUIRE(fit.held_out.size() == 2);
    CHECK(fit.held_out[0].points == 0);
    CHECK(fit.held_out[0].reason.find("leaves the NVLink domain") != std::string::npos);
  }

  TEST_CASE("a congested width is set aside, unless asked for") {
    const Measurements all = low_latency({8, 16, 32, 64}, 0.01, 32);
    const CommFit fit = fit_comm(all, {});
    CHECK(inconsistent(fit) ==
          std::map<int, bool>{{8, false}, {16, false}, {32, true}, {64, false}});
    CHECK(fit.series.size() == 8);
    CHECK(fit.laws.size() == 2);
    for (const KernelLaw& law : fit.laws) {
      CHECK(law.ep_widths == std::vector<int>{8, 16, 64});
      CHECK(law.phase.scale_out->at(64, 0) / unit::GBps == doctest::Approx(48.0).epsilon(0.03));
    }
    CommFitOptions keep;
    keep.keep_inconsistent = true;
    const CommFit kept = fit_comm(all, keep);
    CHECK(inconsistent(kept).at(32));
    for (const SeriesFit& one : kept.series) CHECK(one.in_law);
    for (const SeriesFit& one : fit.series) CHECK(one.in_law == (one.series.ep_width != 32));
    CHECK(kept.laws.size() == 2);
    for (const KernelLaw& law : kept.laws) {
      CHECK(law.ep_widths == std::vector<int>{8, 16, 32, 64});
      CHECK(law.form == "per_width");
      CHECK(law.phase.scale_out->at(32, 0) / unit::GBps == doctest::Approx(16.0).epsilon(0.03));
    }
  }

  TEST_CASE("of several shapes and types a kernel is calibrated for one") {
    const auto time = [](double inside, double outside) {
      return 15.0 + std::max(inside / 280e-3, outside / 48e-3);
    };
    Measurements all = low_latency({8, 16, 32});
    CommSeries smaller = series_of("LL", Direction::kDispatch, 8);
    smaller.hidden_size = 4096;
    measure(all, smaller, time);
    CommSeries bf16 = series_of("LL", Direction::kDispatch, 16);
    bf16.dtype = "bf16";
    measure(all, bf16, time);
    const CommFit fit = fit_comm(all, {});
    int left = 0;
    for (const SeriesFit& one : fit.series) {
      const bool usual = one.series.hidden_size == 7168 &&
                         (one.series.direction == Direction::kCombine || one.series.dtype == "fp8");
      CHECK(one.chosen == usual);
      CHECK(one.curve.has_value());  // fitted, though in no law
      left += one.chosen ? 0 : 1;
    }
    CHECK(left == 2);
    REQUIRE(law_of(fit, "LL", Direction::kDispatch) != nullptr);
    CHECK(law_of(fit, "LL", Direction::kDispatch)->series.dtype == "fp8");
    CHECK(law_of(fit, "LL", Direction::kDispatch)->series.hidden_size == 7168);
    CHECK(std::any_of(fit.notes.begin(), fit.notes.end(), [](const std::string& note) {
      return note.find("2 shapes of model") != std::string::npos;
    }));
    CHECK(std::any_of(fit.notes.begin(), fit.notes.end(), [](const std::string& note) {
      return note.find("--only dtype=bf16") != std::string::npos;
    }));

    CommFitOptions only;
    only.only = {{"hidden_size", "4096"}};
    const CommFit other = fit_comm(all, only);
    REQUIRE(other.laws.size() == 1);
    CHECK(other.laws[0].series.hidden_size == 4096);
  }

  TEST_CASE("filters") {
    CommSeries series = series_of("LL", Direction::kCombine, 16);
    series.sms = 20;
    for (const SeriesFilter& filter : {SeriesFilter{"kernel", "LL"},
                                       SeriesFilter{"phase", "combine"},
                                       SeriesFilter{"ep", "16"},
                                       SeriesFilter{"sms", "20"},
                                       SeriesFilter{"hidden_size", "7168"},
                                       SeriesFilter{"top_k", "8"},
                                       SeriesFilter{"experts", "256"},
                                       SeriesFilter{"dtype", "bf16"}}) {
      CHECK(is_filter_key(filter.key));
      CHECK(matches(series, filter));
      CHECK_FALSE(matches(series, {filter.key, "other"}));
    }
    CHECK_FALSE(is_filter_key("width"));
    // Of one key any, of several keys all.
    CommFitOptions options;
    options.only = {{"ep", "8"}, {"ep", "16"}, {"phase", "dispatch"}};
    const CommFit fit = fit_comm(low_latency({8, 16, 32}), options);
    CHECK(fit.series.size() == 2);
  }

  TEST_CASE("the same series of several files is one, a curve that cannot be has a reason") {
    Measurements all = low_latency({8});
    const Measurements again = low_latency({8});
    const std::size_t before = all.comm_series.size();
    all.comm_series.insert(
        all.comm_series.end(), again.comm_series.begin(), again.comm_series.end());
    for (CommSample sample : again.comm) {
      sample.series += before;
      all.comm.push_back(sample);
    }
    add(all, series_of("LL", Direction::kDispatch, 16), 1, Bytes(1e6), 40 * unit::us);
    const CommFit fit = fit_comm(all, {});
    REQUIRE(fit.series.size() == 3);
    CHECK(fit.series[0].samples.size() == 24);
    CHECK_FALSE(fit.series[1].curve);
    CHECK(fit.series[1].reason.find("one size only") != std::string::npos);
    CHECK(fit_comm({}, {}).laws.empty());
  }

  TEST_CASE("published: DeepEP LL on H100, every width by itself") {
    struct Published {
      int ep_width;
      Direction direction;
      double latency;    // us
      double bandwidth;  // GB/s
    };
    // Relative least squares of an independent program on the same rows.
    const std::vector<Published> expected = {{8, Direction::kDispatch, 14.7, 286},
                                             {8, Direction::kCombine, 11.2, 239},
                                             {16, Direction::kDispatch, 19.6, 93.7},
                                             {16, Direction::kCombine, 24.8, 92.7},
                                             {32, Direction::kDispatch, 25.3, 64.2},
                                             {32, Direction::kCombine, 25.3, 60.7},
                                             {64, Direction::kDispatch, 27.2, 54.8},
                                             {64, Direction::kCombine, 25.8, 53.1}};
    if (!published_there()) return;
    const CommFit fit = fit_comm(published_low_latency(), {});
    REQUIRE(fit.series.size() == expected.size());
    for (const SeriesFit& one : fit.series) {
      const auto found =
          std::find_if(expected.begin(), expected.end(), [&](const Published& published) {
            return published.ep_width == one.series.ep_width &&
                   published.direction == one.series.direction;
          });
      REQUIRE(found != expected.end());
      REQUIRE(one.curve);
      const Curve& curve = *one.curve;
      MESSAGE("EP ",
              one.series.ep_width,
              " ",
              std::string(name_of(one.series.direction)),
              ": L ",
              1e6 * curve.latency.value,
              " us (",
              1e6 * curve.latency.low,
              " to ",
              1e6 * curve.latency.high,
              "), BW ",
              1e-9 * curve.bandwidth.value,
              " GB/s (",
              1e-9 * curve.bandwidth.low,
              " to ",
              1e-9 * curve.bandwidth.high,
              "), ",
              std::string(name_of(curve.form)),
              ", ",
              curve.outliers.size(),
              " outliers");
      CHECK(curve.latency.low <= 1e-6 * found->latency);
      CHECK(curve.latency.high >= 1e-6 * found->latency);
      CHECK(curve.bandwidth.low <= 1e9 * found->bandwidth);
      CHECK(curve.bandwidth.high >= 1e9 * found->bandwidth);
    }
    CHECK(fit.laws.size() == 2);
    for (const KernelLaw& law : fit.laws) CHECK(law.form == "by_tier");
  }

  TEST_CASE("published: DeepEP LL inside one domain on five systems") {
    struct Published {
      const char* system;
      int gpus_per_node;
      double dispatch_latency, dispatch_bandwidth;  // us, GB/s
      double combine_latency, combine_bandwidth;
    };
    if (!published_there()) return;
    // The same independent program.
    for (const Published& expected : {Published{"h100_sxm", 8, 12.8, 303, 13.2, 256},
                                      Published{"h200_sxm", 8, 11.2, 309, 11.6, 260},
                                      Published{"b200_sxm", 8, 21.2, 597, 21.6, 714},
                                      Published{"b300_sxm", 8, 20.8, 583, 22.0, 706},
                                      Published{"gb200", 4, 16.4, 667, 17.0, 788}}) {
      CAPTURE(expected.system);
      const CommFit fit =
          fit_comm(published_low_latency(std::string(expected.system) + ".sglang-0.5.12",
                                         expected.gpus_per_node),
                   {});
      REQUIRE(fit.series.size() == 2);
      for (const SeriesFit& one : fit.series) {
        REQUIRE(one.curve);
        const bool out = one.series.direction == Direction::kDispatch;
        const double us = out ? expected.dispatch_latency : expected.combine_latency;
        const double rate = out ? expected.dispatch_bandwidth : expected.combine_bandwidth;
        const Curve& curve = *one.curve;
        CHECK(curve.form == CurveForm::kAffine);
        CHECK(curve.latency.low <= 1e-6 * us);
        CHECK(1e-6 * us <= curve.latency.high);
        CHECK(curve.bandwidth.low <= 1e9 * rate);
        CHECK(1e9 * rate <= curve.bandwidth.high);
      }
    }
  }

  TEST_CASE("published: DeepEP LL at EP 64 from 8, 16 and 32") {
    if (!published_there()) return;
    const CommFit fit = fit_comm(
        published_low_latency(),
        {.gpus_per_domain = {}, .only = {}, .holdout = Holdout{SeriesFilter{"ep", "64"}, 0.0}});
    CHECK(fit.held_out.size() == 2);
    for (const HeldOut& held : fit.held_out) {
      MESSAGE("EP 64 ",
              std::string(name_of(held.direction)),
              ": ",
              held.points,
              " points, median error ",
              100 * held.median_error,
              " %, largest ",
              100 * held.largest_error,
              " %");
      CHECK(held.reason.empty());
      CHECK(held.median_error <= 0.10);
    }
  }

  TEST_CASE("published: DeepEP's normal kernels at EP 64 are congested") {
    if (!quick_enough()) return;
    if (!published_there()) return;
    const Measurements all = published_high_throughput();
    const CommFit fit = fit_comm(all, {});
    CHECK(inconsistent(fit) ==
          std::map<int, bool>{{8, false}, {16, false}, {32, false}, {64, true}});
    CHECK(fit.laws.size() == 2);
    for (const KernelLaw& law : fit.laws) {
      MESSAGE(std::string(name_of(law.series.direction)),
              ": ",
              law.form,
              ", median error ",
              100 * law.median_error,
              " %, largest ",
              100 * law.largest_error,
              " %, out ",
              law.phase.scale_out->at(32, 24) / unit::GBps,
              " GB/s");
      CHECK(law.ep_widths == std::vector<int>{8, 16, 32});
      CHECK(law.median_error < 0.10);
    }
  }
}

}  // namespace
}  // namespace wideep::comm_fit_test
