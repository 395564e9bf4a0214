#include "page/swept.h"

#include <utility>

#include "report/sweep_rows.h"

namespace wideep {

Json swept_json(const Json& axes, const ProblemWith& with) {
  std::vector<std::string> keys;
  std::size_t points = 1;
  for (const Json& axis : axes) {
    keys.push_back(axis.at("key").get<std::string>());
    points *= axis.at("values").size();
  }
  Json rows = Json::array();
  for (std::size_t point = 0; point < points; ++point) {
    std::vector<std::string> values(axes.size());
    std::vector<std::string> set(axes.size());
    std::size_t place = point;
    for (std::size_t at = axes.size(); at-- > 0;) {  // the last one's values follow each other
      const Json& of = axes.at(at).at("values");
      values[at] = of.at(place % of.size()).get<std::string>();
      set[at] = keys[at] + "=" + values[at];
      place /= of.size();
    }
    const auto problem = with(set);
    if (!problem) return nullptr;
    rows.push_back(sweep_row_json({.values = std::move(values),
                                   .problem = &*problem,
                                   .answer = answer(*problem),
                                   .thresholds = {}},
                                  keys,
                                  false));
  }
  return rows;
}

}  // namespace wideep
