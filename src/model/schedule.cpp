#include "model/schedule.h"

#include <algorithm>

#include "model/schedule_tables.h"

namespace wideep {

std::span<const Group> groups_of(Schedule schedule, Overlap overlap) {
  using namespace groups;
  const bool dbo = overlap == Overlap::kDbo;
  if (overlap == Overlap::kChunk) return {};
  if (overlap == Overlap::kFused) {
    return schedule == Schedule::kInOrder ? std::span<const Group>(kOneKernel)
                                          : std::span<const Group>();
  }
  if (overlap == Overlap::kSbo) {
    if (schedule == Schedule::kSglangSboSm90) return kSboSm90;
    if (schedule == Schedule::kSglangSboSm100) return kSboSm100;
    return {};
  }
  switch (schedule) {
    case Schedule::kVllmLl:
      return dbo ? std::span<const Group>(kVllmLl) : kSharedBesideCombine;
    case Schedule::kVllmHt:
      return dbo ? std::span<const Group>(kVllmHt) : kSharedBesideCombine;
    case Schedule::kSglangDecode:
      return dbo ? std::span<const Group>(kSglangDecode) : kSharedBesideDispatch;
    case Schedule::kSglangPrefill:
      return dbo ? std::span<const Group>(kSglangPrefill) : kSharedBesideDispatch;
    case Schedule::kTrtllmDecode:
      return dbo ? std::span<const Group>() : kSharedBesideDispatch;
    case Schedule::kSglangSboSm90:
    case Schedule::kSglangSboSm100:
      return {};
    case Schedule::kInOrder:
      break;
  }
  return dbo ? std::span<const Group>() : kSerial;
}

int single_batch_sms(Schedule schedule) {
  constexpr int kOnHopper = 3;
  constexpr int kOnBlackwell = 32;
  if (schedule == Schedule::kSglangSboSm90) return kOnHopper;
  return schedule == Schedule::kSglangSboSm100 ? kOnBlackwell : 0;
}

bool are_equal(Schedule a, Schedule b, Overlap overlap, const DenseParts& dense) {
  if (!runs(a, overlap) || !runs(b, overlap)) return false;
  const auto& groups = groups_of(a, overlap);
  if (groups.data() == groups_of(b, overlap).data()) return true;
  const auto nothing = [](const DenseWork& work) { return work == DenseWork{}; };
  if (!nothing(dense.shared)) return false;
  if (overlap == Overlap::kSbo) return false;
  if (overlap != Overlap::kDbo) return true;
  // Without shared experts only what runs beside the routed ones is left to differ.
  return (a == Schedule::kSglangDecode) == (b == Schedule::kSglangDecode);
}

bool runs(Schedule schedule, Overlap overlap) {
  // Chunks are in nobody's order but that of their own.
  if (overlap == Overlap::kChunk) return single_batch_sms(schedule) == 0;
  return !groups_of(schedule, overlap).empty();
}

}  // namespace wideep
