#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "model/collective.h"
#include "model/config.h"
#include "model/fabric.h"
#include "model/placement.h"
#include "model/weight_type.h"
#include "model/workload.h"

namespace wideep {

// What files, options, JSON and reports call the values of each enumeration: one table each.

/// A word of a closed list and what it stands for.
template <class T>
using Word = std::pair<std::string_view, T>;

/// The word of a value that the table has.
template <class T, std::size_t N>
constexpr std::string_view word_of(const std::array<Word<T>, N>& words, const T& value) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word;
  }
  return "";
}

/// What a word stands for; nothing where the table has none like it.
template <class T, std::size_t N>
constexpr std::optional<T> meaning_of(const std::array<Word<T>, N>& words, std::string_view text) {
  for (const auto& [word, meaning] : words) {
    if (word == text) return meaning;
  }
  return std::nullopt;
}

inline constexpr std::array<Word<Overlap>, 5> kOverlapWords = {{{"none", Overlap::kNone},
                                                                {"chunk", Overlap::kChunk},
                                                                {"dbo", Overlap::kDbo},
                                                                {"sbo", Overlap::kSbo},
                                                                {"fused", Overlap::kFused}}};

inline constexpr std::array<Word<Schedule>, 8> kScheduleWords = {
    {{"vllm_ll", Schedule::kVllmLl},
     {"vllm_ht", Schedule::kVllmHt},
     {"sglang_decode", Schedule::kSglangDecode},
     {"sglang_prefill", Schedule::kSglangPrefill},
     {"trtllm_decode", Schedule::kTrtllmDecode},
     {"in_order", Schedule::kInOrder},
     {"sglang_sbo_sm90", Schedule::kSglangSboSm90},
     {"sglang_sbo_sm100", Schedule::kSglangSboSm100}}};

inline constexpr std::array<Word<Timing>, 2> kTimingWords = {
    {{"schedule", Timing::kSchedule}, {"steady_state", Timing::kSteadyState}}};

/// Of search.split and of engines: whether a batch is cut into halves only.
inline constexpr std::array<Word<bool>, 2> kSplitWords = {{{"free", false}, {"half", true}}};

inline constexpr std::array<Word<Phase>, 2> kPhaseWords = {
    {{"decode", Phase::kDecode}, {"prefill", Phase::kPrefill}}};

inline constexpr std::array<Word<ExpertLoad>, 2> kExpertLoadWords = {
    {{"T*k/P", ExpertLoad::kSharedByRanks}, {"T*k", ExpertLoad::kPerRank}}};

inline constexpr std::array<Word<Routing>, 2> kRoutingWords = {
    {{"random", Routing::kRandom}, {"balanced", Routing::kBalanced}}};

inline constexpr std::array<Word<Placement>, 2> kPlacementWords = {
    {{"contiguous", Placement::kContiguous}, {"balanced", Placement::kBalanced}}};

inline constexpr std::array<Word<Copies>, 4> kCopiesWords = {{{"per_expert", Copies::kPerExpert},
                                                              {"per_rank", Copies::kPerRank},
                                                              {"per_domain", Copies::kPerDomain},
                                                              {"all_gather", Copies::kAllGather}}};

inline constexpr std::array<Word<ServingOrigin>, 4> kServingOriginWords = {
    {{"stated", ServingOrigin::kStated},
     {"fabric", ServingOrigin::kFabric},
     {"engine", ServingOrigin::kEngine},
     {"default", ServingOrigin::kDefault}}};

inline constexpr std::array<Word<BufferRule>, 4> kBufferWords = {
    {{"none", BufferRule::kNone},
     {"deepep_ll", BufferRule::kDeepEpLl},
     {"deepep_ht", BufferRule::kDeepEpHt},
     {"megamoe", BufferRule::kMegaMoe}}};

inline constexpr std::array<Word<Architecture>, 3> kArchitectureWords = {
    {{"sm90", Architecture::kSm90},
     {"sm100", Architecture::kSm100},
     {"sm103", Architecture::kSm103}}};

inline constexpr std::array<Word<Library>, 10> kLibraryWords = {
    {{"deepep_ll", Library::kDeepEpLl},
     {"deepep_ht", Library::kDeepEpHt},
     {"deepep_v2", Library::kDeepEpV2},
     {"nvlink_one_sided", Library::kNvlinkOneSided},
     {"nvlink_two_sided", Library::kNvlinkTwoSided},
     {"nccl", Library::kNccl},
     {"megamoe", Library::kMegaMoe},
     {"vllm_all_reduce", Library::kVllmAllReduce},
     {"sglang_all_reduce", Library::kSglangAllReduce},
     {"trtllm_all_reduce", Library::kTrtllmAllReduce}}};

inline constexpr std::array<Word<CollectiveOp>, 3> kCollectiveOpWords = {
    {{"all_reduce", CollectiveOp::kAllReduce},
     {"all_gather", CollectiveOp::kAllGather},
     {"reduce_scatter", CollectiveOp::kReduceScatter}}};

inline constexpr std::array<Word<WeightType>, 7> kWeightTypeWords = {
    {{"bf16", WeightType::kBf16},
     {"fp8", WeightType::kFp8},
     {"nvfp4", WeightType::kNvfp4},
     {"mxfp4", WeightType::kMxfp4},
     {"int4", WeightType::kInt4},
     {"int4_g64", WeightType::kInt4Group64},
     {"int4_g128", WeightType::kInt4Group128}}};

/// Bytes of an element on the wire with its share of the scales: 4 B for 128 elements of fp8 and
/// logfmt10, 1 B for 16 of nvfp4. Source: deepseek-ai/DeepEP, TensorRT-LLM blog18.
inline constexpr Bytes kBf16Wire{2.0};
inline constexpr Bytes kFp8Wire{1.0 + 4.0 / 128};
inline constexpr Bytes kNvfp4Wire{0.5 + 1.0 / 16};
inline constexpr Bytes kLogfmt10Wire{1.25 + 4.0 / 128};
inline constexpr std::array<Word<Bytes>, 4> kWireTypeWords = {
    {{"bf16", kBf16Wire}, {"fp8", kFp8Wire}, {"nvfp4", kNvfp4Wire}, {"logfmt10", kLogfmt10Wire}}};

/// Of attention_dtype: whether attention proper computes in fp8.
inline constexpr std::array<Word<bool>, 2> kAttentionTypeWords = {{{"bf16", false}, {"fp8", true}}};

/// Bytes of an element of the KV cache.
inline constexpr std::array<Word<Bytes>, 2> kCacheTypeWords = {
    {{"bf16", Bytes(2.0)}, {"fp8", Bytes(1.0)}}};

constexpr std::string_view name_of(Overlap overlap) {
  return word_of(kOverlapWords, overlap);
}
constexpr std::string_view name_of(Schedule schedule) {
  return word_of(kScheduleWords, schedule);
}
constexpr std::string_view name_of(Timing timing) {
  return word_of(kTimingWords, timing);
}
constexpr std::string_view name_of(Phase phase) {
  return word_of(kPhaseWords, phase);
}
constexpr std::string_view name_of(ExpertLoad load) {
  return word_of(kExpertLoadWords, load);
}
constexpr std::string_view name_of(ServingOrigin origin) {
  return word_of(kServingOriginWords, origin);
}
constexpr std::string_view name_of(Placement placement) {
  return word_of(kPlacementWords, placement);
}
constexpr std::string_view name_of(Copies copies) {
  return word_of(kCopiesWords, copies);
}
constexpr std::string_view name_of(Library library) {
  return word_of(kLibraryWords, library);
}
constexpr std::string_view name_of(CollectiveOp op) {
  return word_of(kCollectiveOpWords, op);
}
constexpr std::string_view name_of(WeightType type) {
  return word_of(kWeightTypeWords, type);
}

}  // namespace wideep
