#include "deploy/shell_script.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "deploy/deploy_fixture.h"

namespace wideep::shell_script_test {
namespace {

using Texts = std::vector<std::string>;

/// The words of the commands named `show`: "?" for one that is not known, "?.." for any number.
Texts shown(const std::string& script) {
  const Source source{.name = "x.sh", .text = script};
  ShellState state;
  Texts found;
  read_script(EmbeddedText(source), state, [&](const ShellCommand& command) {
    if (command.words.front().text != "show") return;
    for (std::size_t at = 1; at < command.words.size(); ++at) {
      const ShellWord& word = command.words[at];
      found.push_back(word.text ? *word.text : word.begin + (word.alone ? "?" : "?.."));
    }
  });
  return found;
}

TEST_SUITE("deploy/shell_script") {
  TEST_CASE("quotes and escapes") {
    CHECK(shown("show 'a b'\"c d\"e\\ f") == Texts{"a bc de f"});
    CHECK(shown("show '' \"\" a''b") == Texts{"", "", "ab"});
    CHECK(shown("show \"a\\\"b\\$c\\d\" '\\n'") == Texts{"a\"b$c\\d", "\\n"});
    CHECK(shown("show $'a\\tb\\'c' a\\\nb") == Texts{"a\tb'c", "ab"});
    CHECK(shown("show \"a \\\n b\"") == Texts{"a  b"});
    CHECK(shown("show a$ $ 5$") == Texts{"a$", "$", "5$"});
  }

  TEST_CASE("variables") {
    CHECK(shown("X=1; show $X ${X} \"$X\" '$X' a${X}b $X$X") ==
          Texts{"1", "1", "1", "$X", "a1b", "11"});
    CHECK(shown("X=' a  b '; show $X \"$X\" c$X") == Texts{"a", "b", " a  b ", "c", "a", "b"});
    CHECK(shown("X=; show $X \"$X\" a$X") == Texts{"", "a"});
    CHECK(shown("show $X") == Texts{"?.."});
    CHECK(shown("show a\"$X\"b") == Texts{"a?"});
    CHECK(shown("X=1; X+=2; show $X; X=$X-3; show $X") == Texts{"12", "12-3"});
    CHECK(shown("X=1 cmd; show $X") == Texts{"?.."});
    CHECK(shown("export X=1 Y='a b'; show $X \"$Y\"") == Texts{"1", "a b"});
    CHECK(shown("declare -i X=1; local Y=2; readonly Z=3; show $X$Y$Z") == Texts{"123"});
    CHECK(shown("X=1; unset X; show $X") == Texts{"?.."});
    CHECK(shown("X=1; read X; show $X") == Texts{"?.."});
    CHECK(shown("X=\"$Y 1\"; show $X") == Texts{"?..", "1"});
  }

  TEST_CASE("what stands in for a variable") {
    CHECK(shown("show ${X:-d} ${X-d} \"${X:-a b}\" ${X:-a b}") == Texts{"d", "d", "a b", "a", "b"});
    CHECK(shown("X=1; show ${X:-d} ${X:+t} ${X+t}") == Texts{"1", "t", "t"});
    CHECK(shown("X=; show ${X:-d} \"${X-d}\" \"${X:+t}\" ${X+t}") == Texts{"d", "", "", "t"});
    CHECK(shown("show ${X:+t} b") == Texts{"b"});
    CHECK(shown(": ${X:=5}; show $X") == Texts{"5"});
    CHECK(shown("Y=3; show ${X:-${Y:-4}} ${X:-$((Y + 1))}") == Texts{"3", "4"});
    CHECK(shown("show ${1:-8} $1 \"$@\" $#") == Texts{"8", "?..", "?..", "?.."});
    CHECK(shown("X=$(date); show ${X:-d} ${X:+t} a${X:-d}") == Texts{"?..", "?..", "a?.."});
    CHECK(shown("X=a.b; show ${X%.b} ${#X} ${!X} ${X/a/b} ${X:0:1} ${X^^}") ==
          Texts{"?..", "?..", "?..", "?..", "?..", "?.."});
    CHECK(shown("show ${X:?must} ${}") == Texts{"?..", "?.."});
  }

  TEST_CASE("commands in words are not known") {
    CHECK(shown("show a$(b c)d `e f` \"$(g \"h\")\"") == Texts{"a?..", "?..", "?"});
    CHECK(shown("show <(a b) c") == Texts{"?", "c"});
  }

  TEST_CASE("arithmetic") {
    CHECK(shown("A=4; B=3; show $((A*B)) $(( A * (B + 1) )) $(($A - 5)) $((17 / A % 3))") ==
          Texts{"12", "16", "-1", "1"});
    CHECK(shown("show $((0x10 + 010)) $((-3)) $((2 - -3))") == Texts{"24", "-3", "5"});
    CHECK(shown("show $((1 / 0)) $((X + 1)) $((1 << 2)) $((9223372036854775807 + 1)) $((08))") ==
          Texts{"?..", "?..", "?..", "?..", "?.."});
    CHECK(shown("A=x; show $((A + 1)) $((${B:-2} * 3))") == Texts{"?..", "6"});
  }

  TEST_CASE("arrays") {
    CHECK(shown("A=(a 'b c'); A+=(d); show \"${A[@]}\" x") == Texts{"a", "b c", "d", "x"});
    CHECK(shown("A=(a 'b c'); show ${A[@]} \"${A[*]}\" $A") ==
          Texts{"a", "b", "c", "a", "b c", "a"});
    CHECK(shown("A=(); show \"${A[@]}\" x") == Texts{"x"});
    CHECK(shown("show \"${A[@]}\" x") == Texts{"?..", "x"});
    CHECK(shown("A+=(a); show \"${A[@]}\"") == Texts{"a"});
    CHECK(shown("A=(a b); A[1]=c; show \"${A[@]}\"") == Texts{"?.."});
    CHECK(shown("A=(\n  a # x\n  \\\n  b\n); show \"${A[@]}\"") == Texts{"a", "b"});
    CHECK(shown("A=(a); declare -a B=(b); show \"${A[@]}\" \"${B[@]}\"") == Texts{"a", "b"});
  }

  TEST_CASE("branches that differ leave a variable unknown") {
    CHECK(shown("X=1; if a; then X=2; fi; show $X") == Texts{"?.."});
    CHECK(shown("X=1; if a; then X=1; fi; show $X") == Texts{"1"});
    CHECK(shown("if a; then X=2; else X=2; fi; show $X") == Texts{"2"});
    CHECK(shown("if a; then X=2; elif b; then X=3; else X=2; fi; show $X") == Texts{"?.."});
    CHECK(shown("if a; then X=2; show $X; else show $X; fi") == Texts{"2", "?.."});
    CHECK(shown("X=0.80; if a; then X=0.95; fi; show --u=$X") == Texts{"--u=0.?.."});
    CHECK(shown("case a in b) X=1;; *) X=1;; esac; show $X") == Texts{"1"});
    CHECK(shown("case a in b) X=1;; c|d) X=1;; esac; show $X") == Texts{"?.."});
    CHECK(
        shown(
            "X=1\ncase $Y in\n  (b)\n    X=2\n    ;;\n  *)\n    show $X\n    ;;\nesac\nshow $X") ==
        Texts{"1", "?.."});
    CHECK(shown("X=1; [ -z $Y ] && X=2; show $X") == Texts{"?.."});
    CHECK(shown("X=2; [ a ] && X=1 || X=2; show $X") == Texts{"?.."});
    CHECK(shown("cd /x && X=2; show $X") == Texts{"2"});
    CHECK(shown("X=1; ( X=2; show $X ); show $X") == Texts{"2", "1"});
    CHECK(shown("X=1; { X=2; }; show $X") == Texts{"2"});
  }

  TEST_CASE("of what branches add to, the beginning is known") {
    CHECK(shown("A=(a); if b; then A+=(c); fi; show \"${A[@]}\"") == Texts{"a", "?.."});
    CHECK(shown("X='a b'; if b; then X=\"$X c\"; fi; show $X") == Texts{"a", "b?.."});
    CHECK(shown("A=(a); if b; then A+=(c); else A+=(c d); fi; show \"${A[@]}\"") ==
          Texts{"a", "c", "?.."});
  }

  TEST_CASE("loops and functions") {
    CHECK(shown("X=1; for i in 1 2; do show $i $X; X=2; done; show $X") ==
          Texts{"?..", "?..", "?.."});
    CHECK(shown("X=1; while a; do show $X; done") == Texts{"1"});
    CHECK(shown("A=(a); for i in 1; do A+=(b); show \"${A[@]}\"; done") == Texts{"a", "?..", "b"});
    CHECK(shown("for ((i = 0; i < 3; i++)); do X=1; show $X; done") == Texts{"1"});
    CHECK(shown("X=1; f() { show $X $1; }; f 2") == Texts{"1", "?.."});
    // It may be called behind the second.
    CHECK(shown("X=1; f() { show $X; }; X=2; f") == Texts{"?.."});
    CHECK(shown("function f { X=1; show $X; }; show $X") == Texts{"1", "?.."});
  }

  TEST_CASE("what leads to a command") {
    const Source source{.name = "x",
                        .text = "case $R in p|q) f() { if [ \"$A\" = b ]; then c; fi; }"};
    ShellState state;
    Texts found;
    read_script(EmbeddedText(source), state, [&](const ShellCommand& command) {
      if (command.words.front().text == "c") found = command.branches;
    });
    CHECK(found == Texts{"p|q", "f", "b"});
  }

  TEST_CASE("here-documents that files are written with") {
    const Source source{
        .name = "x",
        .text = "F=/tmp/f\ncat > $F <<'E'\na: $X\nE\ncat <<E2 > g\nb\nE2\ntee h <<E3\nc\nE3\n"};
    ShellState state;
    read_script(EmbeddedText(source), state, [](const ShellCommand&) {});
    REQUIRE(state.files.size() == 3);
    CHECK(state.files.at("/tmp/f").text->text() == "a: $X\n");
    CHECK(line_and_column(state.files.at("/tmp/f").text->place(3)) == "3:4");
    CHECK(state.files.at("g").text->text() == "b\n");
    CHECK(state.files.at("h").text->text() == "c\n");
  }

  TEST_CASE("places of words") {
    const Source source{.name = "x",
                        .text = "A=(--p 'q r')\n X=s\n show \\\n  $X \"${A[@]}\" t\"u\"\n"};
    ShellState state;
    std::vector<ShellWord> words;
    read_script(
        EmbeddedText(source), state, [&](const ShellCommand& command) { words = command.words; });
    REQUIRE(words.size() == 5);
    CHECK(line_and_column(words[1].at) == "4:3");
    CHECK(words[1].raw.empty());
    CHECK(text_at(words[1].at, words[1].written) == "$X");
    CHECK(line_and_column(words[3].at) == "1:8");
    CHECK(text_at(words[3].at, words[3].raw) == "q r");
    CHECK(text_at(words[3].at, words[3].written) == "'q r'");
    CHECK(line_and_column(words[4].at) == "4:16");
    CHECK(words[4].raw.empty());
    CHECK(text_at(words[4].at, words[4].written) == "t\"u\"");
    CHECK(text_at(words[4].at, words[4].extent(1, 2)) == "u");
  }
}

}  // namespace
}  // namespace wideep::shell_script_test
