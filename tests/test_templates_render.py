"""Templates rendered where a view does: which file a name means, what is in its context, and where the rows go."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, files_of, findings, link, lint

DJANGO = """\
#: shop/__init__.py
#: shop/models.py
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=80)

    def newest(self):
        return self.books.order_by("-id").first()


class Book(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
"""
VIEW = """\
#: shop/views.py
from django.shortcuts import render
from shop.models import Author, Book


def books(request):
    return render(request, "shop/page.html", {"books": Book.objects.all(), "authors": Author.objects.all()})
"""
PAGE = "#: shop/templates/shop/page.html\n"
LINE = "#: shop/templates/shop/line.html\n<p>{{ book.author.name }}</p>\n"
BASE = """\
#: shop/templates/shop/base.html
{% block head %}{% for book in books %}{{ book.author.name }}{% endfor %}{% endblock %}
{% block rows %}{% for book in books %}
  {% block row %}{{ book.title }}{% endblock %}
{% endfor %}{% endblock %}
{% block foot %}foot{% endblock %}
"""

PAGES = {
    "a relation of each row": "{% for book in books %}\n{{ book.author.name }} {# <- PW104 #}\n{% endfor %}",
    "the row itself costs nothing": "{% for book in books %}{{ book.title }} {{ book.author_id }}{% endfor %}",
    "a method that is called without parentheses": (
        "{% for author in authors %}\n{{ author.newest.title }} {# <- PW104 #}\n{% endfor %}"
    ),
    "a condition": "{% for book in books %}\n{% if book.author.name %}!{% endif %} {# <- PW104 #}\n{% endfor %}",
    "a tag's argument": "{% for book in books %}\n{% url 'author' book.author.name %} {# <- PW104 #}\n{% endfor %}",
    "somebody else's tag": "{% for book in books %}\n{% card book.author.name %} {# <- PW104 #}\n{% endfor %}",
    "a condition that nobody sets, and the same without it": (
        "{% for book in books %}\n{% if staff %}{{ book.author.name }}{% endif %}\n"
        "{{ book.author.name }} {# <- PW104 #}\n{% endfor %}"
    ),
    "a condition that nobody sets, and a method without it": (
        "{% for author in authors %}\n{% if staff %}{{ author.books.all|length }}{% endif %}\n"
        "{{ author.books.all|length }} {# <- PW104 #}\n{% endfor %}"
    ),
    "with": "{% for book in books %}{% with a=book.author %} {# <- PW104 #}\n{{ a.name }}{% endwith %}{% endfor %}",
    "a name for the rows": "{% with all=books %}{% for book in all %}\n{{ book.author }} {# <- PW104 #}\n{% endfor %}{% endwith %}",
    "an empty loop": "{% for book in books %}{{ book.title }}{% empty %}{{ book.author.name }}{% endfor %}",
    "the loop's own names": "{% for book in books %}{{ forloop.counter }}{{ forloop.parentloop.first }}{% endfor %}",
    "a loop over a number of times": "{% for n in '123' %}{{ books.first.author.name }}{% endfor %}",
    "one row": "{{ books.first.author.name }} {{ books.0.author.name }}",
    "a comment": "{% for book in books %}{# {{ book.author.name }} #}{{ book.title }}{% endfor %}",
    "a cached part": "{% cache 60 all %}{% for book in books %}{{ book.author.name }}{% endfor %}{% endcache %}",
    "text that is no template": "{% verbatim %}{% for book in books %}{{ book.author.name }}{% endfor %}{% endverbatim %}",
    "grouping": "{% regroup books by author.name as shelves %} {# <- PW104 #}\n{% for s in shelves %}{{ s.grouper }}{% endfor %}",
    # filters
    "the length of a relation": (
        "{% for author in authors %}\n{{ author.books.all|length }} {# <- PW104 #}\n{% endfor %}"
    ),
    "rows that a filter gives back": "{% for book in books|dictsort:'title' %}\n{{ book.author }} {# <- PW104 #}\n{% endfor %}",
    "rows that a filter cuts": "{% for book in books|slice:':9' %}\n{{ book.author.name }} {# <- PW104 #}\n{% endfor %}",
    "the first row by a filter": "{% with book=books|first %}{{ book.author.name }}{% endwith %}",
    "a filter on a relation": "{% for book in books %}\n{{ book.author.name|upper|default:'-' }} {# <- PW104 #}\n{% endfor %}",
    "a relation as an argument": "{% for book in books %}\n{{ book.title|default:book.author.name }} {# <- PW104 #}\n{% endfor %}",
    "a filter that only asks": "{% for author in authors %}{{ author.name|yesno }}{% endfor %} book{{ books|pluralize }}",
    "a filter that nobody knows": "{% for book in books|ours %}{{ book.author.name }}{% endfor %}",
    # other templates
    "include": "{% for book in books %}\n{% include 'shop/line.html' %} {# <- PW104 #}\n{% endfor %}",
    "include with another name": "{% for b in books %}\n{% include 'shop/line.html' with book=b %} {# <- PW104 #}\n{% endfor %}",
    "include with no other names": "{% for b in books %}\n{% include 'shop/line.html' with book=b only %} {# <- PW104 #}\n{% endfor %}",
    "include that hides the row": "{% for book in books %}{% include 'shop/line.html' only %}{% endfor %}",
    "include of what is not there": "{% for book in books %}{% include 'shop/none.html' %}{% endfor %}",
    "include of one of two": (
        "{% for book in books %}\n{% include 'shop/none.html'|default:'shop/line.html' %}\n{{ book.title }}{% endfor %}"
    ),
}


@pytest.mark.parametrize("page", cases(PAGES))
def test_page(page: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"{VIEW}{PAGE}{page}\n", "PW104", DJANGO + LINE)


INHERITED = {
    "a block that nothing overrides pays in the parent": f"""\
{PAGE}{{% extends "shop/base.html" %}}
{{% block foot %}}{{% endblock %}}
{BASE.replace("{% endfor %}{% endblock %}", "{% endfor %}{% endblock %} {# <- PW104 #}", 1)}""",
    "an overridden block is not rendered": f"""\
{PAGE}{{% extends "shop/base.html" %}}
{{% block head %}}{{% endblock %}}
{BASE}""",
    "block.super renders it after all": f"""\
{PAGE}{{% extends "shop/base.html" %}}
{{% block head %}}<h1>All</h1>{{{{ block.super }}}}{{% endblock %}}
{BASE.replace("{% endfor %}{% endblock %}", "{% endfor %}{% endblock %} {# <- PW104 #}", 1)}""",
    "a block within a loop of the parent": f"""\
{PAGE}{{% extends "shop/base.html" %}}
{{% block head %}}{{% endblock %}}
{{% block row %}}{{{{ book.author.name }}}}{{% endblock %}}
{BASE.replace("{% block row %}{{ book.title }}{% endblock %}", "{% block row %}{{ book.title }}{% endblock %} {# <- PW104 #}")}""",
    "what stands outside of blocks is not rendered": f"""\
{PAGE}{{% extends "shop/base.html" %}}
{{% block head %}}{{% endblock %}}
{{% for book in books %}}{{{{ book.author.name }}}}{{% endfor %}}
{BASE}""",
    "the grandchild decides": f"""\
{PAGE}{{% extends "shop/middle.html" %}}
{{% block head %}}{{% endblock %}}
#: shop/templates/shop/middle.html
{{% extends "shop/base.html" %}}
{{% block head %}}{{% for book in books %}}{{{{ book.author.name }}}}{{% endfor %}}{{% endblock %}}
{BASE}""",
    "the middle one decides": f"""\
{PAGE}{{% extends "shop/middle.html" %}}
{{% block foot %}}{{% endblock %}}
#: shop/templates/shop/middle.html
{{% extends "shop/base.html" %}}
{{% block head %}}{{% for book in books %}}
{{{{ book.author.name }}}} {{# <- PW104 #}}
{{% endfor %}}{{% endblock %}}
{BASE}""",
    "a parent that is a library's": f"""\
{PAGE}{{% extends "admin/base.html" %}}
{{% block content %}}{{% for book in books %}}
{{{{ book.author.name }}}} {{# <- PW104 #}}
{{% endfor %}}{{% endblock %}}
""",
    "a template that extends itself": f"""\
{PAGE}{{% extends "shop/page.html" %}}
{{% block content %}}{{% for book in books %}}{{{{ book.title }}}}{{% endfor %}}{{% endblock %}}
""",
}


@pytest.mark.parametrize("pages", cases(INHERITED))
def test_inheritance(pages: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, VIEW + pages, "PW104", DJANGO)


PAYS = "{% for book in books %}\n{{ book.author.name }} {# <- PW104 #}\n{% endfor %}\n"
SILENT = "{% for book in books %}\n{{ book.author.name }}\n{% endfor %}\n"

RENDERED = {
    "render_to_string": f"""\
#: shop/views.py
from django.template.loader import render_to_string
from shop.models import Book

def mail():
    return render_to_string("shop/page.html", {{"books": Book.objects.all()}})
{PAGE}{PAYS}""",
    "render_to_string in a view": f"""\
#: shop/views.py
from django.http import HttpResponse
from django.template.loader import render_to_string
from shop.models import Book

def books(request):
    return HttpResponse(render_to_string("shop/page.html", {{"books": Book.objects.all()}}, request))
{PAGE}{PAYS}""",
    "several names as a tuple": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request):
    return render(request, ("shop/none.html", "shop/page.html"), {{"books": Book.objects.all()}})
{PAGE}{PAYS}""",
    "TemplateResponse": f"""\
#: shop/views.py
from django.template.response import TemplateResponse
from shop.models import Book

def books(request):
    return TemplateResponse(request, "shop/page.html", context={{"books": Book.objects.all()}})
{PAGE}{PAYS}""",
    "the first of several names that is there": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request):
    return render(request, ["shop/none.html", "shop/page.html"], {{"books": Book.objects.all()}})
{PAGE}{PAYS}""",
    "a context that is filled step by step": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request):
    context = {{"title": "All"}}
    context["books"] = Book.objects.all()
    return render(request, "shop/page.html", context)
{PAGE}{PAYS}""",
    "a context that a helper makes": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def context_of(request):
    return {{"books": Book.objects.all()}}

def books(request):
    return render(request, "shop/page.html", context_of(request))
{PAGE}{PAYS}""",
    "the view joins": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request):
    return render(request, "shop/page.html", {{"books": Book.objects.select_related("author")}})
{PAGE}{SILENT}""",
    "one view joins, the other does not": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def fast(request):
    return render(request, "shop/page.html", {{"books": Book.objects.select_related("author")}})

def slow(request):
    return render(request, "shop/page.html", {{"books": Book.objects.all()}})
{PAGE}{PAYS}""",
    "a context that is not known": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request, context):
    return render(request, "shop/page.html", context)
{PAGE}{SILENT}""",
    "a name that is not known": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request, name):
    return render(request, name, {{"books": Book.objects.all()}})
{PAGE}{SILENT}""",
    "a template that is not there": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request):
    return render(request, "shop/other.html", {{"books": Book.objects.all()}})
{PAGE}{SILENT}""",
    "a name is a whole part of a path": f"""\
#: shop/views.py
from django.shortcuts import render
from shop.models import Book

def books(request):
    return render(request, "page.html", {{"books": Book.objects.all()}})
#: shop/templates/shop/frontpage.html
{SILENT}""",
    "a template that nobody renders": f"{PAGE}{SILENT}",
}


@pytest.mark.parametrize("project", cases(RENDERED))
def test_rendered_by_a_function(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, project, "PW104", DJANGO)


TAGS = """\
#: shop/templatetags/shop_tags.py
from django import template
from shop.models import Book

register = template.Library()

@register.filter
def by(book):
    return book.author.name

@register.filter(name="loud")
def upper(book):
    return book.title.upper()

@register.simple_tag
def latest(author):
    return author.books.order_by("-id").first()

@register.simple_tag(takes_context=True, name="amount")
def count(context, author):
    return context["books"].count()

@register.inclusion_tag("shop/line.html")
def line(book):
    return {"book": book}

@register.inclusion_tag(filename="shop/newest.html", takes_context=True)
def newest(context, n):
    return {"newest": Book.objects.all()[:n]}

@register.simple_tag
def twice(book):
    return book.author.name
#: shop/templatetags/other_tags.py
from django import template

register = template.Library()

@register.simple_tag
def twice(book):
    return book.title
#: shop/plain.py
def bare(book):
    return book.author.name
"""
OWN_TAGS = {
    "a filter": "{% for book in books %}\n{{ book|by }} {# <- PW104 #}\n{% endfor %}",
    "a filter by its name": "{% for book in books %}\n{{ book|loud }}\n{% endfor %}",
    "a tag": "{% for author in authors %}\n{% latest author %} {# <- PW104 #}\n{% endfor %}",
    "a tag's result": "{% for author in authors %}\n{% latest author as book %} {# <- PW104 #}\n{{ book.title }}{% endfor %}",
    "a tag that takes the context": "{% for author in authors %}\n{% amount author %} {# <- PW104 #}\n{% endfor %}",
    "a tag outside of a loop": "{% for author in authors %}{{ author.name }}{% endfor %}{% amount 1 %}{{ books.0|by }}",
    "a template of a tag": "{% for book in books %}\n{% line book %} {# <- PW104 #}\n{% endfor %}",
    "a template of a tag with rows of its own": (
        "{% newest 5 %}\n#: shop/templates/shop/newest.html\n{% for b in newest %}\n{{ b.author.name }} {# <- PW104 #}\n{% endfor %}"
    ),
    "a tag that two libraries have": "{% for book in books %}\n{% twice book %}\n{% endfor %}",
    "a function that is no tag": "{% for book in books %}\n{% bare book %}{{ book|bare }}\n{% endfor %}",
}


@pytest.mark.parametrize("page", cases(OWN_TAGS))
def test_tags_and_filters_of_the_project(page: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"{VIEW}{TAGS}{LINE}{PAGE}{page}", "PW104", DJANGO)


FLASK_TAGS = """\
#: desk.py
from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)

class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    author_id = db.Column(db.Integer, db.ForeignKey("author.id"))
    author = db.relationship(Author)

@app.template_filter("by")
def author_of(book):
    return book.author.name

@app.template_global()
def link(book):
    return book.author.name

def unknown(book):
    return book.author.name

@app.get("/filtered")
def filtered():
    return render_template("filtered.html", books=Book.query.limit(9))

@app.get("/linked")
def linked():
    return render_template("linked.html", books=Book.query.limit(9))

@app.get("/silent")
def silent():
    return render_template("silent.html", books=Book.query.limit(9))
#: templates/filtered.html
{% for book in books %}
{{ book|by }} {# <- PW104 #}
{% endfor %}
#: templates/linked.html
{% for book in books %}
{{ link(book) }} {# <- PW104 #}
{% endfor %}
#: templates/silent.html
{% for book in books %}
{{ unknown(book) }}
{% endfor %}
"""


ROWS = """\
#: desk/__init__.py
#: desk/models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)

class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()

session = Session()
"""
SHOWN = "{% for book in books %}\n{{ book.author.name }} {# <- PW104 #}\n{% endfor %}\n"
NOT_SHOWN = SHOWN.replace(" {# <- PW104 #}", "")
NAMED_BY_DECORATORS = {
    "a renderer of Pyramid": f"""\
#: desk/views.py
from desk.models import Book, session
from pyramid.view import view_config

@view_config(route_name="books", renderer="desk:templates/books.jinja2")
def books(request):
    return {{"books": session.query(Book).limit(9).all()}}

@view_config(route_name="raw", renderer="json")
def raw(request):
    return {{"books": session.query(Book).limit(9).all()}}

@view_config(route_name="one", renderer="templates/one.jinja2")
def one(request):
    return dict(book=session.get(Book, 1))
#: desk/templates/books.jinja2
{SHOWN}#: desk/templates/one.jinja2
{{{{ book.author.name }}}}
""",
    "a renderer of a view class of Pyramid": f"""\
#: desk/views.py
from desk.models import Book, session
from pyramid.view import view_config

class Views:
    def __init__(self, request):
        self.request = request

    @view_config(route_name="books", renderer="templates/books.jinja2")
    def books(self):
        return {{"books": self.found()}}

    def found(self):
        return session.query(Book).limit(9).all()
#: desk/templates/books.jinja2
{SHOWN}""",
    "aiohttp-jinja2": f"""\
#: desk/views.py
import aiohttp_jinja2
from desk.models import Book, session

@aiohttp_jinja2.template("books.html")
def books(request):
    return {{"books": session.query(Book).limit(9).all()}}
#: desk/templates/books.html
{SHOWN}""",
    "a decorator of somebody else": f"""\
#: desk/views.py
from desk.models import Book, session
from elsewhere import view_config

@view_config(renderer="templates/books.jinja2")
def books(request):
    return {{"books": session.query(Book).limit(9).all()}}
#: desk/templates/books.jinja2
{NOT_SHOWN}""",
}


@pytest.mark.parametrize("views", cases(NAMED_BY_DECORATORS))
def test_a_view_whose_decorator_names_the_template(views: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, views, "PW104", ROWS)


def test_filters_and_functions_of_a_flask_project(tmp_path: Path) -> None:
    assert_marked(tmp_path, FLASK_TAGS, "PW104")


GENERIC = "#: shop/views.py\nfrom django.views.generic import DetailView, ListView, TemplateView\nfrom shop.models import Author, Book\n\n"
VIEWS = {
    "ListView by its model": f"""\
class Books(ListView):
    model = Book
#: shop/templates/shop/book_list.html
{PAYS.replace("in books", "in book_list")}""",
    "ListView's other name for the rows": f"""\
class Books(ListView):
    model = Book
#: shop/templates/shop/book_list.html
{PAYS.replace("in books", "in object_list")}""",
    "ListView's own name replaces one only": f"""\
class Books(ListView):
    model = Book
    context_object_name = "books"
#: shop/templates/shop/book_list.html
{PAYS}{SILENT.replace("in books", "in book_list")}""",
    "ListView with a template": f"""\
class Books(ListView):
    model = Book
    template_name = "shop/page.html"
{PAGE}{PAYS.replace("in books", "in object_list")}""",
    "ListView with a queryset": f"""\
class Books(ListView):
    queryset = Book.objects.select_related("author")
#: shop/templates/shop/book_list.html
{SILENT.replace("in books", "in book_list")}""",
    "ListView with a method": f"""\
class Books(ListView):
    model = Book
    def get_queryset(self):
        return super().get_queryset().select_related("author")
#: shop/templates/shop/book_list.html
{SILENT.replace("in books", "in book_list")}""",
    "ListView by inheritance": f"""\
class Listing(ListView):
    context_object_name = "books"
    template_name = "shop/page.html"

class Books(Listing):
    model = Book
{PAGE}{PAYS}""",
    "get_context_data": f"""\
class Front(TemplateView):
    template_name = "shop/page.html"
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["books"] = Book.objects.all()
        return context
{PAGE}{PAYS}""",
    "get_context_data that updates": f"""\
class Front(TemplateView):
    template_name = "shop/page.html"
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context.update(books=Book.objects.all())
        return context
{PAGE}{PAYS}""",
    "get_context_data with everything": f"""\
class Front(TemplateView):
    template_name = "shop/page.html"
    def get_context_data(self, **kwargs):
        return {{**super().get_context_data(**kwargs), "books": Book.objects.all()}}
{PAGE}{PAYS}""",
    "get_context_data that joins": f"""\
class Front(TemplateView):
    template_name = "shop/page.html"
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["books"] = Book.objects.select_related("author")
        return context
{PAGE}{SILENT}""",
    "DetailView shows one row": """\
class Shown(DetailView):
    model = Book
#: shop/templates/shop/book_detail.html
{{ object.author.name }} {{ book.author.name }}
""",
    "DetailView with more in its context": f"""\
class Shown(DetailView):
    model = Author
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["books"] = Book.objects.all()
        return context
#: shop/templates/shop/author_detail.html
{{{{ author.name }}}}
{PAYS}""",
    "DetailView and what each row of its row costs": """\
class Shown(DetailView):
    model = Author
#: shop/templates/shop/author_detail.html
{% for book in object.books.all %}
{{ book.copies.count }} {# <- PW104 #}
{% endfor %}
#: shop/more.py
from django.db import models
from shop.models import Book

class Copy(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="copies")
""",
    "DetailView and the rows of its row": """\
class Shown(DetailView):
    model = Author
#: shop/templates/shop/author_detail.html
{% for book in author.books.all %}{{ book.author.name }}{% endfor %}
""",
    "the view itself": """\
class Shown(TemplateView):
    template_name = "shop/page.html"
    def books(self):
        return Book.objects.all()
#: shop/templates/shop/page.html
{% for book in view.books %}
{{ book.author.name }} {# <- PW104 #}
{% endfor %}
""",
    "a view without a template": "class Nothing(TemplateView):\n    pass\n",
}


@pytest.mark.parametrize("project", cases(VIEWS))
def test_rendered_by_a_class(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, GENERIC + project, "PW104", DJANGO)


BLOG = """\
#: blog/__init__.py
#: blog/models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="posts")

    def byline(self, mark):
        return mark + self.author.name

    def own(self, text):
        return text + self.title
"""
FLASK = """\
#: blog/app.py
from flask import Flask, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session
from blog.models import Post

app = Flask(__name__)


@app.get("/")
def posts():
    with Session() as session:
        return render_template("posts.html", posts=session.scalars(select(Post)).all())
"""
MACROS = """\
#: blog/templates/macros.html
{% macro card(post) %}{{ post.author.name }}{% endmacro %}
{% macro plain(post) %}{{ post.title }}{% endmacro %}
{% macro frame() %}<p>{{ caller() }}</p>{% endmacro %}
"""
JINJA = {
    "a relation of each row": "{% for post in posts %}\n{{ post.author.name }} {# <- PW104 #}\n{% endfor %}",
    "a loop with a condition": "{% for post in posts if post.title %}\n{{ post.author.name }} {# <- PW104 #}\n{% endfor %}",
    "a method with arguments": "{% for post in posts %}\n{{ post.byline('by ') }} {# <- PW104 #}\n{% endfor %}",
    "a method that costs nothing": "{% for post in posts %}{{ post.own('by ') }}{% endfor %}",
    "a method that is not called": "{% for post in posts %}{% if post.byline %}!{% endif %}{% endfor %}",
    "a macro of the template": (
        "{% macro card(post) %}{{ post.author.name }}{% endmacro %}\n"
        "{% for post in posts %}\n{{ card(post) }} {# <- PW104 #}\n{% endfor %}"
    ),
    "a macro that is not called": "{% macro card(post) %}{{ post.author.name }}{% endmacro %}{% for p in posts %}{{ p.id }}{% endfor %}",
    "a macro of another template": (
        "{% from 'macros.html' import card, plain %}\n{% for post in posts %}\n{{ card(post) }} {# <- PW104 #}\n{% endfor %}"
    ),
    "a macro under another name": (
        "{% from 'macros.html' import card as show %}\n{% for post in posts %}\n{{ show(post) }} {# <- PW104 #}\n{% endfor %}"
    ),
    "all macros under one name": (
        "{% import 'macros.html' as parts %}\n{% for post in posts %}\n{{ parts.card(post) }} {# <- PW104 #}\n"
        "{{ parts.plain(post) }}{% endfor %}"
    ),
    "a macro that costs nothing": "{% from 'macros.html' import plain %}{% for post in posts %}{{ plain(post) }}{% endfor %}",
    "a macro that is not there": "{% from 'macros.html' import none %}{% for post in posts %}{{ none(post) }}{% endfor %}",
    "macros of a template that is not there": "{% import 'none.html' as n %}{% for post in posts %}{{ n.card(post) }}{% endfor %}",
    "what a macro wraps": (
        "{% from 'macros.html' import frame %}\n{% for post in posts %}\n"
        "{% call frame() %}{{ post.author.name }}{% endcall %} {# <- PW104 #}\n{% endfor %}"
    ),
    "set": "{% for post in posts %}\n{% set author = post.author %} {# <- PW104 #}\n{{ author.name }}{% endfor %}",
    "a part of each row": "{% for name in posts|map(attribute='title') %}{{ name }}{% endfor %}",
    "rows through filters": "{% for post in posts|list|sort(attribute='title') %}\n{{ post.author.name }} {# <- PW104 #}\n{% endfor %}",
    "a chunk of rows": "{% for row in posts|batch(3) %}{% for post in row %}{{ post.title }}{% endfor %}{% endfor %}",
    "an index": "{% for post in posts %}{{ loop.index }} {{ loop.last and posts[0].title }}{% endfor %}",
    "an alternative": "{% for post in posts %}\n{{ post.title if post.id else post.author.name }} {# <- PW104 #}\n{% endfor %}",
    "a range": "{% for n in range(9) %}{{ posts[0].author.name }}{% endfor %}",
    "include": (
        "{% for post in posts %}\n{% include 'card.html' %} {# <- PW104 #}\n{% endfor %}\n"
        "#: blog/templates/card.html\n{{ post.author.name }}"
    ),
    "include of the first that is there": (
        "{% for post in posts %}\n{% include ['none.html', 'card.html'] ignore missing %} {# <- PW104 #}\n{% endfor %}\n"
        "#: blog/templates/card.html\n{{ post.author.name }}"
    ),
    "super": (
        "{% extends 'base.html' %}\n{% block body %}{{ super() }}{% endblock %}\n"
        "#: blog/templates/base.html\n{% block body %}{% for post in posts %}\n{{ post.author.name }} {# <- PW104 #}\n"
        "{% endfor %}{% endblock %}"
    ),
}


@pytest.mark.parametrize("page", cases(JINJA))
def test_jinja(page: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"{FLASK}#: blog/templates/posts.html\n{page}\n", "PW104", BLOG + MACROS)


STARLETTE = """\
#: blog/app.py
from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates
from sqlalchemy import select
from sqlalchemy.orm import Session
from blog.models import Post

app = FastAPI()
templates = Jinja2Templates(directory="templates")


@app.get("/")
def posts(request: Request):
    with Session() as session:
        found = session.scalars(select(Post)).all()
        return {call}
#: blog/templates/posts.html
{{% for post in posts %}}
{{{{ post.author.name }}}} {{# <- PW104 #}}
{{% endfor %}}
"""


@pytest.mark.parametrize(
    "call",
    [
        'templates.TemplateResponse(request, "posts.html", {"posts": found})',
        'templates.TemplateResponse("posts.html", {"request": request, "posts": found})',
        'templates.TemplateResponse(request=request, name="posts.html", context={"posts": found})',
    ],
)
def test_starlette(call: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, STARLETTE.format(call=call), "PW104", BLOG)


# --- which file a name means ----------------------------------------------------------------------------------------

TWO_SHOPS = """\
#: north/__init__.py
#: north/models.py
from django.db import models

class Owner(models.Model):
    name = models.CharField(max_length=80)

class Item(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
#: north/views.py
from django.shortcuts import render
from north.models import Item

def page(request):
    return render(request, "page.html", {"items": Item.objects.all()})
#: north/templates/page.html
NORTH
#: south/templates/page.html
SOUTH
"""
SHOWS = "{% for item in items %}\n{{ item.owner.name }}\n{% endfor %}"


@pytest.mark.parametrize(("place", "hits"), [("NORTH", ["north/templates/page.html"]), ("SOUTH", [])])
def test_the_template_nearest_to_the_view(place: str, hits: list[str], tmp_path: Path) -> None:
    found = lint(tmp_path, files_of(TWO_SHOPS.replace(place, SHOWS)))
    assert [one.path for one in found if one.code == "PW104"] == hits


def test_the_steps_lead_from_the_view_to_the_relation(tmp_path: Path) -> None:
    page = f"{PAGE}{{% for book in books %}}\n{{% include 'shop/line.html' %}}\n{{% endfor %}}\n"
    (found,) = [one for one in findings(tmp_path, files_of(DJANGO + VIEW + LINE + page)) if one.code == "PW104"]
    places = [(step.span.path, step.message) for step in found.steps]
    assert places == [
        ("shop/views.py", "the query that feeds the loop"),
        ("shop/templates/shop/page.html", "once per book"),
        ("shop/templates/shop/page.html", "calls shop/line.html"),
        ("shop/templates/shop/line.html", "reads author: one query"),
    ]
    assert (found.span.path, found.span.line) == ("shop/templates/shop/page.html", 3)


# --- what has no end ------------------------------------------------------------------------------------------------

ENDLESS = {
    "a template that includes itself": f"{PAGE}{PAYS}{{% include 'shop/page.html' %}}\n",
    "a tree": f"{PAGE}{PAYS}{{% for author in authors %}}{{% include 'shop/page.html' with authors=author.books.all %}}{{% endfor %}}\n",
    "two that include each other": (
        f"{PAGE}{PAYS}{{% include 'shop/other.html' %}}\n#: shop/templates/shop/other.html\n{{% include 'shop/page.html' %}}\n"
    ),
    "two that extend each other": (
        f"{PAGE}{{% extends 'shop/other.html' %}}\n{{% block a %}}{{% endblock %}}\n"
        "#: shop/templates/shop/other.html\n{% extends 'shop/page.html' %}\n{% block a %}{% endblock %}\n"
    ),
}


@pytest.mark.parametrize("pages", cases(ENDLESS))
def test_recursion_ends(pages: str, tmp_path: Path) -> None:
    project = files_of(DJANGO + VIEW + pages)
    found = {one.path for one in lint(tmp_path, project) if one.code == "PW104" and one.confidence != "low"}
    assert found == ({"shop/templates/shop/page.html"} if "<-" in pages else set())
    assert not link(tmp_path, project).errors


def test_a_parent_is_looked_at_below_each_of_its_children(tmp_path: Path) -> None:
    pages = range(40)
    views = "".join(
        f'def page{n}(request):\n    return render(request, "shop/page{n}.html", {{"books{n}": Book.objects.all()[:{n + 5}]}})\n'
        for n in pages
    )
    children = "".join(
        f'#: shop/templates/shop/page{n}.html\n{{% extends "shop/base.html" %}}{{% block body %}}{{% for book in books{n} %}}\n'
        "{{ book.author.name }} {# <- PW104 #}\n{% endfor %}{% endblock %}\n"
        for n in pages
    )
    base = "#: shop/templates/shop/base.html\n<html>{% block body %}{% endblock %}</html>\n"
    head = "#: shop/views.py\nfrom django.shortcuts import render\nfrom shop.models import Book\n"
    assert_marked(tmp_path, f"{head}{views}{base}{children}", "PW104", DJANGO)
