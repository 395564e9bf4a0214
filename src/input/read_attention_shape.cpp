#include "input/read_attention_shape.h"

#include "input/read_model.h"

namespace wideep {

LayerShape read_attention_shape(const std::string& model) {
  Findings findings;
  const Source source{"--model", model};
  const Node named = make_node(Node::Kind::kScalar, {&source, 1, 1}, model);
  const ReadShape shape = read_model(named, findings);
  const auto is_beside = [](std::string_view key) { return key != "attention"; };
  report_doubts(shape, is_beside, findings);
  if (!shape.faulty && !attends(shape)) {
    findings.report(named.place, "this model does not say its attention");
  }
  findings.throw_if_any();
  LayerShape layer = layer_shape(shape);
  layer.shared_size = 0;
  return layer;
}

}  // namespace wideep
