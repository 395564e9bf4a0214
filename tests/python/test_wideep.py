"""The Python module beside the command: PROGRAM=wideep-opt ROOT=the project, PYTHONPATH=the module's folder."""

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import wideep

PROGRAM = os.environ["PROGRAM"]
ROOT = Path(os.environ["ROOT"])
DECODE = ROOT / "configs/deepseek-v3-decode-h100-ib400.yaml"
PLAN = ROOT / "configs/deepseek-r1-plan-gb200-nvl72.yaml"
LOGS = ROOT / "configs/logs"
WORKLOAD = {
    "model": "deepseek-v3", "tokens_per_rank": 128, "expert_load": "T*k", "context": 4096, "dispatch_dtype": "fp8",
    "combine_dtype": "bf16", "straggler_factor": 1.11, "search": {"overlap": ["none", "dbo"], "split": "half"},
}


def told(*arguments):
    """What the command prints, exit code 3 aside."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def said(*arguments):
    return json.loads(told(*arguments, "--json"))


class Commands(unittest.TestCase):
    def test_each_returns_what_the_command_prints(self):
        self.assertEqual(wideep.optimize(DECODE), said("optimize", "-w", DECODE))
        self.assertEqual(wideep.plan(PLAN), said("plan", "-w", PLAN))
        self.assertEqual(wideep.pareto(DECODE, points=5), said("pareto", "-w", DECODE, "--points", 5))
        config = ["--ep", 16, "--kernel", "HT", "--overlap", "dbo"]
        self.assertEqual(wideep.explain(DECODE, ep=16, kernel="HT", overlap="dbo"), said("explain", "-w", DECODE, *config))
        self.assertEqual(wideep.compare(DECODE, "ep=16,kernel=HT,overlap=none", "best"),
                         said("compare", "-w", DECODE, "ep=16,kernel=HT,overlap=none", "best"))
        self.assertEqual(wideep.emit(DECODE, engine="vllm", format="kubernetes"),
                         said("emit", "-w", DECODE, "--engine", "vllm", "--format", "kubernetes"))
        script = ROOT / "configs/deepseek-r1-decode-vllm.sh"
        self.assertEqual(wideep.check(script, rules_only=True), said("check", script, "--rules-only"))
        logs = sorted(LOGS.glob("deepep_ll_*.log"))
        self.assertEqual(len(logs), 4)
        self.assertEqual(wideep.fit("comm", *logs, holdout="20%"), said("fit", "comm", *logs, "--holdout", "20%"))
        self.assertEqual(wideep.presets("fabric"), [one for one in said("presets", "list")["presets"] if one["kind"] == "fabric"])

    def test_settings_and_options_go_through(self):
        found = wideep.optimize(DECODE, "gb200-nvl72", set={"tokens_per_rank": 64, "search.ep_width": [8, 16], "slo.tpot": "80ms"},
                                uncertain={"straggler_factor": "5%"}, seed=7)
        self.assertEqual(found, said(
            "optimize", "-w", DECODE, "-f", "gb200-nvl72", "--set", "tokens_per_rank=64", "--set", "search.ep_width=[8,16]",
            "--set", "slo.tpot=80ms", "--uncertain", "straggler_factor=5%", "--seed", 7))
        self.assertIn(found["optimum"]["config"]["ep_width"], (8, 16))

    def test_dicts_are_as_good_as_files(self):
        self.assertEqual(wideep.optimize(WORKLOAD, "h100-ib400"), wideep.optimize(DECODE))
        self.assertEqual(wideep.optimize(WORKLOAD, {"preset": "h100-ib400"})["best_run"]["time"],
                         wideep.optimize(DECODE)["best_run"]["time"])

    def test_thresholds(self):
        self.assertEqual(wideep.thresholds(DECODE), said("optimize", "-w", DECODE)["thresholds"])
        self.assertEqual(wideep.thresholds(DECODE, ep=16, kernel="HT", overlap="dbo"),
                         said("explain", "-w", DECODE, "--ep", 16, "--kernel", "HT", "--overlap", "dbo")["thresholds"])

    def test_no_is_an_answer(self):
        found = wideep.optimize(DECODE, set={"gpu.memory": "0.5x"})
        self.assertIsNone(found["optimum"])
        self.assertTrue(found["reasons"])
        self.assertIsNone(wideep.plan(PLAN, set={"slo.tpot": "1us"})["plan"])

    def test_a_calibration_is_written_and_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            mine = Path(folder) / "mine.yaml"
            wideep.fit("comm", *sorted(LOGS.glob("deepep_ll_*.log")), base="h100-ib400", out=mine)
            self.assertEqual(wideep.optimize(DECODE, mine), said("optimize", "-w", DECODE, "-f", mine))


class Faults(unittest.TestCase):
    def test_all_are_told_with_their_places(self):
        with self.assertRaises(wideep.InputError) as caught:
            wideep.optimize({**WORKLOAD, "contxt": 1, "straggler_factor": 0.5}, "h100-ib400")
        places = {(fault.file, fault.line, fault.column): fault for fault in caught.exception.faults}
        self.assertEqual(len(places), 2)
        self.assertIn("did you mean 'context'?", {fault.fix for fault in caught.exception.faults})
        self.assertTrue(all(file == "<workload>" and line > 1 and column > 1 for file, line, column in places))
        self.assertIn("<workload>:", str(caught.exception))
        self.assertIsInstance(caught.exception, ValueError)

    def test_files_options_and_axes(self):
        with self.assertRaises(wideep.InputError) as caught:
            wideep.optimize("nowhere.yaml")
        self.assertEqual(caught.exception.faults[0].file, "nowhere.yaml")
        with self.assertRaisesRegex(wideep.InputError, "--solver must be"):
            wideep.optimize(DECODE, solver="magic")
        with self.assertRaisesRegex(wideep.InputError, "no input file has a key 'contxt'"):
            wideep.sweep(DECODE, axes={"contxt": [1, 2]})
        with self.assertRaises(TypeError):
            wideep.optimize(DECODE, set="context=1")

    def test_no_fit_is_told(self):
        with self.assertRaisesRegex(wideep.InputError, "leave nothing to fit"):
            wideep.fit("comm", *sorted(LOGS.glob("deepep_ll_*.log")), only="kernel=none")

    def test_unusable_files_are_findings_of_check(self):
        found = wideep.check("nowhere.yaml")
        self.assertEqual(found["findings"][0]["rule"], "unreadable_file")

    def test_what_is_raised_does_not_stay(self):
        for _ in range(3):
            with self.assertRaises(wideep.InputError):
                wideep.plan(DECODE)
            self.assertIsNotNone(wideep.optimize(DECODE)["optimum"])


class Sweeps(unittest.TestCase):
    AXES = {"context": "1024:8192:log2", "kernels.LL.latency": ["0.5x", "1x", "2x"]}

    def test_rows_are_those_of_the_command(self):
        rows = list(wideep.sweep(DECODE, axes=self.AXES))
        text = told("sweep", "-w", DECODE, "--axis", "context=1024:8192:log2", "--axis", "kernels.LL.latency=0.5x,1x,2x",
                    "--format", "csv")
        printed = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(rows), 12)
        self.assertEqual(len(printed), 12)
        for row, other in zip(rows, printed):
            self.assertEqual(list(row), list(other))
            for key, value in row.items():
                if isinstance(value, (int, float)):
                    self.assertEqual(value, float(other[key]), key)
                else:
                    self.assertEqual("" if value is None else value, other[key], key)

    def test_points_are_computed_as_they_are_asked_for(self):
        begin = time.monotonic()
        many = wideep.sweep(DECODE, axes={"tokens_per_rank": "1:2048:2048", "context": "1:131072:100000"}, threads=1)
        first = [next(many) for _ in range(3)]
        self.assertEqual([row["context"] for row in first], [1, 2, 4])
        self.assertLess(time.monotonic() - begin, 60)  # of 2e8 points

    def test_threads_do_not_matter(self):
        self.assertEqual(list(wideep.sweep(DECODE, axes=self.AXES, threads=1)), list(wideep.sweep(DECODE, axes=self.AXES, threads=3)))

    def test_others_run_meanwhile(self):
        ticks = 0
        done = threading.Event()

        def tick():
            nonlocal ticks
            while not done.is_set():
                ticks += 1
                time.sleep(0.0005)

        other = threading.Thread(target=tick)
        other.start()
        wideep.plan(PLAN, sensitivity=True, draws=8)
        done.set()
        other.join()
        self.assertGreater(ticks, 20)

    def test_pandas_takes_them(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("pandas is not there")
        frame = pandas.DataFrame(wideep.sweep(DECODE, axes=self.AXES))
        self.assertEqual(frame.shape[0], 12)
        self.assertEqual(frame["layer_s"].dtype, float)


class Example(unittest.TestCase):
    def test_it_runs(self):
        done = subprocess.run([sys.executable, ROOT / "examples/plan_fleet.py"], capture_output=True, text=True, check=True)
        self.assertIn("GPUs in all", done.stdout)

    def test_the_documented_one_runs(self):
        code = re.search(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, "docs/python.md", "exec"), {})
        self.assertEqual(len(printed.getvalue().splitlines()), 11)


if __name__ == "__main__":
    unittest.main()
