"""What the oracle's workers share: a trace of marked lines, loopback servers, and Django around an example."""

from __future__ import annotations

import ast
import importlib
import json
import re
import socket
import socketserver
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

MARK = re.compile(r"#\s*<-\s*(PW\d{3}(?:,\s*PW\d{3})*)\s*(?:#\})?\s*$")
TEMPLATES = (".html", ".jinja")
ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 0,
    "model": "small",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}],
}


class Marks:
    """The marked lines of an example, and which of them ran."""

    def __init__(self, root: Path, codes: Iterable[str]) -> None:
        wanted = set(codes)
        self.lines: dict[str, set[int]] = {}
        self.ran: set[str] = set()
        self.root = root
        for file in [one for one in root.rglob("*") if one.suffix in {".py", *TEMPLATES}]:
            text = file.read_text(encoding="utf-8")
            marked = {
                number
                for number, line in enumerate(text.splitlines(), 1)
                if (match := MARK.search(line)) and wanted & {code.strip() for code in match[1].split(",")}
            }
            is_python = file.suffix == ".py"
            self.lines[str(file)] = {first_line(text, number) if is_python else number for number in marked}

    def all(self) -> list[str]:
        """Every mark as file:line."""
        return sorted(f"{Path(file).name}:{line}" for file, lines in self.lines.items() for line in lines)

    def take(self) -> list[str]:
        """The marks that ran since the last time."""
        ran, self.ran = sorted(self.ran), set()
        return ran

    def install(self) -> None:
        """Watch this thread and all that start from now on."""
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)

    def _on_call(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        return self._on_line if frame.f_code.co_filename in self.lines else None

    def _on_line(self, frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        if event == "line":
            jinja = frame.f_globals.get("__jinja_template__")
            line = frame.f_lineno if jinja is None else jinja.get_corresponding_lineno(frame.f_lineno)
            self.note(frame.f_code.co_filename, line)
        return self._on_line

    def note(self, file: str, line: int) -> None:
        """This line runs now."""
        if line in self.lines.get(file, ()):
            self.ran.add(f"{Path(file).name}:{line}")

    def note_body(self, cls: type) -> None:
        """What stands in the body of a class outside of its methods is used now; it ran when the class was made."""
        import inspect

        source, first = inspect.getsourcelines(cls)
        (node,) = ast.parse(textwrap.dedent("".join(source))).body
        assert isinstance(node, ast.ClassDef)
        for one in node.body:
            if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.note(str(inspect.getsourcefile(cls)), first + one.lineno - 1)
        self.note(str(inspect.getsourcefile(cls)), first + node.lineno - 1)

    def install_in_django(self) -> None:
        """Watch what Django's templates render, too: they are trees of nodes and no code."""
        from django.template.base import Node

        render = Node.render_annotated

        def watched(node: Any, context: Any) -> Any:
            if getattr(node, "token", None) is not None:
                self.note(str(node.origin), node.token.lineno)
            return render(node, context)

        Node.render_annotated = watched

    def install_in_serializers(self) -> None:
        """Watch which fields of serializers are read, too: their lines run when the class is made, and never again."""
        from rest_framework import fields, relations

        made, copied = fields.Field.__init__, fields.Field.__deepcopy__

        def making(field: Any, *args: Any, **kwargs: Any) -> None:
            made(field, *args, **kwargs)
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and "__qualname__" not in frame.f_locals:  # the body of a class
                frame = frame.f_back
            field.declared = (frame.f_code.co_filename, frame.f_lineno) if frame is not None else None

        def copying(field: Any, memo: Any) -> Any:
            copy = copied(field, memo)
            copy.declared = field.declared
            return copy

        fields.Field.__init__, fields.Field.__deepcopy__ = making, copying
        for kind in (fields.Field, relations.RelatedField, relations.ManyRelatedField):
            kind.get_attribute = self._reading(kind.get_attribute)

    def _reading(self, real: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def reading(field: Any, row: Any) -> Any:
            place = field.declared or _options_of(field.parent)
            if place is not None:
                self.note(*place)
            return real(field, row)

        return reading


def _options_of(serializer: Any) -> tuple[str, int] | None:
    """Where the options stand that make a field of a serializer."""
    import inspect

    options = getattr(serializer, "Meta", None)
    if options is None or options.__module__.startswith("rest_framework"):
        return None
    return str(inspect.getsourcefile(options)), inspect.getsourcelines(options)[1]


def first_line(text: str, number: int) -> int:
    """The line of a mark; for one at a `def`, which runs at import, that of the function's first statement."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno == number:
            return node.body[0].lineno
    return number


def modules(root: Path) -> list[ModuleType]:
    """Import every module of an example; the folder is on the path already."""
    found = []
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        if parts[-1] != "__init__" and not {"management", "migrations", "disk"} & set(parts):
            found.append(importlib.import_module(".".join(parts)))
    return found


# --- servers ----------------------------------------------------------------------------------------------------


class Delay:
    """How long the loopback servers take to answer."""

    seconds = 0.0


class Page(BaseHTTPRequestHandler):
    """Answers every request after the delay, with a little JSON."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(Delay.seconds)
        body = json.dumps(ANSWER).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Store(socketserver.StreamRequestHandler):
    """Speaks enough of the Redis protocol; reading and writing take the delay."""

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2].upper())
            if words[0] in (b"GET", b"SET", b"SETEX"):
                time.sleep(Delay.seconds)
            answers = {
                b"GET": b"$1\r\n1\r\n",
                b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n",
                b"EXEC": b"*2\r\n:1\r\n:1\r\n",
            }
            self.wfile.write(answers.get(words[0], b"+OK\r\n"))


class QuietServer(ThreadingHTTPServer):
    """A server to whom a client that hangs up is no news."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


class StoreServer(socketserver.ThreadingTCPServer):
    """The same for the store."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def redirect_network() -> None:
    """Send every host name to servers on the loopback: port 6379 to the store, all others to the page."""
    servers: list[socketserver.TCPServer] = [QuietServer(("127.0.0.1", 0), Page), StoreServer(("127.0.0.1", 0), Store)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    page, store = (server.server_address[1] for server in servers)
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in (None, "", "127.0.0.1", "localhost", "::1", "0.0.0.0"):
            return real(host, port, *args, **kwargs)
        target = store if port in (6379, "6379") else page
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", target))]

    socket.getaddrinfo = getaddrinfo


# --- Django -----------------------------------------------------------------------------------------------------


def uses(root: Path, library: str) -> bool:
    """Whether an example imports from a library."""
    return any(
        re.search(rf"^\s*(from|import) {library}\b", file.read_text(), re.MULTILINE) for file in root.rglob("*.py")
    )


def is_django(root: Path) -> bool:
    """Whether an example imports Django."""
    return uses(root, "django")


def set_up_django(root: Path, database: str) -> None:
    """Configure Django with the example's packages as its applications."""
    import django
    from django.conf import settings

    needed = ["contenttypes", *(("auth", "admin") if uses(root, r"django\.contrib import admin") else ())]
    apps = [f"django.contrib.{one}" for one in needed]
    apps = [*apps, *sorted({file.parent.name for file in root.glob("*/models.py")})]
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        CACHES={
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://cache.internal"},
            "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        },
        INSTALLED_APPS=apps,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [root / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=(),  # no page has an address
        USE_TZ=True,
    )  # fmt: skip
    django.setup()


def fill(rows: int) -> None:
    """Make the tables of all models anew, with so many rows each; row i points to row i of every other table."""
    from django.apps import apps
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection, models

    ordered: list[type[models.Model]] = []
    waiting = list(apps.get_models())
    ContentType.objects.clear_cache()
    with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
        for model in waiting:
            if model._meta.db_table in connection.introspection.table_names():
                editor.delete_model(model)
        for model in waiting:
            editor.create_model(model)
    while waiting:
        for model in list(waiting):
            targets = [one.related_model for one in model._meta.fields if one.related_model not in (None, model)]
            if all(target in ordered for target in targets):
                ordered.append(model)
                waiting.remove(model)
    ordered.remove(ContentType)  # it fills itself
    for model in ordered:
        for number in range(1, rows + 1):
            model._base_manager.create(**dict(_columns(model, number)))
    for model in ordered:
        for number, row in enumerate(model._base_manager.order_by("pk"), 1):
            for one in model._meta.fields:
                if one.related_model is model:
                    setattr(row, one.attname, number % rows + 1)
                    row.save()
            for one in model._meta.many_to_many:
                getattr(row, one.name).set([number])


def _columns(model: Any, number: int) -> Iterator[tuple[str, Any]]:
    from django.contrib.contenttypes.models import ContentType
    from django.db import models

    for one in model._meta.fields:
        if one.primary_key:
            continue
        if one.related_model is ContentType:
            yield one.name, ContentType.objects.get_for_model(next(iter(model._meta.app_config.get_models())))
        elif one.related_model is not None:
            if one.related_model is not model:
                yield one.attname, number
        elif isinstance(one, models.BooleanField):
            yield one.name, False
        elif isinstance(one, models.IntegerField):
            yield one.name, number
        elif isinstance(one, models.CharField):
            yield one.name, f"{one.name} {number}"


class Parameters:
    """The query string of a request: every list has the keys 1 to `rows`, every single value its default."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def getlist(self, _: str) -> list[str]:
        """As of a QueryDict."""
        return [str(number) for number in range(1, self.rows + 1)]

    def get(self, _: str, default: Any = None) -> Any:
        """As of a QueryDict."""
        return default

    def __contains__(self, _: str) -> bool:
        return False


def view_request(rows: int) -> Any:
    """A GET request for a Django view."""
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.GET = Parameters(rows)  # type: ignore[assignment]
    return request


def view_arguments(view: Callable[..., Any]) -> dict[str, int]:
    """What the URL gives a view: the key of the first row for each parameter that it needs."""
    from inspect import Parameter, signature

    from django.views.generic.detail import SingleObjectMixin

    if issubclass(getattr(view, "view_class", object), SingleObjectMixin):
        return {"pk": 1}
    _, *rest = signature(view, follow_wrapped=False).parameters.values()
    return {one.name: 1 for one in rest if one.default is Parameter.empty and one.kind is one.POSITIONAL_OR_KEYWORD}


class Staff:
    """Whoever may do everything."""

    def has_perm(self, *_: object) -> bool:
        """As of a user."""
        return True


def displays(found: Iterable[ModuleType]) -> Iterator[tuple[str, type, Callable[[], object]]]:
    """The classes of the modules by which Django shows rows itself, and what makes each of them do it."""
    from inspect import isclass

    from django import forms
    from django.apps import apps
    from django.contrib import admin
    from django.contrib.sitemaps import Sitemap
    from django.contrib.syndication.views import Feed

    sites = [admin.site] if apps.is_installed("django.contrib.admin") else []
    registered = [(type(one), model) for site in sites for model, one in site._registry.items()]
    for module in found:
        for name, value in list(vars(module).items()):
            if not isclass(value) or value.__module__ != module.__name__:
                continue
            if issubclass(value, admin.ModelAdmin):
                for model in [model for kind, model in registered if kind is value]:
                    yield f"{name} of {model.__name__}", value, partial(_show_list, value, model)
            elif issubclass(value, Sitemap):
                yield name, value, partial(_show_links, value)
            elif issubclass(value, Feed):
                yield name, value, partial(_show_feed, value)
            elif issubclass(value, forms.BaseForm):
                yield name, value, lambda value=value: value().as_p()


def _show_list(kind: Any, model: Any) -> None:
    from django.contrib import admin
    from django.contrib.admin.templatetags.admin_list import results
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = Staff()
    shown = kind(model, admin.site)
    listed = shown.get_changelist_instance(request)
    listed.formset = None
    for row in results(listed):
        list(row)
    for inline in shown.get_inline_instances(request):
        _show_parts(inline, request, model.objects.order_by("pk").first())


def _show_parts(inline: Any, request: Any, parent: Any) -> None:
    """The text of each row, as the page for its parent shows it."""
    formset = inline.get_formset(request, parent)(instance=parent, queryset=inline.get_queryset(request))
    for form in formset.initial_forms:
        str(form.instance)
        for name in inline.get_readonly_fields(request, parent):
            value = getattr(inline, name)(form.instance) if hasattr(inline, name) else getattr(form.instance, name)
            str(value() if callable(value) else value)


def _show_links(kind: Any) -> None:
    class Site:
        domain = "shop.example"

    kind().get_urls(protocol="https", site=Site())


def _show_feed(kind: Any) -> None:
    from django.test import RequestFactory

    kind().get_feed(None, RequestFactory().get("/"))


def views(found: Iterable[ModuleType]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The Django views that the modules define, by name."""
    from inspect import isclass, isfunction, signature

    from django.views import View

    for module in found:
        for name, value in vars(module).items():
            if getattr(value, "__module__", "") != module.__name__:
                continue
            if isfunction(value) and next(iter(signature(value).parameters), "") == "request":
                yield name, value
            elif isclass(value) and issubclass(value, View):
                yield name, value.as_view({"get": "list"}) if hasattr(value, "get_extra_actions") else value.as_view()
