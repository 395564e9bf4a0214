#include <string>

#include <doctest/doctest.h>

#include "deploy/deploy_fixture.h"
#include "deploy/file_format.h"
#include "deploy/read_shell.h"

namespace wideep::read_dockerfile_test {
namespace {

DeploymentFile read(std::string text, const std::string& path = "Dockerfile") {
  DeploymentFile file;
  file.path = path;
  file.sources.push_back({.name = file.path, .text = std::move(text)});
  read_dockerfile(file);
  return file;
}

TEST_SUITE("deploy/read_dockerfile") {
  TEST_CASE("strings in brackets") {
    const DeploymentFile file = read(
        "# syntax=docker/dockerfile:1\n"
        "ARG TAG=v0.11.0\n"
        "FROM --platform=linux/amd64 vllm/vllm-openai:${TAG} AS base\n"
        "ENV A=1 B=\"2 3\" \\\n"
        "    # a comment\n"
        "    C=$A\n"
        "env D four five\n"
        "RUN pip install x && \\\n"
        "    vllm serve nothing\n"
        "ENTRYPOINT [\"vllm\", \"serve\"]\n"
        "CMD [\"org/m\", \"--max-num-seqs\", \"8\"]\n");
    REQUIRE(file.jobs.size() == 1);
    const DeployedRole& role = file.jobs[0].roles.at(0);
    CHECK(file.jobs[0].model->value == "org/m");
    CHECK(role.container->value == "vllm/vllm-openai:v0.11.0");
    CHECK(line_and_column(role.container->at) == "3:29");
    CHECK(variable_of(role, "A") == "1");
    CHECK(variable_of(role, "B") == "2 3");
    CHECK(variable_of(role, "C") == "1");
    CHECK(variable_of(role, "D") == "four five");
    CHECK(variable_of(role, "TAG") == "-");
    CHECK(line_and_column(role.environment.find("B")->at) == "4:9");
    CHECK(text_at(role.at, role.environment.find("A")->value_in) == "1");
    CHECK(flag_of(role, "max-num-seqs") == "8");
    CHECK(role.flags.form == Form::kJsonList);
    const Setting& seqs = *role.flags.find("max-num-seqs");
    CHECK(line_and_column(seqs.at) == "11:15");
    CHECK(text_at(seqs.at, seqs.whole) == "\"--max-num-seqs\", \"8\"");
    CHECK(text_at(seqs.at, seqs.value_in) == "8");
    CHECK(file.sources.front().text.substr(*role.flags.add_after) == "]\n");
  }

  TEST_CASE("a line of a shell") {
    const DeploymentFile file = read(
        "FROM base\n"
        "ENV SEQS=16\n"
        "CMD [\"vllm\", \"serve\", \"old\"]\n"
        "CMD vllm serve org/m \\\n"
        "    # one each\n"
        "    --max-num-seqs $SEQS \\\n"
        "    --port 80\n",
        "decode/Dockerfile");
    const DeployedRole& role = file.jobs.at(0).roles.at(0);
    CHECK(role.kind == RoleKind::kDecode);
    CHECK(flag_of(role, "max-num-seqs") == "16");
    CHECK(line_and_column(role.flags.find("port")->at) == "7:5");
    CHECK(text_at(role.at, role.flags.find("port")->value_in) == "80");
    CHECK(file.sources.front().text.substr(*role.flags.add_after) == "\n");
  }

  TEST_CASE("the last stage counts, and an image may start the server") {
    const DeploymentFile file =
        read("FROM a\nCMD vllm serve m\nFROM vllm/vllm-openai:v1\nCMD [\"--model\", \"n\"]\n");
    REQUIRE(file.jobs.size() == 1);
    CHECK(file.jobs[0].model->value == "n");
    CHECK(read("FROM a\nCMD vllm serve m\nFROM b\n").jobs.empty());
    CHECK(read("FROM a\nCMD vllm serve m\nENTRYPOINT [\"x\"]\n").jobs.empty());
    CHECK(read("FROM a\nCMD [\"vllm\", \n").not_read.size() == 1);
    CHECK(read("").jobs.empty());
    CHECK(read("CMD\nFROM\nENV\nENV A\nARG\nENTRYPOINT [\\\n").jobs.empty());
  }
}

TEST_SUITE("deploy/file_format") {
  TEST_CASE("files are told by what is in them") {
    const auto name = [](const std::string& path, std::string_view text) {
      const auto format = format_of(path, text);
      return std::string(format ? name_of(*format) : "-");
    };
    CHECK(name("a.sh", "") == "shell");
    CHECK(name("a", "#!/usr/bin/env bash\napiVersion: x\nkind: y") == "shell");
    CHECK(name("a.txt", "vllm serve m") == "shell");
    CHECK(name("a.txt", "python -m sglang.launch_server") == "shell");
    CHECK(name("a.md", "vllm serve m") == "-");
    CHECK(name("a.yaml", "x: vllm serve m") == "-");
    CHECK(name("a", "# x\nARG A\nFROM b\n") == "dockerfile");
    CHECK(name("Dockerfile.gpu", "") == "dockerfile");
    CHECK(name("a.yaml", "kind: Pod\napiVersion: v1\nspec: {}") == "kubernetes");
    CHECK(name("a.json", "{\"kind\": \"Pod\",\n \"apiVersion\": \"v1\"}") == "kubernetes");
    CHECK(name("a.yaml",
               "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: a\nkind: "
               "DynamoGraphDeployment\n") == "dynamo");
    CHECK(name("a.yaml", "model: x\nkinds: y") == "-");
    CHECK(name("a", "") == "-");
  }
}

}  // namespace
}  // namespace wideep::read_dockerfile_test
