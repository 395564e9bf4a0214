"""C++ text in which everything that is not to be changed is blank, at unchanged places.

Relies on the layout that clang-format gives: blanks around binary operators, none inside template
brackets. Lists of template arguments are blank with their brackets, so that a `<` is a comparison.
"""

import re

NOT_CODE = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<raw>[^()\s\\]*)\(.*?\)(?P=raw)"
      | "(?:[^"\\\n]|\\.)*"
      | (?<![0-9A-Za-z_])'(?:[^'\\\n]|\\.)+'
      | ^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*""",
    re.X | re.S | re.M,
)
TEMPLATE_ARGUMENTS = re.compile(r"(?<=\w)<[^<>;(){}]*>|\btemplate <[^<>;{}]*>")
ASSERTION = re.compile(r"\b(?:static_)?assert\(")


def blank(text, begin, end):
    inside = re.sub(r"[^\n]", " ", text[begin:end])
    return text[:begin] + inside + text[end:]


def closing(text, at):
    """The place of the bracket that closes the one at `at`; None where there is none."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    opening, ending = text[at], pairs[text[at]]
    depth = 0
    for place in range(at, len(text)):
        if text[place] == opening: depth += 1
        elif text[place] == ending:
            depth -= 1
            if depth == 0: return place
    return None


def masked(text):
    for found in NOT_CODE.finditer(text): text = blank(text, *found.span())
    while True:
        found = list(TEMPLATE_ARGUMENTS.finditer(text))
        if not found: break
        for one in found: text = blank(text, *one.span())
    for found in ASSERTION.finditer(text):
        end = closing(text, found.end() - 1)
        if end is not None: text = blank(text, found.start(), end + 1)
    return text
