"""Which branches of a test run: what constants, types and empty slots decide, and what a branch knows in turn."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from perflint.facts.ir import (
    ASSIGN,
    ATTR,
    AUG,
    BIN,
    BOOL,
    CALL,
    COMPARE,
    CONST,
    EDGE_TESTS,
    EXPR,
    FOR,
    NAME,
    OP,
    SEQ,
    STAR,
    WALRUS,
    Node,
    Parameter,
)  # fmt: skip
from perflint.program import attributes, classes
from perflint.program.text import slot_of
from perflint.program.values import (
    FEW,
    NOT_NONE,
    OTHER,
    PLAIN,
    TRUE,
    UNKNOWN,
    ClassKey,
    ClassValue,
    External,
    FunctionKey,
    FunctionValue,
    Instance,
    Many,
    Mapping,
    Module,
    Object,
    Plain,
    Query,
    Row,
    Tuple,
    Unknown,
    Value,
    choices,
    is_other,
    presence_of,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame
    from perflint.program.program import Program

SHORT = 40
"""Characters of a text up to which it is taken for a word that branches are decided by."""
UNDECIDED: Any = ...
"""What stands for a constant that nobody knows."""

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Is": operator.eq, "Eq": operator.eq, "IsNot": operator.ne, "NotEq": operator.ne, "Lt": operator.lt,
    "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge, "In": lambda one, many: one in many,
    "NotIn": lambda one, many: one not in many,
}  # fmt: skip
_ORDERS = ("Lt", "LtE", "Gt", "GtE")
_PARTS = ("In", "NotIn")
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul,
}  # fmt: skip
_TEXT_TESTS = dict(zip(EDGE_TESTS, (str.startswith, str.endswith), strict=True))


def constant_of(value: Value | None) -> Any:
    """The constant that a value surely is: None, a flag, an integer or a word. UNDECIDED for anything else."""
    if not isinstance(value, Plain):
        return UNDECIDED
    text = value.text
    if text is None or isinstance(text, (bool, int)):
        return text
    return text if isinstance(text, str) and len(text) <= SHORT and "{" not in text else UNDECIDED


def as_argument(program: Program, key: FunctionKey, name: str, value: Plain) -> Plain:
    """A constant as a function is evaluated for it: plain where it decides nothing there."""
    constant = constant_of(value)
    if name not in program.function(key).decides:
        return PLAIN
    if constant is UNDECIDED:
        return Plain(there=presence_of(value))
    if not isinstance(constant, str) or value == OTHER:
        return value
    if is_other(value):
        return value if value == _other_in(key[0]) else PLAIN
    return value if program.is_tested(constant) else OTHER


def coarser(program: Program, file: int, value: Value) -> Value:
    """A word as few kinds of it are told apart: by the tests of one file only."""
    constant = constant_of(value)
    if not isinstance(constant, str) or is_other(value) or program.is_tested(constant, file):
        return value
    return _other_in(file)


def _other_in(file: int) -> Plain:
    """A text that one file compares with nothing."""
    return Plain(f"{OTHER.text}{file}")


def _constant_in(frame: Frame, value: Value | None) -> Any:
    """The constant that a value surely is for the tests of a frame's file."""
    if value is not None and is_other(value) and value not in (OTHER, _other_in(frame.file)):
        return UNDECIDED
    return constant_of(value)


def default_of(parameter: Parameter) -> Any:
    """The constant that a parameter holds when it is not given."""
    default = parameter.default
    return constant_of(Plain(default[1])) if default is not None and default[0] == CONST else UNDECIDED


def is_flag(value: Value) -> bool:
    """Whether a value is `None`, True or False."""
    return isinstance(value, Plain) and (value.text is None or isinstance(value.text, bool))


def computed(how: str, left: Value, right: Value) -> Value:
    """What arithmetic on two integers gives, a plain value where they are not known. No operation gives None."""
    one, other = constant_of(left), constant_of(right)
    if how in _ARITHMETIC and type(one) is type(other) is int:
        return Plain(_ARITHMETIC[how](one, other))
    return Plain(there=NOT_NONE)


def is_for_checkers(test: Node) -> bool:
    """Whether a test holds only while types are checked."""
    return test == (NAME, "TYPE_CHECKING") or (test[0] == ATTR and test[3] == "TYPE_CHECKING")


def truth(frame: Frame, test: Node) -> bool | None:
    """Whether a test surely holds or fails; None where either may happen."""
    code = test[0]
    if code in (NAME, ATTR):
        return False if is_for_checkers(test) else _holds(frame, test)
    if code == CONST:
        return bool(test[1]) if test[1] != "…" else None
    if code == BOOL:
        known = [truth(frame, one) for one in test[1]]
        if test[2]:
            return True if True in known else (False if all(one is False for one in known) else None)
        return False if False in known else (True if all(one is True for one in known) else None)
    if code == OP and len(test[1]) == 1:  # not x
        held = truth(frame, test[1][0])
        return None if held is None else not held
    if code == COMPARE and len(test[2]) == 1:
        return _compared(frame, test[2][0], test[1], test[3][0])
    if code == CALL:
        return _called(frame, test)
    return None


def _compared(frame: Frame, how: str, left: Node, right: Node) -> bool | None:
    compare = _COMPARISONS.get(how)
    if compare is None:
        return None
    one, other = _constant(frame, left), _constant(frame, right)
    if other is UNDECIDED:
        return None
    if (is_other(Plain(one)) and (one == other or how in _ORDERS)) or (
        is_other(Plain(other)) and (how in _ORDERS or how in _PARTS)
    ):
        return None  # two such texts may be the same or not, and hold any other
    if one is UNDECIDED:
        value = known(frame, left)
        is_object = isinstance(value, (Instance, Object, FunctionValue, ClassValue, Query, Many, Tuple, Mapping))
        is_object = is_object or (other is None and value is not None and presence_of(value) > 0)
        return how in ("IsNot", "NotEq") if is_object and (other is None or isinstance(other, bool)) else None
    if how in ("Is", "IsNot") and not (other is None or isinstance(other, bool)):
        return None
    try:
        return compare(one, other)
    except TypeError:
        return None


def _called(frame: Frame, test: Node) -> bool | None:
    function, arguments = test[2], test[3]
    if function == (NAME, "isinstance") and len(arguments) == 2:
        return _is_instance(frame, arguments[0], arguments[1])
    if function == (NAME, "hasattr") and len(arguments) == 2:  # what the query put there
        row, name = _asked_row(frame, arguments[0]), arguments[1]
        return True if row is not None and name[0] == CONST and (name[1],) in row.loads else None
    if function[0] in (NAME, ATTR) and len(arguments) == 1:
        asked = known(frame, arguments[0])
        if isinstance(asked, FunctionValue) and _asks(frame, function, "coroutine-tests"):
            return frame.program.function(asked.key).is_async
    if function[0] == ATTR and function[2][0] == NAME and function[3] in ("get", "pop") and arguments:
        return _taken(frame.env.get(function[2][1]), arguments)
    if function[0] == ATTR and function[3] in _TEXT_TESTS and len(arguments) == 1:
        text, part = _constant(frame, function[2]), _constant(frame, arguments[0])
        if isinstance(text, str) and (isinstance(part, str) or _are_texts(part)):
            return _TEXT_TESTS[function[3]](text, part)
    return None


def _taken(holder: Value | None, arguments: Sequence[Node]) -> bool | None:
    """Whether what a dict whose keys are all known holds under a constant key counts as true."""
    if not isinstance(holder, Mapping) or not holder.closed or arguments[0][0] != CONST:
        return None
    default = Plain(arguments[1][1]) if len(arguments) > 1 and arguments[1][0] == CONST else UNKNOWN
    value = dict(holder.items).get(arguments[0][1], default if len(arguments) > 1 else Plain(None))
    constant = constant_of(value)
    return None if constant is UNDECIDED else bool(constant)


def _are_texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, str) for one in value)


def _constant(frame: Frame, node: Node) -> Any:
    """The constant that an expression surely is, also a tuple of constants."""
    if node[0] == CONST:
        return node[1] if node[1] != "…" else UNDECIDED
    if node[0] == SEQ:
        values = tuple([_constant(frame, one) for one in node[2]])
        return UNDECIDED if UNDECIDED in values else values
    return _constant_in(frame, known(frame, node))


def _holds(frame: Frame, node: Node) -> bool | None:
    """Whether a name surely holds an object (True), or something empty (False)."""
    value = known(frame, node)
    if isinstance(value, (Instance, Object, FunctionValue, ClassValue)):
        return True if node[0] == NAME else None
    if value is not None and presence_of(value) == TRUE:
        return True if not isinstance(value, Row) or not _has_truth(frame, value) else None
    constant = constant_of(value)
    return None if constant is UNDECIDED else bool(constant)


def _has_truth(frame: Frame, row: Row) -> bool:
    """Whether a model says itself which of its rows count as true."""
    found = row.model is not None and [classes.find(frame.program, row.model, one) for one in ("__bool__", "__len__")]
    return bool(found and any(found))


def known(frame: Frame, node: Node) -> Value | None:
    """The value of a local name, of a global flag, or of an attribute of `self` that only the constructor sets."""
    if frame.function is None:
        return None
    if node[0] == NAME:
        if node[1] in frame.shared:
            return None
        value = frame.env.get(node[1])
        return value if value is not None else _flag(frame.lookup(node[1]) if frame.closure is None else None)
    if node[0] == ATTR and node[2][0] == NAME:
        receiver = frame.env.get(node[2][1])
        module = frame.lookup(node[2][1]) if receiver is None else receiver
        if isinstance(module, Module):
            return _flag(attributes.read(frame, module, node[3], frame.here(), None))
        if isinstance(receiver, Object) and receiver.arguments and frame.is_self(receiver):
            return _constructed(frame, receiver, node[3])
    return None


def _flag(value: Value | None) -> Value | None:
    """A global's value where it is `None`, True or False: only these are known to stay."""
    return value if value is not None and is_flag(value) else None


def _constructed(frame: Frame, receiver: Object, name: str) -> Value | None:
    """What the constructor left in `self.name`, where no other method assigns it."""
    program = frame.program
    if attributes.is_set(frame, receiver, name):
        return dict(receiver.arguments).get(name)
    for base in classes.mro(program, receiver.cls):
        functions = classes.stores(program, base).get(name) if isinstance(base, tuple) else None
        if functions is not None and isinstance(base, tuple):
            only = len(functions) == 1 and program.function((base[0], functions[0])).name == "__init__"
            if only and name in frame.stored:  # in the constructor itself
                return frame.stored[name]
            return attributes.stored_attribute(frame, receiver, name) if only else None
    return None


def _is_instance(frame: Frame, node: Node, kind: Node) -> bool | None:
    """What `isinstance(node, kind)` gives, where the type is known."""
    if node[0] != ATTR:
        return is_one_of(frame, frame.env.get(node[1]) if node[0] == NAME else None, kind)
    count = len(frame.effects)
    answers = {is_one_of(frame, one, kind) for one in choices(frame.expr(node))}
    del frame.effects[count:]  # the test itself has read it
    return answers.pop() if len(answers) == 1 else None


def is_one_of(frame: Frame, value: Value | None, kind: Node) -> bool | None:
    """Whether a value is surely an instance of a class, or of one of those in a tuple; None where nobody knows."""
    if value == Plain(None):
        return False if kind[0] in (NAME, ATTR) and not _is_none_type(frame, kind) else None
    key = value.cls if isinstance(value, Object) else value.model if isinstance(value, Row) else None
    if key is None:
        return None
    answers = []
    for one in kind[2] if kind[0] == SEQ else (kind,):
        target = frame.expr(one) if one[0] in (NAME, ATTR) else UNKNOWN
        if not isinstance(target, ClassValue):
            return None
        if target.key in classes.mro(frame.program, key):
            return True
        answers.append(None if key in classes.mro(frame.program, target.key) else False)
    return False if answers and all(one is False for one in answers) else None


def _is_none_type(frame: Frame, kind: Node) -> bool:
    """Whether a class that `isinstance` asks for may be one that None is an instance of."""
    target = frame.expr(kind)
    if isinstance(target, ClassValue):
        return False
    module, _, name = target.name.rpartition(".") if isinstance(target, External) else ("", "", "")
    known = getattr(builtins, name, None) if module == builtins.__name__ else None
    return not isinstance(known, type) or isinstance(None, known)


def tested_fields(program: Program, key: ClassKey) -> frozenset[str]:
    """Attributes that tests in the methods of a class and its bases may mention."""
    found = program.tested_fields.get(key)
    if found is None:
        found = program.tested_fields[key] = frozenset(
            name
            for base in classes.mro(program, key)
            if isinstance(base, tuple)
            for _, method in classes.methods(program, base)
            for name in program.function(method).decides
        )
    return found


def assigned(frame: Frame, node: Node) -> frozenset[str]:
    """Names that a loop's body binds: what they held before it says nothing of its later rounds."""
    cache = frame.program.assigned
    found = cache.get(id(node))
    if found is None:
        names: set[str] = set()
        stack: list[Any] = [node]
        while stack:
            one = stack.pop()
            if not isinstance(one, tuple) or not one:
                continue
            if one[0] == ASSIGN:
                names.update(name for target in one[1] for name in names_of(target))
            elif one[0] == FOR and len(one) == 7:
                names.update(names_of(one[2]))
            elif one[0] == AUG:
                names.update(names_of(one[1]))
            elif one[0] == WALRUS and isinstance(one[1], str):
                names.add(one[1])
            stack.extend(part for part in one if isinstance(part, tuple))
        found = cache[id(node)] = frozenset(names)
    return found


def names_of(target: Node) -> list[str]:
    """The names that an assignment target binds."""
    if target[0] == NAME:
        return [target[1]]
    if target[0] == SEQ:
        return [name for one in target[2] for name in names_of(one)]
    return names_of(target[1]) if target[0] == STAR else []


def forget_constants(frame: Frame, body: Node) -> None:
    """Names that a loop rebinds are no constants inside it."""
    for name in assigned(frame, body):
        value = frame.env.get(name)
        if isinstance(value, Plain):
            frame.env[name] = PLAIN
        elif isinstance(value, Unknown):
            frame.env[name] = UNKNOWN


def asks_for_debugging(frame: Frame, test: Node) -> bool:
    """Whether a branch is there for development only: its test asks for a name like DEBUG."""
    if test[0] == OP or (test[0] == BOOL and test[2]):
        return False
    if test[0] in (NAME, ATTR):
        word = str(test[1] if test[0] == NAME else test[3]).strip("_").lower()
        return any(
            word.startswith(start) for start, what in frame.program.packs.semantics.items() if what == "debugging"
        )
    parts: tuple[Any, ...] = ()
    if test[0] == BOOL:
        parts = test[1]
    elif test[0] == COMPARE and test[2][0] in ("In", "Is", "Eq"):
        parts = (test[1], *test[3])
    elif test[0] == CALL:
        parts = (test[2],) if test[2][0] == NAME else (test[2][2],)
    return any(asks_for_debugging(frame, part) for part in parts)


def ends_batch(test: Node, body: Sequence[Node]) -> bool:
    """Whether a branch runs once per so many rounds: `if number % 500 == 0`, `if len(rows) >= 500` with `rows = []`."""
    if test[0] in (BOOL, OP):
        return any(ends_batch(one, body) for one in test[1])
    if test[0] == BIN:
        return bool(test[1] == "Mod") and not (test[3][0] == CONST and test[3][1] in range(FEW))
    if test[0] != COMPARE:
        return False
    left = test[1]
    if left[0] == BIN:
        return ends_batch(left, body)
    if left[0] == CALL and left[2] == (NAME, "len") and left[3]:
        left = left[3][0]
    return left[0] == NAME and test[2][0] in ("GtE", "Gt", "Eq") and any(_begins_anew(one, left) for one in body)


def _begins_anew(statement: Node, name: Node) -> bool:
    """Whether a statement binds a name to something new, or empties what it holds."""
    if statement[0] == ASSIGN:
        return name in statement[1]
    if statement[0] != EXPR or statement[1][0] != CALL:
        return False
    function = statement[1][2]
    return bool(function[0] == ATTR and function[2] == name and function[3] == "clear")


def asks_the_row(frame: Frame, test: Node) -> bool:
    """Whether a test asks a row for what the query that gave it may have left there: the answer is there, mostly."""
    if test[0] == BOOL or test[0] == OP:
        return any(asks_the_row(frame, one) for one in test[1])
    if test[0] == COMPARE:
        holders = [one for one in map(_as_attribute, (test[1], *test[3])) if one[0] == ATTR]
        return any(_is_inside(frame, one) for one in holders)
    if test[0] == CALL and test[2] == (NAME, "hasattr") and len(test[3]) == 2:
        row, name = _asked_row(frame, test[3][0]), test[3][1]
        return row is not None and name[0] == CONST and not _has(frame, row, name[1])
    return False


def _asked_row(frame: Frame, node: Node) -> Row | None:
    """The row that a name or an attribute holds: `row`, `row.shelf`."""
    count = len(frame.effects)
    value = frame.expr(node) if node[0] in (NAME, ATTR) else UNKNOWN
    del frame.effects[count:]  # the test itself has read it
    return value if isinstance(value, Row) else None


def _as_attribute(node: Node) -> Node:
    """`getattr(row, "name", {})` as the attribute that it reads."""
    if node[0] == CALL and node[2] == (NAME, "getattr") and len(node[3]) > 1 and node[3][1][0] == CONST:
        return (ATTR, node[1], node[3][0], str(node[3][1][1]))
    return node


def _is_inside(frame: Frame, node: Node) -> bool:
    """`row.__dict__`, `row._cache`, `row.books.all()._cache`: what stands inside a row or its queries."""
    if not node[3].startswith("_"):
        return False
    holder = node[2]
    while holder[0] in (ATTR, CALL):
        holder = holder[2]
    row = frame.env.get(holder[1]) if holder[0] == NAME else None
    return isinstance(row, Row) and not (holder is node[2] and _has(frame, row, node[3]))


def _has(frame: Frame, row: Row, name: str) -> bool:
    program = frame.program
    if row.model is None:
        return True
    if program.models.relation(row.model, name) is not None or classes.find(program, row.model, name) is not None:
        return True
    own = [base for base in classes.mro(program, row.model) if isinstance(base, tuple)]
    return any(name in classes.stores(program, base) for base in own)  # what its methods keep of themselves


def asks_for_thread(frame: Frame, test: Node) -> bool:
    """Whether a test compares which thread runs: `if loop_thread != threading.get_ident()`."""
    for one in (test[1], *test[3]) if test[0] == COMPARE else ():
        if one[0] == CALL and one[2][0] in (NAME, ATTR) and _asks(frame, one[2], "thread-tests"):
            return True
    return False


def _asks(frame: Frame, function: Node, meaning: str) -> bool:
    """Whether a called name is one of those that packs say to ask this."""
    callee = frame.expr(function)
    return isinstance(callee, External) and frame.program.packs.semantics.get(callee.name) == meaning


def asks_for_identity(frame: Frame, test: Node) -> bool:
    """Whether a branch asks if a row's column is the very object that a constant text is: what was read is another.

    What is not known may be a row; objects of the project keep the constant itself.
    """
    if test[0] == BOOL and not test[2]:
        return any(asks_for_identity(frame, part) for part in test[1])
    if test[0] != COMPARE or test[2] != ("Is",) or test[1][0] != ATTR:
        return False
    left, right = test[1], test[3][0]
    if right[0] != ATTR or any(isinstance(one, Object) for one in choices(frame.expr(left[2]))):
        return False
    holder, constant = frame.expr(right[2]), frame.expr(right)
    is_text = isinstance(constant, Plain) and isinstance(constant.text, str)
    # a class of somebody else's may be an enumeration, whose members are one object each
    return is_text and isinstance(holder, ClassValue) and all(map(_is_own, classes.mro(frame.program, holder.key)))


def _is_own(base: ClassKey | str) -> bool:
    return isinstance(base, tuple) or base == "builtins.object"


def none_checks(test: Node) -> tuple[set[str], set[str]]:
    """Slots that are empty when the test holds, and those that are empty when it doesn't."""
    empty: set[str] = set()
    present: set[str] = set()
    if test[0] == COMPARE and len(test[2]) == 1:
        how, other = test[2][0], test[3][0]
        slot = slot_of(test[1])
        if how in ("Is", "Eq") and other == (CONST, None) and slot:
            empty.add(slot)
        elif how in ("IsNot", "NotEq") and other == (CONST, None) and slot:
            present.add(slot)
        elif how == "NotIn" and slot_of(other):
            empty.add(slot_of(other))
        elif how == "In" and slot_of(other):
            present.add(slot_of(other))
    elif test[0] == OP and len(test[1]) == 1:  # not x
        inner = test[1][0]
        if inner[0] == CALL and inner[2] == (NAME, "hasattr") and len(inner[3]) == 2 and inner[3][1][0] == CONST:
            empty.add(f"{slot_of(inner[3][0])}.{inner[3][1][1]}")
        elif slot_of(inner):
            empty.add(slot_of(inner))
    elif test[0] == BOOL:
        for one in test[1]:
            more_empty, more_present = none_checks(one)
            empty |= more_empty
            present |= more_present
    elif slot_of(test):
        present.add(slot_of(test))
    return empty, present
