#include <string>

#include <doctest/doctest.h>

#include "deploy/deploy_fixture.h"
#include "deploy/manifest.h"

namespace wideep::read_kubernetes_test {
namespace {

struct Read {
  DeploymentFile file;
  Findings findings;

  explicit Read(std::string text, const std::string& path = "x.yaml") {
    file.path = path;
    file.sources.push_back({.name = path, .text = std::move(text)});
    read_kubernetes(file, findings);
  }

  [[nodiscard]] const DeployedRole& role(std::size_t which = 0) const {
    return file.jobs.at(0).roles.at(which);
  }
  [[nodiscard]] const std::string& text() const { return file.sources.front().text; }
};

constexpr const char* kGroup = R"(# Decode of a wide group.
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata:
  name: group
spec:
  replicas: 2
  leaderWorkerTemplate:
    size: 4
    workerTemplate:
      metadata:
        labels:
          llm-d.ai/role: decode
      spec:
        initContainers:
          - name: proxy
            restartPolicy: Always
            image: proxy:1
            args: [--data-parallel-size, "8"]
        containers:
          - name: engine
            image: registry/engine:v0.11.0
            command: ["/bin/bash", "-c"]
            args:
              - |-
                RANK=$(( LWS_WORKER_INDEX * LOCAL ))

                if [ "$DRAFTS" = "1" ]; then
                  UTIL=0.80
                else
                  UTIL=0.95
                fi
                exec vllm serve \
                  org/model \
                  --data-parallel-size $((LWS_GROUP_SIZE * LOCAL)) \
                  --data-parallel-start-rank $RANK \
                  --nnodes ${LWS_GROUP_SIZE:-2} --node-rank ${LWS_WORKER_INDEX:-0} \
                  --gpu-memory-utilization $UTIL \
                  --max-num-seqs 256 \
                  --kv_transfer_config '{"kv_connector": "NixlConnector",
                                         "kv_role": "kv_both"}'
            env:
              - name: LOCAL
                value: "8"
              - name: TOKEN
                valueFrom:
                  secretKeyRef: {name: s, key: k}
              - name: QP_DEPTH
                value: "1024"
            resources:
              limits:
                nvidia.com/gpu: "8"
)";

constexpr const char* kSet = R"(apiVersion: disaggregatedset.x-k8s.io/v1
kind: DisaggregatedSet
metadata:
  name: served
spec:
  slices: 2
  roles:
    - name: prefill
      spec:
        replicas: 3
        leaderWorkerTemplate:
          size: 1
          workerTemplate:
            spec: &pod
              containers:
                - name: server
                  image: lmsysorg/sglang:v0.5.5
                  command: [python3, -m, sglang.launch_server]
                  args:
                    - --model-path=org/model
                    - --tp-size
                    - "8"
                    - --dist-init-addr
                    - $(LWS_LEADER_ADDRESS):20000
                    - --nnodes=$(LWS_GROUP_SIZE)
                    - --enable-dp-attention
                  resources: {limits: {nvidia.com/gpu: 8}}
    - name: decode
      spec:
        replicas: ${DECODES}
        leaderWorkerTemplate:
          size: 2
          workerTemplate:
            spec: *pod
)";

TEST_SUITE("deploy/read_kubernetes") {
  TEST_CASE("a group whose script stands in a block") {
    const Read read(kGroup);
    CHECK_FALSE(read.findings.any());
    REQUIRE(read.file.jobs.size() == 1);
    REQUIRE(read.file.jobs[0].roles.size() == 1);
    CHECK(read.file.jobs[0].model->value == "org/model");
    const DeployedRole& role = read.role();
    CHECK(role.kind == RoleKind::kDecode);
    CHECK(role.kind_stated);
    CHECK(role.name == "decode");
    CHECK(role.instances->value == 2);
    CHECK(line_and_column(role.instances->at) == "7:13");
    CHECK(role.nodes->value == 4);
    CHECK(role.gpus_per_node->value == 8);
    CHECK(role.gpus->value == 32);
    CHECK(role.container->value == "registry/engine:v0.11.0");
    CHECK(line_and_column(role.at) == "33:22");

    CHECK(flag_of(role, "data-parallel-size") == "32");
    CHECK(flag_of(role, "data-parallel-start-rank") == "?");
    CHECK(flag_of(role, "nnodes") == "4");
    CHECK(flag_of(role, "node-rank") == "?");
    CHECK(flag_of(role, "gpu-memory-utilization") == "?");
    CHECK(flag_of(role, "kv-transfer-config.kv_role") == "kv_both");
    const Setting& seqs = *role.flags.find("max-num-seqs");
    CHECK(line_and_column(seqs.at) == "39:19");
    CHECK(line_and_column(seqs.value_at) == "39:34");
    CHECK(text_at(seqs.at, seqs.whole) == "--max-num-seqs 256");
    CHECK(text_at(seqs.at, seqs.value_in) == "256");
    // Not between the last flag and its value, which does not stand there in one piece.
    CHECK(read.text().substr(0, *role.flags.add_after).ends_with("--max-num-seqs 256"));

    CHECK(variable_of(role, "LOCAL") == "8");
    CHECK(variable_of(role, "TOKEN") == "?");
    CHECK(variable_of(role, "LWS_GROUP_SIZE") == "4");
    const Setting& depth = *role.environment.find("QP_DEPTH");
    CHECK(line_and_column(depth.at) == "48:23");
    CHECK(line_and_column(depth.value_at) == "49:24");
    CHECK(text_at(depth.at, depth.value_in) == "1024");
    CHECK(text_at(depth.at, depth.whole) == "name: QP_DEPTH\n                value: \"1024\"");
    CHECK(role.environment.form == Form::kYamlNamed);
    CHECK(line_and_column(role.environment.add_at) == "48:15");
    CHECK(read.text().substr(0, *role.environment.add_after).ends_with("value: \"1024\""));
  }

  TEST_CASE("a set of roles") {
    const Read read(kSet);
    CHECK_FALSE(read.findings.any());
    REQUIRE(read.file.jobs.size() == 1);
    REQUIRE(read.file.jobs[0].roles.size() == 2);
    const DeployedRole& prefill = read.role(0);
    CHECK(prefill.engine == ServingEngine::kSglang);
    CHECK(prefill.kind == RoleKind::kPrefill);
    CHECK(prefill.name == "prefill");
    CHECK(prefill.instances->value == 6);
    CHECK(prefill.gpus->value == 8);
    CHECK(flag_of(prefill, "tp-size") == "8");
    CHECK(flag_of(prefill, "nnodes") == "1");
    CHECK(flag_of(prefill, "dist-init-addr") == "?");
    CHECK(prefill.flags.form == Form::kYamlList);
    const Setting& tp = *prefill.flags.find("tp-size");
    CHECK(line_and_column(tp.at) == "21:23");
    CHECK(text_at(tp.at, tp.whole) == "--tp-size\n                    - \"8\"");
    CHECK(text_at(tp.at, tp.value_in) == "8");
    CHECK(line_and_column(prefill.flags.add_at) == "26:21");
    CHECK(read.text().substr(*prefill.flags.add_after, 12) == "\n           ");
    const DeployedRole& decode = read.role(1);
    CHECK(decode.kind == RoleKind::kDecode);
    CHECK_FALSE(decode.instances);
    CHECK(decode.nodes->value == 2);
    CHECK(decode.gpus->value == 16);
    CHECK(flag_of(decode, "nnodes") == "2");
    REQUIRE(read.file.not_read.size() == 1);
    CHECK(read.file.not_read[0] == "line 30: how many '${DECODES}' are is not known");
  }

  TEST_CASE("images that start a server by themselves") {
    const Read read(
        "apiVersion: apps/v1\n"
        "kind: Deployment\n"
        "metadata: {name: server}\n"
        "spec:\n"
        "  template:\n"
        "    spec:\n"
        "      containers:\n"
        "      - image: vllm/vllm-openai:v0.10.2\n"
        "        args: [\"--model\", org/m, \"--max-num-seqs=8\"]\n"
        "        env:\n"
        "        - {name: A, value: \"1\"}\n");
    const DeployedRole& role = read.role();
    CHECK_FALSE(role.kind_stated);
    CHECK_FALSE(role.instances);
    CHECK(role.name == "server");
    CHECK(read.file.jobs[0].model->value == "org/m");
    CHECK(flag_of(role, "max-num-seqs") == "8");
    CHECK(role.flags.form == Form::kJsonList);
    CHECK(text_at(role.flags.find("model")->at, role.flags.find("model")->whole) ==
          "\"--model\", org/m");
    CHECK(read.text().substr(*role.flags.add_after, 2) == "]\n");
    // Without its braces an item is none.
    CHECK(role.environment.find("A")->whole.empty());
  }

  TEST_CASE("scripts and options in ConfigMaps of the same file") {
    const Read read(
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata: {name: scripts}\n"
        "data:\n"
        "  decode.sh: |\n"
        "    #!/bin/bash\n"
        "    vllm serve org/m --max-num-seqs $SEQS --config /etc/o/o.yaml\n"
        "  options: |\n"
        "    max-model-len: 4096\n"
        "---\n"
        "apiVersion: v1\n"
        "kind: Pod\n"
        "metadata: {name: p}\n"
        "spec:\n"
        "  containers:\n"
        "  - image: i\n"
        "    command: [bash, /scripts/decode.sh]\n"
        "    env: [{name: SEQS, value: '16'}]\n"
        "    volumeMounts:\n"
        "    - {name: s, mountPath: /scripts}\n"
        "    - {name: o, mountPath: /etc/o}\n"
        "  volumes:\n"
        "  - name: s\n"
        "    configMap: {name: scripts}\n"
        "  - name: o\n"
        "    configMap: {name: scripts, items: [{key: options, path: o.yaml}]}\n");
    const DeployedRole& role = read.role();
    CHECK(role.kind == RoleKind::kDecode);
    CHECK(flag_of(role, "max-num-seqs") == "16");
    CHECK(line_and_column(role.flags.find("max-num-seqs")->at) == "7:22");
    CHECK(flag_of(role, "max-model-len") == "4096");
    CHECK(line_and_column(role.flags.find("max-model-len")->at) == "9:5");
    CHECK(text_at(role.at, role.flags.find("max-model-len")->value_in) == "4096");
    CHECK(read.file.not_read.empty());
  }

  TEST_CASE("what is left out is said") {
    const Read kustomize("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
    CHECK(kustomize.file.jobs.empty());
    REQUIRE(kustomize.file.not_read.size() == 1);
    CHECK(kustomize.file.not_read[0] == "line 1: what a Kustomization patches is not applied");
    const Read missing(
        "kind: Pod\nspec:\n  containers:\n  - command: [bash, /x.sh]\n    envFrom: [{secretRef: "
        "{name: a}}]\n");
    REQUIRE(missing.file.not_read.size() == 2);
    CHECK(missing.file.not_read[0] == "line 5: variables that come from elsewhere are not known");
    CHECK(missing.file.not_read[1] ==
          "line 4: '/x.sh' is not read: it does not stand in this file");
  }

  TEST_CASE("faults have the lines of the file") {
    const Read read("kind: Pod\n---\nkind: Pod\nspec: [\n");
    REQUIRE(read.findings.placed().size() == 1);
    CHECK(read.findings.placed()[0].where.line == 5);
    CHECK(read.findings.placed()[0].where.source == &read.file.sources.front());
  }

  TEST_CASE("of branches of one container, one is an instance") {
    const std::string text =
        "kind: Pod\nmetadata: {name: decode}\nspec:\n  containers:\n  - command: [sh, -c]\n"
        "    args:\n    - |\n"
        "      if [ \"$R\" = prefill ]; then vllm serve a; else\n"
        "        if [ \"$R\" = decode ]; then vllm serve b; fi; fi\n";
    const Read read(text);
    REQUIRE(read.file.jobs[0].roles.size() == 1);
    CHECK(read.file.jobs[0].model->value == "b");
    CHECK(read.file.not_read.size() == 1);
  }
}

}  // namespace
}  // namespace wideep::read_kubernetes_test
