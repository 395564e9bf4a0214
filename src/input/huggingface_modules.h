#pragma once

#include <array>
#include <bitset>
#include <string_view>
#include <vector>

#include "input/huggingface_layers.h"
#include "model/weight_type.h"

namespace wideep {

/// The weights that a quantization may treat apart.
enum class Module { kExperts, kShared, kDense, kAttention };
inline constexpr std::size_t kModules = 4;

/// The most layers that a model may have.
inline constexpr std::size_t kMostLayers = 10'000;

/// Of one kind of module, the layers that some patterns name.
using NamedLayers = std::bitset<kMostLayers>;

/// What the names and patterns of a list of modules cover.
struct NamedModules {
  std::array<NamedLayers, kModules> by_module = {};

  [[nodiscard]] const NamedLayers& of(Module module) const {
    return by_module[static_cast<std::size_t>(module)];
  }
};

/// Adds what one name, wildcard or regular expression covers ("model.layers.0.self_attn*",
/// "re:.*mlp\\.experts.*", "lm_head"). Returns false where it names nothing that is known here.
bool add_named(std::string_view pattern, NamedModules& named);

/// How many layers have such modules, and how many of those are named.
struct Cover {
  int layers = 0;
  int named = 0;

  [[nodiscard]] bool none() const { return named == 0; }
  [[nodiscard]] bool whole() const { return named > 0 && named == layers; }
};

/// The cover of a kind of module over the layers of a model.
Cover cover_of(const NamedModules& named,
               Module module,
               const std::vector<HuggingFaceLayer>& layers);

}  // namespace wideep
