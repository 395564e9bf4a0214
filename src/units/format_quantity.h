#pragma once

#include <string>
#include <utility>

#include "units/quantity.h"

namespace wideep {

/// A value in engineering notation for people: 4 significant digits at most and the prefix that
/// leaves 1 to 999 before the point, e.g. "312.4 us", "29.36 MB", "46.8 GB/s". Sizes and bandwidths
/// use 1000s. Needs a finite value; zero gives "0 us", "0 B", "0 B/s".
std::string format(Seconds time);
std::string format(Bytes size);
std::string format(BytesPerSecond bandwidth);
std::string format(FlopPerSecond rate);

/// Two values as format() has them, with as many more digits as tell them apart; the same text
/// twice where they are equal.
std::pair<std::string, std::string> format_apart(Seconds one, Seconds other);
std::pair<std::string, std::string> format_apart(Bytes one, Bytes other);
/// The same of plain numbers.
std::pair<std::string, std::string> format_apart(double one, double other);

/// A plain number with 4 significant digits at most, and thousands separated.
std::string format_number(double value);

/// A count, rounded to a whole number, with its thousands separated: "16,384".
std::string format_count(double count);

/// "8 to 64", or one of them where they are the same: counts.
std::string format_range(double low, double high);

/// A share as percent with one decimal: 0.2213 -> "22.1%".
std::string format_percent(double share);

}  // namespace wideep
