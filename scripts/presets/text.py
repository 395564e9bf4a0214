"""Numbers and comments as presets show them, and what `wideep-opt fit` says."""

import json
import subprocess
import textwrap


class Wrong(Exception):
    """Something that a person must look at."""


def number(value):
    """Four digits, so that another compiler's last bits do not show."""
    text = f"{value:.4g}"
    return f"{float(text):.0f}" if "e+" in text else text


def percent(share):
    return f"{100 * share:.1f} %"


def comment(line):
    inner = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(line, 102, initial_indent="# ", subsequent_indent="# " + inner,
                         break_on_hyphens=False, drop_whitespace=True) or ["#"]


def comments(lines):
    return [part for line in lines for part in comment(line)]


def source(version, what):
    return (f"Source: NVIDIA AIConfigurator 095f58a, {version}, {what}; by wideep-opt fit, with 95 % "
            f"intervals.")


def errors(fit):
    return (f"median error {percent(fit['median_relative_error'])}, "
            f"largest {percent(fit['largest_relative_error'])}")


def estimate(what, values, unit):
    value, low, high = map(number, values)
    return f"  {what:<38} {f'{value} {unit}'.rstrip()}, {low} to {high}"


def run_fit(program, arguments):
    done = subprocess.run([program, "fit", *arguments, "--json"], capture_output=True, text=True)
    if done.returncode != 0: raise Wrong(f"fit {' '.join(arguments)}\n{done.stderr}")
    return json.loads(done.stdout)
