#include "report/fit_parts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "report/describe.h"
#include "units/format_quantity.h"

namespace wideep {

std::string time_of(double seconds) {
  return format(Seconds(seconds));
}

std::string points_text(int points) {
  return fmt::format("{} point{}", format_count(points), points == 1 ? "" : "s");
}

Text held_out_text(const HeldOutErrors& held) {
  return labelled("  held out",
                  held.reason.empty()
                      ? fmt::format("{} predicted from the rest with a median error of {}, "
                                    "largest {}.",
                                    points_text(held.points),
                                    format_percent(held.median_error),
                                    format_percent(held.largest_error))
                      : held.reason + ".");
}

Text beware_text(const std::vector<std::string>& warnings) {
  Text text;
  for (const std::string& warning : warnings) text += labelled("Beware", warning);
  return text;
}

void add_written(Json& document, const std::string& path) {
  document["written"] = path.empty() ? Json(nullptr) : Json(path);
  if (path.empty()) document["written_reason"] = "no --out was given";
}

Json held_out_json(const HeldOutErrors& held) {
  Json json{{"points", held.points},
            {"median_relative_error", held.median_error},
            {"largest_relative_error", held.largest_error}};
  if (!held.reason.empty()) json["reason"] = held.reason;
  return json;
}

ShownPoints shown_points(const std::vector<double>& errors, bool everything) {
  constexpr std::size_t kShown = 12;
  std::vector<std::size_t> order(errors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (everything) return {"Points\n", order};
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(errors[a]) > std::abs(errors[b]);
  });
  if (order.size() <= kShown) return {"Points\n", order};
  order.resize(kShown);
  return {fmt::format(
              "Points      the {} of {} furthest off; --points shows all\n", kShown, errors.size()),
          order};
}

}  // namespace wideep
