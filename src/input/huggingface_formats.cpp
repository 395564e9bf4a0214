#include "input/huggingface_formats.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/huggingface_config.h"

namespace wideep {
namespace {

constexpr int kNvfp4Group = 16;
constexpr int kMxGroup = 32;
/// AWQ and GPTQ group so many weights where nothing else is said.
constexpr int kUsualGroup = 128;

WeightFormat fault(std::string text) {
  return {.fault = std::move(text)};
}

WeightFormat integers(int bits, int group) {
  if (bits != 4) {
    return fault(fmt::format(
        "integers of {} bits are not known{}", bits, bits == 8 ? "; 'fp8' is as large" : ""));
  }
  switch (group) {
    case 32:
      return {.type = WeightType::kInt4};
    case 64:
      return {.type = WeightType::kInt4Group64};
    case 128:
      return {.type = WeightType::kInt4Group128};
    default:
      return fault(group > 0 ? fmt::format("int4 with a scale for {} weights is not known, only "
                                           "for 32, 64 and 128",
                                           group)
                             : "int4 needs its group_size: 32, 64 or 128");
  }
}

WeightFormat small_floats(int group) {
  if (group == kNvfp4Group) return {.type = WeightType::kNvfp4};
  if (group == kMxGroup) return {.type = WeightType::kMxfp4};
  return fault("floats of 4 bits are known with a scale for 16 weights (nvfp4) or 32 (mxfp4)");
}

WeightFormat mxfp8() {
  return {.type = WeightType::kFp8, .note = "mxfp8 is counted as fp8, which is 3% smaller"};
}

}  // namespace

WeightFormat format_of(std::string_view kind, int bits, int group) {
  if (kind == "int") return integers(bits, group);
  if (kind != "float") return fault(fmt::format("weights of the type '{}' are not known", kind));
  if (bits == 4) return small_floats(group);
  if (bits == 16) return {.type = WeightType::kBf16};
  if (bits != 8) return fault(fmt::format("floats of {} bits are not known", bits));
  return group == kMxGroup ? mxfp8() : WeightFormat{.type = WeightType::kFp8};
}

WeightFormat format_in(const Node& weights) {
  const Node* const kind = weights.find("type");
  return format_of(kind == nullptr ? "int" : kind->text,
                   number_in(weights, "num_bits"),
                   number_in(weights, "group_size"));
}

WeightFormat format_of_algorithm(std::string_view algorithm, int group) {
  if (algorithm.starts_with("FP8") || algorithm == "W8A8_FP8") return {.type = WeightType::kFp8};
  if (algorithm == "MXFP8" || algorithm == "W8A8_MXFP8") return mxfp8();
  if (algorithm.find("NVFP4") != std::string_view::npos) {
    return small_floats(group == 0 ? kNvfp4Group : group);
  }
  if (algorithm.find("MXFP4") != std::string_view::npos) {
    return small_floats(group == 0 ? kMxGroup : group);
  }
  if (algorithm.starts_with("W4") || algorithm.starts_with("INT4")) {
    return integers(4, group == 0 ? kUsualGroup : group);
  }
  return fault(fmt::format("'{}' is not known", algorithm));
}

WeightFormat format_of_dtype(std::string_view dtype, int group) {
  if (dtype.starts_with("torch.")) dtype.remove_prefix(std::string_view("torch.").size());
  // Engines serve 32-bit checkpoints in 16 bits.
  if (is_one_of(dtype,
                {"bfloat16", "float16", "float32", "half", "bf16", "fp16", "fp32", "auto"})) {
    return {.type = WeightType::kBf16};
  }
  if (dtype.starts_with("float8") || dtype.starts_with("fp8")) return {.type = WeightType::kFp8};
  if (dtype == "mxfp8") return mxfp8();
  if (is_one_of(dtype, {"fp4", "mxfp4", "float4_e2m1"})) {
    return dtype == "fp4" && group > 0 ? small_floats(group)
                                       : WeightFormat{.type = WeightType::kMxfp4};
  }
  if (dtype == "nvfp4") return {.type = WeightType::kNvfp4};
  if (is_one_of(dtype, {"int4", "uint4"})) return integers(4, group);
  return fault(fmt::format("'{}' is not known", dtype));
}

}  // namespace wideep
