// The front as a drawing that stands alone.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/describe.h"
#include "report/pareto_report.h"
#include "search/agenda.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr double kWidth = 720.0;
constexpr double kHeight = 480.0;
constexpr double kMargin = 70.0;

/// A logarithmic axis from pixel to pixel.
struct Axis {
  double low;
  double high;
  double from;
  double to;

  [[nodiscard]] double at(double value) const {
    if (high <= low) return 0.5 * (from + to);
    return from + (to - from) * std::log(value / low) / std::log(high / low);
  }
};

/// 1, 2 and 5 times powers of ten that lie on the axis.
std::vector<double> ticks_of(const Axis& axis) {
  constexpr double kTwo = 2.0;
  constexpr double kFive = 5.0;
  std::vector<double> ticks;
  const int last = static_cast<int>(std::floor(std::log10(axis.high)));
  for (int power = static_cast<int>(std::floor(std::log10(axis.low))); power <= last; ++power) {
    const double decade = std::pow(10.0, power);
    for (const double step : {1.0, kTwo, kFive}) {
      if (step * decade >= axis.low && step * decade <= axis.high) ticks.push_back(step * decade);
    }
  }
  return ticks;
}

/// Text of a model or kernel may hold what XML reads as its own.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
                     x,
                     y,
                     anchor,
                     escaped(text));
}

/// Where names stand already: one that would cover another is left to the mark's title.
class Labels {
 public:
  bool fits(double x, double y) {
    constexpr double kLong = 120.0;
    constexpr double kHigh = 14.0;
    const bool free = std::none_of(taken_.begin(), taken_.end(), [&](const auto& other) {
      return std::abs(other.first - x) < kLong && std::abs(other.second - y) < kHigh;
    });
    if (free) taken_.emplace_back(x, y);
    return free;
  }

 private:
  std::vector<std::pair<double, double>> taken_;
};

std::string axes(const Axis& x, const Axis& y) {
  constexpr double kGap = 6.0;
  constexpr double kLine = 18.0;
  std::string svg;
  for (const double tick : ticks_of(x)) {
    svg += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}\" class=\"grid\"/>\n", x.at(tick), y.from, y.to);
    svg += text_at(x.at(tick), y.from + kLine, "middle", format_number(tick));
  }
  for (const double tick : ticks_of(y)) {
    svg += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}H{2:.1f}\" class=\"grid\"/>\n", x.from, y.at(tick), x.to);
    svg += text_at(x.from - kGap, y.at(tick) + kGap, "end", format_number(tick));
  }
  svg += text_at(0.5 * (x.from + x.to), y.from + 2.0 * kLine, "middle", "tokens/s for a user");
  svg += text_at(x.from, y.to - kLine - kGap, "middle", "tokens/s per GPU");
  return svg;
}

}  // namespace

std::string pareto_svg(const Problem& problem, const Front& front) {
  const auto user = [](const Prediction& point) { return 1.0 / (point.step.tpot / unit::s); };
  const auto gpu = [](const Prediction& point) { return point.step.tokens_per_gpu_per_second; };
  const Prediction& slowest = front.points.front();
  const Prediction& fastest = front.points.back();
  const Axis x{user(slowest), user(fastest), kMargin, kWidth - kMargin};
  const Axis y{gpu(fastest), gpu(slowest), kHeight - kMargin, kMargin};
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<style>.grid{{stroke:#ddd}}.front{{fill:none;stroke:#06c;"
      "stroke-width:1.5}}.knee{{fill:#c30}}circle{{fill:#06c}}</style>\n",
      kWidth,
      kHeight);
  svg += axes(x, y);
  constexpr double kTitle = 22.0;
  svg += text_at(
      0.5 * kWidth,
      kTitle,
      "middle",
      fmt::format("{} on {}; red: a knee",
                  problem.workload.model.name.empty() ? "decode" : problem.workload.model.name,
                  problem.fabric.name.empty() ? "the fabric" : problem.fabric.name));
  std::string path;
  for (const Prediction& point : front.points) {
    path += fmt::format(
        "{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x.at(user(point)), y.at(gpu(point)));
  }
  svg += fmt::format("<path d=\"{}\" class=\"front\"/>\n", path);
  Labels labels;
  for (std::size_t at = 0; at < front.points.size(); ++at) {
    const Prediction& point = front.points[at];
    const bool knee = std::find(front.knees.begin(), front.knees.end(), at) != front.knees.end();
    const bool other =
        at == 0 || !same_choice(front.points[at - 1].config, front.points[at].config);
    if (!knee && !other) continue;
    const double left = x.at(user(point));
    const double top = y.at(gpu(point));
    constexpr double kRadius = 3.5;
    svg +=
        fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"{}><title>{}</title></circle>\n",
                    left,
                    top,
                    kRadius,
                    knee ? " class=\"knee\"" : "",
                    escaped(describe(problem, point)));
    const std::string name = fmt::format("{} {}{}",
                                         layout_text(point.config),
                                         problem.fabric.kernels[point.config.kernel].name,
                                         is_plain(point.config.overlap)
                                             ? std::string()
                                             : fmt::format(" {}", name_of(point.config.overlap)));
    if (other && labels.fits(left, top)) {
      svg += text_at(left + 2.0 * kRadius, top - 2.0 * kRadius, "start", name);
    }
  }
  return svg + "</svg>\n";
}

}  // namespace wideep
