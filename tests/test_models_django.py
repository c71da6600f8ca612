"""Models of Django and their relations: which reads cost a query for each row, and what loads them before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, files_of, link

DJANGO = """
#: shop/__init__.py
#: shop/models.py
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
class Publisher(models.Model):
    name = models.CharField(max_length=50)
class Author(models.Model):
    name = models.CharField(max_length=50)
    publisher = models.ForeignKey(Publisher, on_delete=models.CASCADE, null=True)
class Tag(models.Model):
    name = models.CharField(max_length=50)
    class Meta:
        ordering = ["name"]
class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    editor = models.ForeignKey("Author", on_delete=models.CASCADE, related_name="+")
    tags = models.ManyToManyField(Tag, related_name="tagged")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True)
    def by(self):
        return self.author.name
    @property
    def house(self):
        return self.author.publisher
    def __str__(self):
        return f"{self.title} by {self.author}"
class Cover(models.Model):
    book = models.OneToOneField("shop.Book", on_delete=models.CASCADE)
class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    kind = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.IntegerField()
    thing = GenericForeignKey("kind", "object_id")
"""
DJANGO_HEAD = (
    "from shop.models import Author, Book, Cover, Publisher, Review, Tag\nfrom django.db.models import Prefetch\n"
)


def loop(query: str, *reads: str) -> str:
    """A function that runs over the rows of a query; each read stands on a line of its own."""
    return f"def f():\n    for row in {query}:\n" + "".join(f"        {one}\n" for one in reads)


def hit(query: str, *reads: str) -> str:
    """The same with every read marked."""
    return loop(query, *[f"{one}  # <- PW101" for one in reads])


BOOKS = "Book.objects.all()"
FORWARD = {
    "a foreign key": hit(BOOKS, "row.author.name"),
    "a foreign key's own key": loop(BOOKS, "row.author.pk  # <- PW114"),
    "the key column": loop(BOOKS, "row.author_id", "row.pk", "row.title", "row.id"),
    "a comparison of a foreign key with None": loop(BOOKS, "row.parent is None  # <- PW114"),
    "a foreign key in a condition": loop(BOOKS, "if row.parent:  # <- PW101", "    pass"),
    "a foreign key to self": hit(BOOKS, "row.parent.title"),
    "two foreign keys": hit(BOOKS, "row.author.name", "row.editor.name"),
    "two steps": loop(BOOKS, "row.author.publisher.name  # <- PW101, PW101"),
    "many to many": hit(BOOKS, "list(row.tags.all())"),
    "a generic foreign key": hit("Review.objects.all()", "row.thing"),
    "a one-to-one field": hit("Cover.objects.all()", "row.book.title"),
    "a target by its label": loop("Cover.objects.all()", "row.book.author  # <- PW101, PW101"),
    "a method of the model": hit(BOOKS, "row.by()"),
    "a property of the model": loop(BOOKS, "row.house  # <- PW101, PW101"),
    "__str__ of the model": hit(BOOKS, "print(row)"),
    "__str__ by str()": hit(BOOKS, "x = str(row)"),
    "__str__ by an f-string": hit(BOOKS, "x = f'{row}'"),
    "hasattr of a one-to-one": hit(BOOKS, "hasattr(row, 'cover')"),
    "a name that is no relation": loop(BOOKS, "row.missing", "row.title.author"),
}
REVERSE = {
    "a related_name": hit("Author.objects.all()", "list(row.books.all())"),
    "a default reverse name": hit(BOOKS, "list(row.review_set.all())"),
    "a default reverse name to self": hit(BOOKS, "list(row.book_set.all())"),
    "a default reverse name of another app": hit("Publisher.objects.all()", "list(row.author_set.all())"),
    "a reverse one-to-one": hit(BOOKS, "row.cover"),
    "a reverse many to many": hit("Tag.objects.all()", "list(row.tagged.all())"),
    "a relation without a reverse": loop("Author.objects.all()", "row.editor_set", "row.book_set"),
    "count, exists, iteration": (
        loop("Author.objects.all()", "row.books.count()  # <- PW101")
        + loop("Author.objects.all()", "row.books.exists()  # <- PW101").replace("f()", "g()")
        + loop("Author.objects.all()", "[one.title for one in row.books.all()]  # <- PW101").replace("f()", "h()")
    ),
    "a manager that is only named": loop("Author.objects.all()", "row.books", "row.books.all()"),
    "the parent of a row's own children": (
        "def f(author: Author):\n    for row in author.books.all():\n        row.author.name\n"
        "def g(author: Author):\n    for row in author.books.filter(title='x'):\n        row.author.name\n"
    ),
    "the parent of prefetched children": (
        "def f():\n    for row in Author.objects.prefetch_related('books'):\n"
        "        for one in row.books.all():\n            one.author.name\n"
    ),
    "another parent of prefetched children": (
        "def f():\n    for row in Author.objects.prefetch_related('books'):\n"
        "        for one in row.books.all():\n            one.editor.name  # <- PW101\n"
    ),
    "the way back over many to many is not free": (
        "def f():\n    for row in Book.objects.prefetch_related('tags'):\n"
        "        for tag in row.tags.all():\n            list(tag.tagged.all())  # <- PW101\n"
    ),
    "the way back over a one-to-one is free": loop("Book.objects.select_related('cover')", "row.cover.book.title"),
}
LOADED = {
    "select_related": loop("Book.objects.select_related('author')", "row.author.name"),
    "select_related of something else": hit("Book.objects.select_related('editor')", "row.author.name"),
    "select_related of two": loop("Book.objects.select_related('author', 'editor')", "row.author", "row.editor"),
    "select_related of a path covers its steps": loop(
        "Book.objects.select_related('author__publisher')", "row.author.name", "row.author.publisher.name"
    ),
    "select_related of the first step": hit("Book.objects.select_related('author')", "row.author.publisher.name"),
    "select_related behind other methods": loop(
        "Book.objects.filter(title='x').select_related('author').order_by('title').distinct()", "row.author.name"
    ),
    "select_related(None) drops": hit("Book.objects.select_related('author').select_related(None)", "row.author.name"),
    "prefetch_related(None) drops": hit(
        "Author.objects.prefetch_related('books').prefetch_related(None)", "list(row.books.all())"
    ),
    "select_related without arguments follows what cannot be null": loop(
        "Book.objects.select_related()", "row.author.name"
    ),
    "select_related without arguments leaves what can be null": hit(
        "Book.objects.select_related()", "row.parent.title"
    ),
    "select_related without arguments follows keys of keys": (
        hit("Cover.objects.select_related()", "row.book.parent.title")
        + loop("Cover.objects.select_related()", "row.book.author.name").replace("f()", "g()")
        + hit("Book.objects.select_related()", "row.author.publisher.name").replace("f()", "h()")
        + hit("Author.objects.select_related()", "list(row.books.all())").replace("f()", "i()")
    ),
    "in_bulk() of many keys is a batch": (
        "def f(author: Author, keys):\n    for at in range(0, len(keys), 100):\n"
        "        Book.objects.in_bulk(keys[at : at + 100])\n"
    ),
    "prefetch_related of a foreign key": loop("Book.objects.prefetch_related('author')", "row.author.name"),
    "prefetch_related of a path": loop(
        "Author.objects.prefetch_related('books__tags')",
        "for book in row.books.all():",
        "    list(book.tags.all())",
    ),
    "prefetch_related of the first step only": loop(
        "Author.objects.prefetch_related('books')",
        "for book in row.books.all():",
        "    list(book.tags.all())  # <- PW101",
    ),
    "a Prefetch": loop("Author.objects.prefetch_related(Prefetch('books'))", "list(row.books.all())"),
    "a Prefetch with a queryset": loop(
        "Author.objects.prefetch_related(Prefetch('books', queryset=Book.objects.select_related('editor')))",
        "for book in row.books.all():",
        "    book.editor.name",
    ),
    "a Prefetch with another queryset": loop(
        "Author.objects.prefetch_related(Prefetch('books', queryset=Book.objects.all()))",
        "for book in row.books.all():",
        "    book.editor.name  # <- PW101",
    ),
    "a Prefetch with to_attr fills its own name": loop(
        "Author.objects.prefetch_related(Prefetch('books', to_attr='shelf'))", "list(row.shelf)"
    ),
    "a Prefetch with to_attr leaves the manager": hit(
        "Author.objects.prefetch_related(Prefetch('books', to_attr='shelf'))", "list(row.books.all())"
    ),
    "what hasattr finds where a Prefetch has put it": (
        "def shelf(author):\n    return author.shelf if hasattr(author, 'shelf') else author.books.all()\n"
        + loop("Author.objects.prefetch_related(Prefetch('books', to_attr='shelf'))", "list(shelf(row))")
    ),
    "what hasattr finds on the row that another leads to": (
        "def others(book):\n    if hasattr(book.author, 'shelf'):\n        return book.author.shelf\n"
        "    return list(book.author.books.all())\n"
        + loop(
            "Book.objects.select_related('author').prefetch_related(Prefetch('author__books', to_attr='shelf'))",
            "others(row)",
        )
    ),
    "what hasattr is asked for on a row that another leads to": (
        "def others(book):\n    if hasattr(book.author, 'shelf'):\n        return book.author.shelf\n"
        "    return list(book.author.books.all())\n" + loop("Book.objects.all()", "others(row)  # <- PW101")
    ),
    "prefetch_related_objects": (
        "from django.db.models import prefetch_related_objects\n"
        "def f():\n    rows = list(Author.objects.all())\n    prefetch_related_objects(rows, 'books')\n"
        "    for row in rows:\n        list(row.books.all())\n"
    ),
    "prefetch_related_objects of one of two": (
        "from django.db.models import prefetch_related_objects\n"
        "def f(few):\n    rows = Author.objects.all() if few else list(Author.objects.filter(name='x'))\n"
        "    prefetch_related_objects(rows, 'books')\n    for row in rows:\n        list(row.books.all())\n"
    ),
    "prefetch_related_objects of something else": (
        "from django.db.models import prefetch_related_objects\n"
        "def f(few):\n    rows = list(Book.objects.all()) if few else list(Book.objects.filter(title='x'))\n"
        "    prefetch_related_objects(rows, 'tags')\n    for row in rows:\n        row.author.name  # <- PW101\n"
    ),
    "loads that are computed stay unknown": (
        "def f(names):\n    for row in Book.objects.select_related(*names):\n        row.author.name\n"
    ),
    "loads in a tuple that is put together": (
        "BASE = ('author',)\nclass Pages:\n    loaded = BASE + ('editor',)\n    def f(self):\n"
        "        for row in Book.objects.select_related(*self.loaded):\n            row.author.name\n"
        "            row.editor.name\n            list(row.tags.all())  # <- PW101\n"
    ),
    "loads in a tuple that another begins": (
        "BASE = ('author',)\ndef f():\n    names = (*BASE, 'tags')\n    names += ('other',)\n"
        "    for row in Book.objects.prefetch_related(*names):\n        row.author.name\n        list(row.tags.all())\n"
        "        row.editor.name  # <- PW101\n"
    ),
    "loads in a list that is made of a tuple and grows": (
        "BASE = ('author',)\ndef f(name):\n    names = list(BASE)\n    names.append(name)\n"
        "    for row in Book.objects.prefetch_related(*names):\n        row.editor.name\n"
    ),
    "loads in a list that is made of a tuple and added to": (
        "BASE = ('author',)\ndef f(name):\n    names = list(BASE)\n    names += [name]\n"
        "    for row in Book.objects.prefetch_related(*names):\n        row.editor.name\n"
    ),
    "a wrapper that is given no loads": (
        "def some(*names):\n    return Book.objects.prefetch_related(*names)\n"
        "def f():\n    for row in some():\n        row.author.name  # <- PW101\n"
    ),
    "a wrapper that is given a load": (
        "def some(*names):\n    return Book.objects.prefetch_related(*names)\n"
        "def f():\n    for row in some('author'):\n        row.author.name\n"
    ),
    "loads in both branches": (
        "def f(flag):\n    rows = Book.objects.all()\n    if flag:\n        rows = rows.select_related('author')\n"
        "    else:\n        rows = rows.select_related('author', 'editor')\n"
        "    for row in rows:\n        row.author.name\n        row.editor.name  # <- PW101\n"
    ),
    "loads added to a parameter": (
        "def loaded(rows):\n    return rows.select_related('author')\n"
        "def f():\n    for row in loaded(Book.objects.all()):\n"
        "        row.author.name\n        row.editor.name  # <- PW101\n"
    ),
    "a query that is only annotated may load anything": (
        "from django.db.models import QuerySet\n"
        "def f(rows: QuerySet[Book]):\n    for row in rows:\n        row.author.name\n"
    ),
    "the outer query's filter keeps the prefetch": loop(
        "Author.objects.prefetch_related('books').filter(name='x')", "list(row.books.all())"
    ),
    "values have no relations": loop("Book.objects.values('author')", "row['author']"),
    "aggregates of the outer query": loop("Book.objects.annotate(n=1)", "row.n"),
    "only() with the relation's column": loop("Book.objects.only('title')", "row.title"),
}
PREFETCHED = "Author.objects.prefetch_related('books')"
TRUTH = (
    {
        f"{operation}, prefetched": loop(PREFETCHED, operation)
        for operation in [
            "list(row.books.all())",
            "len(row.books.all())",
            "bool(row.books.all())",
            "row in row.books.all()",
            "row.books.contains(row)",
            "row.books.count()",
            "row.books.all().count()",
            "row.books.exists()",
            "row.books.all().exists()",
            "row.books.all()[0]",
            "list(row.books.all()[:2])",
            "[one for one in row.books.all()]",
        ]
    }
    | {
        f"{operation}, prefetched in vain": loop(PREFETCHED, f"{operation}  # <- PW107")
        for operation in [
            "row.books.first()",
            "row.books.last()",
            "list(row.books.filter(title='x'))",
            "list(row.books.exclude(title='x'))",
            "list(row.books.order_by('title'))",
            "list(row.books.values_list('title'))",
            "row.books.aggregate(n=1)",
            "list(row.books.distinct())",
            "list(row.books.select_related('editor'))",
            "list(row.books.iterator())",
            "row.books.get(pk=1)",
            "row.books.in_bulk()",
        ]
    }
    | {
        "first() of an ordered model, prefetched": loop("Book.objects.prefetch_related('tags')", "row.tags.first()"),
        "last() of an ordered model, prefetched in vain": loop(
            "Book.objects.prefetch_related('tags')", "row.tags.last()  # <- PW107"
        ),
    }
)

# Whole projects with models of their own.
DJANGO_PROJECTS = {
    "an order that a model names or takes over": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Sorted(models.Model):
    class Meta:
        abstract = True
        ordering = ["pk"]
class Plain(Sorted):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
class Told(Sorted):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        verbose_name = "told"
class Heir(Sorted):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta(Sorted.Meta):
        verbose_name = "heir"
class Unsorted(Sorted):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        ordering = []
class Table(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        ordering = ["pk"]
class Below(Table):
    other = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        verbose_name = "below"
def f():
    for owner in Owner.objects.prefetch_related(
        "plain_set", "told_set", "heir_set", "unsorted_set", "table_set", "below_set"
    ):
        owner.plain_set.first()
        owner.told_set.first()  # <- PW107
        owner.heir_set.first()
        owner.unsorted_set.first()  # <- PW107
        owner.table_set.first()
        owner.below_set.first()
        owner.plain_set.last()  # <- PW107
        owner.plain_set.order_by("pk").first()  # <- PW107
    for owner in Owner.objects.all():
        owner.plain_set.first()  # <- PW101
""",
    "abstract bases of abstract bases": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Owned(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="all_%(class)ss")
    class Meta:
        abstract = True
class Sold(Owned):
    buyer = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        abstract = True
class Car(Sold):
    class Meta:
        verbose_name = "car"
class Free(Sold):
    buyer = None
def f():
    for owner in Owner.objects.all():
        list(owner.all_cars.all())  # <- PW101
        list(owner.car_set.all())  # <- PW101
        list(owner.all_frees.all())  # <- PW101
        list(owner.free_set.all())
        list(owner.all_owneds.all())
""",
    "models of the library": """
#: shop/models.py
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.db import models
class Profile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    team = models.ForeignKey("auth.Group", on_delete=models.CASCADE, null=True)
class Hook(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="hooks")
def f():
    for user in get_user_model().objects.filter(pk__in=[1]):
        user.profile.name  # <- PW101
        user.hooks.filter(pk=3).first()  # <- PW102
        user.groups.count()  # <- PW101
        print(user.username, user.is_staff, user.get_full_name())
        user.missing
    for user in User.objects.select_related("profile__team").prefetch_related("hooks", "groups"):
        user.profile.team.name
        list(user.hooks.all())
        user.groups.count()
    for user in User.objects.select_related("profile"):
        user.profile.team  # <- PW101
def g():
    for permission in Permission.objects.all():
        permission.content_type.app_label  # <- PW101
    for permission in Permission.objects.select_related("content_type"):
        permission.content_type.app_label
    for hook in Hook.objects.select_related("user"):
        hook.user.profile  # <- PW101
        hook.user.username
    for group in Group.objects.all():
        list(group.profile_set.all())  # <- PW101
        list(group.user_set.all())  # <- PW101
    User.objects.create_user("x")
def h(user: User):
    for hook in user.hooks.all():
        hook.user.username
    for name in user.groups.values_list("name", flat=True):
        print(name)
""",
    "a user model of the project's own": """
#: shop/models.py
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import models
class Member(AbstractUser):
    club = models.ForeignKey("shop.Club", on_delete=models.CASCADE)
class Club(models.Model): ...
class Profile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
def f():
    for user in get_user_model().objects.all():
        user.profile.name  # <- PW101
        user.club.name  # <- PW101
""",
    "classes that inherit": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Owned(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        abstract = True
class Car(Owned): ...
class House(Owned): ...
def f():
    for kind in Owned.__subclasses__():
        kind.objects.count()
    things = []
    for kind in Owned.__subclasses__():
        things.extend(kind.objects.filter(pk__gt=1))
    for thing in things:
        thing.owner.name  # <- PW101
    for kind in Car.__subclasses__():
        list(kind.objects.all())
    owned = Owned.__subclasses__()[0]
    owned.objects.get(pk=1).owner
""",
    "a model by its label": """
#: shop/models.py
from django.apps import apps
from django.db import models
class Owner(models.Model): ...
class Car(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    built = models.DateField()
def f(name):
    for car in apps.get_model("shop", "Car").objects.all():
        car.owner.name  # <- PW101
    for car in apps.get_model("shop.Car").objects.select_related("owner"):
        car.owner.name
    for car in apps.get_model("shop", name).objects.all():
        car.owner.name
    for car in apps.get_model("shop").objects.all():
        car.owner.name
def g():
    for car in Car.objects.raw("SELECT * FROM shop_car"):
        car.owner.name  # <- PW101
    for car in Car.objects.raw("SELECT * FROM shop_car").prefetch_related("owner"):
        car.owner.name
    for car in Car.objects.all():
        car.get_next_by_built()  # <- PW102
        car.get_previous_by_built(owner=None)  # <- PW102
        car.get_next_by
        car.get_latest_by_built()
    Car.objects.get(pk=1).get_next_by_built()
""",
    "an abstract base": """
#: shop/models.py
from django.db import models
from django.conf import settings
class Owner(models.Model): ...
class Owned(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        abstract = True
class Car(Owned): ...
class House(Owned):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="houses")
def f():
    for car in Car.objects.all():
        car.owner.name  # <- PW101
    for owner in Owner.objects.all():
        list(owner.car_set.all())  # <- PW101
        list(owner.houses.all())  # <- PW101
        owner.owned_set
""",
    "%(class)s in a related_name": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Owned(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="%(class)s_list")
    class Meta:
        abstract = True
class Car(Owned): ...
def f():
    for owner in Owner.objects.all():
        list(owner.car_list.all())  # <- PW101
        owner.owned_list
""",
    "a parent model with a table of its own": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Place(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
class Bar(Place): ...
class Proxy(Bar):
    class Meta:
        proxy = True
def f():
    for bar in Bar.objects.all():
        bar.owner.name  # <- PW101
    for one in Proxy.objects.all():
        one.owner.name  # <- PW101
""",
    "AUTH_USER_MODEL": """
#: users/__init__.py
#: users/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models
class Team(models.Model): ...
class User(AbstractUser):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
#: shop/models.py
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
class Note(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    writer = models.ForeignKey(get_user_model(), on_delete=models.CASCADE, related_name="+")
def f():
    for note in Note.objects.select_related("user"):
        note.user.team  # <- PW101
        note.writer.name  # <- PW101
    for user in get_user_model().objects.all():
        list(user.notes.all())  # <- PW101
""",
    "the same model name in two applications": """
#: one/__init__.py
#: one/models.py
from django.db import models
class Owner(models.Model):
    boss = models.ForeignKey("self", on_delete=models.CASCADE)
class Car(models.Model):
    owner = models.ForeignKey("one.Owner", on_delete=models.CASCADE)
#: two/__init__.py
#: two/models.py
from django.db import models
class Owner(models.Model):
    name = models.CharField(max_length=5)
    boss = models.CharField(max_length=5)
class Car(models.Model):
    owner = models.ForeignKey("two.Owner", on_delete=models.CASCADE)
#: views.py
from one import models as one
from two import models as two
def f():
    for car in one.Car.objects.select_related("owner"):
        car.owner.boss  # <- PW101
    for car in two.Car.objects.select_related("owner"):
        car.owner.boss
""",
    "a custom manager": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class CarManager(models.Manager):
    def with_owner(self):
        return self.select_related("owner")
    def plain(self):
        return self.filter(pk__gt=1)
class Car(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    objects = CarManager()
    cars = models.Manager()
def f():
    for car in Car.objects.with_owner():
        car.owner.name
    for car in Car.objects.plain():
        car.owner.name  # <- PW101
    for car in Car.objects.all():
        car.owner.name  # <- PW101
    for car in Car.cars.all():
        car.owner.name  # <- PW101
""",
    "get_queryset of a manager": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class CarManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().select_related("owner")
class Car(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    driver = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="+")
    objects = CarManager()
    every = models.Manager()
def f():
    for car in Car.objects.all():
        car.owner.name
        car.driver.name  # <- PW101
    for car in Car.objects.filter(pk__gt=1):
        car.owner.name
    for car in Car.every.all():
        car.owner.name  # <- PW101
""",
    "a clone of a queryset": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Kept:
    def _clone(self):
        clone = super()._clone()
        clone.kind = self.kind
        return clone
    def of_kind(self, kind):
        clone = self._clone()
        clone.kind = kind
        return clone
class CarQuerySet(Kept, models.QuerySet):
    def with_owner(self):
        return self.select_related("owner")
class Car(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    objects = CarQuerySet.as_manager()
def f():
    for car in Car.objects.filter(pk=1).of_kind("van"):
        car.owner.name
    for car in Car.objects.filter(pk__gt=1).of_kind("van"):
        car.owner.name  # <- PW101
    for car in Car.objects.filter(pk__gt=1).with_owner().of_kind("van"):
        car.owner.name
""",
    "as_manager and from_queryset": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class CarQuerySet(models.QuerySet):
    def with_owner(self):
        return self.select_related("owner")
    def active(self):
        return self.filter(pk__gt=1)
class Car(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    objects = CarQuerySet.as_manager()
    made = models.Manager.from_queryset(CarQuerySet)()
def f():
    for car in Car.objects.active().with_owner():
        car.owner.name
    for car in Car.objects.with_owner().active():
        car.owner.name
    for car in Car.objects.active():
        car.owner.name  # <- PW101
    for car in Car.made.with_owner():
        car.owner.name
    for car in Car.made.active():
        car.owner.name  # <- PW101
""",
    "a base class of managers": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class BaseManager(models.Manager):
    def loaded(self):
        return self.get_queryset().select_related("owner")
class CarManager(BaseManager): ...
class Car(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    objects = CarManager()
def f():
    for car in Car.objects.loaded():
        car.owner.name
    for car in Car.objects.all():
        car.owner.name  # <- PW101
""",
    "a field class of the project": """
#: shop/models.py
from django.db import models
class Key(models.ForeignKey): ...
class Owner(models.Model): ...
class Car(models.Model):
    owner = Key(Owner, on_delete=models.CASCADE)
def f():
    for car in Car.objects.all():
        car.owner.name  # <- PW101
""",
    "a class that is no model": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Form:
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
class Serializer:
    objects = [Form()]
def f():
    for form in Serializer.objects:
        form.owner.name
""",
    "a relation hidden by a property": """
#: shop/models.py
from django.db import models
class Owner(models.Model): ...
class Base(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    class Meta:
        abstract = True
class Car(Base):
    owner = None
    @property
    def driver(self):
        return 1
def f():
    for car in Car.objects.all():
        car.owner
        car.driver
""",
    "a user's own request": """
#: shop/views.py
from django.contrib.auth.models import User
from django.http import HttpResponse
def view(request):
    for user in User.objects.all():
        user.username
        list(user.groups.all())  # <- PW101
""",
}

DJANGO_CASES = FORWARD | REVERSE | LOADED | TRUTH


@pytest.mark.parametrize("text", cases(DJANGO_CASES))
def test_django_rows(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, DJANGO_HEAD + text, "PW1", DJANGO)


@pytest.mark.parametrize("text", cases(DJANGO_PROJECTS))
def test_models_of_django(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW1")


def test_relations_are_known_by_name_with_their_other_side(tmp_path: Path) -> None:
    program = link(tmp_path, files_of(DJANGO))
    (book,) = program.models.all_named("Book")
    (author,) = program.models.all_named("Author")
    found = {
        name: (one.many, program.class_(one.target).name if one.target else "", one.inverse)
        for name, one in program.models.relations(book).items()
    }
    assert found == {
        "author": (False, "Author", "books"),
        "editor": (False, "Author", ""),
        "tags": (True, "Tag", "tagged"),
        "parent": (False, "Book", "book_set"),
        "book_set": (True, "Book", "parent"),
        "cover": (False, "Cover", "book"),
        "review_set": (True, "Review", "book"),
    }
    assert set(program.models.relations(author)) == {"publisher", "books"}
    assert program.models.key_columns(book) == {"author_id", "editor_id", "parent_id"}


TREE = """\
from django.db import models
from mptt.models import MPTTModel, TreeForeignKey


class Shelf(MPTTModel):
    name = models.CharField(max_length=80)
    parent = TreeForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    owner = models.ForeignKey("auth.User", on_delete=models.CASCADE)


def f(request):
    for shelf in Shelf.objects.all():
        shelf.get_descendants().filter(name="new").count()  # <- PW102
        shelf.get_level()
        shelf.parent.name  # <- PW101
    for shelf in Shelf.objects.get(pk=1).get_ancestors():
        shelf.owner.email  # <- PW101
    for shelf in Shelf.objects.get(pk=1).get_ancestors().select_related("owner"):
        shelf.owner.email
        shelf.get_family()
"""


def test_relatives_in_a_tree(tmp_path: Path) -> None:
    assert_marked(tmp_path, TREE, "PW1")
