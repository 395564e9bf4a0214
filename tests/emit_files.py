#!/usr/bin/env python3
"""What `emit` writes is what shells and readers of YAML take, and `check` has nothing against it.

emit_files.py PROGRAM ROOT: every file of ROOT/configs by every engine in every format.
"""
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

ROOT = pathlib.Path(sys.argv.pop(2)).resolve()
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
ENGINES = ("vllm", "sglang", "trtllm")
FORMATS = {"shell": "sh", "kubernetes": "yaml", "dynamo": "yaml", "srt-slurm": "yaml"}
# Kernels without a library, which no engine's settings can name.
NOT_RUN = {"closed-form"}


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


class Files(unittest.TestCase):
    def each(self):
        """(name, engine, format, what emit gave) of every question."""
        configs = sorted((ROOT / "configs").glob("*.yaml"))
        self.assertTrue(configs)
        for config in configs:
            for engine in ENGINES:
                for form in FORMATS:
                    with self.subTest(config=config.stem, engine=engine, format=form):
                        yield config, engine, form, run("emit", "-w", str(config), "--engine", engine, "--format", form)

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


if __name__ == "__main__":
    unittest.main()
