"""Rows that a library shows by itself: admin lists and inlines, sitemaps, feeds, choices of forms."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, files_of, lint

SHOP = """\
#: shop/__init__.py
#: shop/models.py
from django.db import models


class Publisher(models.Model):
    name = models.CharField(max_length=80)


class Author(models.Model):
    name = models.CharField(max_length=80)
    publisher = models.ForeignKey(Publisher, on_delete=models.CASCADE)

    def __str__(self):
        return self.publisher.name


class Book(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, null=True, on_delete=models.CASCADE, related_name="edited")

    @property
    def house(self):
        return self.author.publisher.name

    def get_absolute_url(self):
        return f"/{self.author_id}/{self.pk}/"


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")

    def __str__(self):
        return self.book.title
"""

ADMIN = """\
#: shop/admin.py
from django.contrib import admin
from django.contrib.admin import site, TabularInline
from other.admin import VersionAdmin
from shop.models import Author, Book, Review


def written_by(book):
    return book.author.name{mark}


"""

READ = {
    "a key of a model that nobody knows, which no column names": """from django.db import models
from elsewhere import Account


class Proof(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE)

    @property
    def provider(self):
        return self.account.provider


@admin.register(Proof)
class Proofs(admin.ModelAdmin):
    list_display = ["provider"]  # <- PW109
""",
    "a method of the admin": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['title', 'name']\n\n    def name(self, book):\n        return book.author.name  # <- PW109\n",
    "a property of the model": "class Books(admin.ModelAdmin):\n    list_display = ['title', 'house']  # <- PW109, PW109\n\n\nadmin.site.register(Book, Books)\n",
    "a path": "class Books(admin.ModelAdmin):\n    list_display = ['title', 'author__name']  # <- PW109\n\n\nsite.register(Book, Books)\n",
    "a foreign key that may be null": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['title', 'editor']  # <- PW109, PW109\n",
    "the text of a row by default": "@admin.register(Author)\nclass Authors(admin.ModelAdmin):  # <- PW109\n    search_fields = ['name']\n",
    "the library's own list": "admin.site.register([Author])  # <- PW109\n",
    "a base that nobody knows": "@admin.register(Book)\nclass Books(VersionAdmin):\n    list_display = ['title', 'house']  # <- PW109, PW109\n",
    "a list that is built": "COMMON = ('house',)\n\n\n@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ('title', *COMMON)  # <- PW109, PW109\n",
    "inherited columns": "class Base(admin.ModelAdmin):\n    list_display = ['pk', 'house']  # <- PW109, PW109\n\n\n@admin.register(Book)\nclass Books(Base):\n    pass\n",
    "one class for two models": "class Base(admin.ModelAdmin):\n    list_display = ['name']\n\n    def name(self, row):\n        return row.author.name  # <- PW109\n\n\nadmin.site.register((Author, Book), Base)\n",
    "a query": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['many']\n\n    def many(self, book):\n        return book.reviews.count()  # <- PW109\n",
    "another relation is joined": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house']  # <- PW109, PW109\n    list_select_related = ['editor']\n",
    "an inline's column": """\
class Written(TabularInline):
    model = Book
    readonly_fields = ["name", "title"]

    def name(self, book):
        return book.author.name, book.reviews.first()  # <- PW109


@admin.register(Author)
class Authors(admin.ModelAdmin):
    list_display = ["name"]
    inlines = [Written]
""",
}


@pytest.mark.parametrize("text", cases(READ))
def test_what_an_admin_shows(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, ADMIN.format(mark="") + text, "PW109", SHOP)


def test_a_function_among_the_columns(tmp_path: Path) -> None:
    text = "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['title', written_by]\n"
    assert_marked(tmp_path, ADMIN.format(mark="  # <- PW109") + text, "PW109", SHOP)


UNREAD = {
    "columns that the registration names": "admin.site.register(Author, list_display=['name'])\n",
    "a key of a model that nobody knows, which no column names": """from django.db import models
from elsewhere import Account


class Proof(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE)

    @property
    def provider(self):
        return self.account.provider


@admin.register(Proof)
class Proofs(admin.ModelAdmin):
    list_display = ["provider"]  # <- PW109
""",
    "a key of a model that nobody knows": """from django.db import models
from elsewhere import Account
from shop.models import Author


class Proof(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE)

    @property
    def provider(self):
        return self.account.provider


@admin.register(Proof)
class Proofs(admin.ModelAdmin):
    list_display = ["account", "provider"]
""",
    "a join": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house', written_by]\n    list_select_related = ['author__publisher']\n",
    "a join of all that each row has": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house']\n    list_select_related = True\n",
    "a key among the columns, which makes the admin join": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house', 'author']\n",
    "a column that may be one": "from elsewhere import COLUMNS\n\n\n@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house', *COLUMNS]\n",
    "its own queryset": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house']\n\n    def get_queryset(self, request):\n        return super().get_queryset(request).select_related('author__publisher')\n",
    "a join that nobody knows": "from elsewhere import JOINED\n\n\n@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house']\n    list_select_related = JOINED\n",
    "a method that no list names": "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['title']\n\n    def name(self, book):\n        return book.author.name\n",
    "a class that is never registered": "class Books(admin.ModelAdmin):\n    list_display = ['house']\n",
    "a model that nobody knows": "from elsewhere import Other\n\n\n@admin.register(Other)\nclass Others(admin.ModelAdmin):\n    list_display = ['house']\n",
    "columns chosen by code": "@admin.register(Author)\nclass Authors(admin.ModelAdmin):\n    def get_list_display(self, request):\n        return ['name']\n",
    "an inline of a row that all know": "class Reviews(TabularInline):\n    model = Review\n    readonly_fields = ['of']\n\n    def of(self, review):\n        return review.book.house\n\n\n@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['title']\n    inlines = [Reviews]\n",
    "an inline of nobody": "class Reviews(TabularInline):\n    model = Review\n",
}  # fmt: skip


@pytest.mark.parametrize("text", cases(UNREAD))
def test_what_an_admin_has_at_hand(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, ADMIN.format(mark="") + text, "PW109", SHOP)


OTHERS = {
    "a sitemap's links": """\
from django.contrib.sitemaps import Sitemap
from shop.models import Book


class Books(Sitemap):
    def items(self):
        return Book.objects.all()

    def location(self, book):
        return f"/{book.author.name}/"  # <- PW109
""",
    "a sitemap's links by default cost nothing here": """\
from django.contrib.sitemaps import Sitemap
from shop.models import Book


class Books(Sitemap):
    def items(self):
        return Book.objects.all()
""",
    "a feed's texts": """\
from django.contrib.syndication.views import Feed
from shop.models import Author


class Authors(Feed):  # <- PW109
    link = item_link = "/"

    def items(self):
        return Author.objects.all()
""",
    "a feed with texts of its own": """\
from django.contrib.syndication.views import Feed
from shop.models import Author


class Authors(Feed):
    link = item_link = item_description = "/"

    def items(self):
        return Author.objects.all()

    def item_title(self, author):
        return author.name
""",
    "choices": """\
from django import forms
from shop.models import Author


class Choice(forms.ModelChoiceField):
    def label_from_instance(self, author):
        return author.name


class Searched(forms.ModelChoiceField):
    def get_bound_field(self, form, name):
        self.queryset = self.queryset.none()
        return super().get_bound_field(form, name)


class Order(forms.ModelForm):
    found = Searched(Author.objects.all())
    author = forms.ModelChoiceField(queryset=Author.objects.all())  # <- PW109
    other = Choice(Author.objects.all())
    joined = forms.ModelChoiceField(Author.objects.select_related("publisher"))
    hidden = forms.ModelChoiceField(Author.objects.all(), widget=forms.HiddenInput)
    none = forms.ModelChoiceField(queryset=None)
""",
}


@pytest.mark.parametrize("text", cases(OTHERS))
def test_other_displays(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, "#: shop/others.py\n" + text, "PW109", SHOP)


def confidences(folder: Path, text: str) -> list[str]:
    return [one.confidence for one in lint(folder, files_of(SHOP + text)) if one.code == "PW109"]


def test_columns_among_which_code_chooses_are_less_sure(tmp_path: Path) -> None:
    text = "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = ['house']\n"
    choosing = "\n    def get_list_display(self, request):\n        return super().get_list_display(request)\n"
    assert confidences(tmp_path, ADMIN.format(mark="") + text) == ["high", "high"]
    assert confidences(tmp_path, ADMIN.format(mark="") + text + choosing) == ["medium", "medium"]


def test_what_a_column_names_may_be_joined_for_the_others(tmp_path: Path) -> None:
    text = "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n    list_display = [{}'by']\n\n"
    method = "    def by(self, book):\n        return book.editor.name\n"
    alone, beside = text.format("") + method, text.format("'editor', ") + method
    assert confidences(tmp_path, ADMIN.format(mark="") + alone) == ["high"]
    assert "high" not in confidences(tmp_path, ADMIN.format(mark="") + beside)


def test_a_form_that_may_give_another_query_is_not_told(tmp_path: Path) -> None:
    head = "#: shop/forms.py\nfrom django import forms\nfrom shop.models import Author\n\n\n"
    text = "class Order(forms.Form):\n    author = forms.ModelChoiceField(queryset=Author.objects.all())\n"
    init = "\n    def __init__(self, **kwargs):\n        super().__init__(**kwargs)\n"
    assert confidences(tmp_path, head + text) == ["high"]
    assert confidences(tmp_path, head + text + init) == ["low"]


HANDED = """\
#: shop/others.py
from django.contrib import admin
from django_filters import FilterSet, BooleanFilter
from shop.models import Author, Book


class Rare(FilterSet):
    reviewed = BooleanFilter(method="filter_reviewed")

    class Meta:
        model = Book

    def filter_reviewed(self, queryset, name, value):
        keys = []
        for book in queryset:
            print(book.author.name)
            if book.reviews.filter(text=value).exists():  # <- PW102
                keys.append(book.pk)
        return queryset.filter(pk__in=keys)


@admin.register(Book)
class Books(admin.ModelAdmin):
    list_display = ["title"]
    list_select_related = ["editor"]
    actions = ["say"]

    def say(self, request, queryset):
        for book in queryset:
            print(book.editor.name, book.author.name)  # <- PW101

    def other(self, request, rows):
        for book in rows:
            print(book.author.name)
"""


def test_methods_are_handed_the_rows(tmp_path: Path) -> None:
    assert_marked(tmp_path, HANDED, "PW1", SHOP)
