#include "schema/input_schema.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/presets.h"
#include "schema/meanings.h"
#include "schema/read_samples.h"
#include "schema/schema_value.h"

namespace wideep {
namespace {

/// Where a value stands: the table of docs/input.md that has its keys, and what stands in front of
/// them there.
struct Where {
  std::string_view section;
  std::string before = {};
};

Json schema_of(const Asked& asked, const Where& where);

std::string description_of(const Where& where, const std::string& key) {
  if (key == "about") return "One line on what this is.";
  Meaning meaning = key_meaning(where.section, where.before + key);
  if (meaning.text.empty() && where.section == "workload") {
    meaning = key_meaning("model", where.before + key);
    if (meaning.text.empty()) meaning = key_meaning("plan", where.before + key);
  }
  for (const char* const of : {"fused", "collectives"}) {
    if (meaning.text.empty() && where.section == "kernel") meaning = key_meaning(of, key);
  }
  std::string text = meaning.text;
  if (text.empty()) return text;
  if (!meaning.values.empty()) text += fmt::format(". Value: {}", meaning.values);
  if (!meaning.otherwise.empty()) text += fmt::format(". Default: {}", meaning.otherwise);
  return text;
}

Json names_of(PresetKind kind) {
  Json names = Json::array();
  for (const Preset& preset : presets()) {
    if (preset.kind == kind) names.push_back(preset.name);
  }
  return {{"enum", names}};
}

/// Names of keys that a mapping always needs.
Json required(const Asked& asked) {
  Json names = Json::array();
  for (const AskedKey& key : asked.keys) {
    if (asked.needs(key)) names.push_back(key.name);
  }
  return names;
}

/// The section of the page that has the keys below one, the same one by default.
Where below(const Where& where, const std::string& key) {
  if (key == "traffic" || key == "search" || key == "gpu" || key == "model") {
    if (key == "traffic") return {"plan", "traffic."};
    return {key == "search" ? "search" : key == "gpu" ? "gpu" : "model"};
  }
  if (key == "kernels") return {"kernel"};
  if (key == "fitted") return {};  // the kernel has rows of the same names
  return where;
}

Json object_of(const Asked& asked, const Where& where) {
  Json properties = Json::object();
  for (const AskedKey& key : asked.keys) {
    Json value = schema_of(key.value, below(where, key.name));
    const std::string text = description_of(where, key.name);
    if (!text.empty()) value["description"] = text;
    properties[key.name] = std::move(value);
  }
  Json object{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (const Json names = required(asked); !names.empty()) object["required"] = names;
  return object;
}

Json table_of(const Asked& asked, const Where& where) {
  const Json values =
      asked.in_table.empty() ? value_schema(asked.taken) : schema_of(asked.in_table.front(), where);
  return {{"type", "object"},
          {"patternProperties", {{key_pattern(*asked.each_of), values}}},
          {"additionalProperties", false},
          {"minProperties", 1}};
}

Json schema_of(const Asked& asked, const Where& where) {
  std::vector<Json> ways;
  if (!asked.taken.empty() && !asked.only_table) ways.push_back(value_schema(asked.taken));
  if (asked.list) {
    ways.push_back({{"type", "array"}, {"items", value_schema(asked.taken)}, {"minItems", 1}});
  }
  if (asked.each_of) ways.push_back(table_of(asked, where));
  if (!asked.keys.empty()) ways.push_back(object_of(asked, where));
  if (asked.open) ways.push_back({{"type", "object"}});
  return ways.empty() ? Json::object() : any_of(std::move(ways));
}

/// Takes null too, which takes a preset's key away.
void take_null(Json& value) {
  if (value.contains("anyOf")) return value["anyOf"].push_back({{"type", "null"}});
  if (value.contains("enum")) return value["enum"].push_back(nullptr);
  if (!value.contains("type")) return;
  Json types = value["type"].is_array() ? value["type"] : Json::array({value["type"]});
  types.push_back("null");
  value["type"] = std::move(types);
}

/// A mapping that may start from a preset, which then has the keys that are needed.
Json from_preset(Json object, PresetKind kind) {
  Json& properties = object["properties"];
  for (auto& value : properties) take_null(value);
  Json named = names_of(kind);
  named["description"] = "Start from this preset; the other keys change it.";
  properties["preset"] = std::move(named);
  if (object.contains("required")) {
    const Json needed = object["required"];
    object.erase("required");
    object["anyOf"] = {{{"required", {"preset"}}}, {{"required", needed}}};
  }
  return object;
}

/// The name of a preset, the path of a file, or what would stand in that.
Json named_or(Json object, PresetKind kind) {
  const Json path{{"type", "string"},
                  {"pattern", "/|\\.(yaml|yml|json)$"},
                  {"patternErrorMessage", "must be a preset's name or the path of a file"}};
  return any_of({names_of(kind), path, std::move(object)});
}

/// Puts a schema in the place of a property's, whose description stays.
void replace(Json& object, const char* key, Json value) {
  Json& property = object["properties"][key];
  if (property.contains("description")) value["description"] = property["description"];
  property = std::move(value);
}

Json kernel_schema(const Asked& fabric) {
  const Asked& kernels = *fabric.find("kernels");
  return from_preset(object_of(kernels.in_table.front(), {"kernel"}), PresetKind::kKernel);
}

Json gpu_schema(const Asked& fabric) {
  return from_preset(object_of(*fabric.find("gpu"), {"gpu"}), PresetKind::kGpu);
}

Json fabric_schema(const Asked& asked) {
  Json fabric = object_of(asked, {"fabric"});
  replace(fabric, "gpu", any_of({names_of(PresetKind::kGpu), gpu_schema(asked)}));
  Json& kernels = fabric["properties"]["kernels"];
  for (auto& each : kernels["patternProperties"]) {
    each = any_of({names_of(PresetKind::kKernel), kernel_schema(asked)});
  }
  return from_preset(std::move(fabric), PresetKind::kFabric);
}

Json model_schema(const Asked& asked) {
  return from_preset(object_of(asked, {"model"}), PresetKind::kModel);
}

/// What a workload says of one role alone.
Json role_schema(const Json& workload) {
  Json role = workload;
  Json& properties = role["properties"];
  std::vector<std::string_view> not_of_one = kPlanKeys;
  not_of_one.insert(not_of_one.end(),
                    {"slo", "fabric", "about", "phase", "context", "global_tokens"});
  for (const std::string_view key : not_of_one) properties.erase(std::string(key));
  return role;
}

Json workload_schema(const Asked& asked) {
  Json workload = object_of(asked, {"workload"});
  workload.erase("required");  // the fabric, the model and the command decide
  Json model = from_preset(object_of(*asked.find("model"), {"model"}), PresetKind::kModel);
  replace(workload, "model", named_or(std::move(model), PresetKind::kModel));
  replace(workload, "engine", names_of(PresetKind::kEngine));
  Json fabric = fabric_schema(read_samples(SchemaKind::kFabric));
  replace(workload, "fabric", named_or(std::move(fabric), PresetKind::kFabric));
  const Json role = role_schema(workload);
  workload["definitions"] = {{"role", role}};
  for (const char* const key : {"prefill", "decode"}) {
    replace(workload, key, {{"allOf", {{{"$ref", "#/definitions/role"}}}}});
  }
  return workload;
}

Json body_of(SchemaKind kind) {
  const Asked asked = read_samples(kind);
  switch (kind) {
    case SchemaKind::kWorkload:
      return workload_schema(asked);
    case SchemaKind::kFabric:
      return fabric_schema(asked);
    case SchemaKind::kCalibration: {
      Json fabric = fabric_schema(asked);
      fabric["required"] = {"calibration"};
      return fabric;
    }
    case SchemaKind::kSearch:
      return object_of(asked, {"search"});
    case SchemaKind::kTraffic:
      return object_of(*asked.find("traffic"), {"plan", "traffic."});
    case SchemaKind::kModel:
      return model_schema(asked);
    case SchemaKind::kGpu:
      return gpu_schema(asked);
    case SchemaKind::kKernel:
      break;
  }
  return kernel_schema(asked);
}

}  // namespace

Json input_schema(SchemaKind kind) {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", fmt::format("{} of wideep-opt", word_of(kSchemaKindWords, kind))}};
  schema.update(body_of(kind));
  return schema;
}

}  // namespace wideep
