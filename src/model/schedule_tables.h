#pragma once

#include <array>

#include "model/groups.h"

// The groups of each schedule and mode; schedule.cpp says which is whose.
namespace wideep::groups {

// Short names, so that a table reads like the formula in docs/model.md#schedules.
constexpr Piece prep(std::uint8_t batch) {
  return {Part::kPrep, batch};
}
constexpr Piece core(std::uint8_t batch) {
  return {Part::kCore, batch};
}
constexpr Piece attn(std::uint8_t batch) {
  return {Part::kAttention, batch};
}
constexpr Piece shared(std::uint8_t batch) {
  return {Part::kShared, batch};
}
constexpr Piece mlp(std::uint8_t batch) {
  return {Part::kExperts, batch};
}
constexpr Piece disp(std::uint8_t batch) {
  return {Part::kDispatch, batch};
}
constexpr Piece comb(std::uint8_t batch) {
  return {Part::kCombine, batch};
}
constexpr Piece disp_sms(std::uint8_t batch) {
  return {Part::kDispatchHeld, batch};
}
constexpr Piece comb_sms(std::uint8_t batch) {
  return {Part::kCombineHeld, batch};
}
inline constexpr Piece kGateUp{Part::kGateUp, 0};
inline constexpr Piece kDown{Part::kDown, 0};
inline constexpr Piece kDownFirst{Part::kDownFirst, 0};
inline constexpr Piece kCombineLast{Part::kCombineLast, 0};
inline constexpr Piece kFusedMlp{Part::kFused, 0};

inline constexpr Repeat kEach = Repeat::kEachLayer;
inline constexpr Repeat kBetween = Repeat::kBetweenLayers;
inline constexpr Repeat kOnce = Repeat::kOnce;

// Without dual-batch overlap.

inline constexpr std::array<Group, 1> kSerial = {
    {{kEach, {{attn(0), shared(0), disp(0), mlp(0), comb(0)}}}}};

inline constexpr std::array<Group, 2> kSharedBesideDispatch = {
    {{kEach, {{attn(0), mlp(0), comb(0)}}}, {kEach, {{disp(0)}, {shared(0), disp_sms(0)}}}}};

inline constexpr std::array<Group, 2> kSharedBesideCombine = {
    {{kEach, {{attn(0), disp(0), mlp(0)}}}, {kEach, {{comb(0)}, {shared(0), comb_sms(0)}}}}};

inline constexpr std::array<Group, 1> kOneKernel = {{{kEach, {{attn(0), shared(0), kFusedMlp}}}}};

// Single-batch overlap: combine sends expert by expert while the last GEMM computes them.

inline constexpr std::array<Group, 3> kSboSm90 = {
    {{kEach, {{attn(0), kGateUp}}},
     {kEach, {{disp(0)}, {shared(0), disp_sms(0)}}},
     {kEach, {{kDownFirst, comb(0)}, {kDown, kCombineLast}}}}};

inline constexpr std::array<Group, 2> kSboSm100 = {
    {{kEach, {{attn(0), disp(0), kGateUp}}},
     {kEach, {{kDownFirst, comb(0)}, {kDown, kCombineLast}, {kDown, shared(0)}}}}};

// With it. Of paths of equal length the first counts, which is that of the link.

/// Sends and receives are on the stream of compute, so that each slot ends for both halves at once.
inline constexpr std::array<Group, 6> kVllmLl = {
    {{kOnce, {{attn(0)}}},
     {kEach, {{disp(0)}, {attn(1), disp_sms(0)}}},
     {kEach, {{disp(1)}, {mlp(0), disp_sms(1)}}},
     {kEach, {{comb(0)}, {shared(0), mlp(1), comb_sms(0)}}},
     {kBetween, {{comb(1)}, {shared(1), attn(0), comb_sms(1)}}},
     {kOnce, {{comb(1)}, {shared(1)}}}}};

/// Transfers have a stream of their own: the second combine does not wait for the shared experts,
/// nor these for the first combine.
inline constexpr std::array<Group, 5> kVllmHt = {
    {{kOnce, {{attn(0)}}},
     {kEach, {{disp(0)}, {attn(1), disp_sms(0)}}},
     {kEach, {{disp(1)}, {mlp(0), disp_sms(1)}}},
     {kBetween,
      {{comb(0), comb(1)},
       {comb(0), attn(0), comb_sms(1)},
       {mlp(1), comb_sms(0), comb(1)},
       {mlp(1), comb_sms(0), shared(0), shared(1), attn(0), comb_sms(1)}}},
     {kOnce,
      {{comb(0), comb(1)},
       {mlp(1), comb_sms(0), comb(1)},
       {mlp(1), comb_sms(0), shared(0), shared(1)}}}}};

/// The second half is half a layer behind: nothing runs beside the routed experts.
inline constexpr std::array<Group, 9> kSglangDecode = {
    {{kOnce, {{attn(0)}}},
     {kEach, {{disp(0)}, {shared(0), prep(1), disp_sms(0)}}},
     {kEach, {{mlp(0)}}},
     {kEach, {{comb(0)}, {core(1), comb_sms(0)}}},
     {kBetween, {{disp(1)}, {shared(1), prep(0), disp_sms(1)}}},
     {kOnce, {{disp(1)}, {shared(1)}}},
     {kEach, {{mlp(1)}}},
     {kBetween, {{comb(1)}, {core(0), comb_sms(1)}}},
     {kOnce, {{comb(1)}}}}};

/// As vLLM with HT, but each half's shared experts come just before it waits for its combine.
inline constexpr std::array<Group, 5> kSglangPrefill = {
    {{kOnce, {{attn(0)}}},
     {kOnce, {{disp(0)}, {attn(1), disp_sms(0)}}},
     {kEach, {{disp(1)}, {mlp(0), disp_sms(1)}}},
     {kBetween,
      {{comb(0), comb(1), disp(0)},
       {comb(0), comb(1), attn(1), disp_sms(0)},
       {mlp(1), comb_sms(0), comb(1), disp(0)},
       {mlp(1), comb_sms(0), comb(1), attn(1), disp_sms(0)},
       {comb(0), attn(0), comb_sms(1), disp(0)},
       {comb(0), attn(0), comb_sms(1), shared(1), attn(1), disp_sms(0)},
       {mlp(1), comb_sms(0), shared(0), attn(0), comb_sms(1), disp(0)},
       {mlp(1), comb_sms(0), shared(0), attn(0), comb_sms(1), shared(1), attn(1), disp_sms(0)}}},
     {kOnce,
      {{comb(0), comb(1)},
       {comb(0), shared(1)},
       {mlp(1), comb_sms(0), comb(1)},
       {mlp(1), comb_sms(0), shared(0), shared(1)}}}}};

}  // namespace wideep::groups
