#include "plan/sweep.h"

#include <algorithm>
#include <malloc.h>
#include <memory>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <thread>

#include "plan/told_order.h"

namespace wideep {
namespace {

/// Points that a thread computes before it hands them over: some milliseconds of work.
constexpr std::uint64_t kPortion = 32;

/// Portions for each thread that wait for one before them.
constexpr std::size_t kAhead = 4;

/// The texts of a portion.
struct Portion {
  PointRange points;
  std::string text;
};
using PortionPointer = std::shared_ptr<Portion>;

/// What a thread computes with.
struct Worker {
  explicit Worker(const SweptProblem& swept) : at(swept) {}
  SweptProblem at;
  Problem problem;
};

/// What a point frees the next one asks for again: given back to the system in between, it would
/// cost as much time as the search.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kKept = 64 << 20;
  static_cast<void>(mallopt(M_TRIM_THRESHOLD, kKept));
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, kKept));
#endif
}

}  // namespace

PointRange shard_of(std::uint64_t points, std::uint64_t shard, std::uint64_t shards) {
  // So many of the first parts have a point more: points * shard might overflow.
  const std::uint64_t each = points / shards;
  const std::uint64_t longer = points % shards;
  const auto begin = [&](std::uint64_t part) { return part * each + std::min(part, longer); };
  return {begin(shard - 1), begin(shard)};
}

void sweep(const SweptProblem& swept,
           const SweepRun& run,
           const PointText& text,
           const TakeText& take) {
  keep_freed_memory();
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t threads = run.threads > 0 ? static_cast<std::size_t>(run.threads) : cores;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  tbb::enumerable_thread_specific<std::unique_ptr<Worker>> workers(
      [&] { return std::make_unique<Worker>(swept); });
  std::uint64_t next = run.points.first;
  const auto begin = [&](tbb::flow_control& control) {
    after(Moment::kBegun);
    PortionPointer portion;
    if (next < run.points.last) {
      portion = std::make_shared<Portion>();
      portion->points = {next, std::min(run.points.last, next + kPortion)};
      next = portion->points.last;
    } else {
      control.stop();
    }
    before(Moment::kBegun);
    return portion;
  };
  const auto compute = [&](const PortionPointer& portion) {
    after(Moment::kBegun);
    Worker& worker = *workers.local();
    for (std::uint64_t at = portion->points.first; at < portion->points.last; ++at) {
      const std::uint64_t point = run.chosen.empty() ? at : run.chosen[at];
      text(sweep_point(worker.at, point, run, worker.problem), portion->text);
    }
    before(Moment::kComputed);
    return portion;
  };
  const auto hand_over = [&](const PortionPointer& portion) {
    after(Moment::kComputed);
    after(Moment::kHandedOver);
    take(portion->points.last - portion->points.first, portion->text);
    before(Moment::kHandedOver);
  };
  before(Moment::kBegun);
  tbb::parallel_pipeline(
      threads * kAhead,
      tbb::make_filter<void, PortionPointer>(tbb::filter_mode::serial_in_order, begin) &
          tbb::make_filter<PortionPointer, PortionPointer>(tbb::filter_mode::parallel, compute) &
          tbb::make_filter<PortionPointer, void>(tbb::filter_mode::serial_in_order, hand_over));
  after(Moment::kBegun);
  after(Moment::kComputed);
  after(Moment::kHandedOver);
}

}  // namespace wideep
