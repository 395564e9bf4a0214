#include "deploy/shell_arithmetic.h"

#include <charconv>

#include "deploy/shell_nesting.h"

namespace wideep {
namespace {

using Number = std::optional<long long>;

/// Deeper ones nobody writes.
constexpr int kMostDepth = 64;

Number sum(long long a, long long b) {
  long long result = 0;
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}

Number difference(long long a, long long b) {
  long long result = 0;
  if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
  return result;
}

Number product(long long a, long long b) {
  long long result = 0;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

Number quotient(long long a, long long b, bool rest) {
  // The least number divided by -1 is out of range.
  if (b == 0 || b == -1) return b == 0 ? std::nullopt : (rest ? Number(0) : difference(0, a));
  return rest ? a % b : a / b;
}

class Parser {
 public:
  Parser(std::string_view text, const std::function<Number(std::string_view)>& value_of)
      : text_(text), value_of_(value_of) {}

  Number whole() {
    const Number result = terms();
    skip_blanks();
    return at_ == text_.size() ? result : std::nullopt;
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  char sign() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  Number terms() {
    Number left = factors();
    while (left && (sign() == '+' || sign() == '-')) {
      const bool plus = text_[at_++] == '+';
      const Number right = factors();
      if (!right) return std::nullopt;
      left = plus ? sum(*left, *right) : difference(*left, *right);
    }
    return left;
  }

  Number factors() {
    Number left = operand();
    while (left && (sign() == '*' || sign() == '/' || sign() == '%')) {
      const char kind = text_[at_++];
      const Number right = operand();
      if (!right) return std::nullopt;
      left = kind == '*' ? product(*left, *right) : quotient(*left, *right, kind == '%');
    }
    return left;
  }

  Number operand() {
    if (++depth_ > kMostDepth) return std::nullopt;
    const Number result = operand_inside();
    --depth_;
    return result;
  }

  Number operand_inside() {
    const char c = sign();
    if (c == '-' || c == '+') {
      ++at_;
      const Number value = operand();
      return value && c == '-' ? difference(0, *value) : value;
    }
    if (c == '(') {
      ++at_;
      const Number value = terms();
      if (sign() != ')') return std::nullopt;
      ++at_;
      return value;
    }
    const std::string_view rest = text_.substr(at_);
    const std::size_t name = name_length(rest);
    if (name > 0) {
      at_ += name;
      return value_of_(rest.substr(0, name));
    }
    const std::size_t end =
        std::min(rest.find_first_not_of("0123456789abcdefABCDEFxX"), rest.size());
    at_ += end;
    return shell_number(rest.substr(0, end));
  }

  std::string_view text_;
  const std::function<Number(std::string_view)>& value_of_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Number shell_number(std::string_view text) {
  constexpr int kDecimal = 10;
  constexpr int kOctal = 8;
  constexpr int kHexadecimal = 16;
  int base = kDecimal;
  if (text.size() > 1 && text.front() == '0') {
    const bool hexadecimal = text[1] == 'x' || text[1] == 'X';
    base = hexadecimal ? kHexadecimal : kOctal;
    text.remove_prefix(hexadecimal ? 2 : 1);
  }
  long long number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

Number arithmetic(std::string_view expression,
                  const std::function<Number(std::string_view name)>& value_of) {
  return Parser(expression, value_of).whole();
}

}  // namespace wideep
