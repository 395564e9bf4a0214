#include <string>

#include <doctest/doctest.h>

#include "deploy/deploy_fixture.h"
#include "deploy/manifest.h"

namespace wideep::read_dynamo_test {
namespace {

DeploymentFile read(std::string text) {
  DeploymentFile file;
  file.path = "graph.yaml";
  file.sources.push_back({.name = file.path, .text = std::move(text)});
  Findings findings;
  read_dynamo(file, findings);
  CHECK_FALSE(findings.any());
  return file;
}

constexpr const char* kOlder = R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: options
data:
  decode.yaml: |
    tensor_parallel_size: 16
    moe_config:
      backend: WIDEEP
    max_batch_size: 32
---
apiVersion: nvidia.com/v1alpha1
kind: DynamoGraphDeployment
metadata:
  name: graph
spec:
  backendFramework: trtllm
  envs:
    - name: SHARED
      value: "1"
  services:
    Frontend:
      componentType: frontend
      replicas: 1
      extraPodSpec:
        mainContainer:
          image: server:1
    DecodeWorker:
      componentType: worker
      subComponentType: decode
      replicas: 2
      multinode:
        nodeCount: 4
      resources:
        limits:
          gpu: "4"
      extraPodSpec:
        volumes:
          - name: c
            configMap:
              name: options
        mainContainer:
          image: server:2
          command: [/bin/sh, -c]
          args:
            - "exec python3 -m dynamo.trtllm --model-path m --extra-engine-args /config/decode.yaml"
          volumeMounts:
            - name: c
              mountPath: /config
    PrefillWorker:
      componentType: worker
      extraPodSpec:
        mainContainer:
          command: [/bin/bash, -c]
          args: ["--model-path", m, "--tp_size", "8"]
)";

constexpr const char* kNewer = R"(apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata:
  name: graph
spec:
  backendFramework: sglang
  components:
    - name: worker-1
      type: prefill
      replicas: 1
      podTemplate:
        spec:
          containers:
            - name: side
              image: other
            - name: main
              image: server:v0.5.6
              command: [python3, -m, dynamo.sglang]
              args:
                - --model-path
                - m
                - --tp
                - "8"
              env:
                - name: OWN
                  value: x
              resources: {limits: {nvidia.com/gpu: "4"}}
)";

TEST_SUITE("deploy/read_dynamo") {
  TEST_CASE("v1alpha1, with options in a ConfigMap") {
    const DeploymentFile file = read(kOlder);
    REQUIRE(file.jobs.size() == 1);
    CHECK(file.jobs[0].name.empty());
    REQUIRE(file.jobs[0].roles.size() == 2);
    const DeployedRole& decode = file.jobs[0].roles[0];
    CHECK(decode.engine == ServingEngine::kTrtllm);
    CHECK(decode.name == "DecodeWorker");
    CHECK(decode.kind == RoleKind::kDecode);
    CHECK(decode.instances->value == 2);
    CHECK(decode.nodes->value == 4);
    CHECK(decode.gpus_per_node->value == 4);
    CHECK(decode.gpus->value == 16);
    CHECK(decode.container->value == "server:2");
    CHECK(flag_of(decode, "moe_config.backend") == "WIDEEP");
    CHECK(line_and_column(decode.flags.find("moe_config.backend")->at) == "9:7");
    CHECK(decode.flags.form == Form::kYamlMap);
    CHECK(variable_of(decode, "SHARED") == "1");
    // What it is added to would be every service's.
    CHECK(decode.environment.form == Form::kShell);
    CHECK(file.sources.front().text.substr(*decode.environment.add_after, 12) == "exec python3");

    // Arguments without their program, which the framework puts there.
    const DeployedRole& prefill = file.jobs[0].roles[1];
    CHECK(prefill.kind == RoleKind::kPrefill);
    CHECK(flag_of(prefill, "tensor_parallel_size") == "8");
    CHECK(text_at(prefill.at, prefill.flags.find("tensor_parallel_size")->whole) ==
          "\"--tp_size\", \"8\"");
    CHECK(file.not_read.empty());
  }

  TEST_CASE("v1beta1, beside another graph") {
    const DeploymentFile file = read(std::string(kNewer) + "---\n" + kOlder);
    REQUIRE(file.jobs.size() == 2);
    CHECK(file.jobs[0].name == "graph");
    const DeployedRole& role = file.jobs[0].roles.at(0);
    CHECK(role.engine == ServingEngine::kSglang);
    CHECK(role.name == "worker-1");
    CHECK(role.kind == RoleKind::kPrefill);
    CHECK(role.gpus->value == 4);
    CHECK(role.container->value == "server:v0.5.6");
    CHECK(flag_of(role, "tp-size") == "8");
    CHECK(line_and_column(role.flags.find("tp-size")->value_at) == "23:19");
    CHECK(variable_of(role, "OWN") == "x");
    CHECK(line_and_column(role.environment.add_at) == "25:17");
  }
}

}  // namespace
}  // namespace wideep::read_dynamo_test
