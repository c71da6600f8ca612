"""Source text to Facts in one hand-written pass over the syntax tree, which is dropped at the end.

A recursion by node type with explicit children is three to four times faster than `ast.NodeVisitor`.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from perflint.facts.ir import (
    ANN,
    ASSIGN,
    ATTR,
    AUG,
    AWAIT,
    BIN,
    BOOL,
    BREAK,
    CALL,
    CLASS,
    COMP,
    COMPARE,
    CONST,
    CONTINUE,
    DEF,
    DICT,
    EDGE_TESTS,
    EXPR,
    FOR,
    FSTR,
    GLOBAL,
    IF,
    IFEXP,
    IMPORT,
    LAMBDA,
    MATCH,
    NAME,
    OP,
    RAISE,
    RETURN,
    SEQ,
    SLICE,
    STAR,
    SUB,
    TRY,
    WALRUS,
    WHILE,
    WITH,
    YFROM,
    YIELD,
    Class,
    Facts,
    Function,
    Node,
    Parameter,
    Unparsable,
)  # fmt: skip

DOTTED = re.compile(r"\.?\w+(?:[.:]\w+)+")
"""A text that may name something of a module: `shop.models.Book`, `shop.app:main`."""
DEPTH = 4000
"""Frames of recursion that deeply nested code may use before it counts as not analysable."""

NOTHING: Node = (CONST, "…")


def extract(path: str, text: str, *, production: bool, markdown: bool) -> Facts:
    """Lower one file. Raises Unparsable when Python cannot parse it or it is nested too deeply."""
    flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if markdown else 0)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEPTH))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(text, path, "exec", flags, dont_inherit=True)
        return _Lowering(path, text).module(tree, production, markdown)
    except SyntaxError as error:
        raise Unparsable(error.lineno or 1, error.offset or 1, f"{error.msg}") from error
    except (RecursionError, MemoryError) as error:
        raise Unparsable(1, 1, "nested too deeply to analyse") from error
    except ValueError as error:  # NUL bytes, integer literals beyond the digit limit
        raise Unparsable(1, 1, str(error)) from error
    finally:
        sys.setrecursionlimit(limit)


class _Scope:
    """The function being lowered: what its body turned out to do."""

    __slots__ = ("awaits", "called", "decides", "index", "loops", "owner", "yields")

    def __init__(self, index: int, owner: int) -> None:
        self.index, self.owner = index, owner
        self.awaits = self.yields = self.loops = False
        self.called: set[str] = set()
        self.decides: set[str] = set()


class _Lowering:
    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = None if text.isascii() else text.encode().split(b"\n")
        self.positions: list[int] = []
        self.functions: list[Function | None] = []
        self.classes: list[Class | None] = []
        self.imported: set[str] = set()
        self.reached: set[str] = set()
        self.named: set[str] = set()
        self.patched: set[str] = set()
        self.words: set[str] = set()
        self.edges: set[str] = set()
        self.origins: dict[str, str] = {}
        self.scope = _Scope(-1, -1)
        self.prefix = ""

    def module(self, tree: ast.Module, production: bool, markdown: bool) -> Facts:
        body = self.block(tree.body)
        return Facts(
            self.path, production, markdown, body,
            tuple(f for f in self.functions if f), tuple(c for c in self.classes if c),
            self.positions, frozenset(self.imported), frozenset(self.patched),
            frozenset(self.words), frozenset(self.edges), frozenset(self.reached),
            named=frozenset(self.named),
        )  # fmt: skip

    # places

    def pos(self, node: Any) -> int:
        positions = self.positions
        line, end_line = node.lineno, node.end_lineno
        column, end_column = node.col_offset, node.end_col_offset
        if self.lines is not None:
            column, end_column = self.characters(line, column), self.characters(end_line, end_column)
        positions += (line, column + 1, end_line, end_column + 1)
        return len(positions) // 4 - 1

    def characters(self, line: int, offset: int) -> int:
        assert self.lines is not None
        if line > len(self.lines):
            return offset
        return len(self.lines[line - 1][:offset].decode("utf-8", "replace"))

    # statements

    def block(self, statements: Iterable[ast.stmt]) -> tuple[Node, ...]:
        table = _STATEMENTS
        found = []
        for statement in statements:
            lowered = table[type(statement)](self, statement)
            if lowered is not None:
                found.append(lowered)
        return tuple(found)

    def expr_statement(self, node: ast.Expr) -> Node | None:
        if type(node.value) is ast.Constant:
            return None
        return (EXPR, self.expr(node.value))

    def assign(self, node: ast.Assign) -> Node:
        value = self.expr(node.value)
        for target in node.targets:
            if type(target) is ast.Attribute:
                self.note_patch(target)
        targets = tuple([self.expr(target) for target in node.targets])
        return (ASSIGN, targets, value, self.pos(node)) if self.scope.owner >= 0 else (ASSIGN, targets, value)

    def note_patch(self, target: ast.Attribute) -> None:
        """Remember the library that an assignment to an attribute of something imported changes."""
        root: ast.expr = target.value
        while type(root) is ast.Attribute:
            root = root.value
        if type(root) is ast.Name and root.id in self.origins:
            self.patched.add(self.origins[root.id])

    def aug_assign(self, node: ast.AugAssign) -> Node:
        return (AUG, self.expr(node.target), self.expr(node.value))

    def ann_assign(self, node: ast.AnnAssign) -> Node:
        value = self.expr(node.value) if node.value else None
        return (ANN, self.expr(node.target), self.annotation(node.annotation), value, self.pos(node))

    def return_(self, node: ast.Return) -> Node:
        return (RETURN, self.pos(node), self.expr(node.value) if node.value else None)

    def for_(self, node: ast.For | ast.AsyncFor) -> Node:
        self.scope.loops = True
        is_async = type(node) is ast.AsyncFor
        if is_async:
            self.scope.awaits = True
        source = self.expr(node.iter)
        target = self.expr(node.target)
        return (FOR, self.pos(node), target, source, self.block(node.body), self.block(node.orelse), is_async)

    def while_(self, node: ast.While) -> Node:
        self.scope.loops = True
        return (WHILE, self.pos(node), self.deciding(node.test), self.block(node.body), self.block(node.orelse))

    def if_(self, node: ast.If) -> Node:
        return (IF, self.deciding(node.test), self.block(node.body), self.block(node.orelse))

    def with_(self, node: ast.With | ast.AsyncWith) -> Node:
        is_async = type(node) is ast.AsyncWith
        if is_async:
            self.scope.awaits = True
        items = tuple(
            [
                (self.expr(item.context_expr), self.expr(item.optional_vars) if item.optional_vars else None)
                for item in node.items
            ]
        )
        return (WITH, self.pos(node), items, self.block(node.body), is_async)

    def try_(self, node: Any) -> Node:
        body = self.block(node.body)
        handlers = tuple(
            [(self.expr(one.type) if one.type else None, one.name, self.block(one.body)) for one in node.handlers]
        )
        return (TRY, body, handlers, self.block(node.orelse), self.block(node.finalbody))

    def raise_(self, node: ast.Raise) -> Node:
        raised = [self.expr(one) for one in (node.exc, node.cause) if one]
        return (RAISE, (OP, tuple(raised)) if raised else None)

    def assert_(self, node: ast.Assert) -> Node:
        return (IF, self.expr(node.test), (), ((RAISE, None),))

    def delete(self, node: ast.Delete) -> Node:
        # the object of `del x.y[k]` is read, the target itself is not
        values = [target.value for target in node.targets if isinstance(target, (ast.Attribute, ast.Subscript))]
        values += [target.slice for target in node.targets if isinstance(target, ast.Subscript)]
        return (EXPR, (OP, self.exprs(values)))

    def global_(self, node: ast.Global | ast.Nonlocal) -> Node:
        return (GLOBAL, tuple(node.names))

    def import_(self, node: ast.Import) -> Node:
        bindings = []
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self.imported.add(top)
            self.reached.add(alias.name.rpartition(".")[2])
            self.origins[alias.asname or top] = top
            bindings.append((alias.asname, alias.name, None, 0) if alias.asname else (top, top, None, 0))
            if not alias.asname and "." in alias.name:
                bindings.append(("", alias.name, None, 0))  # loaded as a side effect, bound to nothing
        return (IMPORT, tuple(bindings))

    def import_from(self, node: ast.ImportFrom) -> Node:
        module = node.module or ""
        if not node.level:
            self.imported.add(module.partition(".")[0])
            self.origins.update((alias.asname or alias.name, module.partition(".")[0]) for alias in node.names)
        self.reached.update((module.rpartition(".")[2], *[alias.name for alias in node.names]))
        names = [(alias.asname or alias.name, module, alias.name, node.level) for alias in node.names]
        return (IMPORT, tuple(names))

    def match(self, node: ast.Match) -> Node:
        cases = []
        for case in node.cases:
            names = []
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    names.append(name)
            guard = self.expr(case.guard) if case.guard else None
            cases.append((tuple(names), guard, self.block(case.body)))
        return (MATCH, self.expr(node.subject), tuple(cases))

    def nothing(self, node: ast.stmt) -> None:
        return None

    def break_(self, node: ast.Break) -> Node:
        return (BREAK,)

    def continue_(self, node: ast.Continue) -> Node:
        return (CONTINUE,)

    # definitions

    def def_(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Node:
        decorators = tuple([self.expr(one) for one in node.decorator_list])
        parameters = self.parameters(node.args)
        returns = self.annotation(node.returns) if node.returns else None
        return (DEF, self.function(node, node.name, parameters, decorators, returns, node.body))

    def function(
        self,
        node: Any,
        name: str,
        parameters: tuple[Parameter, ...],
        decorators: tuple[Node, ...],
        returns: Node | None,
        body: Any,
    ) -> int:
        index = len(self.functions)
        self.functions.append(None)
        outer, outer_prefix = self.scope, self.prefix
        self.scope = _Scope(index, -1)
        qualname = outer_prefix + name
        self.prefix = qualname + "."
        lowered = self.block(body) if isinstance(body, list) else ((RETURN, self.pos(body), self.expr(body)),)
        scope = self.scope
        self.scope, self.prefix = outer, outer_prefix
        self.functions[index] = Function(
            index, name, qualname, self.head(node, name), parameters, decorators, returns,
            type(node) is ast.AsyncFunctionDef, scope.yields, scope.awaits, scope.loops, frozenset(scope.called),
            frozenset(scope.decides),
            node.end_lineno, outer.owner, outer.index, lowered,
        )  # fmt: skip
        return index

    def head(self, node: Any, name: str) -> int:
        """The place of `def name`, without the body."""
        if type(node) is ast.Lambda:
            return self.pos(node)
        column = node.col_offset if self.lines is None else self.characters(node.lineno, node.col_offset)
        keyword = {ast.FunctionDef: "def ", ast.AsyncFunctionDef: "async def ", ast.ClassDef: "class "}[type(node)]
        self.positions += (node.lineno, column + 1, node.lineno, column + 1 + len(keyword) + len(name))
        return len(self.positions) // 4 - 1

    def parameters(self, args: ast.arguments) -> tuple[Parameter, ...]:
        positional = [*args.posonlyargs, *args.args]
        missing = len(positional) - len(args.defaults)
        found = [
            self.parameter(arg, args.defaults[at - missing] if at >= missing else None, "pos")
            for at, arg in enumerate(positional)
        ]
        if args.vararg:
            found.append(self.parameter(args.vararg, None, "*"))
        found += [
            self.parameter(arg, default, "kw") for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=False)
        ]
        if args.kwarg:
            found.append(self.parameter(args.kwarg, None, "**"))
        return tuple(found)

    def parameter(self, arg: ast.arg, default: ast.expr | None, kind: str) -> Parameter:
        annotation = self.annotation(arg.annotation) if arg.annotation else None
        return Parameter(arg.arg, annotation, self.expr(default) if default else None, kind)

    def annotation(self, node: ast.expr) -> Node:
        if type(node) is ast.Constant and isinstance(node.value, str) and len(node.value) < 500:
            try:
                parsed = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError, MemoryError, RecursionError):
                return NOTHING
            for part in ast.walk(parsed):  # places inside the text are those of the text
                if isinstance(part, ast.expr):
                    part.lineno = part.end_lineno = node.lineno
                    part.col_offset, part.end_col_offset = node.col_offset, node.end_col_offset
            return self.expr(parsed)
        if type(node) is ast.Subscript:
            parts = node.slice.elts if type(node.slice) is ast.Tuple else [node.slice]
            inner = [self.annotation(part) for part in parts]
            index = (SEQ, "tuple", tuple(inner)) if type(node.slice) is ast.Tuple else inner[0]
            return (SUB, self.pos(node), self.expr(node.value), index)
        if type(node) is ast.BinOp:
            return (BIN, "BitOr", self.annotation(node.left), self.annotation(node.right))
        return self.expr(node)

    def class_(self, node: ast.ClassDef) -> Node:
        index = len(self.classes)
        self.classes.append(None)
        bases = tuple([self.expr(base) for base in node.bases])
        keywords = tuple([(one.arg, self.expr(one.value)) for one in node.keywords])
        decorators = tuple([self.expr(one) for one in node.decorator_list])
        outer, outer_prefix = self.scope, self.prefix
        self.scope = _Scope(outer.index, index)
        qualname = outer_prefix + node.name
        self.prefix = qualname + "."
        body = self.block(node.body)
        self.scope, self.prefix = outer, outer_prefix
        self.classes[index] = Class(
            index, node.name, qualname, self.head(node, node.name), bases, keywords, decorators, body, outer.index
        )
        return (CLASS, index)

    # expressions

    def expr(self, node: ast.expr) -> Node:
        return _EXPRESSIONS[type(node)](self, node)

    def deciding(self, node: ast.expr) -> Node:
        """Lower an expression whose value may decide what runs: in a test, an operation, an argument."""
        lowered = _EXPRESSIONS[type(node)](self, node)
        self.note_deciding(lowered)
        return lowered

    def note_deciding(self, lowered: Node) -> None:
        if lowered[0] == NAME:
            self.scope.decides.add(lowered[1])
        elif lowered[0] == ATTR:
            self.scope.decides.add(lowered[3])
        elif lowered[0] == OP:  # not x
            for one in lowered[1]:
                self.note_deciding(one)

    def exprs(self, nodes: Iterable[ast.expr]) -> tuple[Node, ...]:
        table = _EXPRESSIONS
        return tuple([table[type(node)](self, node) for node in nodes])

    def name(self, node: ast.Name) -> Node:
        return (NAME, node.id)

    def constant(self, node: ast.Constant) -> Node:
        value = node.value
        if isinstance(value, str) and DOTTED.fullmatch(value):
            self.named.update(re.split("[.:]", value)[-2:])
        if value is None or isinstance(value, (str, bool, int, float)):
            return (CONST, value)
        return NOTHING

    def attribute(self, node: ast.Attribute) -> Node:
        # a long chain of calls nests to the left: walk it down with a loop, build it on the way up
        return self.chain(node)

    def chain(self, node: ast.expr) -> Node:
        links: list[ast.Attribute | ast.Call | ast.Subscript] = []
        while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
            links.append(node)
            node = node.func if isinstance(node, ast.Call) else node.value
        lowered = self.expr(node)
        for link in reversed(links):
            if isinstance(link, ast.Attribute):
                lowered = (ATTR, self.pos(link), lowered, link.attr)
            elif isinstance(link, ast.Call):
                keywords = tuple([(one.arg, self.deciding(one.value)) for one in link.keywords])
                if lowered[0] == ATTR:
                    self.scope.called.add(lowered[3])
                    if lowered[3] in EDGE_TESTS:
                        self.note_words(link.args, self.edges)
                        self.note_deciding(lowered[2])
                elif lowered[0] == NAME:
                    self.scope.called.add(lowered[1])
                arguments = tuple([self.deciding(one) for one in link.args])
                lowered = (CALL, self.pos(link), lowered, arguments, keywords)
            else:
                lowered = (SUB, self.pos(link), lowered, self.expr(link.slice))
        return lowered

    def await_(self, node: ast.Await) -> Node:
        self.scope.awaits = True
        return (AWAIT, self.pos(node), self.expr(node.value))

    def comprehension(self, node: Any) -> Node:
        self.scope.loops = True
        generators = []
        for one in node.generators:
            source, target = self.expr(one.iter), self.expr(one.target)
            if one.is_async:
                self.scope.awaits = True
            generators.append((target, source, self.exprs(one.ifs), bool(one.is_async)))
        elements = (node.key, node.value) if type(node) is ast.DictComp else (node.elt,)
        return (COMP, self.pos(node), _KINDS[type(node)], tuple(generators), self.exprs(elements))

    def lambda_(self, node: ast.Lambda) -> Node:
        return (LAMBDA, self.function(node, "<lambda>", self.parameters(node.args), (), None, node.body))

    def bool_op(self, node: ast.BoolOp) -> Node:
        return (BOOL, tuple([self.deciding(one) for one in node.values]), type(node.op) is ast.Or)

    def if_exp(self, node: ast.IfExp) -> Node:
        return (IFEXP, self.deciding(node.test), self.expr(node.body), self.expr(node.orelse))

    def bin_op(self, node: ast.BinOp) -> Node:
        links = []
        left: ast.expr = node
        while type(left) is ast.BinOp:
            links.append(left)
            left = left.left
        lowered = self.deciding(left)
        for link in reversed(links):
            lowered = (BIN, type(link.op).__name__, lowered, self.deciding(link.right))
        return lowered

    def unary(self, node: ast.UnaryOp) -> Node:
        operand = node.operand
        if type(node.op) is ast.USub and type(operand) is ast.Constant and isinstance(operand.value, (int, float)):
            return (CONST, -operand.value)
        while type(operand) is ast.UnaryOp:
            operand = operand.operand
        return (OP, (self.expr(operand),))

    def compare(self, node: ast.Compare) -> Node:
        operators = tuple([type(one).__name__ for one in node.ops])
        self.note_words((node.left, *node.comparators), self.words)
        return (COMPARE, self.deciding(node.left), operators, tuple([self.deciding(one) for one in node.comparators]))

    def note_words(self, nodes: Iterable[ast.expr], words: set[str]) -> None:
        for node in nodes:
            if type(node) is ast.Constant:
                if type(node.value) is str:
                    words.add(node.value)
            elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
                self.note_words(node.elts, words)

    def sequence(self, node: Any) -> Node:
        return (SEQ, _KINDS[type(node)], self.exprs(node.elts))

    def dict(self, node: ast.Dict) -> Node:
        keys = tuple([self.expr(key) if key else None for key in node.keys])
        return (DICT, keys, self.exprs(node.values), self.pos(node))

    def starred(self, node: ast.Starred) -> Node:
        return (STAR, self.expr(node.value))

    def joined(self, node: Any) -> Node:
        values, text = [], []
        for part in node.values:
            if type(part) is ast.Constant:
                text.append(str(part.value))
            else:
                values.append(self.expr(part.value))
                text.append("{}")
        return (FSTR, tuple(values), "".join(text), self.pos(node))

    def yield_(self, node: ast.Yield) -> Node:
        self.scope.yields = True
        return (YIELD, self.pos(node), self.expr(node.value) if node.value else None)

    def yield_from(self, node: ast.YieldFrom) -> Node:
        self.scope.yields = True
        return (YFROM, self.pos(node), self.expr(node.value))

    def walrus(self, node: ast.NamedExpr) -> Node:
        return (WALRUS, node.target.id, self.expr(node.value))

    def slice(self, node: ast.Slice) -> Node:
        return (SLICE, *[self.expr(one) if one else None for one in (node.lower, node.upper, node.step)])

    def odd(self, node: ast.expr) -> Node:
        return NOTHING


_KINDS: dict[type[ast.AST], str] = {
    ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "iter", ast.DictComp: "dict",
    ast.List: "list", ast.Tuple: "tuple", ast.Set: "set",
}  # fmt: skip

_EXPRESSIONS: dict[type[ast.AST], Callable[[_Lowering, Any], Node]] = {
    ast.Name: _Lowering.name,
    ast.Constant: _Lowering.constant,
    ast.Attribute: _Lowering.attribute,
    ast.Call: _Lowering.chain,
    ast.Subscript: _Lowering.chain,
    ast.Await: _Lowering.await_,
    ast.ListComp: _Lowering.comprehension,
    ast.SetComp: _Lowering.comprehension,
    ast.GeneratorExp: _Lowering.comprehension,
    ast.DictComp: _Lowering.comprehension,
    ast.Lambda: _Lowering.lambda_,
    ast.BoolOp: _Lowering.bool_op,
    ast.IfExp: _Lowering.if_exp,
    ast.BinOp: _Lowering.bin_op,
    ast.UnaryOp: _Lowering.unary,
    ast.Compare: _Lowering.compare,
    ast.List: _Lowering.sequence,
    ast.Tuple: _Lowering.sequence,
    ast.Set: _Lowering.sequence,
    ast.Dict: _Lowering.dict,
    ast.Starred: _Lowering.starred,
    ast.JoinedStr: _Lowering.joined,
    ast.Yield: _Lowering.yield_,
    ast.YieldFrom: _Lowering.yield_from,
    ast.NamedExpr: _Lowering.walrus,
    ast.Slice: _Lowering.slice,
}
_STATEMENTS: dict[type[ast.AST], Callable[[_Lowering, Any], Node | None]] = {
    ast.Expr: _Lowering.expr_statement,
    ast.Assign: _Lowering.assign,
    ast.AugAssign: _Lowering.aug_assign,
    ast.AnnAssign: _Lowering.ann_assign,
    ast.Return: _Lowering.return_,
    ast.For: _Lowering.for_,
    ast.AsyncFor: _Lowering.for_,
    ast.While: _Lowering.while_,
    ast.If: _Lowering.if_,
    ast.With: _Lowering.with_,
    ast.AsyncWith: _Lowering.with_,
    ast.Try: _Lowering.try_,
    ast.Raise: _Lowering.raise_,
    ast.Assert: _Lowering.assert_,
    ast.Delete: _Lowering.delete,
    ast.Global: _Lowering.global_,
    ast.Nonlocal: _Lowering.global_,
    ast.Import: _Lowering.import_,
    ast.ImportFrom: _Lowering.import_from,
    ast.Match: _Lowering.match,
    ast.FunctionDef: _Lowering.def_,
    ast.AsyncFunctionDef: _Lowering.def_,
    ast.ClassDef: _Lowering.class_,
    ast.Pass: _Lowering.nothing,
    ast.Break: _Lowering.break_,
    ast.Continue: _Lowering.continue_,
}
# node types that only newer interpreters have
for _name, _method in (("TryStar", _Lowering.try_), ("TypeAlias", _Lowering.nothing)):
    if hasattr(ast, _name):
        _STATEMENTS[getattr(ast, _name)] = _method
for _name, _lower in (("TemplateStr", _Lowering.joined),):
    if hasattr(ast, _name):
        _EXPRESSIONS[getattr(ast, _name)] = _lower
