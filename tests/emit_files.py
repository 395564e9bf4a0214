#!/usr/bin/env python3
"""What `emit` writes is what shells, readers of YAML and Kubernetes take, and `check` has nothing against it.

emit_files.py PROGRAM ROOT: every file of ROOT/configs by every engine in every format.
"""
import copy
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError:
    print("skipped: no PyYAML (python3-yaml)")
    sys.exit(77)
try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(sys.argv.pop(2)).resolve()
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
ENGINES = ("vllm", "sglang", "trtllm")
FORMATS = {"shell": "sh", "kubernetes": "yaml", "dynamo": "yaml", "srt-slurm": "yaml"}
# Kernels without a library, which no engine's settings can name.
NOT_RUN = {"closed-form"}
# Kinds of resources that tests/resources has the schema of, and what writes one with many of their keys.
CUSTOM = {"LeaderWorkerSet": ("vllm", "kubernetes"), "DynamoGraphDeployment": ("trtllm", "dynamo")}


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@functools.cache
def emitted(config, engine, form):
    return run("emit", "-w", str(config), "--engine", engine, "--format", form)


@functools.cache
def validator(kind):
    """What holds a document to the schema of its kind, which takes definitions from that of pods."""
    schema, pod = (json.loads((ROOT / f"tests/resources/{name}.json").read_text().replace('"pod.json#', '"#'))
                   for name in (kind.lower(), "pod"))
    schema["definitions"].update(pod["definitions"])
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def changed(document, path, value):
    """The document with another value at a path."""
    copied = copy.deepcopy(document)
    functools.reduce(lambda node, step: node[step], path[:-1], copied)[path[-1]] = value
    return copied


def keys(node, path=()):
    """The paths of all keys of maps, except for those that a user names: labels, resources and services."""
    named = isinstance(node, dict)
    if not named and not isinstance(node, list):
        return
    for step, below in node.items() if named else enumerate(node):
        if named and "/" not in step and path[-1:] != ("services",):
            yield (*path, step)
        yield from keys(below, (*path, step))


class Files(unittest.TestCase):
    def each(self):
        """(name, engine, format, what emit gave) of every question."""
        configs = sorted((ROOT / "configs").glob("*.yaml"))
        self.assertTrue(configs)
        for config in configs:
            for engine in ENGINES:
                for form in FORMATS:
                    with self.subTest(config=config.stem, engine=engine, format=form):
                        yield config, engine, form, emitted(config, engine, form)

    def test_every_config_engine_and_format(self):
        written = 0
        with tempfile.TemporaryDirectory() as folder:
            for config, engine, form, ran in self.each():
                if config.stem in NOT_RUN:
                    self.assertEqual(ran.returncode, 3)
                    self.assertIn("is not known", ran.stdout)
                    continue
                if "started by MPI" in ran.stdout:
                    self.assertEqual((engine, form, ran.returncode), ("trtllm", "kubernetes", 3))
                    continue
                self.assertEqual((ran.returncode, ran.stderr), (0, ""))
                path = pathlib.Path(folder) / f"{config.stem}-{engine}-{form}.{FORMATS[form]}"
                path.write_text(ran.stdout)
                written += 1
                if form != "shell":
                    self.assertTrue(all(isinstance(one, dict) for one in yaml.safe_load_all(ran.stdout)))
                fabric = next(word.rstrip(":") for word in ran.stdout.split() if word.rstrip(":").endswith(
                    ("-ib400", "-nvl72")))
                checked = run("check", "--rules-only", "--fabric", fabric, str(path))
                self.assertEqual(checked.returncode, 0, checked.stdout)
                self.assertNotIn(": warning:", checked.stdout)
        self.assertGreater(written, 0)

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck")
    def test_shells_take_the_scripts(self):
        with tempfile.TemporaryDirectory() as folder:
            for config, engine, form, ran in self.each():
                if form != "shell" or ran.returncode != 0:
                    continue
                path = os.path.join(folder, f"{config.stem}-{engine}.sh")
                pathlib.Path(path).write_text(ran.stdout)
                found = subprocess.run(["shellcheck", path], capture_output=True, text=True, check=False)
                self.assertEqual(found.returncode, 0, found.stdout)

    def test_the_page_names_every_setting(self):
        page = (ROOT / "docs/engines.md").read_text()
        for config in sorted((ROOT / "configs").glob("*.yaml")):
            for engine in ENGINES:
                told = json.loads(run("emit", "-w", str(config), "--engine", engine, "--json").stdout)
                for role in told.get("roles", []):
                    for setting in role["flags"] + role["environment"]:
                        self.assertIn(f"`{setting['key']}`", page)

    def test_written_whole_or_not_at_all(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "serve.sh")
            config = str(ROOT / "configs/deepseek-v3-decode-h100-ib400.yaml")
            ran = run("emit", "-w", config, "--engine", "vllm", "--out", path)
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))
            printed = run("emit", "-w", config, "--engine", "vllm")
            self.assertEqual(pathlib.Path(path).read_text(), printed.stdout)


@unittest.skipUnless(jsonschema, "no jsonschema (python3-jsonschema)")
class Schemas(unittest.TestCase):
    """The custom resources are what their published types take."""

    def example(self, kind):
        ran = emitted(ROOT / "configs/deepseek-v3-decode-h100-ib400.yaml", *CUSTOM[kind])
        document = next(each for each in yaml.safe_load_all(ran.stdout) if each["kind"] == kind)
        self.assertTrue(validator(kind).is_valid(document))
        return document

    def test_every_resource(self):
        held = set()
        for config in sorted((ROOT / "configs").glob("*.yaml")):
            for engine in ENGINES:
                for form in ("kubernetes", "dynamo"):
                    ran = emitted(config, engine, form)
                    for document in yaml.safe_load_all(ran.stdout) if ran.returncode == 0 else ():
                        if document["kind"] == "ConfigMap":
                            continue
                        with self.subTest(config=config.stem, engine=engine, format=form):
                            found = validator(document["kind"]).iter_errors(document)
                            self.assertEqual([(list(each.path), each.message) for each in found], [])
                        held.add(document["kind"])
        self.assertEqual(held, set(CUSTOM))

    def test_a_misspelt_key(self):
        for kind in CUSTOM:
            example = self.example(kind)
            paths = list(keys(example))
            self.assertIn("replicas", {path[-1] for path in paths})
            for path in paths:
                with self.subTest(kind=kind, path=path):
                    beside = changed(example, (*path[:-1], path[-1][:-1]), 1)
                    self.assertFalse(validator(kind).is_valid(beside))

    def test_a_wrong_value(self):
        group = ("spec", "leaderWorkerTemplate")
        service = ("spec", "services", "decode")
        for kind, path, value in (
                ("LeaderWorkerSet", ("apiVersion",), "leaderworkerset.x-k8s.io/v2"),
                ("LeaderWorkerSet", ("metadata", "name"), "7b-decode"),
                ("LeaderWorkerSet", ("spec", "replicas"), "1"),
                ("LeaderWorkerSet", ("spec", "startupPolicy"), "Ready"),
                ("LeaderWorkerSet", (*group, "size"), 0),
                ("LeaderWorkerSet", (*group, "restartPolicy"), "Always"),
                ("LeaderWorkerSet", (*group, "workerTemplate", "spec", "containers"), []),
                ("DynamoGraphDeployment", ("spec", "backendFramework"), "tensorrtllm"),
                ("DynamoGraphDeployment", (*service, "replicas"), 1.5),
                ("DynamoGraphDeployment", (*service, "componentType"), "engine"),
                ("DynamoGraphDeployment", (*service, "subComponentType"), "decoder"),
                ("DynamoGraphDeployment", (*service, "multinode"), {"nodeCount": 1}),
                ("DynamoGraphDeployment", (*service, "resources", "limits", "gpu"), 8),
                ("DynamoGraphDeployment", (*service, "sharedMemory", "size"), "64GiB"),
                ("DynamoGraphDeployment", (*service, "extraPodSpec", "mainContainer", "args", 0), 1)):
            with self.subTest(kind=kind, path=path):
                self.assertFalse(validator(kind).is_valid(changed(self.example(kind), path, value)))


if __name__ == "__main__":
    unittest.main()
