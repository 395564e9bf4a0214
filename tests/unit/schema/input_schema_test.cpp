#include "schema/input_schema.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "input/asked.h"
#include "input/input_keys.h"
#include "schema/meanings.h"

namespace wideep {
namespace {

TEST_SUITE_BEGIN("schema/input_schema");

std::set<std::string> keys_of(const Json& schema) {
  std::set<std::string> keys;
  for (const auto& property : schema["properties"].items()) keys.insert(property.key());
  return keys;
}

TEST_CASE("a schema has the keys by which files are told apart, and no others") {
  const auto holds_all = [](SchemaKind kind, const std::vector<std::string_view>& keys) {
    const std::set<std::string> there = keys_of(input_schema(kind));
    REQUIRE(keys.size() > 5);
    for (const std::string_view key : keys) {
      CAPTURE(key);
      CHECK(there.count(std::string(key)) == 1);
    }
    return there.size();
  };
  CHECK(holds_all(SchemaKind::kWorkload, kWorkloadKeys) == kWorkloadKeys.size() + 1);  // about
  CHECK(holds_all(SchemaKind::kModel, kModelKeys) == kModelKeys.size() + 2);  // about, preset
  CHECK(holds_all(SchemaKind::kSearch, kSearchKeys) == kSearchKeys.size() + 1);
  holds_all(SchemaKind::kFabric, kFabricKeys);
  holds_all(SchemaKind::kGpu, kGpuKeys);
  holds_all(SchemaKind::kKernel, kKernelKeys);
}

TEST_CASE("a key's range, words and unit are the readers'") {
  const Json workload = input_schema(SchemaKind::kWorkload)["properties"];
  CHECK(workload["context"]["type"] == "integer");
  CHECK(workload["context"]["minimum"] == 1);
  CHECK(workload["context"]["maximum"] == 16'777'216);
  CHECK(workload["phase"]["enum"] == Json{"decode", "prefill"});
  const std::string unit = workload["other_step_time"]["pattern"];
  CHECK(unit == R"(^(\d+\.?\d*|\.\d+)([eE][-+]?\d+)? ?(m|u|n)?(s)$)");
  CHECK(workload["redundant_experts"]["anyOf"].size() == 2);  // auto, or a number
}

TEST_CASE("what is always needed is required, unless a preset has it") {
  const Json fabric = input_schema(SchemaKind::kFabric);
  CHECK(fabric["anyOf"][0]["required"] == Json{"preset"});
  CHECK(fabric["anyOf"][1]["required"] == Json{"gpus_per_domain", "kernels"});
  CHECK(fabric["properties"]["kv_transfer"]["required"] == Json{"bandwidth"});
  // `latency` may stand under dispatch and combine, and a fused kernel has none.
  CHECK_FALSE(input_schema(SchemaKind::kKernel).contains("anyOf"));
  CHECK_FALSE(input_schema(SchemaKind::kWorkload).contains("required"));
}

TEST_CASE("each key at the top says what it means") {
  for (const auto& [word, kind] : kSchemaKindWords) {
    const Json properties = input_schema(kind)["properties"];
    REQUIRE(!properties.empty());
    for (const auto& [key, value] : properties.items()) {
      const std::string place = std::string(word) + "." + key;
      CAPTURE(place);
      const bool block = word == "workload" && key == "traffic";  // its own keys do
      CHECK((block || value.contains("description")));
    }
  }
}

TEST_CASE("a meaning is its row's, without links") {
  const Meaning meaning = key_meaning("workload", "redundant_experts");
  CHECK(meaning.values == "0 to 65,536, or auto");
  CHECK(meaning.otherwise == "0");
  CHECK(meaning.text ==
        "replicas placed beside the experts; auto: the search chooses how many at each width");
  CHECK(key_meaning("workload", "hbm_bandwidth").text.empty());  // of another table
  CHECK(key_meaning("plan", "traffic.rate").text == "requests per second, at random");
}

TEST_CASE("nothing is kept of what is read where nobody asks for it") {
  CHECK_FALSE(is_recording());
  CHECK(asked_at("latency") == nullptr);
  record("latency", {});
  Recording recording;
  CHECK(is_recording());
  CHECK(recording.asked.keys.empty());
}

TEST_CASE("a path goes to a key, else to what a table holds") {
  Recording recording;
  record("kernels (name)", {});
  record("kernels.LL.latency", {.as = Taken::As::kQuantity});
  record("kernels.HT.latency (EP width)", {.as = Taken::As::kWhole});
  const Asked& kernels = *recording.asked.find("kernels");
  CHECK(kernels.keys.empty());
  REQUIRE(kernels.in_table.size() == 1);
  const Asked* const latency = kernels.in_table.front().find("latency");
  REQUIRE(latency != nullptr);
  CHECK(latency->taken.size() == 1);
  CHECK(latency->each_of->as == Taken::As::kWhole);
}

TEST_SUITE_END();

}  // namespace
}  // namespace wideep
