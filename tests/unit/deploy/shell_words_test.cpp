#include "deploy/shell_words.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace wideep::shell_words_test {
namespace {

using Kind = ShellToken::Kind;
using Texts = std::vector<std::string>;

const char* sign_of(Kind kind) {
  switch (kind) {
    case Kind::kOperator:
      return "op ";
    case Kind::kRedirect:
      return "to ";
    case Kind::kTarget:
      return "file ";
    case Kind::kHereTarget:
      return "here ";
    case Kind::kArray:
      return "array ";
    default:
      return "";
  }
}

/// Words as they stand, with the sign of what is none.
Texts tokens(const std::string& text) {
  Texts found;
  for (const ShellToken& token : shell_tokens(text).tokens) {
    std::string each = sign_of(token.kind);
    each += text.substr(token.begin, token.end - token.begin);
    if (token.kind == Kind::kNewline) each = "NL";
    if (token.kind == Kind::kArrayEnd) each = "end";
    found.push_back(each);
  }
  return found;
}

TEST_SUITE("deploy/shell_words") {
  TEST_CASE("words, operators and comments") {
    CHECK(tokens("a b # c\n d;e&&f||g|h & i") == Texts{"a",
                                                       "b",
                                                       "NL",
                                                       "d",
                                                       "op ;",
                                                       "e",
                                                       "op &&",
                                                       "f",
                                                       "op ||",
                                                       "g",
                                                       "op |",
                                                       "h",
                                                       "op &",
                                                       "i"});
    CHECK(tokens("a#b '#' \"#\"") == Texts{"a#b", "'#'", "\"#\""});
    CHECK(tokens("(a)") == Texts{"op (", "a", "op )"});
  }

  TEST_CASE("a line goes on behind a backslash") {
    CHECK(tokens("a \\\n  b\\\nc") == Texts{"a", "b\\\nc"});
    CHECK(tokens("a \\\r\n  b\r\nc") == Texts{"a", "b", "NL", "c"});
    // A blank behind it ends the line.
    CHECK(tokens("a \\ \nb") == Texts{"a", "\\ ", "NL", "b"});
  }

  TEST_CASE("quotes and substitutions nest") {
    CHECK(tokens("'a b'\"c 'd' e\"f g") == Texts{"'a b'\"c 'd' e\"f", "g"});
    CHECK(tokens("$(a \"b )\" (c) d) e") == Texts{"$(a \"b )\" (c) d)", "e"});
    CHECK(tokens("\"$(a \"b c\" d)\" e") == Texts{"\"$(a \"b c\" d)\"", "e"});
    CHECK(tokens("\"${X:-it's}\" b") == Texts{"\"${X:-it's}\"", "b"});
    CHECK(tokens("${X:-a b} c") == Texts{"${X:-a b}", "c"});
    CHECK(tokens("$((1 + (2 * 3))) c") == Texts{"$((1 + (2 * 3)))", "c"});
    CHECK(tokens("`a b \\` c` d") == Texts{"`a b \\` c`", "d"});
    CHECK(tokens("$'a\\'b' c") == Texts{"$'a\\'b'", "c"});
    CHECK(tokens("$(a # it's\n) b") == Texts{"$(a # it's\n)", "b"});
  }

  TEST_CASE("redirections and here-documents") {
    CHECK(tokens("a > b 2>&1 >>c <d") ==
          Texts{"a", "to >", "file b", "to 2>&", "file 1", "to >>", "file c", "to <", "file d"});
    CHECK(tokens("a &> b") == Texts{"a", "to &>", "file b"});
    const std::string text = "cat <<'EOF' > f\nx $y\n  EOF\nEOF\nb\n";
    CHECK(tokens(text) == Texts{"cat", "to <<", "here 'EOF'", "to >", "file f", "NL", "b", "NL"});
    const ShellTokens found = shell_tokens(text);
    REQUIRE(found.bodies.size() == 1);
    CHECK(found.bodies[0].quoted);
    CHECK(text.substr(found.bodies[0].begin, found.bodies[0].end - found.bodies[0].begin) ==
          "x $y\n  EOF\n");
    CHECK(tokens("a <<-E\n\tx\n\tE\nb") == Texts{"a", "to <<-", "here E", "NL", "b"});
    CHECK(tokens("a <<< b c") == Texts{"a", "to <<<", "file b", "c"});
    CHECK(tokens("a <(b c) d") == Texts{"a", "<(b c)", "d"});
  }

  TEST_CASE("arrays") {
    CHECK(tokens("A=(x 'y z' # w\n v) b") == Texts{"array A=", "x", "'y z'", "v", "end", "b"});
    CHECK(tokens("A+=(x)") == Texts{"array A+=", "x", "end"});
    CHECK(tokens("A=()") == Texts{"array A=", "end"});
  }

  TEST_CASE("nothing in [[ ]] is an operator") {
    CHECK(tokens("[[ a < b && (c) ]] && d") ==
          Texts{"[[", "a", "<", "b", "&&", "(c)", "]]", "op &&", "d"});
    CHECK(tokens("if [[ a ]]; then") == Texts{"if", "[[", "a", "]]", "op ;", "then"});
  }

  TEST_CASE("what is not closed ends with the text") {
    for (const std::string text : {"'a b", "\"a b", "$(a b", "${a b", "`a b", "$((1 + 2", "\\"}) {
      CAPTURE(text);
      CHECK(tokens(text) == Texts{text});
    }
    CHECK(tokens("a <<E\nb") == Texts{"a", "to <<", "here E", "NL"});
    CHECK(tokens("A=(b c") == Texts{"array A=", "b", "c"});
    CHECK(tokens("a <<") == Texts{"a", "to <<"});
  }
}

}  // namespace
}  // namespace wideep::shell_words_test
