#include "input/known_files.h"

namespace wideep {

ReadShape read_once(const Node& model, Findings& findings, KnownFiles* known) {
  if (known == nullptr || !model.is_scalar()) return read_model(model, findings);
  const auto before = known->models.find(model.text);
  if (before != known->models.end()) return before->second;
  ReadShape shape = read_model(model, findings);
  if (!shape.faulty) known->models.emplace(model.text, shape);
  return shape;
}

}  // namespace wideep
