"""Makes gaiwan.aio of the sync classes: the same methods, each awaited. Their bodies run in threads, which a cancelled task ends."""

from __future__ import annotations

import ast
import pathlib

#: Class, and what it is called as a part of the client.
PARTS = [("users", "Users"), ("functions", "Functions"), ("data", "Data"), ("tasks", "Tasks"), ("keys", "Keys")]
_SKIP = {"close"}


def async_client(package: pathlib.Path) -> str:
    imports: dict[str, set[str]] = {}
    classes = [_class(package, module, name, imports) for module, name in [*PARTS, ("client", "Client")]]
    lines = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(imports.items())]
    head = (pathlib.Path(__file__).parent / "aio_head.txt").read_text(encoding="utf8")
    return head.replace("# IMPORTS\n", "\n".join(lines) + "\n") + "\n\n" + "\n\n".join(classes)


def _class(package: pathlib.Path, module: str, name: str, imports: dict[str, set[str]]) -> str:
    tree = ast.parse((package / f"{module}.py").read_text(encoding="utf8"))
    known = _imports_of(tree, module)
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    methods = []
    for node in found.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.name in _SKIP:
            continue
        if any(isinstance(one, ast.Name) and one.id in ("property", "staticmethod") for one in node.decorator_list):
            continue
        methods.append(_method(node))
        for used in ast.walk(node.args), ast.walk(node.returns or ast.Constant(None)):
            for one in used:
                if isinstance(one, ast.Name):
                    _use(one.id, known, imports)
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and "." in one.value:
                    imports.setdefault("typing", set()).add("TYPE_CHECKING")
    base = "_AsyncClient" if name == "Client" else f"_Part[{name}]"
    if name != "Client":
        imports.setdefault(f".{module}", set()).add(name)
    return f"class Async{name}({base}):\n" + "\n".join(methods)


def _imports_of(tree: ast.Module, module: str) -> dict[str, str]:
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                known[alias.asname or alias.name] = "." * node.level + node.module
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            known[node.name] = f".{module}"
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = f".{module}"
    return known


def _use(name: str, known: dict[str, str], imports: dict[str, set[str]]) -> None:
    if name in known:
        imports.setdefault(known[name], set()).add(name)


def _method(node: ast.FunctionDef) -> str:
    returns = ast.unparse(node.returns) if node.returns else "None"
    call = _call(node.args)
    document = ast.get_docstring(node, clean=False)
    text = f'        """{document}"""\n' if document else ""
    if returns.startswith("Iterator["):
        item = returns[len("Iterator[") : -1]
        return (
            f"    async def {node.name}({ast.unparse(node.args)}) -> AsyncIterator[{item}]:\n{text}"
            f"        async for one in self._each(self._sync.{node.name}, {call}):\n            yield one\n"
        ).replace(", )", ")")
    return (
        f"    async def {node.name}({ast.unparse(node.args)}) -> {returns}:\n{text}"
        f"        return await self._run(self._sync.{node.name}, {call})\n"
    ).replace(", )", ")")


def _call(arguments: ast.arguments) -> str:
    parts = [one.arg for one in arguments.args if one.arg != "self"]
    parts += [f"{one.arg}={one.arg}" for one in arguments.kwonlyargs]
    if arguments.kwarg is not None:
        parts.append(f"**{arguments.kwarg.arg}")
    return ", ".join(parts)
