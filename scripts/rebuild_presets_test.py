#!/usr/bin/env python3
"""Tests of rebuild_presets that need no measurements."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from presets import curves, fused, kernels, text  # noqa: E402
from presets.recipes import FUSED, KERNELS, Kernel, with_prepare  # noqa: E402

loader = importlib.machinery.SourceFileLoader("rebuild_presets", str(HERE / "rebuild_presets"))
rebuild = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(rebuild)


class Parameters(unittest.TestCase):
    def test_names_of_a_law(self):
        for what, key in (("latency at EP 16", ("latency", 16)), ("ramp at EP 8", ("ramp", 8)), ("floor", ("floor", None)),
                          ("bandwidth at EP 8", ("up", 8)), ("scale-out bandwidth", ("out", None)),
                          ("scale-up bandwidth of an SM", ("per_sm", None)),
                          ("scale-up bandwidth of the domain", ("cap", None))):
            self.assertEqual(kernels.parameter_key(what), key)

    def test_an_unknown_name_is_refused(self):
        for what in ("one token", "scale-out bandwidth of an SM"):
            self.assertRaises(text.Wrong, kernels.parameter_key, what)


class Collectives(unittest.TestCase):
    def test_eight_ranks_by_four(self):
        here = {("all_reduce", 2, 1024): 3.0, ("all_reduce", 4, 1024): 10.0}
        other = {("all_reduce", 4, 1024): 5.0, ("all_reduce", 8, 1024): 6.0}
        self.assertEqual(curves.widened(here, other), {**here, ("all_reduce", 8, 1024): 12.0})

    def test_a_slower_link(self):
        # 1 us for each 1000 B at the end, which doubles; of each curve its own.
        times = {("all_reduce", 8, 1000): 5.0, ("all_reduce", 8, 2000): 6.0, ("all_reduce", 8, 4000): 8.0,
                 ("all_reduce", 2, 1000): 1.0, ("all_reduce", 2, 2000): 1.5}
        self.assertEqual(curves.on_slower_link(times, 2.0),
                         {("all_reduce", 8, 1000): 6.0, ("all_reduce", 8, 2000): 8.0, ("all_reduce", 8, 4000): 12.0,
                          ("all_reduce", 2, 1000): 1.5, ("all_reduce", 2, 2000): 2.5})

    def test_rows(self):
        with tempfile.TemporaryDirectory() as folder:
            table = pathlib.Path(folder, "t.csv")
            table.write_text("framework,launch,dtype,num_gpus,bytes,latency_us\n"
                             "vllm,graph,bfloat16,8,2048,5\nvllm,eager,bfloat16,8,2048,30\n"
                             "sglang,graph,bfloat16,8,2048,4\nvllm,graph,float,8,2048,6\n"
                             "vllm,graph,bfloat16,8,1024,5\nvllm,graph,bfloat16,8,1073741824,4000\n")
            self.assertEqual(curves.rows_of(table, "vllm_all_reduce"), {("all_reduce", 8, 2048): 5.0})
            self.assertRaises(text.Wrong, curves.rows_of, table, "nccl")

    def test_points_break_between_sizes(self):
        curve = {"ranks": 8, "curve": [{"bytes": 1024 << at, "time_s": 1e-6 * (at + 1.5)} for at in range(12)]}
        lines = curves.points_lines(curve, "  ")
        self.assertEqual(lines[0].split(": ")[:3], ["  8", "{1KiB", "1.5us, 2KiB"])
        self.assertEqual(len(lines), 2)
        self.assertTrue(all(len(line) <= 102 for line in lines) and lines[0].endswith("us,"))
        self.assertTrue(lines[1].startswith("      ") and lines[1].endswith("2MiB: 12.5us}"))
        self.assertEqual([curves.size(count) for count in (7168, 7000, 2**20)], ["7KiB", "7000B", "1MiB"])


class Derived(unittest.TestCase):
    LIKE = {"latency": {8: 10.0, 16: 14.0}, "per_sm": {8: 10.0, 16: 5.0}, "out": {None: 40.0}}

    def test_beyond_one_node(self):
        own = {"latency": {8: 20.0}, "per_sm": {None: 12.0}, "cap": {None: 300.0}}
        self.assertEqual(kernels.beyond_one_node(own, self.LIKE, 100.0),
                         {"latency": {8: 20.0, 16: 24.0}, "per_sm": {8: 12.0, 16: 6.0},
                          "cap": {None: 300.0}, "out": {None: 80.0}})

    def test_a_ramp_beyond_one_node(self):
        like = {**self.LIKE, "ramp": {8: 20.0, 16: 30.0}, "ramp_tokens": {None: 300.0}}
        own = {"latency": {8: 20.0}, "per_sm": {None: 12.0}, "ramp": {8: 10.0}, "ramp_tokens": {None: 800.0}}
        grown = kernels.beyond_one_node(own, like, 100.0)
        self.assertEqual((grown["ramp"], grown["ramp_tokens"]), ({8: 10.0, 16: 15.0}, {8: 800.0, 16: 300.0}))

    def test_wider_than_the_table(self):
        recipe = Kernel(wider={"dispatch": {"latency": {32: 6.0}, "up ratio": {32: 0.5}}})
        figures = {"latency": {8: 10.0, 16: 14.0}, "up": {16: 40.0}}
        self.assertEqual(kernels.wider(recipe, "dispatch", figures),
                         {"latency": {8: 10.0, 16: 14.0, 32: 20.0}, "up": {16: 40.0, 32: 20.0}})

    def test_experts_on_the_sms(self):
        recipe = Kernel(shapes={"dispatch": (9.0, 300.0, 2.0, 2.5)})
        figures = kernels.on_sms(recipe, "dispatch", {"latency": {8: 14.0, 16: 20.0}, "up": {None: 285.0}})
        self.assertEqual((figures["latency"], figures["up"], figures["steps"]),
                         ({8: 9.0, 16: 18.0}, {None: 300.0}, {8: 0.0, 16: 6.0}))
        self.assertEqual(figures["experts"], {"latency_each": "2us", "token_time": "2.5us"})

    def test_scaled_to_other_widths(self):
        recipe = Kernel(scaled={"dispatch": {4: (1.0, 1.0), 8: (1.5, 0.5)}})
        figures = kernels.scaled(recipe, "dispatch", {"latency": {4: 8.0}, "up": {None: 600.0}, "second": 2.0})
        self.assertEqual((figures["latency"], figures["up"]), ({4: 8.0, 8: 13.0}, {4: 600.0, 8: 300.0}))

    def test_a_slower_link(self):
        self.assertEqual(kernels.over_link({"up": {None: 285.0}}, 160.0), {"up": {None: 160.0}})
        self.assertEqual(kernels.over_link(self.LIKE, 160.0)["cap"], {None: 160.0})

    def test_a_cap_of_so_many_sms(self):
        self.assertEqual(kernels.with_cap(self.LIKE, 20)["cap"], {None: 200.0})


class FusedFigures(unittest.TestCase):
    """A figure is said with its interval, with the least that it is, or with why there is none."""

    FIT = {"launch_s": 66.14e-6, "launch_low_s": 59.21e-6, "launch_high_s": 73.07e-6,
           "flop_rate_FLOP_per_s": 2969e12, "flop_rate_low_FLOP_per_s": 2040e12, "flop_rate_high_FLOP_per_s": None,
           "launch_per_rank_s": None, "launch_per_rank_s_reason": "measured at EP 8 only",
           "launch_per_rank_given": False, "ep_widths": [4, 16]}

    def said(self, key, fit):
        figure = next(figure for figure in fused.FIGURES if figure[0] == key)
        return " ".join(fused.figure_said(fit, FUSED["megamoe-gb300"], *figure).split())

    def test_all_three(self):
        self.assertEqual(self.said("launch", self.FIT), "launch 66.14 us, 59.21 to 73.07")
        self.assertEqual(self.said("flop_rate", self.FIT), "flop_rate 2969 TFLOP/s, 2040 or more")
        self.assertEqual(self.said("launch_per_rank", self.FIT), "launch_per_rank none: measured at EP 8 only")

    def test_one_that_another_table_gives(self):
        given = {**self.FIT, "launch_per_rank_s": 0.45e-6, "launch_per_rank_given": True}
        self.assertEqual(self.said("launch_per_rank", given), "launch_per_rank 0.45 us, that of megamoe-gb200")


class Rows(unittest.TestCase):
    def test_two_sided_with_prepare(self):
        def row(op, width, tokens, latency, kernel="NVLinkTwoSided"):
            return {"op_name": op, "kernel_source": kernel, "moe_dtype": "fp8", "moe_ep_size": width,
                    "num_tokens": tokens, "distribution": "balanced", "latency": latency}
        kept = with_prepare([row("alltoall_prepare", "4", "8", "0.5"), row("alltoall_dispatch", "4", "8", "0.25"),
                             row("alltoall_dispatch", "4", "16", "1"), row("alltoall_combine", "16", "2", "9"),
                             row("alltoall_combine", "16", "4", "2"), row("alltoall_combine", "4", "4", "3", "other")])
        self.assertEqual([one["latency"] for one in kept], ["0.75", "2"])


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
