"""Python 2 as far as payloads use it, compiled by Python 3.

Covered by rewriting the text (only where Python 3 refuses it): print statements, `except E, e`, `raise E, v`, `<>`,
backquotes, `10L`, `0777`, `exec "..."`. Covered by rewriting the tree: `/` of two integers, `has_key`, `iteritems` and its
kind, `keys()`, `values()`, `items()` as lists, `.next()`; literals are byte strings unless they say `u`. Not covered: comparing unlike types, old-style classes, `cmp=`.
"""

import ast
import re
import warnings

from .legacy_text import Str

_TOKENS = re.compile(
    r'''(?P<string>[rRuUbB]{0,2}(?:"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))'''
    r"|(?P<comment>\#[^\n]*)|(?P<open>[\[({])|(?P<close>[\])}])|(?P<join>\\\n)|(?P<end>[;\n])|(?P<other>[^\"'\#\[({\])};\n\\]+|.)",
    re.S,
)
_MASK = re.compile("\ue000(\\d+)\ue001")


def _statements(source: str):
    """Statements with their ends; strings are masked. Returns them with the strings."""
    strings, statements, current, depth = [], [], "", 0
    for token in _TOKENS.finditer(source):
        kind, text = token.lastgroup, token.group()
        depth = max(0, depth + (kind == "open") - (kind == "close"))
        if kind in ("string", "comment", "join"):
            strings.append(text[1:] if text[:2] in ("ur", "UR", "Ur", "uR") else text)
            text = f"\ue000{len(strings) - 1}\ue001"
        if kind == "end" and not depth:
            statements.append((current, text))
            current = ""
        else:
            current += text
    statements.append((current, ""))
    return statements, strings


_PRINT = re.compile(r"^(\s*(?:.*?:\s*)?)print\b(?!\s*=)[ \t]*(.*?)(\s*)$", re.S)
_CHANGES = (
    (re.compile(r"\bexcept\s+([\w.]+|\([^()]*\))\s*,\s*(\w+)\s*:"), r"except \1 as \2:"),
    (re.compile(r"\braise\s+([\w.]+)\s*,\s*(.+)$", re.S), r"raise \1(\2)"),
    (re.compile(r"\bexec\s+(?!\()(\S.*)$"), r"exec(\1)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"`([^`]*)`"), r"repr(\1)"),
    (re.compile(r"\b(\d+|0[xX][0-9a-fA-F]+)[lL]\b"), r"\1"),
    (re.compile(r"(?<![\w.])0(\d+)\b(?!\.)"), r"0o\1"),
)


def _print(statement: str) -> str:
    match = _PRINT.match(statement)
    if not match or match[1].strip().startswith(("def ", "class ")):
        return statement
    before, what, blank = match.groups()
    if what.startswith("(") and what.endswith(")") and _one_group(what):
        return statement
    file = ""
    if what.startswith(">>"):
        file, _, what = what[2:].partition(",")
        file = f", file={file.strip()}"
    end = ', end=" "' if what.endswith(",") else ""
    what = what.strip().rstrip(",").strip()
    return f"{before}print({what}{(end + file) if what else (end + file).lstrip(', ')}){blank}"


def _one_group(text: str) -> bool:
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return at == len(text) - 1
    return False


def to_python3(source: str) -> str:
    statements, strings = _statements(source.expandtabs(8))
    result = []
    for statement, end in statements:
        mask = _MASK.search(statement[statement.rfind("\ue000") :])
        if mask and strings[int(mask[1])].startswith("#"):
            statement, comment = statement[: statement.rfind("\ue000")], mask[0]
        else:
            comment = ""
        statement = _print(statement)
        for pattern, replacement in _CHANGES:
            statement = pattern.sub(replacement, statement)
        result.append(statement + comment + end)
    return _MASK.sub(lambda mask: strings[int(mask[1])], "".join(result))


class _Rewriter(ast.NodeTransformer):
    _METHODS = {"has_key", "iteritems", "iterkeys", "itervalues", "keys", "values", "items", "next"}

    def __init__(self, true_division: bool, unicode_literals: bool):
        self._true_division, self._unicode_literals = true_division, unicode_literals
        #: Names of literals that the payload's globals must have.
        self.literals = {}

    def visit_Constant(self, node):
        value = node.value
        if isinstance(value, str):
            # The source was read as latin-1, so that a character is a byte, and so is an escape.
            if node.kind == "u" or self._unicode_literals:
                return ast.copy_location(ast.Constant(_decoded(value)), node)
            value = value.encode("latin-1") if _is_narrow(value) else value.encode("utf-8")
        if not isinstance(value, bytes):
            return node
        name = self.literals.setdefault(value, f"__gaiwan_literal_{len(self.literals)}")
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_JoinedStr(self, node):
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Div) and not self._true_division:
            return ast.copy_location(_helper("__gaiwan_div", [node.left, node.right]), node)
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or self._true_division:
            return node
        value = ast.parse(ast.unparse(node.target), mode="eval").body
        return ast.copy_location(ast.Assign([node.target], _helper("__gaiwan_div", [value, node.value])), node)

    def visit_Call(self, node):
        self.generic_visit(node)
        method = node.func
        if isinstance(method, ast.Attribute) and method.attr in self._METHODS and not node.keywords:
            arguments = [method.value, ast.Constant(method.attr), *node.args]
            return ast.copy_location(_helper("__gaiwan_method", arguments), node)
        return node


def _is_narrow(text: str) -> bool:
    return not text or max(text) <= "\xff"


def _decoded(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8") if _is_narrow(text) else text
    except UnicodeDecodeError:
        return text


def _helper(name, arguments):
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _division(left, right):
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return left / right


def _method(value, name, *arguments):
    if isinstance(value, dict):
        if name == "has_key":
            return arguments[0] in value
        if name.startswith("iter"):
            return iter(getattr(value, name[4:])())
        if name in ("keys", "values", "items"):
            return list(getattr(value, name)())
    if name == "next" and not hasattr(value, "next"):
        return next(value)
    return getattr(value, name)(*arguments)


_HELPERS = {"__gaiwan_div": _division, "__gaiwan_method": _method}


def compile_payload(source: str, filename: str):
    """Code, and the names that it needs. Raises SyntaxError."""
    source = source.encode("utf-8").decode("latin-1")
    # The parser warns of the old syntax and the compiler of what follows from it; neither is about the author's code.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source, filename)
        except SyntaxError:
            tree = ast.parse(to_python3(source), filename)
        future = {
            alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.module == "__future__"
            for alias in node.names
        }
        rewriter = _Rewriter("division" in future, "unicode_literals" in future)
        tree = ast.fix_missing_locations(rewriter.visit(tree))
        names = {name: Str.of(value) for value, name in rewriter.literals.items()}
        return compile(tree, filename, "exec", dont_inherit=True), {**_HELPERS, **names}
