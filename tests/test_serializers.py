"""Serializers over the rows of their views: which rows a view hands on, which fields are shown, and what those read."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, files_of, findings

SHOP = """\
#: shop/__init__.py
#: shop/models.py
from django.db import models


class Publisher(models.Model):
    name = models.CharField(max_length=80)


class Author(models.Model):
    name = models.CharField(max_length=80)
    publisher = models.ForeignKey(Publisher, on_delete=models.CASCADE)


class Book(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")

    @property
    def best(self):
        if hasattr(self, "best_review"):
            return self.best_review
        return self.reviews.order_by("-pk").first()

    @property
    def worst(self):
        return self.reviews.order_by("pk").first()


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
"""

SERIALIZERS = """\
#: shop/serializers.py
from rest_framework import serializers
from shop.models import Author, Book


class NameSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]


class BookSerializer(serializers.ModelSerializer):
    author = NameSerializer(){mark}

    class Meta:
        model = Book
        fields = ["title", "author"]
"""

LAZY = SERIALIZERS.format(mark="  # <- PW105")
SILENT = SERIALIZERS.format(mark="")
IMPORTS = """\
#: shop/views.py
from django.conf import settings
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from shop.models import Author, Book
from shop.serializers import BookSerializer, NameSerializer

"""

SERVED = {
    "a viewset": "class Books(viewsets.ModelViewSet):\n    queryset = Book.objects.all()\n    serializer_class = BookSerializer\n",
    "a generic view": "class Books(generics.ListAPIView):\n    queryset = Book.objects.all()\n    serializer_class = BookSerializer\n",
    "a mixin": "class Books(mixins.ListModelMixin, viewsets.GenericViewSet):\n    queryset = Book.objects.all()\n    serializer_class = BookSerializer\n",
    "a queryset that a base gives": """\
class Base(viewsets.ReadOnlyModelViewSet):
    serializer_class = BookSerializer

    def get_queryset(self):
        return self.model.objects.filter(title=self.request.GET["title"])


class Books(Base):
    model = Book
""",
    "its own list() that asks the library's": """\
class Books(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer

    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)
""",
    "its own list() that serializes": """\
class Books(viewsets.GenericViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer

    def list(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
""",
    "its own get_serializer()": """\
class Books(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer

    def get_serializer(self, *args, **kwargs):
        kwargs["context"] = self.get_serializer_context()
        return super().get_serializer(*args, **kwargs)
""",
    "another action": """\
class Books(viewsets.ViewSet):
    @action(detail=False)
    def new(self, request):
        return Response(BookSerializer(Book.objects.order_by("-pk")[:50], many=True).data)
""",
    "a function": "@api_view(['GET'])\ndef books(request):\n    return Response(BookSerializer(Book.objects.filter(pk__gt=1), many=True).data)\n",
    "a queryset that is empty for the documentation": """\
class Books(viewsets.ModelViewSet):
    serializer_class = BookSerializer

    def get_queryset(self):
        if getattr(self, "is_documentation", False):
            return Book.objects.none()
        return Book.objects.order_by("pk")
""",
}


@pytest.mark.parametrize("view", cases(SERVED))
def test_rows_of_a_view(tmp_path: Path, view: str) -> None:
    assert_marked(tmp_path, LAZY + IMPORTS + view, "PW105", SHOP)


NOT_SERVED = {
    "the view loads it": "class Books(viewsets.ModelViewSet):\n    queryset = Book.objects.select_related('author')\n    serializer_class = BookSerializer\n",
    "for this action": """\
class Books(viewsets.ModelViewSet):
    serializer_class = BookSerializer

    def get_queryset(self):
        if self.action == "list":
            return Book.objects.select_related("author")
        return Book.objects.all()
""",
    "another serializer for this action": """\
class Books(viewsets.ModelViewSet):
    queryset = Author.objects.all()

    def get_serializer_class(self):
        if self.action == "list":
            return NameSerializer
        return BookSerializer
""",
    "loaded, or empty for the documentation": """\
class Books(viewsets.ModelViewSet):
    serializer_class = BookSerializer

    def get_queryset(self):
        if getattr(self, "is_documentation", False):
            return Book.objects.none()
        return Book.objects.select_related("author")
""",
    "no list": "class Book_(generics.RetrieveAPIView):\n    queryset = Book.objects.all()\n    serializer_class = BookSerializer\n",
    "written only": "class Books(generics.CreateAPIView):\n    queryset = Book.objects.all()\n    serializer_class = BookSerializer\n",
    "rows that nobody knows": """\
class Books(viewsets.ModelViewSet):
    serializer_class = BookSerializer

    def get_queryset(self):
        return self.request.shelf.books.all()
""",
    "options that nobody knows": """\
class Books(viewsets.ModelViewSet):
    serializer_class = BookSerializer

    def get_queryset(self):
        return Book.objects.prefetch_related(*settings.LOADED)
""",
    "an argument of its own chooses the fields": """\
@api_view(["GET"])
def books(request):
    return Response(BookSerializer(Book.objects.filter(pk__gt=1), many=True, shown=["title"]).data)
""",
    "a list of its own": """\
class Books(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer

    def list(self, request):
        return Response([book.title for book in self.get_queryset()])
""",
    "no data is read": "@api_view(['GET'])\ndef books(request):\n    return Response(len(BookSerializer(Book.objects.filter(pk=1), many=True).fields))\n",
}


@pytest.mark.parametrize("view", cases(NOT_SERVED))
def test_rows_of_nobody(tmp_path: Path, view: str) -> None:
    assert_marked(tmp_path, SILENT + IMPORTS + view, "PW105", SHOP)


VIEW = """\
#: shop/views.py
from rest_framework import viewsets
from shop.models import Book
from shop.serializers import Shown


class Books(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = Shown
"""
HEAD = "#: shop/serializers.py\nfrom rest_framework import serializers\nfrom shop.models import Author, Book\n\n\n"
META = "\n    class Meta:\n        model = Book\n        fields = "

READ = {
    "a path of two": "class Shown(serializers.Serializer):\n    name = serializers.CharField(source='author.publisher.name')  # <- PW105, PW105\n",
    "a field with an annotation": "class Shown(serializers.Serializer):\n    name: serializers.CharField = serializers.CharField(source='author.name')  # <- PW105\n",
    "a property of the model": "class Shown(serializers.ModelSerializer):\n    worst = serializers.StringRelatedField()  # <- PW105\n" + META + '["worst"]\n',
    "a method under another name": "class Shown(serializers.ModelSerializer):\n    x = serializers.SerializerMethodField(method_name='read')\n" + META + '["x"]\n\n    def read(self, book):\n        return book.author.name  # <- PW105\n',
    "a method that the serializer's own method calls": "class Shown(serializers.ModelSerializer):\n    x = serializers.SerializerMethodField()\n" + META + '["x"]\n\n    def get_x(self, book):\n        return self.inner(book)\n\n    def inner(self, book):\n        return book.author.name  # <- PW105\n',
    "rows of another query than the one that was loaded": "class Shown(serializers.ModelSerializer):\n    x = serializers.SerializerMethodField()\n" + META + '["x"]\n\n    def get_x(self, book):\n        return [one.title for one in book.author.books.filter(pk__gt=1)]  # <- PW105, PW105\n',
    "names added to those of a base": "class Base(serializers.ModelSerializer):\n    name = serializers.CharField(source='author.name')  # <- PW105\n" + META + '["title"]\n\n\nclass Shown(Base):\n    class Meta(Base.Meta):\n        fields = Base.Meta.fields + ["name"]\n',
    "another column as key": "class Shown(serializers.ModelSerializer):\n    author = serializers.HyperlinkedRelatedField(view_name='author', lookup_field='name', read_only=True)  # <- PW105\n" + META + '["author"]\n',
    "a field of the project's own": "class Named(serializers.Field):\n    def to_representation(self, value):\n        return value.publisher.name\n\n\nclass Shown(serializers.ModelSerializer):\n    author = Named()  # <- PW105, PW105\n" + META + '["author"]\n',
    "a field of the whole row": "class Named(serializers.Field):\n    def to_representation(self, value):\n        return value.author.name\n\n\nclass Shown(serializers.ModelSerializer):\n    x = Named(source='*')  # <- PW105\n" + META + '["x"]\n',
}  # fmt: skip


@pytest.mark.parametrize("text", cases(READ))
def test_fields_that_read(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, HEAD + text + VIEW, "PW105", SHOP)


UNREAD = {
    "the key": "class Shown(serializers.ModelSerializer):\n    author = serializers.PrimaryKeyRelatedField(read_only=True)\n" + META + '["author"]\n',
    "the key by default": "class Shown(serializers.ModelSerializer):" + META + '["author"]\n',
    "the key in an address": "class Shown(serializers.HyperlinkedModelSerializer):\n    author = serializers.HyperlinkedRelatedField(view_name='author', read_only=True)\n" + META + '["author"]\n',
    "the row's own address": "class Shown(serializers.HyperlinkedModelSerializer):\n    author = serializers.HyperlinkedIdentityField(view_name='author')\n" + META + '["author"]\n',
    "a field that is not named": "class Base(serializers.ModelSerializer):\n    name = serializers.CharField(source='author.name')\n" + META + '["name"]\n\n\nclass Shown(Base):\n    class Meta(Base.Meta):\n        fields = ["title"]\n',
    "an excluded field": "class Shown(serializers.ModelSerializer):\n    name = serializers.CharField(source='author.name')\n\n    class Meta:\n        model = Book\n        exclude = ['name']\n",
    "a hidden field": "class Shown(serializers.ModelSerializer):\n    name = serializers.CharField(source='author.name', write_only=True)\n" + META + '["name"]\n',
    "a field taken away": "class Base(serializers.Serializer):\n    name = serializers.CharField(source='author.name')\n\n\nclass Shown(Base):\n    name = None\n",
    "a mixin that is no serializer": "class Mixin:\n    name = serializers.CharField(source='author.name')\n\n\nclass Shown(Mixin, serializers.Serializer):\n    title = serializers.CharField()\n",
    "a method that nothing shows": "class Shown(serializers.ModelSerializer):" + META + '["title"]\n\n    def get_name(self, book):\n        return book.author.name\n',
    "what a query may have left on the row": "class Shown(serializers.ModelSerializer):\n    best = serializers.StringRelatedField()\n" + META + '["best"]\n',
    "a representation of its own": "class Shown(serializers.ModelSerializer):\n    name = serializers.CharField(source='author.name')\n" + META + '["name"]\n\n    def to_representation(self, book):\n        return {"title": book.title}\n',
    "names that nobody knows": "class Shown(serializers.ModelSerializer):\n    title = serializers.CharField()\n" + META + 'Book.shown()\n',
}  # fmt: skip


@pytest.mark.parametrize("text", cases(UNREAD))
def test_fields_that_do_not_read(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, HEAD + text + VIEW, "PW105", SHOP)


def test_one_finding_for_all_views_that_show_a_field(tmp_path: Path) -> None:
    views = IMPORTS + "".join(
        f"\n\nclass Books{number}(generics.ListAPIView):\n    queryset = Book.objects.all()\n    serializer_class = BookSerializer\n"
        for number in range(40)
    )
    found = [one for one in findings(tmp_path, files_of(SHOP + LAZY + views)) if one.code == "PW105"]
    assert [one.span.line for one in found] == [13]
    assert found[0].count == 40


def test_the_steps_name_the_view_and_its_query(tmp_path: Path) -> None:
    view = IMPORTS + SERVED["a viewset"]
    (found,) = [one for one in findings(tmp_path, files_of(SHOP + LAZY + view)) if one.code == "PW105"]
    assert [(one.span.path, one.role) for one in found.steps] == [
        ("shop/views.py", "source"),
        ("shop/views.py", "context"),
    ]
    assert found.cost == "1 + N"
    assert "per book" in found.message


UNKNOWN_ROWS = """\
#: shop/views.py
from rest_framework import serializers, viewsets
from shop.models import Publisher


class Shown(serializers.ModelSerializer):
    x = serializers.SerializerMethodField()
    y = serializers.SerializerMethodField()

    class Meta:
        model = Publisher
        fields = ["x", "y"]

    def get_x(self, publisher):
        found = publisher.author_set.filter(name="x")
        return [one.books.count() for one in found]  # <- PW101, PW105

    def get_y(self, publisher):
        return [one.books.count() for one in publisher.author_set.all()]


class Publishers(viewsets.ModelViewSet):
    serializer_class = Shown

    def get_queryset(self):
        return self.request.shelf.publishers.all()
"""


def test_a_query_of_its_own_is_not_what_was_loaded_with_the_row(tmp_path: Path) -> None:
    assert_marked(tmp_path, UNKNOWN_ROWS, ("PW101", "PW105"), SHOP)
