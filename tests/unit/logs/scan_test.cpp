#include "logs/scan.h"

#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "logs/stated_width.h"

namespace wideep::scan_test {
namespace {

using Views = std::vector<std::string_view>;

TEST_SUITE("logs/scan") {
  TEST_CASE("a marker is found wherever it stands") {
    constexpr Marker kMarker("[tuning]");
    CHECK(kMarker.find("[tuning] x") == 0);
    CHECK(kMarker.find("gg[tuning]") == 2);
    CHECK(kMarker.find("[tuning[tuning]") == 7);
    CHECK(kMarker.find("[tuning][tuning]", 1) == 8);
    for (const char* text : {"", "[", "[tuning", "tuning]", "g", "gggggggggggg"}) {
      CHECK_FALSE(kMarker.in(text));
    }
  }

  TEST_CASE("numbers, as exact as the standard reads them") {
    CHECK(scan_number("  12.50 GB/s").value == 12.5);
    CHECK(scan_number("  12.50 GB/s").length == 7);
    CHECK(scan_number("  12.50 GB/s").decimals == 2);
    CHECK(scan_number("7us").length == 1);
    CHECK(scan_number("-3.25").value == -3.25);
    CHECK(scan_number("1.5e-3x").value == 1.5e-3);
    CHECK(scan_number("1.5e-3x").length == 6);
    CHECK(scan_number("9007199254740993").value == 9007199254740992.0);
    CHECK(scan_number("98.").value == 98.0);
    for (const char* text : {"", " ", ".5", "-", "x1", "nan", "inf", "-inf", "1e999", "+1"}) {
      CAPTURE(text);
      CHECK(scan_number(text).length == 0);
    }
    std::mt19937_64 random(7);
    for (int i = 0; i < 10'000; ++i) {
      const std::string text =
          std::to_string(random() % 1'000'000) + "." + std::to_string(random() % 1'000'000'000);
      CHECK(scan_number(text).value == std::stod(text));
    }
  }

  TEST_CASE("a cursor moves over what matches only") {
    Cursor cursor("  a= 5 us, **b**: 7");
    CHECK_FALSE(cursor.skip("b"));
    CHECK(cursor.skip("a="));
    CHECK_FALSE(cursor.number("ms"));
    CHECK(cursor.number("us") == 5.0);
    CHECK(cursor.skip(","));
    CHECK(cursor.skip("b"));
    CHECK(cursor.skip(":"));
    CHECK(cursor.whole() == 7);
    CHECK(cursor.rest().empty());
    CHECK_FALSE(cursor.number());
    CHECK_FALSE(Cursor("7.5").whole());
    CHECK_FALSE(Cursor("-7").whole());
    CHECK_FALSE(Cursor("99999999999").whole());
    CHECK(Cursor("7.").whole() == 7);
    CHECK(number_after("x=1 y= 2.5", "y=") == 2.5);
    CHECK_FALSE(number_after("x=1", "y="));
    CHECK(whole_after("tokens=12,", "tokens=") == 12);
  }

  TEST_CASE("options of a command") {
    CHECK(option_value("a --num-topk-groups 3 --num-topk 8", "--num-topk") == "8");
    CHECK(option_value("a --num-topk=8 b", "--num-topk") == "8");
    CHECK(option_value("a --num-topk", "--num-topk").empty());
    CHECK(option_value("a --num-topk ", "--num-topk").empty());
    CHECK(option_value("", "--num-topk").empty());
  }

  TEST_CASE("prefixes of tools") {
    for (const char* line : {"x 1",
                             "  x 1",
                             "[1,0]<stdout>:x 1",
                             "[1,12]<stderr>: x 1",
                             "[pod/a-0/main] x 1",
                             "2025-03-01T10:00:00.123456789Z x 1",
                             "2025-03-01 10:00:00 x 1",
                             "[pod/a-0/main] 2025-03-01T10:00:00Z [1,0]<stdout>:x 1",
                             "12: x 1",
                             "> > x 1",
                             "```x 1",
                             "**x 1"}) {
      CAPTURE(line);
      CHECK(without_prefixes(line) == "x 1");
    }
    for (const char* line : {"[rank 0] x", "[config] x", "12 x", "1:x", ">x", "2025-03-01", "*x"}) {
      CHECK(without_prefixes(line) == line);
    }
    std::string plain;
    strip_escapes("\x1b[1;32mgreen\x1b[0m text\x1b", plain);
    CHECK(plain == "green text");
    strip_escapes("a\x1b[", plain);
    CHECK(plain == "a");
  }

  TEST_CASE("cells and words") {
    Views cells;
    split_cells("a, \"b,c\" ,,d", ',', cells);
    CHECK(cells == Views{"a", "b,c", "", "d"});
    split_cells("", ',', cells);
    CHECK(cells == Views{""});
    split_words("  a  b\tc ", cells);
    CHECK(cells == Views{"a", "b", "c"});
    split_words("   ", cells);
    CHECK(cells.empty());
  }

  TEST_CASE("EP width that a line states") {
    for (const char* line : {"# EP=16",
                             "# EP16, 128 tokens",
                             "#EP = 16",
                             "**EP=16**",
                             "+ run --ep 16",
                             "$ run --ep=16",
                             "launched with ep_size=16, dp_size=2",
                             "python -m engine --ep-size 16",
                             "engine --expert-parallel-size=16",
                             "# of 2 nodes, ep_size=16 (EP16)",
                             "[1,0]<stdout>:# EP=16",
                             "WORLD_SIZE=2 python test_low_latency.py --num-processes 8",
                             "+ WORLD_SIZE=2 RANK=0 python3 test_low_latency.py",
                             "+ torchrun --nnodes 2 --nproc-per-node 8 test_low_latency.py",
                             "+ torchrun --nnodes=4 --nproc_per_node=4 test_internode.py"}) {
      CAPTURE(line);
      CHECK(stated_ep_width(line) == 16);
    }
    for (const char* line : {"with EP=16 in prose",
                             "# DeepEP16",
                             "# EP=8 and EP=16",
                             "# EP=1.5",
                             "# EP16x2",
                             "# EP: 0/16",
                             "# step=16",
                             "# EP=1",
                             "# EP=999999999",
                             "# EP",
                             "step_size=16",
                             "ep_size=",
                             "python test_low_latency.py --num-processes 8"}) {
      CAPTURE(line);
      CHECK(stated_ep_width(line) == 0);
    }
    CHECK(ep_width_of_name("logs/ll_h100_ep16.log") == 16);
    CHECK(ep_width_of_name("EP-32.txt") == 32);
    CHECK(ep_width_of_name("ep_64") == 64);
    CHECK(ep_width_of_name("ep8/run.log") == 0);
    CHECK(ep_width_of_name("deepep16.log") == 0);
    CHECK(ep_width_of_name("ep8_ep16.log") == 0);
    CHECK(ep_width_of_name("step16.log") == 0);
    CHECK(ep_width_of_name("") == 0);
  }

  TEST_CASE("domains by the device's name") {
    CHECK(gpus_per_domain_of("NVIDIA GB200") == 72);
    CHECK(gpus_per_domain_of("NVIDIA H100 80GB HBM3") == 8);
    CHECK(gpus_per_domain_of("AMD Instinct") == 0);
  }

  TEST_CASE("figures that cannot be") {
    const auto why = [](double bytes, double seconds) {
      return implausible(Bytes(bytes), Seconds(seconds));
    };
    CHECK(why(1e6, 1e-4).empty());
    CHECK_FALSE(why(0.0, 1e-4).empty());
    CHECK_FALSE(why(1e6, -1e-4).empty());
    CHECK_FALSE(why(1e6, 61.0).empty());
    CHECK_FALSE(why(1e16, 1e-4).empty());
    CHECK_FALSE(why(std::numeric_limits<double>::quiet_NaN(), 1e-4).empty());
    CHECK_FALSE(why(1e6, std::numeric_limits<double>::infinity()).empty());
  }

  TEST_CASE("text for messages") {
    CHECK(shown("a\tb\x01") == "'a b '");
    CHECK(shown(std::string(100, 'x')) == "'" + std::string(60, 'x') + "...'");
  }
}

}  // namespace
}  // namespace wideep::scan_test
