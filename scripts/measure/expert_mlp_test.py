#!/usr/bin/env python3
"""Tests of what surrounds the GPU in expert_mlp.py; they need neither PyTorch nor a GPU."""

import contextlib
import csv
import io
import os
import pathlib
import stat
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import expert_mlp  # noqa: E402


def run(*words):
    """Exit code, standard output and standard error of a command line."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = expert_mlp.main(list(words))
        except SystemExit as stop:  # argparse
            code = stop.code
    return code, out.getvalue(), err.getvalue()


def table(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


class GridTest(unittest.TestCase):
    def test_values_keep_their_order(self):
        self.assertEqual(expert_mlp.parse_grid("4, 1,16"), [4, 1, 16])
        self.assertEqual(expert_mlp.parse_grid("7"), [7])

    def test_dots_go_on_by_the_factor_or_the_difference_before_them(self):
        self.assertEqual(expert_mlp.parse_grid("1,2,4,...,32"), [1, 2, 4, 8, 16, 32])
        self.assertEqual(expert_mlp.parse_grid("8,12,18,...,27"), [8, 12, 18, 27])
        self.assertEqual(expert_mlp.parse_grid("8,16,24,...,48"), [8, 16, 24, 32, 40, 48])
        self.assertEqual(expert_mlp.parse_grid("1,3,2,4,8,...,16"), [1, 3, 2, 4, 8, 16])
        self.assertEqual(expert_mlp.parse_grid("1,2,4,\u2026,8"), [1, 2, 4, 8])
        self.assertEqual(expert_mlp.parse_grid("1,2,4,...,4"), [1, 2, 4])

    def test_default_grids_are_grids(self):
        args = expert_mlp.parse_arguments(["--device", "none"])
        self.assertEqual(args.local_experts, [1, 2, 4, 8, 16, 32])
        self.assertEqual(args.tokens_per_expert, [2**i for i in range(11)])

    def test_what_is_no_grid_is_refused_with_the_reason(self):
        for text, reason in (("", "whole number"), ("1,,2", "whole number"), ("0", "from 1"),
                             ("-1", "from 1"), ("1.5", "whole number"), ("\u0663", "whole number"),
                             ("1,1", "twice"), ("1,2,...,8", "three values"),
                             ("1,2,4,...", "one value"), ("1,2,4,...,8,9", "one value"),
                             ("1,2,4,...,9", "not on the way"), ("4,6,9,...,20", "not whole"),
                             ("1,2,5,...,9", "no common"), ("4,2,1,...,8", "must grow"),
                             ("3,3,3,...,9", "must grow")):
            with self.subTest(text), self.assertRaisesRegex(ValueError, reason):
                expert_mlp.parse_grid(text)

    def test_a_grid_that_never_ends_is_cut_off(self):
        with self.assertRaises(ValueError):
            expert_mlp.parse_grid("1,2,3,...,1000000000")


class QuantileTest(unittest.TestCase):
    def test_worked_by_hand(self):
        values = [30.0, 10.0, 20.0, 40.0]  # places 0..3 hold 10, 20, 30, 40
        self.assertEqual(expert_mlp.quantile(values, 0.0), 10.0)
        self.assertEqual(expert_mlp.quantile(values, 0.5), 25.0)
        self.assertAlmostEqual(expert_mlp.quantile(values, 0.1), 13.0)
        self.assertAlmostEqual(expert_mlp.quantile(values, 0.9), 37.0)
        self.assertEqual(expert_mlp.quantile(values, 1.0), 40.0)

    def test_one_value_is_every_quantile(self):
        for share in (0.0, 0.1, 0.5, 1.0):
            self.assertEqual(expert_mlp.quantile([3.5], share), 3.5)

    def test_one_slow_repetition_does_not_move_the_median(self):
        self.assertEqual(expert_mlp.quantile([5.0] * 9 + [73510.0], 0.5), 5.0)


class CsvTest(unittest.TestCase):
    def test_rows_read_back(self):
        row = expert_mlp.Row("NVIDIA H100, 80GB", "fp8", 7168, 2048, 8, 64,
                             [10.0, 11.0, 12.0, 13.0, 14.0], "torch_loop", "contiguous")
        text = expert_mlp.csv_text(["one", "two\nlines"], [row])
        self.assertTrue(text.startswith("# one\n# two lines\ndevice,dtype,"))
        self.assertTrue(text.endswith("\n"))
        self.assertNotIn("\r", text)
        self.assertEqual(table(text), [{
            "device": "NVIDIA H100, 80GB", "dtype": "fp8", "hidden_size": "7168",
            "expert_size": "2048", "local_experts": "8", "tokens_per_expert": "64",
            "time_us": "12.000", "time_us_p10": "10.400", "time_us_p90": "13.600",
            "repetitions": "5", "implementation": "torch_loop", "layout": "contiguous"}])


class SelfTest(unittest.TestCase):
    WORDS = ("--device", "none", "--local-experts", "1,2", "--tokens-per-expert", "1,2,4,...,8",
             "--repetitions", "3", "--hidden", "64", "--expert-size", "32")

    def test_every_point_of_the_grid_is_a_row(self):
        code, out, err = run(*self.WORDS, "--dtype", "bf16,fp8")
        self.assertEqual(code, 0)
        rows = table(out)
        self.assertEqual(
            [(r["dtype"], r["local_experts"], r["tokens_per_expert"]) for r in rows],
            [(d, e, t) for d in ("bf16", "fp8") for e in "12" for t in "1248"])
        for row in rows:
            self.assertEqual(tuple(row), expert_mlp.COLUMNS)
            self.assertLessEqual(float(row["time_us_p10"]), float(row["time_us"]))
            self.assertLessEqual(float(row["time_us"]), float(row["time_us_p90"]))
            self.assertEqual((row["device"], row["repetitions"]), ("none", "3"))
            self.assertEqual((row["implementation"], row["layout"]), ("empty", "masked"))
        self.assertEqual(len(err.splitlines()), len(rows))

    def test_comments_say_what_it_is(self):
        _, out, _ = run(*self.WORDS)
        comments = [line for line in out.splitlines() if line.startswith("#")]
        self.assertTrue(any("not a measurement" in line for line in comments))
        self.assertTrue(any(line.startswith("# date 20") for line in comments))
        self.assertIn("# command: expert_mlp.py " + " ".join(self.WORDS), comments)

    def test_the_self_test_needs_no_torch(self):
        absent = {name: None for name in ("torch", "numpy")}  # importing them raises ImportError
        before = {name: sys.modules.get(name) for name in absent}
        sys.modules.update(absent)
        try:
            self.assertEqual(run(*self.WORDS)[0], 0)
            code, out, err = run("--device", "cpu")
        finally:
            for name, module in before.items():
                del sys.modules[name]
                if module is not None: sys.modules[name] = module
        self.assertEqual((code, out), (1, ""))
        self.assertIn("PyTorch is needed", err)

    def test_the_layout_is_the_one_asked_for(self):
        _, out, _ = run(*self.WORDS, "--layout", "contiguous")
        self.assertEqual({row["layout"] for row in table(out)}, {"contiguous"})

    def test_bad_usage_exits_with_2_and_the_option(self):
        for words, option in ((("--tokens-per-expert", "1,2,..."), "--tokens-per-expert"),
                              (("--local-experts", "x"), "--local-experts"),
                              (("--dtype", "fp4"), "--dtype"), (("--dtype", "fp8,fp8"), "--dtype"),
                              (("--device", "cpu", "--dtype", "fp8"), "--dtype"),
                              (("--repetitions", "0"), "--repetitions"),
                              (("--hidden", "100"), "--hidden"),
                              (("--expert-size", "0"), "--expert-size"),
                              (("--out", "/no such folder/x.csv"), "--out"),
                              (("--out", os.sep), "--out"), (("--device", "tpu"), "--device"),
                              (("--layout", "dense"), "--layout")):
            with self.subTest(words):
                code, out, err = run("--device", "none", *words)
                self.assertEqual((code, out), (2, ""))
                self.assertIn(option, err)

    def test_points_that_do_not_fit_are_left_out_and_reported(self):
        class Small(expert_mlp.EmptyBench):
            def times_us(self, dtype, experts, tokens, repetitions):
                if experts > 1: raise expert_mlp.DoesNotFit("9.0 GB needed, 1.0 GB free")
                return super().times_us(dtype, experts, tokens, repetitions)

        args = expert_mlp.parse_arguments([*self.WORDS, "--dtype", "bf16"])
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            rows = expert_mlp.measure(Small(), args)
        self.assertEqual([row.local_experts for row in rows], [1] * 4)
        self.assertEqual(err.getvalue().count("left out, 9.0 GB needed"), 4)


class OutOfMemoryTest(unittest.TestCase):
    def test_it_is_told_from_other_faults(self):
        self.assertTrue(expert_mlp.is_out_of_memory(MemoryError()))
        self.assertTrue(expert_mlp.is_out_of_memory(RuntimeError("CUDA out of memory. Tried to")))
        self.assertFalse(expert_mlp.is_out_of_memory(RuntimeError("invalid argument")))

    def test_also_below_the_fault_of_a_broken_capture(self):
        try:
            try:
                raise RuntimeError("CUDA out of memory")
            finally:
                raise RuntimeError("operation failed due to a previous error during capture")
        except RuntimeError as fault:
            self.assertTrue(expert_mlp.is_out_of_memory(fault))


class OutputTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "experts.csv"

    def test_the_file_holds_what_standard_output_would(self):
        code, out, _ = run(*SelfTest.WORDS, "--out", str(self.out))
        self.assertEqual((code, out), (0, ""))
        self.assertEqual(len(table(self.out.read_text())), 16)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["experts.csv"])

    def test_others_may_read_the_file(self):
        expert_mlp.write_whole("x\n", str(self.out))
        umask = os.umask(0)
        os.umask(umask)
        self.assertEqual(stat.S_IMODE(self.out.stat().st_mode), 0o666 & ~umask)

    def test_a_failure_keeps_the_old_file_and_leaves_no_other(self):
        self.out.write_text("old\n")
        replace = os.replace

        def full_disk(source, target):
            self.assertEqual(pathlib.Path(source).read_text(), "new\n")  # whole before it is shown
            self.assertEqual(pathlib.Path(target).read_text(), "old\n")
            raise OSError("no space left")

        os.replace = full_disk
        try:
            with self.assertRaises(OSError):
                expert_mlp.write_whole("new\n", str(self.out))
        finally:
            os.replace = replace
        self.assertEqual(self.out.read_text(), "old\n")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["experts.csv"])


if __name__ == "__main__":
    unittest.main()
