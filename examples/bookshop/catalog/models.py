"""What the shop sells, who wrote it, and who bought it."""

from __future__ import annotations

from django.db import models


class Publisher(models.Model):
    """A publishing house."""

    name = models.CharField(max_length=120, unique=True)
    city = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class Author(models.Model):
    """A person who writes."""

    name = models.CharField(max_length=120, db_index=True)

    def __str__(self) -> str:
        return self.name


class Portrait(models.Model):
    """The picture on an author's page."""

    author = models.OneToOneField(Author, on_delete=models.CASCADE, related_name="portrait")
    path = models.CharField(max_length=200)
    photographer = models.CharField(max_length=120)


class Genre(models.Model):
    """A shelf label."""

    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class BookQuerySet(models.QuerySet["Book"]):
    """The queries that several pages share."""

    def listed(self) -> BookQuerySet:
        """Books that the shop shows."""
        return self.filter(is_listed=True)

    def with_credits(self) -> BookQuerySet:
        """Books together with the people a card names."""
        return self.select_related("author", "publisher")


class Book(models.Model):
    """A title on sale."""

    title = models.CharField(max_length=200, db_index=True)
    isbn = models.CharField(max_length=13, unique=True)
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="books")
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="books")
    genres = models.ManyToManyField(Genre, related_name="books", blank=True)
    price_cents = models.PositiveIntegerField()
    stock = models.PositiveIntegerField(default=0)
    published_on = models.DateField(db_index=True)
    is_listed = models.BooleanField(default=True, db_index=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_available(self) -> bool:
        """Whether a copy can leave today."""
        return self.is_listed and self.stock > 0


class Review(models.Model):
    """What one reader thought of one book."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    reader = models.CharField(max_length=80)
    stars = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    written_on = models.DateField(db_index=True)


class Order(models.Model):
    """One purchase."""

    reader_email = models.EmailField(db_index=True)
    placed_at = models.DateTimeField(auto_now_add=True, db_index=True)
    is_shipped = models.BooleanField(default=False, db_index=True)


class OrderLine(models.Model):
    """So many copies of one book in one order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField(default=1)
    unit_cents = models.PositiveIntegerField()
