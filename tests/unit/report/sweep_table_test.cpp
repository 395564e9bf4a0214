#include "report/sweep_table.h"

#include <doctest/doctest.h>

namespace wideep::sweep_table_test {
namespace {

constexpr int kNarrow = 60;

/// The cells of two axes, then what a table says of a point: best, TPOT, tokens/s, layer, DBO from,
/// split, chunks, SMs.
const std::vector<TableRow> kRows = {
    {"64", "half", "EP 64, LL, none", "46.11 ms", "1,388", "566.1 us", "84", "", "", ""},
    {"4096", "half", "nothing is feasible: buffer_limit, memory", "", "", "", "", "", "", ""}};
const std::vector<std::string> kAxes = {"tokens_per_rank", "search.split"};

std::string shown(std::vector<TableRow> rows, int columns) {
  const Display display{.columns = columns};
  return laid_out(table_text(kAxes, rows, display), display);
}

TEST_SUITE("report/sweep_table") {
  TEST_CASE("columns for which there is no room are named") {
    CHECK(shown({kRows[0]}, kNarrow) ==
          "  tokens_per_rank  search.split  best                 TPOT\n"
          "               64          half  EP 64, LL, none  46.11 ms\n"
          "No room for tokens/s, layer, DBO from: a wider terminal or\n"
          "  --format csv has them.\n");
    CHECK(shown({kRows[0]}, 120) ==
          "  tokens_per_rank  search.split  best                 TPOT  tokens/s     layer  DBO "
          "from\n"
          "               64          half  EP 64, LL, none  46.11 ms     1,388  566.1 us        "
          "84\n");
  }

  TEST_CASE("why nothing is feasible runs on into what is empty, where there is room") {
    CHECK(shown(kRows, 120) ==
          "  tokens_per_rank  search.split  best                 TPOT  tokens/s     layer  DBO "
          "from\n"
          "               64          half  EP 64, LL, none  46.11 ms     1,388  566.1 us        "
          "84\n"
          "             4096          half  nothing is feasible: buffer_limit, memory\n");
    CHECK(shown({kRows[1]}, kNarrow) ==
          "  tokens_per_rank  search.split  best\n"
          "             4096          half  nothing is feasible\n");
  }
}

}  // namespace
}  // namespace wideep::sweep_table_test
