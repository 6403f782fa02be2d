"""What an Alembic migration takes away from a release that was written before it: read, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from goldfinch.core.deploy.sql_changes import UNREADABLE, Known, changes

_TAKES_AWAY = {
    "drop_column": "drops a column",
    "drop_table": "drops a table",
    "rename_table": "renames a table",
    "drop_all": "drops tables",
}
_TIGHTENS = frozenset(
    {
        "create_unique_constraint",
        "create_check_constraint",
        "create_foreign_key",
        "create_primary_key",
        "create_exclude_constraint",
    }
)
_READS_OR_ADDS = frozenset({"select", "insert", "update", "bulk_insert"})


def alembic_changes(source: str, known: Known) -> Iterator[tuple[int, str]]:
    """Line and words of everything that an older release may miss in `upgrade()` and what it calls of its own module."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield 1, "is no Python that can be read"
        return
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    if "upgrade" not in functions:
        yield 1, "has no upgrade()"
        return
    reader = _Reader(_constants(module), known)
    for name in _called_from("upgrade", functions):
        yield from reader.of_function(functions[name])


def _called_from(name: str, functions: dict[str, ast.FunctionDef]) -> list[str]:
    found, left = [], [name]
    while left:
        name = left.pop()
        if name in functions and name not in found:
            found.append(name)
            left += [node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)]
    return found


def _constants(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """Name → everything that is ever assigned to it, also one by one in a loop over a list."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value is not None:
            found.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(node)  # type: ignore[arg-type]
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            each = node.iter.elts if isinstance(node.iter, ast.List | ast.Tuple) else [node.iter]
            found.setdefault(node.target.id, []).extend(each)
    return found


class _Reader:
    def __init__(self, constants: dict[str, list[ast.expr]], known: Known) -> None:
        self._constants, self._known = constants, known

    def of_function(self, function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            yield from ((call.lineno if line is None else line, what) for line, what in self._of_call(call))

    def _of_call(self, call: ast.Call) -> Iterator[tuple[int | None, str]]:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        first = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
        table = first if isinstance(first, str) else ""
        if name == "create_table":
            self._known.tables.add(table.lower())
        elif name in ("execute", "exec_driver_sql", "scalar", "scalars"):
            yield from self._of_sql(call.args[0] if call.args else None, depth=0)
        elif table and table.lower() in self._known.tables:
            return
        elif name in _TAKES_AWAY:
            yield None, f"{_TAKES_AWAY[name]} ({table})" if table else _TAKES_AWAY[name]
        elif name == "alter_column":
            yield from ((None, what) for what in _alter_column(call))
        elif name == "add_column":
            yield from ((None, what) for what in _add_column(call))
        elif (name in _TIGHTENS or (name == "create_index" and _is_true(_argument(call, "unique")))) and not self._is_on_new(call):
            yield None, "adds a rule that an older release may not keep to"

    def _is_on_new(self, call: ast.Call) -> bool:
        """The table is the second argument of these."""
        table = call.args[1] if len(call.args) > 1 else _argument(call, "table_name") or _argument(call, "source_table")
        return isinstance(table, ast.Constant) and str(table.value).lower() in self._known.tables

    def _of_sql(self, sql: ast.expr | None, depth: int) -> Iterator[tuple[int | None, str]]:
        if isinstance(sql, ast.Constant) and isinstance(sql.value, str):
            yield from changes(sql.value, self._known, sql.lineno)
        elif isinstance(sql, ast.Name) and sql.id in self._constants and depth < 4:
            for value in self._constants[sql.id]:
                yield from self._of_sql(value, depth + 1)
        elif isinstance(sql, ast.Call) and _last_name(sql.func) == "text" and sql.args:
            yield from self._of_sql(sql.args[0], depth + 1)
        elif isinstance(sql, ast.Call) and (name := _outermost_verb(sql)) in (*_READS_OR_ADDS, "delete"):
            if name == "delete":
                yield None, "removes rows"
        else:
            yield None, UNREADABLE


def _alter_column(call: ast.Call) -> Iterator[str]:
    column = _text_of(call.args[1:2])
    if _argument(call, "new_column_name") is not None:
        yield f"renames {column}"
    if _argument(call, "type_") is not None:
        yield f"changes the type of {column}"
    nullable = _argument(call, "nullable")
    if nullable is not None and not _is_true(nullable):
        yield f"sets {column} NOT NULL"


def _add_column(call: ast.Call) -> Iterator[str]:
    column = next((node for node in call.args if isinstance(node, ast.Call) and _last_name(node.func) == "Column"), None)
    if column is None:
        yield "adds a column that is made while it runs, which cannot be checked"
        return
    nullable = _argument(column, "nullable")
    if nullable is not None and not _is_true(nullable) and _argument(column, "server_default") is None:
        yield f"adds {_text_of(column.args[:1])} NOT NULL without a server default"


def _text_of(given: list[ast.expr]) -> str:
    value = given[0].value if given and isinstance(given[0], ast.Constant) else None
    return value if isinstance(value, str) else "a column"


def _outermost_verb(call: ast.Call) -> str:
    """`update` of `sa.update(t).where(...)`: the innermost call of the chain makes the statement."""
    found: ast.expr = call
    name = ""
    while isinstance(found, ast.Call):
        name = _last_name(found.func)
        if name in (*_READS_OR_ADDS, "delete"):
            return name
        found = found.func.value if isinstance(found.func, ast.Attribute) else found.func
    return name


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
