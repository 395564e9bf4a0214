#include "rules/known.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "input/presets.h"
#include "input/read_gpu.h"
#include "input/read_model.h"

namespace wideep {
namespace {

struct Name {
  std::string_view stated;
  std::string_view preset;
};

/// Short names in use, and versions whose shape is that of an earlier one: GLM-5.1 and 5.2 have
/// GLM-5's experts (config.json of zai-org), Kimi-K2.6 those of K2.5.
constexpr std::array kModelNames = {Name{"dsr1", "deepseek-r1"},
                                    Name{"dsv3", "deepseek-v3"},
                                    Name{"glm-5.1", "glm-5"},
                                    Name{"glm-5.2", "glm-5"},
                                    Name{"kimi-k2.6", "kimi-k2.5"},
                                    Name{"kimik2.5", "kimi-k2.5"},
                                    Name{"kimik3", "kimi-k3"}};

/// By the word in resources.gpu_type, Kubernetes' node labels and container names.
constexpr std::array kMachines = {Name{"gb200", "gb200-nvl72"},
                                  Name{"gb300", "gb300-nvl72"},
                                  Name{"b200", "b200-ib400"},
                                  Name{"b300", "b300-ib800"},
                                  Name{"h100", "h100-ib400"},
                                  Name{"h200", "h200-ib400"},
                                  Name{"h800", "h800-ib400"},
                                  Name{"h20", "h20-ib400"}};

/// GPUs of one host: a tray of NVL72 has four, an HGX board eight.
constexpr int kGpusOfTray = 4;
constexpr int kGpusOfBoard = 8;

std::string plain(std::string_view text) {
  std::string result(text.substr(std::min(text.size(), text.rfind('/') + 1)));
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
    return c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(c));
  });
  return result;
}

bool ends_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.';
}

/// Whether a name stands in a text as a whole: neither "b200" in "gb200" nor "glm-5" in "glm-5.1".
bool stands_in(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || ends_word(text[at - 1]);
    const bool ends = end == text.size() || ends_word(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

Node scalar(std::string_view text) {
  return make_node(Node::Kind::kScalar, {}, std::string(text));
}

std::optional<int> count_in(const Node& map, std::string_view key) {
  const Node* const value = map.find(key);
  return value == nullptr ? std::nullopt : std::optional(std::stoi(value->text));
}

}  // namespace

std::optional<std::string> model_preset_of(std::string_view stated) {
  const std::string text = plain(stated);
  if (text.find("distill") != std::string::npos) return std::nullopt;
  std::string_view best;
  std::size_t length = 0;
  const auto take = [&](std::string_view name, std::string_view preset) {
    if (name.size() <= length || !stands_in(text, name)) return;
    best = preset;
    length = name.size();
  };
  for (const Name& name : kModelNames) take(name.stated, name.preset);
  for (const Preset& preset : presets()) {
    if (preset.kind == PresetKind::kModel) take(preset.name, preset.name);
  }
  return best.empty() ? std::nullopt : std::optional(std::string(best));
}

std::optional<std::string> fabric_preset_of(std::string_view stated) {
  const std::string text = plain(stated);
  for (const Name& name : kMachines) {
    if (stands_in(text, name.stated) || text == name.preset) return std::string(name.preset);
  }
  return std::nullopt;
}

ServedModel served_model(const std::string& preset) {
  Findings faults;
  const ReadShape shape = read_model(scalar(preset), faults);
  const bool latent = shape.mla.has_value() || shape.compressed.has_value();
  ServedModel model{.name = preset,
                    .experts = shape.experts,
                    .top_k = shape.top_k,
                    .hidden = shape.hidden_size,
                    .expert_size = shape.expert_size,
                    .moe_layers = shape.moe_layers};
  if (attends(shape)) model.mla = latent;
  if (shape.gqa) model.kv_heads = shape.gqa->kv_heads;
  if (shape.hidden_size && shape.expert_size) {
    const double elements = static_cast<double>(*shape.hidden_size) * *shape.expert_size *
                            shape.expert_matrices.value_or(LayerShape{}.expert_matrices);
    if (shape.weights) model.expert_bytes = elements * bytes_of(*shape.weights).base();
  }
  return model;
}

Machine machine_of(const std::string& preset) {
  Findings faults;
  Machine machine{.name = preset};
  const Node* const fabric = find_preset(PresetKind::kFabric, scalar(preset), faults);
  if (fabric == nullptr) return machine;
  machine.gpus_per_domain = count_in(*fabric, "gpus_per_domain");
  const Node* const name = fabric->find("gpu");
  if (name == nullptr) return machine;
  const Gpu gpu = read_gpu(*name, faults);
  machine.architecture = gpu.architecture;
  machine.sms = gpu.sms;
  if (gpu.memory) machine.memory = gpu.memory->base();
  const bool tray = preset.starts_with("gb");
  machine.gpus_per_node = tray ? kGpusOfTray : kGpusOfBoard;
  return machine;
}

KnownOfDeployment known_of(const Deployment& deployment) {
  KnownOfDeployment known;
  if (deployment.model) {
    if (const auto preset = model_preset_of(deployment.model->value)) {
      known.model = served_model(*preset);
    }
  }
  if (deployment.hardware) {
    if (const auto preset = fabric_preset_of(deployment.hardware->value)) {
      known.machine = machine_of(*preset);
    }
  }
  return known;
}

}  // namespace wideep
