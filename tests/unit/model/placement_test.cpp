#include "model/placement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "support/draw.h"

namespace wideep::placement_test {
namespace {

std::size_t index(int count) {
  return static_cast<std::size_t>(count);
}

/// Balanced placement as placement.h states it, by looking at every expert and rank each time.
std::vector<double> placed_one_by_one(const std::vector<double>& experts, const Layout& layout) {
  std::vector<int> copies(experts.size(), 1);
  for (int given = static_cast<int>(experts.size()); given < layout.slots; ++given) {
    std::size_t hottest = 0;
    for (std::size_t i = 1; i < experts.size(); ++i) {
      if (experts[i] / copies[i] > experts[hottest] / copies[hottest]) hottest = i;
    }
    ++copies[hottest];
  }
  std::vector<std::size_t> order(experts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return experts[a] / copies[a] > experts[b] / copies[b];
  });
  std::vector<double> loads(index(layout.ep_width));
  std::vector<int> used(loads.size());
  std::vector<std::size_t> last(loads.size(), experts.size());
  for (const std::size_t expert : order) {
    for (int copy = 0; copy < copies[expert]; ++copy) {
      std::size_t chosen = loads.size();
      const auto key = [&](std::size_t rank) {
        return std::pair(last[rank] == expert, loads[rank]);
      };
      for (std::size_t rank = 0; rank < loads.size(); ++rank) {
        if (used[rank] == layout.slots / layout.ep_width) continue;
        if (chosen == loads.size() || key(rank) < key(chosen)) chosen = rank;
      }
      loads[chosen] += experts[expert] / copies[expert];
      last[chosen] = expert;
      ++used[chosen];
    }
  }
  return loads;
}

TEST_SUITE("model/placement") {
  TEST_CASE("balanced loads equal placing one by one, on 2,000 random cases") {
    Draw draw(20'261'006);
    for (int at = 0; at < 2000; ++at) {
      CAPTURE(at);
      const int ranks = draw.whole(1, 12);
      const int per_rank = draw.whole(1, 8);
      const int slots = ranks * per_rank;
      const int count = draw.whole(1, slots);  // few experts: many replicas of each
      std::vector<double> experts;
      experts.reserve(static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) {
        experts.push_back(draw.whole(0, 3) == 0 ? 1.0 : std::exp(draw.uniform(-6.0, 0.0)));
      }
      const Layout layout{ranks, slots, Placement::kBalanced};
      CHECK(rank_loads(experts, layout) == placed_one_by_one(experts, layout));
    }
  }

  TEST_CASE("as many replicas of one expert as there are slots to give are placed at once") {
    // One expert has nearly all the load: of 65,792 slots on 257 ranks it takes 65,537.
    std::vector<double> experts(256, 1e-12);
    experts[7] = 1.0;
    const auto loads = rank_loads(experts, {257, 65'792, Placement::kBalanced});
    const auto [least, most] = std::minmax_element(loads.begin(), loads.end());
    CHECK(*least == doctest::Approx(1.0 / 257).epsilon(0.01));
    CHECK(*most == doctest::Approx(1.0 / 257).epsilon(0.01));
  }
}

}  // namespace
}  // namespace wideep::placement_test
