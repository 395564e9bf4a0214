#include "model/planning.h"

namespace wideep {
namespace {

/// The mean of a function of requests.
template <class Function>
double mean(const RequestLengths& lengths, const Function& function) {
  double sum = 0.0;
  double weights = 0.0;
  for (const RequestLength& each : lengths.all) {
    sum += each.weight * function(each);
    weights += each.weight;
  }
  return sum / weights;
}

}  // namespace

double mean_input(const RequestLengths& lengths) {
  return mean(lengths, [](const RequestLength& each) { return each.input_tokens; });
}

double mean_output(const RequestLengths& lengths) {
  return mean(lengths, [](const RequestLength& each) { return each.output_tokens; });
}

double mean_computed(const RequestLengths& lengths) {
  return (1.0 - lengths.cached_share) * mean_input(lengths);
}

double prompt_context(const RequestLengths& lengths) {
  const auto square = [](const RequestLength& each) {
    return each.input_tokens * each.input_tokens;
  };
  return mean(lengths, square) / mean_input(lengths);
}

double decode_context(const RequestLengths& lengths) {
  const auto attended = [](const RequestLength& each) {
    return each.output_tokens * (each.input_tokens + 0.5 * each.output_tokens);
  };
  return mean(lengths, attended) / mean_output(lengths);
}

double prompt_share(const RequestLengths& lengths, double decode_tokens) {
  const double computed = mean_computed(lengths);
  return computed / (computed + decode_tokens);
}

}  // namespace wideep
