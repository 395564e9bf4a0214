// Texts that would make a reader crash, hang or fill the memory.
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "deploy/engine_command.h"
#include "deploy/manifest.h"
#include "deploy/read_shell.h"

namespace wideep::hostile_script_test {
namespace {

/// What takes time by its square shows in this too.
constexpr std::size_t kLong = 40'000;

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

std::string filled(std::string_view part, std::size_t bytes = kLong) {
  return repeated(part, bytes / part.size());
}

/// Of this process alone: what else the machine does is no fault of the reader.
double seconds_of(const std::function<void()>& run) {
  const std::clock_t begin = std::clock();
  run();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// Under sanitizers each takes up to a second.
constexpr double kLongest = 10.0;

DeploymentFile read(std::string text) {
  DeploymentFile file;
  file.path = "x.sh";
  file.sources.push_back({.name = file.path, .text = std::move(text)});
  read_shell(file);
  return file;
}

TEST_SUITE("deploy/hostile") {
  TEST_CASE("a long text of one thing") {
    for (const char* part : {"'",
                             "\"",
                             "`",
                             "$(",
                             "${",
                             "$((",
                             "((",
                             "(",
                             ")",
                             "{ ",
                             "} ",
                             ";",
                             "\n",
                             "\\",
                             "$",
                             "$X",
                             "${X:-",
                             ">",
                             ">>",
                             "<<",
                             "<<A\n",
                             "<<A ",
                             "<<<",
                             "<(",
                             "a ",
                             "if ",
                             "fi ",
                             "if a\n",
                             "case x in ",
                             "esac ",
                             "case x in a) ",
                             "while ",
                             "( while ) ",
                             "for i in ",
                             "done ",
                             "f() { ",
                             "[[ ",
                             "a && ",
                             "a || ",
                             "A=1 ",
                             "A=(",
                             "A=(a) ",
                             "A+=(x)\n",
                             "A+=x\n",
                             "A=$A$A\n",
                             "export A\n",
                             "#",
                             "vllm serve ",
                             "bash -c '",
                             "bash -c \"",
                             "eval ",
                             "env ",
                             "srun ",
                             "docker run ",
                             "1",
                             "1>",
                             "\r\n",
                             "\\\n",
                             "cat >f <<A\nA\n",
                             "{ { { fi ",
                             "| ",
                             "bash f\n",
                             "if a; then A+=(x); fi\n",
                             "$((A+",
                             "python3 ",
                             "-m ",
                             "while a; do "}) {
      CAPTURE(part);
      CHECK(seconds_of([&] { read(filled(part)); }) < kLongest);
    }
  }

  TEST_CASE("a command with many of one thing") {
    for (const char* part :
         {"--a ", "--a=1 ", "1 ", "$X ", "'", "\"", "--a $(", "a", "\\\n", "{"}) {
      CAPTURE(part);
      const std::string text = "X=1\nvllm serve m --max-num-seqs 3 " + filled(part);
      CHECK(seconds_of([&] { read(text); }) < kLongest);
    }
  }

  TEST_CASE("a megabyte of quotes") {
    constexpr std::size_t kMegabyte = 1'000'000;
    for (const char* part : {"'", "\"", "\"$("}) {
      CAPTURE(part);
      CHECK(seconds_of([&] { read(filled(part, kMegabyte)); }) < kLongest);
    }
  }

  TEST_CASE("nested substitutions") {
    for (const char* open : {"$(", "${X:-", "\"$(", "$((", "\"${X:-"}) {
      CAPTURE(open);
      const DeploymentFile file = read("vllm serve m --port " + repeated(open, 10'000));
      REQUIRE(file.jobs.size() == 1);
      CHECK(file.jobs[0].roles[0].flags.find("port") != nullptr);
    }
    const DeploymentFile deep =
        read("vllm serve m --port " + repeated("${X:-", 10'000) + "5" + repeated("}", 10'000));
    CHECK_FALSE(deep.jobs[0].roles[0].flags.find("port")->value);
  }

  TEST_CASE("what doubles with each line ends") {
    std::string text = "A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nB=(a b c d)\n";
    for (int i = 0; i < 60; ++i) text += "A=$A$A\nB=(\"${B[@]}\" \"${B[@]}\")\n";
    const DeploymentFile file = read(text + "vllm serve m --port $A \"${B[@]}\" --seed 1\n");
    CHECK_FALSE(file.jobs[0].roles[0].flags.find("port")->value);
  }

  TEST_CASE("scripts that start themselves") {
    const DeploymentFile itself =
        read("cat > a.sh <<'E'\n" + repeated("bash a.sh\n", 2'000) + "E\nbash a.sh\n");
    CHECK(itself.jobs.empty());
    CHECK(itself.not_read.size() <= 50);
    // Escapes of escapes: each level doubles them.
    std::string nested = "vllm serve m";
    for (int level = 0; level < 10; ++level) {
      std::string outer = "bash -c \"";
      for (const char c : nested) {
        if (c == '"' || c == '\\') outer += '\\';
        outer += c;
      }
      nested = outer.append("\"");
    }
    const DeploymentFile deep = read(nested);
    CHECK(deep.jobs.empty());
    CHECK(deep.not_read.size() == 1);
  }

  TEST_CASE("bytes that no script has") {
    constexpr std::string_view kBytes{
        "vllm serve m --port \0 --seed \1 3\0\n\0\0 \xff\xfe --x=\0\n", 46};
    const std::string bytes(kBytes);
    const DeploymentFile file = read(bytes);
    REQUIRE(file.jobs.size() == 1);
    CHECK_FALSE(file.jobs[0].roles[0].flags.find("port")->value);
    read(filled(std::string_view("\0", 1)));
  }

  TEST_CASE("a key and its value that stand apart are not edited") {
    const DeploymentFile file = read("A=(--enforce-eager)\nvllm serve m \"${A[@]}\"=1\n");
    REQUIRE(file.jobs.size() == 1);
    const Setting* const found = flag(file.jobs.front().roles.front(), "enforce-eager");
    REQUIRE(found != nullptr);
    CHECK(found->value == "1");
    CHECK(found->whole.empty());
    CHECK(found->value_in.empty());
  }

  TEST_CASE("manifests") {
    for (const char* part :
         {"---\n", "a: b\n---\n", "---\nkind: Pod\n", "- ", "{", "a: |\n x\n---\n"}) {
      CAPTURE(part);
      DeploymentFile file;
      file.path = "x.yaml";
      file.sources.push_back({.name = file.path, .text = filled(part)});
      Findings findings;
      CHECK(seconds_of([&] { read_kubernetes(file, findings); }) < kLongest);
    }
    std::string many = "kind: Pod\nspec:\n  containers:\n";
    while (many.size() < kLong) {
      many +=
          "  - command: [bash, -c]\n    args:\n    - |\n      vllm serve m \\\n        --port 1\n";
    }
    DeploymentFile file;
    file.path = "x.yaml";
    file.sources.push_back({.name = file.path, .text = many});
    Findings findings;
    CHECK(seconds_of([&] { read_kubernetes(file, findings); }) < kLongest);
    REQUIRE(file.jobs.size() == 1);
    CHECK(file.jobs[0].roles.size() == 256);
  }
}

}  // namespace
}  // namespace wideep::hostile_script_test
