"""One query per listed row against one query: Django's admin list and a sitemap on SQLite in memory.

Run: python benchmarks/measurements/listings.py
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, models
from django.test import RequestFactory
from queries import IN_MEMORY, prepare, timed

ROWS = 1000


def main() -> None:
    """Make the tables, fill them and print queries and time of each way."""
    contrib = ["admin", "auth", "contenttypes", "sessions", "messages"]
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    prepare(IN_MEMORY, INSTALLED_APPS=[f"django.contrib.{one}" for one in contrib], TEMPLATES=[engine])
    from django.contrib import admin
    from django.contrib.admin.templatetags.admin_list import results
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sitemaps import Sitemap

    class Author(models.Model):
        name = models.CharField(max_length=50)

        class Meta:
            app_label = "shop"

    class Book(models.Model):
        title = models.CharField(max_length=50)
        author = models.ForeignKey(Author, models.CASCADE)

        class Meta:
            app_label = "shop"

        def get_absolute_url(self) -> str:
            return f"/{self.author.name}/{self.pk}/"

    class Lazy(admin.ModelAdmin):
        list_display = ("title", "author_name")
        list_display_links = None

        def author_name(self, book: Book) -> str:
            return str(book.author.name)

        def has_change_permission(self, *_: object) -> bool:
            return True

    class Eager(Lazy):
        list_select_related = ("author",)

    class LazyMap(Sitemap):
        def items(self) -> models.QuerySet[Book]:
            return Book.objects.order_by("pk")

    class EagerMap(LazyMap):
        def items(self) -> models.QuerySet[Book]:
            return Book.objects.select_related("author").order_by("pk")

    with connection.schema_editor() as editor:
        editor.create_model(Author)
        editor.create_model(Book)
    authors = Author.objects.bulk_create(Author(name=f"author {n}") for n in range(ROWS))
    Book.objects.bulk_create(Book(title=f"book {n}", author=author) for n, author in enumerate(authors))
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    def page(kind: type[admin.ModelAdmin]) -> object:
        listed = kind(Book, admin.site).get_changelist_instance(request)
        listed.formset = None
        return [list(row) for row in results(listed)]

    def links(kind: type[LazyMap]) -> object:
        return kind().get_urls(protocol="https", site=Site())

    class Site:
        domain = "shop.example"

    ways: dict[str, Callable[[], object]] = {
        "admin list of 100 books with their authors, lazy": lambda: page(Lazy),
        "the same with list_select_related": lambda: page(Eager),
        f"sitemap of {ROWS} books, lazy": lambda: links(LazyMap),
        "the same with select_related": lambda: links(EagerMap),
    }
    for name, way in ways.items():
        queries, milliseconds = timed(way)
        print(f"{name}: {queries} queries, {milliseconds:.0f} ms")


if __name__ == "__main__":
    main()
