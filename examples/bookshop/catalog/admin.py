"""The back office."""

from __future__ import annotations

from django.contrib import admin

from catalog.models import Author, Book, Genre, Order, OrderLine, Publisher, Review


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    """Books, with the people named in the list joined to it."""

    list_display = ["title", "author", "publisher", "price_cents", "stock"]
    list_select_related = ["author", "publisher"]
    search_fields = ["title", "isbn"]
    autocomplete_fields = ["author"]


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    """Authors."""

    list_display = ["name"]
    search_fields = ["name"]


class OrderLineInline(admin.TabularInline):
    """The lines of an order, on its page."""

    model = OrderLine
    raw_id_fields = ["book"]
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Orders."""

    list_display = ["reader_email", "placed_at", "is_shipped"]
    inlines = [OrderLineInline]


admin.site.register([Genre, Publisher, Review])
