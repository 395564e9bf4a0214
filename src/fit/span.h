#pragma once

#include <algorithm>
#include <functional>

namespace wideep {

/// From least to most.
struct Span {
  double least = 0.0;
  double most = 0.0;
};

/// Of what `value` says of each of the samples, at least one.
template <class Samples, class Value>
Span span_of(const Samples& samples, const Value& value) {
  Span span;
  span.least = span.most = std::invoke(value, samples.front());
  for (const auto& sample : samples) {
    span.least = std::min<double>(span.least, std::invoke(value, sample));
    span.most = std::max<double>(span.most, std::invoke(value, sample));
  }
  return span;
}

}  // namespace wideep
