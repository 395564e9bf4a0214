#pragma once

#include "input/section.h"
#include "units/quantity.h"

namespace wideep {

/// The values that the readers accept, wide enough for any machine or model in sight and narrow
/// enough that no formula overflows. docs/input.md lists them.
namespace range {

inline constexpr Range<int> kEpWidth{1, 16'384};
inline constexpr Range<int> kRanks{2, 16'384};  ///< of a collective
inline constexpr Range<int> kTokens{1, 16'777'216};
inline constexpr Range<int> kHiddenSize{1, 1'048'576};
inline constexpr Range<int> kTopK{1, 4'096};
inline constexpr Range<int> kExperts{1, 65'536};
inline constexpr Range<int> kRedundantExperts{0, 65'536};
inline constexpr Range<int> kLayers{1, 10'000};
inline constexpr Range<int> kLayersOrNone{0, 10'000};
inline constexpr Range<int> kVocabulary{1, 16'777'216};
inline constexpr Range<int> kExpertMatrices{2, 3};
inline constexpr Range<int> kDraftTokens{0, 64};
inline constexpr Range<int> kChunks{1, 65'536};
inline constexpr Range<int> kSms{1, 4'096};
inline constexpr Range<int> kHeaderBytes{0, 65'536};
inline constexpr Range<int> kContext{1, 16'777'216};
inline constexpr Range<int> kGroups{1, 4'096};
inline constexpr Range<int> kSize{1, 1'048'576};
inline constexpr Range<int> kSizeOrNone{0, 1'048'576};
inline constexpr Range<double> kPaddingTokens{0.0, 65'536.0};  // and of a tile
inline constexpr Range<double> kAccepted{0.0, 64.0};
inline constexpr Range<double> kServingEfficiency{0.01, 1.0};
inline constexpr Range<double> kExponent{1.0, 100.0};
inline constexpr Range<double> kDirichlet{1e-3, 1e6};
inline constexpr Range<double> kZipf{0.0, 10.0};
inline constexpr Range<double> kElementBytes{0.01, 64.0};
inline constexpr Range<double> kStragglerFactor{1.0, 1e6};
inline constexpr Range<double> kShare{0.0, 1.0};
inline constexpr Range<double> kLengths{1.0, 16'777'216.0};
inline constexpr Range<double> kCachedShare{0.0, 0.999};
inline constexpr Range<double> kRate{1e-6, 1e6};
inline constexpr Range<double> kConcurrency{1.0, 1e7};
inline constexpr double kMostForAnHour = 1e6;
inline constexpr Range<double> kUtilisation{0.01, 0.99};
inline constexpr Range<int> kPlanGpus{1, 2'000};  // kMostPlanGpus
inline constexpr Range<double> kEfficiency{1e-6, 1.0};
inline constexpr Range<double> kActivationPasses{0.0, 100.0};
inline constexpr Range<Seconds> kLatency{Seconds(0.0), Seconds(100.0)};
inline constexpr Range<Seconds> kTimePerToken{Seconds(1e-15), Seconds(100.0)};
inline constexpr Range<Seconds> kOtherStepTime{Seconds(0.0), Seconds(1e6)};
inline constexpr Range<Seconds> kTpot{Seconds(1e-9), Seconds(1e6)};
inline constexpr Range<Bytes> kLinearState{Bytes(1.0), Bytes(1e12)};
inline constexpr Range<Bytes> kCollectiveBytes{Bytes(1.0), Bytes(1e15)};
inline constexpr Range<Bytes> kMemory{Bytes(1.0), Bytes(1e15)};
inline constexpr Range<FlopPerSecond> kFlopRate{FlopPerSecond(1.0), FlopPerSecond(1e18)};
inline constexpr Range<BytesPerSecond> kBandwidth{BytesPerSecond(1.0), BytesPerSecond(1e15)};

/// Choices of EP width, kernel and SMs in a search space: as many as are searched within a second
/// or two and 100 MB where all of them are equally good.
inline constexpr std::size_t kMostChoices = 16'384;

/// Slots of which a skew draws the loads, over all EP widths that are searched: a second's work.
inline constexpr double kMostDrawn = 1.5e6;

/// Slots that balanced placement deals out, over all layers or draws and EP widths: a second's
/// work.
inline constexpr double kMostPlaced = 4e6;

}  // namespace range
}  // namespace wideep
