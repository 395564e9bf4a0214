#include "report/text.h"

#include <array>

#include <doctest/doctest.h>

namespace wideep::text_test {
namespace {

TEST_SUITE("report/text") {
  TEST_CASE("lines break at 80 columns, and never between a number and its unit") {
    const Text text = labelled(
        "Label", "one two three four five six seven eight nine ten eleven twelve abc 12.5 MB. end");
    CHECK(laid_out(text) ==
          "Label       one two three four five six seven eight nine ten eleven twelve abc\n"
          "            12.5 MB. end\n");
  }

  TEST_CASE("lines are as wide as the display, and those of tables as they are") {
    const std::string words = "one two three four five six seven eight nine ten eleven twelve abcd";
    const std::string table = std::string(70, '-');
    const Text text = plain_line(words) + (table + "\n") + labelled("Label", words);
    CHECK(laid_out(text, {.columns = 60}) ==
          "one two three four five six seven eight nine ten eleven\n"
          "  twelve abcd\n" +
              table +
              "\n"
              "Label       one two three four five six seven eight nine ten\n"
              "            eleven twelve abcd\n");
    CHECK(laid_out(text, {.columns = 120}) ==
          words + "\n" + table + "\nLabel       " + words + "\n");
  }

  TEST_CASE("colour is of whole rows, and only where it is asked for") {
    const Text text =
        plain_line("Use it.", Row::Tone::kAnswer) + labelled("Beware", "it bites.") + "plain\n";
    CHECK(laid_out(text) == "Use it.\nBeware      it bites.\nplain\n");
    CHECK(laid_out(text, {.colour = true}) ==
          "\x1b[1;32mUse it.\x1b[0m\n\x1b[33mBeware      it bites.\x1b[0m\nplain\n");
  }

  TEST_CASE("a screen has 30 lines beside what to beware of, and sheds what it can spare") {
    Text text = plain_line("answer") + labelled("Beware", std::string(200, 'x')) +
                labelled("Spare", "one") + labelled("Keep", "two") + labelled("More", "three");
    for (int line = 0; line < 27; ++line) text += "row\n";
    constexpr std::array<std::string_view, 2> kDispensable = {"Spare", "More"};
    const std::string shown = laid_out(on_a_screen(text, kDispensable));  // 31 lines are too many
    CHECK(shown.find("Spare") == std::string::npos);
    CHECK(shown.find("Keep        two\n") != std::string::npos);
    CHECK(shown.find("More        three\n") != std::string::npos);
    CHECK(shown.find("Beware") != std::string::npos);
    text.rows.pop_back();
    CHECK(laid_out(on_a_screen(text, kDispensable)).find("Spare") != std::string::npos);
  }

  TEST_CASE("names of files tell a terminal nothing") {
    CHECK(laid_out(labelled("Asked", "on f\x1b[31m.yaml\x7f\a")) ==
          "Asked       on f?[31m.yaml??\n");
    CHECK(printable("a\tb\n\xc3\xa9\r") == "a\tb\n\xc3\xa9?");
  }

  TEST_CASE("a blank line stays one") {
    CHECK(laid_out(Text("a\n\nb\n")) == "a\n\nb\n");
    CHECK(laid_out(plain_line("a") + "\n" + plain_line("b")) == "a\n\nb\n");
  }
}

}  // namespace
}  // namespace wideep::text_test
