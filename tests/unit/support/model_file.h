#pragma once

#include <string>

#include <doctest/doctest.h>

#include "input/read_model.h"

namespace wideep {

/// A model as it stands in a file, whatever of it is in doubt.
inline ReadShape doubted_shape_in(const std::string& text) {
  const Source source{"config.json", text};
  Findings findings;
  ReadShape shape = read_model_root(parse_yaml(source, findings), findings);
  CHECK_NOTHROW(findings.throw_if_any());
  return shape;
}

/// The same of a file of which everything is understood.
inline ReadShape shape_in(const std::string& text) {
  ReadShape shape = doubted_shape_in(text);
  for (const Doubt& doubt : shape.doubts) FAIL_CHECK(doubt.message);
  return shape;
}

/// Parameters of a whole model without the layers that draft.
inline double parameters(const ModelShape& shape) {
  StackShape stack = stack_shape(shape);
  stack.draft_layers = 0;
  return weights_of(stack).total();
}

}  // namespace wideep
