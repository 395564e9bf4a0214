#!/usr/bin/env python3
"""docs/ci.md's files: they parse, and their commands end as the page says.

ci_examples.py PROGRAM ROOT: runs every line of docs/ci/ that has `wideep-opt check`, and the hook of
.pre-commit-hooks.yaml, in a folder as a user has it. What the services make of it is not tested.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

try:
    import yaml
except ImportError:
    print("skipped: no PyYAML (python3-yaml)")
    sys.exit(77)

ROOT = pathlib.Path(sys.argv.pop(2)).resolve()
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()

FINE = "vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size 8\n"
FAULTY = "vllm serve deepseek-ai/DeepSeek-R1 -dp 16 --enable-expert-parallel --enable-dbo\n"
POD = """apiVersion: v1
kind: Pod
spec: {containers: [{name: vllm, command: [/bin/sh, -c], args: ["vllm serve m --tensor-parallel-size 8"]}]}
"""


def parsed(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


class Examples(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        for name in ("bin", "deploy"):
            (self.folder / name).mkdir()
        (self.folder / "bin/wideep-opt").symlink_to(PROGRAM)
        (self.folder / "deploy/pod.yaml").write_text(POD)

    def run_shell(self, shell, command, script):
        """The exit code of a command where deploy/ holds a script of that text."""
        (self.folder / "deploy/serve.sh").write_text(script)
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        ran = subprocess.run([*shell, command], cwd=self.folder, env={**os.environ, "PATH": path},
                             capture_output=True, text=True, check=False)
        self.out = ran.stdout
        return ran.returncode

    def test_github(self):
        workflow = parsed("docs/ci/github.yml")
        self.assertEqual(workflow["permissions"]["security-events"], "write")
        self.assertIn(True, workflow)  # "on" is a boolean of YAML 1.1
        steps = workflow["jobs"]["check"]["steps"]
        self.assertTrue(all(("uses" in step) != ("run" in step) for step in steps))
        sarif, annotate = [step["run"] for step in steps if "wideep-opt check" in step.get("run", "")]
        upload, = [step for step in steps if "upload-sarif" in step.get("uses", "")]
        written = self.folder / upload["with"]["sarif_file"]
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
        for script, code, results in ((FINE, 0, 0), (FAULTY, 3, 1)):
            self.assertEqual(self.run_shell(bash, sarif, script), 0)
            self.assertEqual(len(json.loads(written.read_text())["runs"][0]["results"]), results)
            self.assertEqual(self.run_shell(bash, annotate, script), code)
            self.assertEqual(self.out.count("::error file=deploy/serve.sh,line=1,"), results)
        (self.folder / "deploy/other.yaml").write_text("[")
        self.assertNotEqual(self.run_shell(bash, sarif, FINE), 0)
        self.assertEqual(self.run_shell(bash, annotate, FINE), 2)

    def test_gitlab(self):
        job = parsed("docs/ci/gitlab.yml")["deployments"]
        command, = job["script"]
        self.assertEqual(job["artifacts"]["when"], "always")
        written = self.folder / job["artifacts"]["reports"]["junit"]
        for script, code, failures in ((FINE, 0, "0"), (FAULTY, 3, "1")):
            self.assertEqual(self.run_shell(["sh", "-ec"], command, script), code)
            suite = xml.etree.ElementTree.parse(written).getroot()[0]
            self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", failures))

    def test_pre_commit(self):
        hook, = parsed(".pre-commit-hooks.yaml")
        self.assertEqual(hook["language"], "system")
        for script, code in ((FINE, 0), (FAULTY, 3)):
            self.assertEqual(self.run_shell(["sh", "-c"], hook["entry"] + " deploy/serve.sh", script), code)
        used, = parsed("docs/ci/pre-commit-config.yaml")["repos"][0]["hooks"]
        self.assertEqual(used["id"], hook["id"])
        for pattern in (hook["files"], used["files"]):
            self.assertTrue(re.search(pattern, "deploy/serve.sh"))
            self.assertFalse(re.search(pattern, "src/main.cpp"))

    def test_the_page(self):
        page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
        linked = set(re.findall(r"\]\(ci/([^)]*)\)", page))
        self.assertEqual(linked, {path.name for path in (ROOT / "docs/ci").iterdir()})
        help_text = subprocess.run([PROGRAM, "check", "--help"], capture_output=True, text=True, check=True).stdout
        for option in set(re.findall(r"`(--[a-z-]+)", page)):
            self.assertIn(option, help_text)
        formats = re.findall(r"^\| `([a-z]+)` \|", page, re.MULTILINE)
        self.assertIn(f"{{{','.join(formats)}}}", help_text)

    def test_fix_is_a_patch(self):
        script = FAULTY.replace("\n", " \\\n  --max-num-batched-tokens 256\n")
        self.assertEqual(self.run_shell(["sh", "-c"], "wideep-opt check --rules-only --fix deploy/serve.sh", script), 3)
        self.assertTrue(self.out.startswith("--- a/deploy/serve.sh\n+++ b/deploy/serve.sh\n@@ "))


if __name__ == "__main__":
    unittest.main()
