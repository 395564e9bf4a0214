#include "model/kernel_crossover.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "model/crossing.h"
#include "model/layer_costs.h"
#include "model/limits.h"

namespace wideep {
namespace {

struct Rival {
  std::size_t kernel = 0;
  int sms = 0;
  LayerCosts costs;
};

/// Which of two communication times is shorter.
enum class Order { kFirst, kSame, kSecond };

Order order_at(const LayerCosts& a, const LayerCosts& b, double tokens) {
  constexpr double kRounding = 1e-12;
  const Seconds of_a = a.comm_time(tokens);
  const Seconds of_b = b.comm_time(tokens);
  if (of_a < of_b * (1.0 - kRounding)) return Order::kFirst;
  if (of_b < of_a * (1.0 - kRounding)) return Order::kSecond;
  return Order::kSame;
}

/// A change of order, at that many tokens.
struct Change {
  double tokens;
  Order below;
  Order above;
};

/// The tokens at which the difference of two communication times bends or is 0, in ascending order,
/// with 0 and kMostTokens: between them the order stays.
std::vector<double> marks_of(const LayerCosts& a, const LayerCosts& b) {
  const double step = std::exp2(1.0 / kPointsPerOctave);  // between looks at what is no line
  std::vector<double> bends = {0.0, kMostTokens};
  const std::array links = {&a.dispatch, &a.combine, &b.dispatch, &b.combine};
  for (const LinkCost* link : links) {
    if (link->floor <= link->latency || link->per_token <= Seconds(0.0)) continue;
    const double gives_way = (link->floor - link->latency) / link->per_token;
    if (gives_way < kMostTokens) bends.push_back(gives_way);
  }
  const bool lines = std::all_of(
      links.begin(), links.end(), [](const LinkCost* link) { return link->law == nullptr; });
  for (double tokens = kMostTokens; !lines && tokens > kFewestTokens; tokens /= step) {
    bends.push_back(tokens);
  }
  std::sort(bends.begin(), bends.end());
  std::vector<double> marks = bends;
  const auto lead = [&](double tokens) { return b.comm_time(tokens) - a.comm_time(tokens); };
  const auto balance = [&](double tokens) { return lead(tokens).base(); };
  for (std::size_t at = 1; at < bends.size(); ++at) {
    const double low = bends[at - 1];
    const double high = bends[at];
    const Seconds rise = lead(high) - lead(low);
    if (rise == Seconds(0.0)) continue;
    const double share = -(lead(low) / rise);  // a line in between, or nearly
    if (share > 0.0 && share < 1.0) {
      marks.push_back(lines ? low + share * (high - low) : change_between(balance, low, high));
    }
  }
  std::sort(marks.begin(), marks.end());
  return marks;
}

/// The change of order nearest to `near` tokens.
std::optional<Change> nearest_change(const LayerCosts& a, const LayerCosts& b, double near) {
  constexpr double kApart = 1.0 + 1e-9;  // marks nearer to each other are one
  const auto distance = [&](double tokens) { return std::abs(std::log(tokens / near)); };
  const std::vector<double> marks = marks_of(a, b);
  std::optional<Change> nearest;
  std::optional<Order> before;
  double begins = marks.front();
  for (std::size_t at = 1; at < marks.size(); ++at) {
    if (marks[at] <= begins * kApart) continue;
    const Order here = order_at(a, b, 0.5 * (begins + marks[at]));
    if (before && here != *before && (!nearest || distance(begins) < distance(nearest->tokens))) {
      nearest = {begins, *before, here};
    }
    before = here;
    begins = marks[at];
  }
  return nearest;
}

std::optional<std::size_t> faster_of(Order order, const Rival& first, const Rival& second) {
  if (order == Order::kSame) return std::nullopt;
  return order == Order::kFirst ? first.kernel : second.kernel;
}

KernelCrossover crossover(const Problem& problem,
                          const Rival& mine,
                          const Rival& other,
                          double near) {
  KernelCrossover result;
  result.other = other.kernel;
  result.other_sms = other.sms;
  if (const auto change = nearest_change(mine.costs, other.costs, near)) {
    result.tokens.value = change->tokens;
    result.dispatch_bytes = change->tokens * mine.costs.dispatch_per_token;
    result.below = faster_of(change->below, mine, other);
    result.above = faster_of(change->above, mine, other);
    return result;
  }
  const std::string& my_name = problem.fabric.kernels[mine.kernel].name;
  const std::string& other_name = problem.fabric.kernels[other.kernel].name;
  const Order always = order_at(mine.costs, other.costs, near);
  if (always == Order::kSame) {
    result.tokens.reason = my_name + " and " + other_name + " cost the same at every size";
  } else {
    const bool mine_first = always == Order::kFirst;
    result.tokens.reason = (mine_first ? my_name : other_name) + " is faster than " +
                           (mine_first ? other_name : my_name) + " at every size";
  }
  return result;
}

/// Another kernel with the SMs that serve the batch fastest.
Rival rival_of(const Problem& problem, const Config& config) {
  const std::vector<LayerCosts> choices = sm_choices(problem, config);
  const auto fastest = std::min_element(
      choices.begin(), choices.end(), [&](const LayerCosts& a, const LayerCosts& b) {
        return a.comm_time(config.tokens) < b.comm_time(config.tokens);
      });
  const std::vector<int>& sms = problem.fabric.kernels[config.kernel].sms;
  const auto at = static_cast<std::size_t>(fastest - choices.begin());
  return {config.kernel, sms.empty() ? config.sms : sms[at], *fastest};
}

}  // namespace

KernelCrossover nearest_crossover(const Problem& problem, const Config& config) {
  const int ep_width = config.ep_width;
  const Rival mine{config.kernel, config.sms, layer_costs(problem, config)};
  const double tokens = config.tokens;
  const auto distance = [&](const KernelCrossover& found) {
    return std::abs(std::log(*found.tokens.value / tokens));
  };
  std::optional<KernelCrossover> nearest;
  for (const std::size_t other : problem.space.kernels) {
    if (problem.fabric.kernels[other].fused) continue;
    if (other == mine.kernel || width_limit(problem, {.ep_width = ep_width, .kernel = other})) {
      continue;
    }
    const Rival rival =
        rival_of(problem, {.ep_width = ep_width, .kernel = other, .tokens = config.tokens});
    KernelCrossover found = crossover(problem, mine, rival, tokens);
    const bool better =
        !nearest ||
        (found.tokens.value && (!nearest->tokens.value || distance(found) < distance(*nearest)));
    if (better) nearest = std::move(found);
  }
  if (nearest) return *nearest;
  KernelCrossover alone;
  alone.tokens.reason = "no other kernel to compare with at this EP width";
  return alone;
}

}  // namespace wideep
