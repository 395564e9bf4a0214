#include "input/read_counts.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

namespace wideep::read_counts_test {
namespace {

using Layers = std::vector<std::vector<double>>;

Layers layers_of(const std::string& text) {
  const Source source{"counts", text};
  Findings findings;
  const auto counts = read_counts(source, findings);
  findings.throw_if_any();
  REQUIRE(counts);
  return counts->layers;
}

/// "line:column: message" of every fault.
std::string faults_of(const std::string& text) {
  const Source source{"counts", text};
  Findings findings;
  CHECK_FALSE(read_counts(source, findings));
  try {
    findings.throw_if_any();
  } catch (const InputError& error) {
    const std::string report = error.what();
    std::string faults;
    for (std::size_t from = 0; from < report.size();) {
      const std::size_t end = report.find('\n', from);
      std::string line = report.substr(from, end - from);
      if (const std::size_t at = line.find("error: "); line.starts_with("counts:")) {
        faults += line.erase(at, 7).substr(7) + "\n";
      }
      from = end + 1;
    }
    return faults;
  }
  return "";
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

const Layers kTwo{{1, 2, 3}, {4, 0, 6.5}};

TEST_SUITE("input/read_counts") {
  TEST_CASE("CSV, with whatever surrounds the numbers") {
    CHECK(layers_of("1,2,3\n4,0,6.5\n") == kTwo);
    CHECK(layers_of("1,2,3\n4,0,6.5") == kTwo);
    CHECK(layers_of("\xEF\xBB\xBF"
                    "1,2,3\r\n4,0,6.5\r\n") == kTwo);
    CHECK(layers_of("# of a run\n\n 1 , 2,\t3\n  # layer 1\n4,0,6.5\n\n") == kTwo);
    CHECK(layers_of("\"1\",\"2\",\"3\"\n4,0,65e-1\n") == kTwo);
    CHECK(layers_of("7\n") == Layers{{7}});
  }

  TEST_CASE("CSV: names of columns and layers") {
    CHECK(layers_of("a,b,c\n1,2,3\n4,0,6.5\n") == kTwo);
    CHECK(layers_of("layer,0,1,2\n3,1,2,3\n4,4,0,6.5\n") == kTwo);
    CHECK(layers_of("# x\nLayer,e0,e1,e2\nfirst,1,2,3\n,4,0,6.5\n") == kTwo);
    CHECK(layers_of("\"layer\",\"e0\",\"e1\",\"e2\"\n0,1,2,3\n1,4,0,6.5\n") == kTwo);
    CHECK(layers_of(",a,b,c\n0,1,2,3\n1,4,0,6.5\n") == kTwo);
    // A data frame's own numbers, with its index and without; three numbers are counts.
    CHECK(layers_of(",0,1,2,3,4,5,6,7\n0,1,1,1,1,1,1,1,9\n") == Layers{{1, 1, 1, 1, 1, 1, 1, 9}});
    CHECK(layers_of("0,1,2,3,4,5,6,7\n1,1,1,1,1,1,1,9\n") == Layers{{1, 1, 1, 1, 1, 1, 1, 9}});
    CHECK(layers_of("0,1,2\n1,1,1\n") == Layers{{0, 1, 2}, {1, 1, 1}});
  }

  TEST_CASE("JSON, bare or in an object") {
    CHECK(layers_of("[[1, 2, 3], [4, 0, 6.5]]") == kTwo);
    CHECK(layers_of("\n  [\n  [1,2,3],\r\n  [4,0,6.5]\n]\n") == kTwo);
    CHECK(layers_of("\xEF\xBB\xBF{\"model\": \"x\", \"counts\": [[1,2,3],[4,0,65e-1]]}") == kTwo);
    CHECK(layers_of("{\n\t\"counts\": [\n\t\t[1, 2, 3],\n\t\t[4, 0, 6.5]\n\t]\n}\n") == kTwo);
  }

  TEST_CASE("CSV: every fault at once, where it is") {
    CHECK(faults_of("layer,a,b\n"
                    "0,1,x\n"
                    "1,-2,nan\n"
                    "2, inf,\n"
                    "3,5\n"
                    "4,1,2,3\n"
                    "5,0,0\n"
                    "6,1,1\n") ==
          "2:5: 'x' is not a finite number\n"
          "3:3: '-2' is negative, and a count is 0 or more\n"
          "3:6: 'nan' is not a finite number\n"
          "4:4: 'inf' is not a finite number\n"
          "4:8: a count is missing here\n"
          "5:1: this layer has 1 counts, not the 2 of line 1\n"
          "6:1: this layer has 3 counts, not the 2 of line 1\n"
          "7:1: the counts of this layer are all 0\n");
    CHECK(faults_of("\n1,2,3\n1,2\n") == "3:1: this layer has 2 counts, not the 3 of line 2\n");
    CHECK(faults_of("1;2\n3;4\n") ==
          "2:1: '3;4' is not a finite number\n");  // the first line may be a name
    CHECK(faults_of("1,1e999\n") == "1:3: '1e999' is not a finite number\n");
    CHECK(faults_of(std::string(50, 'x') + ",1\n") ==
          "1:1: '" + std::string(40, 'x') + "...' is not a finite number\n");
  }

  TEST_CASE("JSON: every fault at once, where it is") {
    CHECK(faults_of("[[1, -2],\n [null, \"x\"],\n [[1], {}],\n [1],\n [0, 0],\n 7]") ==
          "1:6: '-2' is negative, and a count is 0 or more\n"
          "2:3: 'null' is not a finite number\n"
          "2:9: 'x' is not a finite number\n"
          "3:3: '[...]' is not a finite number\n"
          "3:8: '[...]' is not a finite number\n"
          "4:2: this layer has 1 counts, not the 2 of line 1\n"
          "5:2: the counts of this layer are all 0\n"
          "6:2: a layer is a list of counts, one for each expert\n");
    CHECK(faults_of("{\"count\": [[1]]}") == "1:1: 'counts' is missing\n");
    CHECK(faults_of("{\"counts\": 3}") ==
          "1:12: 'counts' is a list of layers, each a list of counts\n");
    CHECK(faults_of("{\"counts\": [[1]], \"counts\": [[2]]}") == "1:19: 'counts' is given twice\n");
    CHECK(faults_of("[[1, 2], [3") != "");
    CHECK(faults_of("[[], []]") ==
          "1:2: this layer has no counts\n1:6: this layer has no counts\n");
  }

  TEST_CASE("nothing there") {
    CHECK(faults_of("") == "1:1: the file is empty\n");
    CHECK(faults_of(" \r\n\n") == "1:1: the file is empty\n");
    CHECK(faults_of("# only words\na,b\n") == "1:1: there are no counts in this file\n");
    CHECK(faults_of("[]") == "1:1: there are no counts in this file\n");
    CHECK(faults_of("{}") == "1:1: 'counts' is missing\n");
  }

  TEST_CASE("faults beyond 20 are counted") {
    const std::string faults = faults_of("1,1\n" + repeated("y,1\n", 30));
    CHECK(std::count(faults.begin(), faults.end(), '\n') == 21);
    CHECK(
        faults.ends_with("21:1: 'y' is not a finite number\n22:1: 10 faults more, from here on\n"));
  }

  TEST_CASE("the largest table, and one beyond") {
    CHECK(layers_of(repeated("1\n", 10'000)).size() == 10'000);
    CHECK(faults_of(repeated("1\n", 10'001)) == "10001:1: a table has at most 10000 layers\n");
    CHECK(layers_of(repeated("1,", 65'535) + "1\n").front().size() == 65'536);
    CHECK(faults_of(repeated("1,", 65'536) + "1\n") ==
          "1:1: 65537 experts are more than the 65536 allowed\n");
  }
}

}  // namespace
}  // namespace wideep::read_counts_test
