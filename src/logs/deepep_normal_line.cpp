#include "logs/deepep_normal_line.h"

#include "logs/scan.h"

namespace wideep {
namespace {

/// "X GB/s (RDMA), Y GB/s (NVL)", or the second alone.
bool take_bandwidths(Cursor& cursor, BestLine& result) {
  const auto first = cursor.number("GB/s");
  if (!first) return false;
  if (cursor.skip("(NVL)")) {
    result.scale_up = *first;
    return !result.internode;
  }
  if (!cursor.skip("(RDMA)") || !cursor.skip(",")) return false;
  const auto second = cursor.number("GB/s");
  result.scale_out = *first;
  result.scale_up = second.value_or(0.0);
  return second && cursor.skip("(NVL)") && result.internode;
}

/// "SMs 24, NVL chunk 20[, RDMA chunk 28]" and the colon or comma after it. A chunk may be a word.
bool take_chunks(Cursor& cursor, BestLine& result) {
  if (!cursor.skip("SMs")) return false;
  const auto sms = cursor.whole();
  if (!sms || !cursor.skip(",") || !cursor.skip("NVL chunk")) return false;
  result.sms = *sms;
  const auto skip_chunk = [&cursor] {
    if (cursor.skip("default")) return true;
    return cursor.whole().has_value();
  };
  if (!skip_chunk()) return false;
  Cursor ahead = cursor;
  if (ahead.skip(",") && ahead.skip("RDMA chunk")) {
    cursor = ahead;
    result.internode = true;
    if (!skip_chunk()) return false;
  }
  return cursor.skip(":") || cursor.skip(",");
}

/// Times and bandwidths in any generation's order.
bool take_figures(Cursor& cursor, BestLine& result) {
  if (cursor.skip("transmit:")) {
    const auto transmit = cursor.number("us");
    if (!transmit || !cursor.skip(",") || !cursor.skip("notify:")) return false;
    const auto notify = cursor.number("us");
    result.kernel = transmit;
    result.notify = notify.value_or(0.0);
    return notify && cursor.skip(",") && cursor.skip("BW:") && take_bandwidths(cursor, result);
  }
  Cursor ahead = cursor;
  const auto notify = ahead.number();
  if (notify && ahead.skip("+")) {
    result.notify = *notify;
    result.kernel = ahead.number("us");
    cursor = ahead;
    return result.kernel && cursor.skip(",") && take_bandwidths(cursor, result);
  }
  if (!take_bandwidths(cursor, result)) return false;
  if (!result.internode && cursor.skip(",")) {
    static_cast<void>(cursor.skip("t:"));
    result.kernel = cursor.number("us");
    return result.kernel.has_value();
  }
  return true;
}

}  // namespace

std::optional<BestLine> parse_best(std::string_view text) {
  BestLine result;
  Cursor cursor(text);
  if (cursor.skip("combine:")) {
    result.direction = Direction::kCombine;
  } else if (cursor.skip("dispatch (FP8):")) {
    result.fp8 = true;
  } else if (!cursor.skip("dispatch (BF16):")) {
    return std::nullopt;
  }
  if (!take_chunks(cursor, result) || !take_figures(cursor, result)) return std::nullopt;
  return result;
}

}  // namespace wideep
