#!/usr/bin/env python3
"""Tests of rebuild_presets that need no measurements."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from presets import kernels, text  # noqa: E402
from presets.recipes import KERNELS  # noqa: E402

loader = importlib.machinery.SourceFileLoader("rebuild_presets", str(HERE / "rebuild_presets"))
rebuild = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(rebuild)


class Parameters(unittest.TestCase):
    def test_names_of_a_law(self):
        for what, key in (("latency at EP 16", ("latency", 16)), ("floor", ("floor", None)),
                          ("bandwidth at EP 8", ("up", 8)), ("scale-out bandwidth", ("out", None)),
                          ("scale-up bandwidth of an SM", ("per_sm", None)),
                          ("scale-up bandwidth of the domain", ("cap", None))):
            self.assertEqual(kernels.parameter_key(what), key)

    def test_an_unknown_name_is_refused(self):
        for what in ("one token", "scale-out bandwidth of an SM"):
            self.assertRaises(text.Wrong, kernels.parameter_key, what)


class Derived(unittest.TestCase):
    LIKE = {"latency": {8: 10.0, 16: 14.0}, "per_sm": {8: 10.0, 16: 5.0}, "out": {None: 40.0}}

    def test_beyond_one_node(self):
        own = {"latency": {8: 20.0}, "per_sm": {None: 12.0}, "cap": {None: 300.0}}
        self.assertEqual(kernels.beyond_one_node(own, self.LIKE, 100.0),
                         {"latency": {8: 20.0, 16: 24.0}, "per_sm": {8: 12.0, 16: 6.0},
                          "cap": {None: 300.0}, "out": {None: 80.0}})

    def test_a_slower_link(self):
        self.assertEqual(kernels.over_link({"up": {None: 285.0}}, 160.0), {"up": {None: 160.0}})
        self.assertEqual(kernels.over_link(self.LIKE, 160.0)["cap"], {None: 160.0})

    def test_a_cap_of_so_many_sms(self):
        self.assertEqual(kernels.with_cap(self.LIKE, 20)["cap"], {None: 200.0})


class Text(unittest.TestCase):
    def test_a_block_is_replaced_and_nothing_else(self):
        self.assertEqual(rebuild.with_block("x", "a: 1\n# >>> old\nb: 2\n# <<<\nc: 3\n", ["# >>> new"]),
                         "a: 1\n# >>> new\n# <<<\nc: 3\n")
        self.assertRaises(text.Wrong, rebuild.with_block, "x", "a: 1\n", ["# >>> new"])

    def test_four_digits(self):
        self.assertEqual([text.number(value) for value in (12345.6, 47.6703, 300.0, 0.20772)],
                         ["12350", "47.67", "300", "0.2077"])

    def test_yaml(self):
        figures = {"latency": {8: 14.708}, "up": {None: 285.29}, "out": {None: 47.67}}
        lines = kernels.phase_lines(KERNELS["deepep-ll-h100-cx7"], "dispatch", figures)
        self.assertEqual("\n".join(lines), """\
dispatch:
  latency: {8: 14.71us}
  bandwidth:
    scale_up: 285.3GB/s
    scale_out: 47.67GB/s
  header_bytes: 16
  sm_time: {fixed: {8: 14.71us, 16: 18us}, per_token: {8: 0.2077us, 16: 0.14us}}""")


if __name__ == "__main__":
    unittest.main()
