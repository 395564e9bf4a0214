// The page's section on prefill against decode.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "outcome.h"
#include "ratios.h"
#include "units/format_quantity.h"

namespace wideep::validation {
namespace {

// What must hold (medians of factors, shares of rows).
constexpr double kRatioFactor = 1.5;
constexpr double kWidthsNear = 0.8;

double factor(const RatioRow& row) {
  const double times = row.planned->ratio() / row.published.ratio();
  return std::max(times, 1.0 / times);
}

std::vector<RatioRow> with_plan(const std::vector<RatioRow>& rows) {
  std::vector<RatioRow> planned;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(planned), [](const RatioRow& row) {
    return row.planned.has_value();
  });
  return planned;
}

double median_factor(const std::vector<RatioRow>& rows) {
  std::vector<double> factors;
  factors.reserve(rows.size());
  for (const RatioRow& row : rows) factors.push_back(factor(row));
  if (factors.empty()) return 0.0;
  std::sort(factors.begin(), factors.end());
  const std::size_t middle = factors.size() / 2;
  return factors.size() % 2 == 1 ? factors[middle] : (factors[middle - 1] + factors[middle]) / 2.0;
}

bool within_octave(const RatioRow& row) {
  constexpr double kOctave = 2.0;
  const double times = 1.0 * row.planned->decode_gpus / row.published.decode_gpus;
  return times <= kOctave && times >= 1.0 / kOctave;
}

double share_near(const std::vector<RatioRow>& rows) {
  const auto near = std::count_if(rows.begin(), rows.end(), within_octave);
  return rows.empty() ? 0.0 : static_cast<double>(near) / static_cast<double>(rows.size());
}

/// Where prefill is more than one instance its number was chosen, not forced.
std::vector<RatioRow> chosen(const std::vector<RatioRow>& rows) {
  std::vector<RatioRow> some;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(some), [](const RatioRow& row) {
    return row.published.prefills > 1;
  });
  return some;
}

std::string row_text(const RatioRow& row) {
  if (!row.planned) {
    return fmt::format("| {} | {} | {} | - | - | {} |\n",
                       row.name,
                       format_count(row.concurrency),
                       row.published.name(),
                       row.why_not);
  }
  return fmt::format("| {} | {} | {} | {} | {:.2f} | {} |\n",
                     row.name,
                     format_count(row.concurrency),
                     row.published.name(),
                     row.planned->name(),
                     factor(row),
                     within_octave(row) ? "within an octave" : "beyond an octave");
}

constexpr const char* kAbout =
    "\n## Prefill against decode\n\n"
    "How many GPUs prefill and how many decode, published and planned, as instances x GPUs of "
    "each.\n"
    "The factor is of the ratios of GPUs, above 1 whichever is larger.\n\n"
    "**At their width and batch** of decode, prompts of 8,192 and answers of 1,024 tokens "
    "(InferenceX\n"
    "843c625, recipes of the lists in use); the best whole ratio, nothing else said. One decode "
    "instance of EP 40\n"
    "with 384 experts and replicas is left out: 384 is no multiple of 40, and the number of its "
    "replicas is\n"
    "not told.\n\n";

constexpr const char* kWhole =
    "\n**For their requests in flight and their TPOT**, of deployments without speculation that "
    "say their\n"
    "sizes (whole_deployments.csv); of each the busiest row in which requests decode for 70 % of "
    "their time, else\n"
    "its least busy one. Asked: the fewest GPUs within the TPOT that was measured and the model's "
    "typical error\n"
    "of 12.7 %, over all layouts.\n\n";

constexpr const char* kMisses =
    "\nWhat is planned otherwise, and why. (1) H100 and H200 with TensorRT-LLM: fewer and wider "
    "decode\n"
    "instances, since the model's FP8 steps of one group there are up to a third too fast "
    "([below](#where-the-model-is-poor-and-why)),\n"
    "and since nine instances of a sweep are as many at 36 requests as at 1,152. (2) Kimi-K2.5: "
    "the model is a third\n"
    "too slow, so that its TPOT takes more GPUs. (3) Prefill of SGLang on NVL72 at 1,024 "
    "requests: five instances of 8\n"
    "serve 6,144 at a time as well; the plan buys what 1,024 need. (4) Where one instance of "
    "either role is\n"
    "enough the ratio is that of the smallest ones that hold the weights, and people take a whole "
    "node.\n";

}  // namespace

std::string ratios_text() {
  const std::vector<RatioRow> recipes = with_plan(recipe_ratios());
  const std::vector<RatioRow> all = with_plan(served_ratios());
  std::string text = kAbout;
  text +=
      "| deployment | requests | published | planned | factor | decode width |\n"
      "|---|---|---|---|---|---|\n";
  for (const RatioRow& row : recipe_ratios()) text += row_text(row);
  text += fmt::format("\nThe factor is {:.2f} in the median.\n", median_factor(recipes));
  text += kWhole;
  text += fmt::format(
      "Over {} deployments the factor is {:.2f} in the median, {:.2f} of the {} with more than "
      "one prefill instance; the decode width is within an octave in {}.\n\n",
      all.size(),
      median_factor(all),
      median_factor(chosen(all)),
      chosen(all).size(),
      percent(share_near(all)));
  text +=
      "| deployment | requests | published | planned | factor | decode width |\n"
      "|---|---|---|---|---|---|\n";
  for (const RatioRow& row : served_ratios()) text += row_text(row);
  text += kMisses;
  const Beaten beaten = beaten_deployments();
  text += fmt::format(
      "\n**Priced by the model**, with no limit: on as many GPUs as each of {} of these "
      "deployments has, the plan serves\n"
      "at least as many requests a second as one of its sizes and layouts, {:.2f} times as many at "
      "least and more in {}.\n",
      beaten.asked,
      beaten.least,
      beaten.beaten);
  return text;
}

std::vector<std::string> ratios_broken() {
  std::vector<std::string> broken;
  const std::vector<RatioRow> all = with_plan(served_ratios());
  for (const double median : {median_factor(with_plan(recipe_ratios())),
                              median_factor(all),
                              median_factor(chosen(all))}) {
    if (median <= kRatioFactor) continue;
    broken.push_back(
        fmt::format("prefill against decode: a factor of {:.2f} in the median", median));
  }
  if (share_near(all) < kWidthsNear) {
    broken.push_back(fmt::format("decode widths within an octave: {}", percent(share_near(all))));
  }
  if (beaten_deployments().least < 1.0) {
    broken.push_back(fmt::format("a plan serves {:.4f} of what a published deployment serves",
                                 beaten_deployments().least));
  }
  return broken;
}

}  // namespace wideep::validation
