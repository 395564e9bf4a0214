"""Mutants of C++ text: every small change of it that a test ought to notice."""

import dataclasses
import difflib
import re

from mutation.mask import closing, masked

OPERATORS = {
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"],
    "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="],
    "<": ["<=", ">"], ">": [">=", "<"], "<=": ["<", ">="], ">=": [">", "<="],
    "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
}
# clang-format puts blanks around a binary operator and breaks lines after it.
OPERATOR = re.compile(r"(?<= )(?:[-+*/<>=!]=|&&|\|\||[-+*/<>])(?=\s)")
NUMBER = re.compile(r"(?<![\w.'])(?:\d[\d']*)(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.'])")
NAMES = {
    "std::min": "std::max", "std::max": "std::min", "std::ceil": "std::floor",
    "std::floor": "std::ceil", "std::min_element": "std::max_element",
    "std::max_element": "std::min_element", "std::any_of": "std::all_of",
    "std::all_of": "std::any_of", "std::lower_bound": "std::upper_bound",
    "std::upper_bound": "std::lower_bound", "true": "false", "false": "true",
}
NAME = re.compile(r"(?<![\w:])(?:std::)?\w+\b")
IF = re.compile(r"\bif \(")
STATEMENT = re.compile(r"(?<=[;{}])(\s*)([^;{}]+;)")
# Calls and assignments. Left of its sign a declaration has two words, an assignment one.
TARGET = r"[\w.:*>-]+(?:[\[(][^;{}=]*[\])])?[\w.>-]*"
DELETABLE = re.compile(rf"{TARGET} [-+*/]?= |[\w.:>-]+\(|\+\+|--|break;|continue;")
RETURN = re.compile(r"\breturn ([^;{}]+);")


@dataclasses.dataclass(frozen=True)
class Mutant:
    path: str
    begin: int
    end: int
    new: str
    kind: str
    line: int

    def applied(self, text):
        return text[:self.begin] + self.new + text[self.end:]

    def difference(self, text):
        """The lines that change, old ones after "-", new ones after "+"."""
        lines = difflib.unified_diff(text.splitlines(), self.applied(text).splitlines(), n=0,
                                     lineterm="")
        return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def operators(code, _text):
    for found in OPERATOR.finditer(code):
        for new in OPERATORS.get(found[0], []): yield *found.span(), new, "operator"


def constants(code, _text):
    for found in NUMBER.finditer(code):
        value = found[0].replace("'", "")
        if value.isdigit():
            news = {int(value) + 1, 2 * int(value), int(value) // 2} - {int(value)}
        else:
            news = {f"({value} + 1)", f"(2 * {value})", f"(0.5 * {value})"}
            if float(value) == 0.0: news = {"1.0"}
        for new in sorted(map(str, news)): yield *found.span(), new, "constant"


def names(code, _text):
    for found in NAME.finditer(code):
        if found[0] in NAMES: yield *found.span(), NAMES[found[0]], "name"


def conditions(code, text):
    for found in IF.finditer(code):
        begin, end = found.end(), closing(code, found.end() - 1)
        if end is None: continue
        begin = code.rfind("; ", begin, end) + 2 if "; " in code[begin:end] else begin
        if re.search(r"[^=!<>]=[^=]", code[begin:end]): continue  # declares, in place of asking
        yield begin, end, f"!({text[begin:end]})", "condition"
        yield begin, end, f"({text[begin:end]}) && false", "condition"
    for found in re.finditer(r" \?(?=\s)", code):
        begin = choice_begin(code, found.start())
        yield begin, found.start(), f"!({text[begin:found.start()]})", "condition"


def choice_begin(code, end):
    """Where the condition begins that stands before a `?`."""
    depth = 0
    for at in range(end - 1, -1, -1):
        if code[at] in ")]}": depth += 1
        elif code[at] in "([{" and depth: depth -= 1
        elif depth == 0 and (code[at] in "([{;,?}:" and code[at - 1:at + 1] != "::"
                             and code[at:at + 2] != "::" or code[at - 1:at + 2] == " = "
                             or code[at - 5:at + 1] == "return"):
            return at + 1 + len(code[at + 1:]) - len(code[at + 1:].lstrip())
    return 0


def statements(code, _text):
    for found in STATEMENT.finditer(code):
        if DELETABLE.match(found[2]) and found[2].count("(") == found[2].count(")"):
            yield *found.span(2), ";", "statement deleted"


def returns(code, _text):
    for found in RETURN.finditer(code):
        if found[1] not in ("true", "false", "std::nullopt"): yield *found.span(1), "{}", "return value"


GENERATORS = (operators, constants, names, conditions, statements, returns)


def mutants_of(path, text):
    """All of a file, in the order of their places; no two of them alike."""
    code = masked(text)
    found = {}
    for generate in GENERATORS:
        for begin, end, new, kind in generate(code, text):
            line = text.count("\n", 0, begin) + 1
            found.setdefault((begin, end, new), Mutant(path, begin, end, new, kind, line))
    return [found[key] for key in sorted(found)]
