#pragma once

#include <functional>
#include <optional>
#include <string_view>

namespace wideep {

/// What an integer expression of a shell comes to: + - * / %, brackets, and names, of which
/// `value_of` tells the numbers. Nothing where it has anything else in it, divides by 0 or leaves
/// the range of the integers.
std::optional<long long> arithmetic(
    std::string_view expression,
    const std::function<std::optional<long long>(std::string_view name)>& value_of);

/// A whole number as a shell reads it: octal behind a 0, hexadecimal behind 0x.
std::optional<long long> shell_number(std::string_view text);

}  // namespace wideep
