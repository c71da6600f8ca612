"""Looks names up in the installed libraries. Run by tools/packs.py inside the libraries' own environment.

Reads a list of questions as JSON on standard input, writes the answers on standard output: for each question how
the name was found ("function", "class", "parameter" …), or "" with a reason. Imports nothing of ours.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib
import inspect
import io
import json
import os
import re
import sys
import textwrap
import warnings
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

warnings.simplefilter("ignore")


class Missing(Exception):
    """The name is not there."""


# --- libraries that want to be set up, classes that are made at run time ------------------------------------------


def set_up_django() -> None:
    """Model classes and the user model can be imported only from a configured Django."""
    with contextlib.suppress(ImportError):
        import django
        from django.conf import settings

        apps = ["contenttypes", "auth", "sessions", "messages", "sites", "admin", "redirects", "flatpages", "postgres"]
        present = [f"django.contrib.{app}" for app in apps]
        others = ["rest_framework", "rest_framework.authtoken", "django_filters", "graphene_django", "import_export"]
        for other in others:
            with contextlib.suppress(ImportError):
                importlib.import_module(other.split(".")[0])
                present.append(other)
        settings.configure(
            INSTALLED_APPS=present,
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            ROOT_URLCONF="",
            SECRET_KEY="x",
            SITE_ID=1,
            USE_TZ=True,
        )
        try:
            django.setup()
        except Exception:
            settings._wrapped.INSTALLED_APPS = present[:6]
            django.setup()


def aws_clients() -> list[Any]:
    """Some of boto3's clients, whose classes are made from descriptions at run time. Nothing is sent."""
    import boto3

    session = boto3.Session("AKIAEXAMPLE", "example", region_name="us-east-1")
    names = ["s3", "sqs", "sns", "dynamodb", "lambda", "ses", "sesv2", "secretsmanager", "ssm", "kms", "sts"]
    return [session.client(name) for name in names]


def aws_resources() -> list[Any]:
    """boto3's resources and the objects under them."""
    import boto3

    session = boto3.Session("AKIAEXAMPLE", "example", region_name="us-east-1")
    s3, sqs, dynamodb = (session.resource(name) for name in ("s3", "sqs", "dynamodb"))
    bucket, table = s3.Bucket("b"), dynamodb.Table("t")
    queue, topic = sqs.Queue("https://queue"), session.resource("sns").Topic("arn:aws:sns:us-east-1:1:t")
    return [s3, sqs, dynamodb, session.resource("sns"), bucket, bucket.Object("k"), table, queue, topic, bucket.objects]


def awaited_aws_clients() -> list[Any]:
    """The same of aiobotocore."""
    from aiobotocore.session import get_session

    async def make() -> list[Any]:
        session = get_session()
        session.set_credentials("AKIAEXAMPLE", "example")
        made = []
        for name in ("s3", "sqs", "sns", "dynamodb", "ssm"):
            async with session.create_client(name, region_name="us-east-1") as client:
                made.append(client)
        return made

    return asyncio.run(make())


def awaited_aws_resources() -> list[Any]:
    """The same of aioboto3."""
    import aioboto3

    async def make() -> list[Any]:
        session = aioboto3.Session("AKIAEXAMPLE", "example", region_name="us-east-1")
        made = []
        for name, part in (("s3", "Bucket"), ("sqs", "Queue"), ("dynamodb", "Table")):
            async with session.resource(name) as resource:
                made += [resource, await getattr(resource, part)("https://name")]
        return made

    return asyncio.run(make())


def stripe_services() -> list[Any]:
    """Services under a client of Stripe's. Nothing is sent."""
    import stripe

    client = stripe.StripeClient("sk_test_example").v1
    return [client.customers, client.payment_intents, client.invoices, client.subscriptions, client.payment_methods]


def django_request() -> list[Any]:
    """A request as the middleware of a usual project leaves it."""
    from django.contrib.auth.middleware import AuthenticationMiddleware
    from django.contrib.messages.middleware import MessageMiddleware
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.contrib.sites.middleware import CurrentSiteMiddleware
    from django.http import HttpRequest

    request = HttpRequest()
    for middleware in (SessionMiddleware, AuthenticationMiddleware, MessageMiddleware, CurrentSiteMiddleware):
        with contextlib.suppress(Exception):
            middleware(lambda request: None).process_request(request)
    return [request]


def called(name: str, *arguments: Any) -> Callable[[], list[Any]]:
    """The sample that a call of `name` gives."""
    return lambda: [find(name)(*arguments)]


SAMPLES: dict[str, Callable[[], list[Any]]] = {
    "aioboto3.resources.base.AIOBoto3ServiceResource": awaited_aws_resources,
    "aiobotocore.client.AioBaseClient": awaited_aws_clients,
    "botocore.client.BaseClient": aws_clients,
    "boto3.resources.base.ServiceResource": aws_resources,
    "django.http.HttpRequest": django_request,
    "django.db.backends.utils.CursorWrapper": called("django.db.connection.cursor"),
    "flask_sqlalchemy.SQLAlchemy": called("flask_sqlalchemy.SQLAlchemy"),
    "multiprocessing.synchronize.Lock": called("multiprocessing.Lock"),
    "stripe._stripe_service.StripeService": stripe_services,
    "subprocess.Popen": lambda: [find("subprocess.Popen")([sys.executable, "-c", ""])],
    "threading.Condition": called("threading.Condition"),
    "threading.RLock": called("threading.RLock"),
}

# Callables that hand what they are given as **kwargs to another one.
FORWARDS = {
    "flask_sqlalchemy.SQLAlchemy.relationship": "sqlalchemy.orm.relationship",
    "flask_sqlalchemy.SQLAlchemy.dynamic_loader": "sqlalchemy.orm.dynamic_loader",
    "sqlalchemy.orm.dynamic_loader": "sqlalchemy.orm.relationship",
    "sqlalchemy.ext.asyncio.create_async_engine": "sqlalchemy.create_engine",
    "sqlalchemy.ext.asyncio.async_engine_from_config": "sqlalchemy.create_engine",
}


@cache
def samples(type_name: str) -> tuple[Any, ...]:
    """Instances of a type whose members exist on instances only."""
    make = SAMPLES.get(type_name)
    return tuple(make()) if make else ()


# --- names --------------------------------------------------------------------------------------------------------


@cache
def find(name: str) -> Any:
    """The object with this dotted name: the longest importable module, then attributes. Raises Missing."""
    parts = name.split(".")
    reason = "no such module"
    for count in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:count]))
            if count > 1:  # a package's own name hides its submodule: `from arq import cron` is the function
                found = getattr(sys.modules[".".join(parts[: count - 1])], parts[count - 1], found)
        except ImportError as error:
            reason = str(error)
            continue
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            continue
        try:
            for part in parts[count:]:
                found = member(found, part)
        except AttributeError as error:
            raise Missing(str(error) or f"no attribute {part}") from None
        return found
    raise Missing(reason)


def member(owner: Any, name: str) -> Any:
    """`getattr`, and what a class says of its instances."""
    if isinstance(owner, ModuleType) or not inspect.isclass(owner):
        return getattr(owner, name)
    try:
        return getattr(owner, name)
    except AttributeError:
        for base in owner.__mro__:
            if name in base.__dict__:
                return base.__dict__[name]
        raise


def kind_of(found: Any) -> str:
    """One word for what an object is."""
    if inspect.isclass(found):
        return "class"
    if isinstance(found, ModuleType):
        return "module"
    return "function" if callable(found) else "object"


def describe(name: str) -> str:
    """The kind of a dotted name's object."""
    return kind_of(find(name))


def sources(cls: type) -> list[ast.AST]:
    """The class statement, found by the file of its own methods: libraries rename `__module__`."""
    with contextlib.suppress(OSError, TypeError, SyntaxError):
        return [ast.parse(textwrap.dedent(inspect.getsource(cls)))]
    for value in cls.__dict__.values():
        code = getattr(inspect.unwrap(value) if callable(value) else value, "__code__", None)
        file = getattr(code, "co_filename", "")
        if file.endswith(".py") and os.path.exists(file):
            with open(file, encoding="utf-8") as stream:
                tree = ast.parse(stream.read())
            return [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name == cls.__name__]
    return []


@cache
def assigned(cls: type) -> frozenset[str]:
    """The names that a class's own methods assign to `self`, and those it declares."""
    names: set[str] = set(inspect.get_annotations(cls)) | set(cls.__dict__.get("__slots__", ()))
    for table in ("model_fields", "__pydantic_fields__", "__struct_fields__", "__attrs_attrs__"):
        with contextlib.suppress(Exception):
            declared = getattr(cls, table, ())
            names.update(getattr(one, "name", one) for one in declared)
    for tree in sources(cls):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                if isinstance(node.value, ast.Name) and node.value.id in {"self", "obj", "instance"}:
                    names.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.add(node.target.id)
    return frozenset(names)


def on_type(type_name: str, name: str) -> str:
    """How a type has a member: on the class, as a field, assigned by its methods, or on a sample."""
    cls = find(type_name)
    try:
        found = member(cls, name)
    except AttributeError:
        pass
    except Exception:
        return "attribute"
    else:
        return "method" if callable(found) and not inspect.isclass(found) else "attribute"
    for base in getattr(cls, "__mro__", ()):
        if name in assigned(base):
            return "field"
    for sample in samples(type_name):
        with contextlib.suppress(Exception):
            if callable(getattr(sample, name)):
                return "made at run time"
            return "field"
    raise Missing(f"{type_name} has no {name}")


SPECIALS = {
    "enter": ("__enter__", "__aenter__"),
    "exit": ("__exit__", "__aexit__"),
    "iterate": ("__iter__", "__aiter__", "__next__", "__anext__", "__getitem__"),
    "awaited": ("__await__",),
    "call": ("__call__",),
}


def special(type_name: str, which: str) -> str:
    """Whether instances can be entered, left, iterated, awaited or called."""
    cls = find(type_name)
    if not inspect.isclass(cls):
        cls = next((type(one) for one in samples(type_name)), type(None))
    for name in SPECIALS[which]:
        if any(name in base.__dict__ for base in cls.__mro__):
            return name
    raise Missing(f"{type_name} has none of {', '.join(SPECIALS[which])}")


# --- parameters ---------------------------------------------------------------------------------------------------


def parameters(found: Any, skip_self: bool) -> list[inspect.Parameter] | None:
    """The parameters of a callable without `self`; None if nobody can tell."""
    try:
        listed = list(inspect.signature(found).parameters.values())
    except (ValueError, TypeError):
        return None
    if skip_self and listed and listed[0].name in {"self", "cls", "self_", "_self"}:
        listed = listed[1:]
    return listed


def owner_source(found: Any, type_name: str) -> str:
    """The text near a callable, for those that take what they document as `**kwargs`."""
    texts = [inspect.getdoc(found) or ""]
    target = inspect.unwrap(found) if callable(found) else found
    built = next((one for one in getattr(target, "__mro__", ()) if "__init__" in one.__dict__), target)
    for thing in (inspect.getmodule(target), inspect.getmodule(built), sys.modules.get(type_name.rpartition(".")[0])):
        with contextlib.suppress(OSError, TypeError):
            texts.append(inspect.getsource(thing))  # type: ignore[arg-type]
    return "\n".join(texts)


def parameter(target: str, wanted: str | int, type_name: str = "", name: str = "", fallback: str = "") -> str:
    """Whether a callable takes this argument, by name or at this position."""
    if isinstance(wanted, str):
        wanted = wanted.split(".")[0]
    found: Any
    if name:
        cls = find(type_name)
        try:
            found = member(cls, name)
        except AttributeError:
            found = next((getattr(one, name) for one in samples(type_name) if hasattr(one, name)), None)
            if found is None:
                raise Missing(f"{type_name} has no {name}") from None
    else:
        found = find(target)
    listed = parameters(found, skip_self=True)
    if listed is None and inspect.isclass(found):
        for way in ("__init__", "__new__"):
            listed = listed or parameters(getattr(found, way), skip_self=True)
    if listed is None or (not listed and not inspect.isclass(found)):
        text = inspect.getdoc(found) or ""
        if isinstance(wanted, int) or re.search(rf"\b{re.escape(wanted)}\b", text):
            return "documented"
        if listed is None and not text:
            return "unknown signature"
        if fallback:
            return "constructor's " + parameter(fallback, wanted)
        raise Missing(f"{target or name} says nothing of {wanted}")
    by_kind = {one.kind for one in listed}
    if isinstance(wanted, int):
        positional = [
            one
            for one in listed
            if one.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        ]
        if wanted < len(positional) or inspect.Parameter.VAR_POSITIONAL in by_kind:
            return "position"
        raise Missing(f"{target or name} has no position {wanted}")
    for one in listed:
        if one.name == wanted and one.kind is not inspect.Parameter.POSITIONAL_ONLY:
            return "parameter"
        if one.name == wanted:
            return "position"
    if inspect.Parameter.VAR_KEYWORD in by_kind and re.search(
        rf"\b{re.escape(wanted)}\b", owner_source(found, type_name or target)
    ):
        return "keyword"
    forward = FORWARDS.get(f"{type_name}.{name}" if name else target)
    if forward:
        return "keyword of " + parameter(forward, wanted)
    if fallback:
        return "constructor's " + parameter(fallback, wanted)
    raise Missing(f"{target or type_name + '.' + name} has no parameter {wanted}")


def at(target: str, wanted: str, position: int, type_name: str = "", name: str = "") -> str:
    """Whether the parameter of this name stands at this position."""
    found = member(find(type_name), name) if name else find(target)
    listed = parameters(found, skip_self=True)
    if listed is None:
        return "unknown signature"
    names = [one.name for one in listed]
    if len(names) > position and names[position] == wanted:
        return "position"
    raise Missing(f"position {position} of {target or name} is {names[position : position + 1]}, not {wanted}")


def same(alias: str, name: str) -> str:
    """Whether two names are one object."""
    first, second = find(alias), find(name)
    if first is second or first == second:
        return "alias"
    if inspect.isclass(first) and inspect.isclass(second) and issubclass(first, second):
        return "subclass"
    raise Missing(f"{alias} is not {name}")


ANSWERS: dict[str, Callable[..., str]] = {
    "name": describe,
    "member": on_type,
    "special": special,
    "parameter": parameter,
    "at": at,
    "same": same,
}


def main() -> None:
    """Answer every question on standard input."""
    questions = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w")
    sys.stdout = io.StringIO()
    os.dup2(2, 1)
    set_up_django()
    answers = []
    for question in questions:
        try:
            answers.append([ANSWERS[question["ask"]](**question["of"]), ""])
        except Missing as error:
            answers.append(["", str(error)])
        except Exception as error:
            answers.append(["", f"{type(error).__name__}: {error}"])
    from importlib import metadata

    versions = {}
    for distribution in metadata.distributions():
        versions[re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()] = distribution.version
    versions[""] = f"{sys.version_info[0]}.{sys.version_info[1]}"
    json.dump({"answers": answers, "versions": versions}, out)
    out.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
