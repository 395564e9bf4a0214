#pragma once

#include "model/problem.h"

namespace wideep {

/// What `of` says of the configuration with the batch that the workload states.
template <class Of>
auto with_asked(const Of& of, const Problem& problem, const Config& config) {
  return of(problem, asked(problem, config));
}

/// The configuration with that batch.
inline Config with_tokens(Config config, int tokens) {
  config.tokens = tokens;
  return config;
}

}  // namespace wideep
