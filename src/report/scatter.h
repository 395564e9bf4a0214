#pragma once

#include <functional>
#include <string>
#include <vector>

namespace wideep {

/// One mark of a scatter.
struct ScatterPoint {
  double x = 1.0;  ///< above 0, on a logarithmic axis
  double y = 0.0;  ///< a share: fitted / measured - 1
  char mark = 'o';
};

/// Errors against size in a terminal, 80 columns wide: y from -limit to +limit in percent, points
/// beyond it on the edge; `label` writes what stands at either end of the x axis.
std::string error_scatter(const std::vector<ScatterPoint>& points,
                          const std::function<std::string(double)>& label);

}  // namespace wideep
