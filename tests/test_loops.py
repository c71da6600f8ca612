"""Which loops multiply a query, and what is an element of what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Author(models.Model):
    name = models.CharField(max_length=50)
class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
"""
HEAD = "from shop.models import Author, Book\n"

# Bodies of functions: `def f(<parameters>):` and what stands in it. Each `Book.objects.get(...)` is one query.
BODIES = {
    "a parameter": """ids
for i in ids:
    Book.objects.get(pk=i)  # <- PW102
""",
    "none() is never sent": """names
for name in names:
    Book.objects.none().filter(title=name).first()
    Book.objects.none().count()
""",
    "none() with the rows of another query": """names
for name in names:
    (Book.objects.none() | Book.objects.filter(title=name)).first()  # <- PW102
""",
    "none() that other rows are added to": """names
for name in names:
    books = Book.objects.none()
    books |= Book.objects.filter(title=name)
    list(books)  # <- PW102
""",
    "none() in one branch": """names
for name in names:
    books = Book.objects.none()
    if name:
        books = Book.objects.filter(title=name)
    list(books)  # <- PW102
""",
    "a query after the loop": """ids
for i in ids:
    print(i)
Book.objects.get(pk=1)
""",
    "a query in the loop's else": """ids
for i in ids:
    print(i)
else:
    Book.objects.get(pk=1)
""",
    "a query that the loop runs over": """ids
for book in Book.objects.filter(pk__in=ids):
    print(book.title)
""",
    "a lazy query that is only built": """ids
for i in ids:
    books = Book.objects.filter(pk=i)
""",
    "a lazy query that is evaluated": """ids
for i in ids:
    list(Book.objects.filter(author_id=i))  # <- PW102
""",
    "a lazy query that is tested": """ids
for i in ids:
    if Book.objects.filter(author_id=i):  # <- PW102
        pass
""",
    "a lazy query that is counted or sliced": """ids
for i in ids:
    Book.objects.filter(author_id=i).count()  # <- PW102
for i in ids:
    Book.objects.filter(author_id=i)[0]  # <- PW102
for i in ids:
    Book.objects.filter(author_id=i)[:3]
""",
    "a short literal": """
for name in ["a", "b"]:
    Book.objects.get(title=name)
for name in ("a", "b"):
    Book.objects.get(title=name)
for name in {"a": 1, "b": 2}:
    Book.objects.get(title=name)
for name, value in {"a": 1, "b": 2}.items():
    Book.objects.get(title=name)
""",
    "a short literal whose keys are computed": """kind
found = {kind.first: "a", kind.second.value: "b"}
for name, value in found.items():
    Book.objects.get(title=name)
for name in found:
    Book.objects.get(title=name)
for value in found.values():
    Book.objects.get(title=value)
""",
    "a literal that is filled with others": """kind, others
found = {kind.first: "a", **others}
for name, value in found.items():
    Book.objects.get(title=name)  # <- PW102
""",
    "a short literal that is filled later": """kind, others
found = {kind.first: "a"}
for other in others:
    found[other] = "b"
for name, value in found.items():
    Book.objects.get(title=name)  # <- PW102
""",
    "a short literal in a name": """
names = ["a", "b"]
for name in names:
    Book.objects.get(title=name)
for number, name in enumerate(names):
    Book.objects.get(title=name)
""",
    "a short literal inside a real loop": """ids
for i in ids:
    for name in ("a", "b"):
        Book.objects.get(pk=i, title=name)  # <- PW102
""",
    "a long literal": """
for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]:
    Book.objects.get(title=name)  # <- PW102
""",
    "a list that is filled": """data
names = []
for one in data:
    names.append(one)
for name in names:
    Book.objects.get(title=name)  # <- PW102
""",
    "a short range": """
for i in range(3):
    Book.objects.get(pk=i)
""",
    "rows written at once when enough are there": """ids
rows = []
for number, i in enumerate(ids):
    rows.append(i)
    if len(rows) >= 500:
        Book.objects.filter(pk=i).delete()
        rows = []
for number, i in enumerate(ids):
    rows.append(i)
    if len(rows) > 500 and i:
        Book.objects.get(pk=i)
        rows.clear()
""",
    "once per so many rounds": """ids
for number, i in enumerate(ids):
    if number % 500 == 0:
        Book.objects.get(pk=i)
    if not number % 100:
        Book.objects.get(pk=i)
    if number % 2 == 0:
        Book.objects.get(pk=i)  # <- PW102
""",
    "a number of rows that nothing makes small again": """ids
rows = []
for i in ids:
    rows.append(i)
    if len(rows) >= 500:
        Book.objects.get(pk=i)  # <- PW102
""",
    "one row that is written in each round": """ids, book
for i in ids:
    book.title = i
    book.save()
    Book.objects.filter(pk=1).update(title=i)
""",
    "rows that are written in each round": """ids
for i in ids:
    book = Book(title=i)
    book.save()  # <- PW103
for book in Book.objects.all():
    book.author.save()  # <- PW103, PW101
for i in ids:
    for name in ("a", "b"):
        Book.objects.create(title=i)  # <- PW103
""",
    "rows whose failure is caught": """ids
for i in ids:
    try:
        Book.objects.create(title=i)
    except Exception:
        Author.objects.create(name=i)
try:
    for i in ids:
        Book.objects.create(title=i)  # <- PW103
except Exception:
    pass
""",
    "a range of unknown length": """n
for i in range(n):
    Book.objects.get(pk=i)  # <- PW102
""",
    "a range whose number is not used": """n
for _ in range(n):
    Book.objects.count()
""",
    "retries": """ids
for attempt in range(5):
    try:
        return Book.objects.filter(pk__in=ids).first()
    except Exception:
        continue
""",
    "chunks by a range with a step": """ids
for start in range(0, len(ids), 100):
    list(Book.objects.filter(pk__in=ids[start:start + 100]))
""",
    "chunks by itertools.batched": """ids
import itertools
for chunk in itertools.batched(ids, 100):
    list(Book.objects.filter(pk__in=chunk))
for chunk in itertools.batched(ids, 100):
    for i in chunk:
        Book.objects.get(pk=i)  # <- PW102
""",
    "chunks of the project's own making": """ids
def chunked(items, size):
    for start in range(0, len(items), size):
        yield items[start:start + size]
for chunk in chunked(ids, 100):
    list(Book.objects.filter(pk__in=chunk))
""",
    "chunks with islice": """ids
from itertools import islice
found = iter(ids)
while chunk := list(islice(found, 100)):
    list(Book.objects.filter(pk__in=chunk))
""",
    "while": """
while True:
    if Book.objects.filter(title="").exists():
        break
""",
    "polling": """
import time
while not Book.objects.filter(title="x").exists():
    time.sleep(1)
""",
    "a while loop over a list": """ids
while ids:
    Book.objects.get(pk=ids.pop())  # <- PW102
""",
    "a list comprehension": """ids
return [Book.objects.get(pk=i) for i in ids]  # <- PW102
""",
    "a dict comprehension": """ids
return {i: Book.objects.get(pk=i) for i in ids}  # <- PW102
""",
    "a set comprehension": """ids
return {Book.objects.get(pk=i) for i in ids}  # <- PW102
""",
    "a condition of a comprehension": """ids
return [i for i in ids if Book.objects.filter(pk=i).exists()]  # <- PW102
""",
    "the source of a comprehension": """ids
return [book.title for book in Book.objects.filter(pk__in=ids)]
""",
    "a comprehension over a literal": """
return [Book.objects.get(title=name) for name in ("a", "b")]
""",
    "a generator that is consumed": """ids
return sum(Book.objects.filter(author_id=i).count() for i in ids)  # <- PW102
""",
    "any and all": """ids
return any(Book.objects.filter(pk=i).exists() for i in ids)  # <- PW102
""",
    "nested loops": """ids, names
for i in ids:
    for name in names:
        Book.objects.get(pk=i, title=name)  # <- PW102
""",
    "the outer loop only": """ids, names
for i in ids:
    Book.objects.get(pk=i)  # <- PW102
    for name in names:
        print(name)
""",
    "a nested comprehension": """ids, names
return [Book.objects.get(pk=i, title=n) for i in ids for n in names]  # <- PW102
""",
    "map": """ids
return list(map(lambda i: Book.objects.get(pk=i), ids))  # <- PW102
""",
    "filter": """ids
return list(filter(lambda i: Book.objects.filter(pk=i).exists(), ids))  # <- PW102
""",
    "sorted by a key": """ids
return sorted(ids, key=lambda i: Book.objects.get(pk=i).title)  # <- PW102
""",
    "list.sort by a key": """
books = list(Book.objects.all())
books.sort(key=lambda book: book.author.name)  # <- PW101
""",
    "min and max by a key": """
books = list(Book.objects.all())
max(books, key=lambda book: book.author.name)  # <- PW101
min(books, key=lambda book: book.title)
""",
    "groupby": """
import itertools
return itertools.groupby(Book.objects.all(), key=lambda book: book.author.name)  # <- PW101
""",
    "functools.reduce": """
import functools
return functools.reduce(lambda total, book: total + book.author.name, Book.objects.all(), "")  # <- PW101
""",
    "zip and enumerate": """ids, names
for i, name in zip(ids, names):
    Book.objects.get(pk=i)  # <- PW102
for number, i in enumerate(ids):
    Book.objects.get(pk=i)  # <- PW102
""",
    "items of a dict": """data
for key, value in data.items():
    Book.objects.get(pk=key)  # <- PW102
for key in dict(a=1):
    Book.objects.get(pk=key)
""",
    "a loop that ends at once": """ids
for i in ids:
    return Book.objects.get(pk=i)
""",
    "a query that is the loop's last": """ids
for i in ids:
    if i > 3:
        return Book.objects.get(pk=i)
for i in ids:
    if i > 3:
        Book.objects.get(pk=i)
        break
""",
    "a query that does not depend on the loop": """ids
for i in ids:
    Book.objects.get(pk=1)  # <- PW113
""",
    "a query behind a helper": """ids
def load(i):
    return Book.objects.get(pk=i)
for i in ids:
    load(i)  # <- PW102
load(1)
""",
    "a loop inside a helper is paid there": """ids
def load(all_ids):
    for i in all_ids:
        Book.objects.get(pk=i)  # <- PW102
load(ids)
""",
    "a loop around a helper with a loop": """groups
def load(ids):
    for i in ids:
        Book.objects.get(pk=i)  # <- PW102
for group in groups:
    load(group)
""",
    "a batch in a loop over groups": """groups
for group in groups:
    list(Book.objects.filter(pk__in=group))
""",
    "saving rows in a loop": """ids
for i in ids:
    Book(title=i).save()  # <- PW103
""",
    "bulk_create once": """ids
Book.objects.bulk_create([Book(title=i) for i in ids])
""",
    "a batch for each row": """request
for author in Author.objects.all():
    Book.objects.bulk_create([Book(title=one) for one in request.GET.getlist(author.name)])  # <- PW103
""",
    "a batch that is collected over rows": """request
waiting = []
for author in Author.objects.all():
    waiting.append(Book(title=author.name))
    if len(waiting) > 500:
        Book.objects.bulk_create(waiting)
        waiting = []
""",
    "a batch in a loop over names": """names
for name in names:
    Book.objects.bulk_create([Book(title=f"{name} {number}") for number in range(9)])
""",
    "membership in rows that are read once": """keys
known = Book.objects.values_list("pk", flat=True)
for key in keys:
    print(key in known)
print(sum(key in known for key in keys))
""",
    "membership in rows that are asked for anew": """keys
for key in keys:
    print(key in Book.objects.filter(title=key))  # <- PW102
""",
    "try, with and if inside a loop": """ids
for i in ids:
    try:
        if i:
            Book.objects.get(pk=i)  # <- PW102
    finally:
        pass
""",
    "an async comprehension over rows": """
return [book.title for book in Book.objects.all()]
""",
    "a walrus in a loop": """ids
for i in ids:
    if (book := Book.objects.filter(pk=i).first()):  # <- PW102
        print(book)
""",
}

ROWS = {
    "rows kept in objects": """
class Line:
    book: Book
    owner: Author
    def __init__(self, book, owner):
        self.book = book
        self.owner = owner
owner = Author.objects.get(pk=1)
editor = Book.objects.get(pk=1)
lines = []
for book in Book.objects.all():
    lines.append(Line(book, editor))
for line in lines:
    print(line.book.title)
    print(line.book.author.name)  # <- PW101
    print(line.owner.author.name)
for line in [Line(book, owner) for book in Book.objects.select_related("author")]:
    print(line.book.author.name)
first = lines[0]
print(first.book.author.name)
""",
    "rows kept in an object": """
class Page:
    def __init__(self, books):
        self.books = books
page = Page(list(Book.objects.all()))
for book in page.books:
    print(book.author.name)  # <- PW101
""",
    "a row's relation": """
for book in Book.objects.all():
    print(book.author.name)  # <- PW101
    print(book.title)
""",
    "the key column": """
for book in Book.objects.all():
    print(book.author_id, book.pk, book.id)
""",
    "a relation read twice is one finding": """
for book in Book.objects.all():
    print(book.author.name)  # <- PW101
    print(book.author.name)
""",
    "a single row": """
book = Book.objects.get(pk=1)
print(book.author.name)
first = Book.objects.first()
print(first.author.name)
last = Book.objects.all()[0]
print(last.author.name)
""",
    "a single row inside a loop over something else": """names
book = Book.objects.get(pk=1)
for name in names:
    print(name, book.author.name)
""",
    "rows of a single row": """
author = Author.objects.get(pk=1)
for book in author.books.all():
    print(book.title)
""",
    "rows of each row": """
for author in Author.objects.all():
    for book in author.books.all():  # <- PW101
        print(book.title)
""",
    "the parent of rows that were read from it": """
author = Author.objects.get(pk=1)
for book in author.books.all():
    print(book.author.name)
""",
    "the first of many rows": """
books = list(Book.objects.all())
print(books[0].author.name)
""",
    "rows in a list": """
books = list(Book.objects.all())
for book in books:
    print(book.author.name)  # <- PW101
""",
    "rows in a slice": """
for book in Book.objects.all()[:20]:
    print(book.author.name)  # <- PW101
""",
    "rows in a comprehension": """
return [book.author.name for book in Book.objects.all()]  # <- PW101
""",
    "rows in a list that is filled": """
kept = []
for book in Book.objects.all():
    kept.append(book)
for book in kept:
    print(book.author.name)  # <- PW101
""",
    "rows in a dict": """
by_id = {book.pk: book for book in Book.objects.all()}
for book in by_id.values():
    print(book.author.name)  # <- PW101
by_id[1].author
""",
    "rows of in_bulk": """ids
for pk, book in Book.objects.in_bulk(ids).items():
    print(book.author.name)  # <- PW101
""",
    "enumerated, sorted, reversed rows": """
for number, book in enumerate(Book.objects.all()):
    print(book.author.name)  # <- PW101
for book in sorted(Book.objects.all(), key=lambda one: one.title):
    print(book.author.name)  # <- PW101
for book in reversed(Book.objects.all()):
    print(book.author.name)  # <- PW101
""",
    "rows sorted by attributes": """
from operator import attrgetter, itemgetter
sorted(Book.objects.all(), key=attrgetter("author.name"))  # <- PW101
sorted(Book.objects.all(), key=attrgetter("title"))
sorted(Book.objects.select_related("author"), key=attrgetter("title", "author.name"))
sorted(Book.objects.values(), key=itemgetter("author"))
books = list(Book.objects.all())
books.sort(key=attrgetter("title", "author"))  # <- PW101
max(Book.objects.get(pk=1).author, Book.objects.get(pk=2).author, key=attrgetter("name"))
""",
    "rows of an iterator": """
for book in Book.objects.all().iterator():
    print(book.author.name)  # <- PW101
""",
    "rows given to a helper": """
def show(book):
    return book.author.name
for book in Book.objects.all():
    show(book)  # <- PW101
show(Book.objects.get(pk=1))
""",
    "rows given to a helper that loops": """
def show(books):
    return [book.author.name for book in books]  # <- PW101
show(Book.objects.all())
""",
    "rows that are loaded with it": """
def show(books):
    return [book.author.name for book in books]
show(Book.objects.select_related("author"))
""",
    "plain values": """
for pk, name in Book.objects.values_list("pk", "author__name"):
    print(name.author)
for row in Book.objects.values("author__name"):
    print(row["author__name"])
for pk in Book.objects.values_list("pk", flat=True):
    print(pk.author)
""",
    "a property that reads a relation": """
for author in Author.objects.all():
    for book in Book.objects.filter(author=author):  # <- PW102
        print(book.title)
""",
    "a local that is filled where it is empty": """
first = None
for name in names:
    if first is None:
        first = Author.objects.get(name=name)
second = last = None
for name in names:
    third = None
    if third is None:
        third = Author.objects.get(name=name)  # <- PW102
    if second is None or second.name != name:
        second = Author.objects.get(name=name)  # <- PW102
    if last is None:
        Author.objects.get(name=name)  # <- PW102
    for other in names:
        if not third and other:
            third = Author.objects.get(name=other)  # <- PW102
found = None
for name in names:
    if not found:
        found = [Author.objects.get(name=one) for one in names]  # <- PW102
""",
    "a row that may not be there": """
for name in names:
    author = Author.objects.filter(name=name).first()  # <- PW102
    if author is None:
        author = Author.objects.get(name="nobody")  # <- PW113
for author in Author.objects.all():
    if author is None:
        author = Author.objects.get(name="nobody")
""",
    "getattr of a relation": """
for book in Book.objects.all():
    getattr(book, "author")  # <- PW101
    getattr(book, "title")
""",
    "a row of zip": """names
for book, name in zip(Book.objects.all(), names):
    print(book.author.name)  # <- PW101
""",
    "a generator that reads by chunks and deals out one by one": """
def chunked_books():
    for start in range(0, 1000, 100):
        for book in Book.objects.all()[start:start + 100]:
            yield book
def chunked_names():
    for start in range(0, len(names), 100):
        chunk = names[start:start + 100]
        for name in chunk:
            yield name
words = [{"name": name} for name in names]
def chunked_words():
    for start in range(0, len(words), 100):
        for word in words[start:start + 100]:
            yield word
def chunks():
    for start in range(0, len(names), 100):
        yield names[start:start + 100]
def chunked_again():
    for start in range(0, len(names), 100):
        some = []
        for name in names[start:start + 100]:
            some.append(name)
            if len(some) > 10:
                yield some
def chunked(parts):
    for part in parts:
        yield part
for book in chunked_books():
    print(book.author.name)  # <- PW101
for name in chunked_names():
    Author.objects.get(name=name)  # <- PW102
for word in chunked_words():
    Author.objects.get(name=word["name"])  # <- PW102
for some in chunked_again():
    Author.objects.filter(name__in=some).count()
for some in chunks():
    Author.objects.filter(name__in=some).count()
for some in chunked(names):
    Author.objects.filter(name__in=some).count()
""",
    "what is counted": """
from collections import Counter
counted = Counter(Book.objects.all())
for book in counted:
    print(book.author.name)  # <- PW101
for book in Counter(Book.objects.select_related("author")):
    print(book.author.name)
found = Counter()
for name in names:
    found[name] += 1
for name in found:
    Author.objects.get(name=name)  # <- PW102
for name, number in found.most_common():
    Author.objects.get(name=name)  # <- PW102
""",
    "a generator of rows": """
def books():
    for book in Book.objects.all():
        yield book
for book in books():
    print(book.author.name)  # <- PW101
""",
    "an assigned relation is loaded": """
author = Author.objects.get(pk=1)
for book in Book.objects.all():
    book.author = author
    print(book.author.name)
""",
    "a row that was just made": """names
author = Author.objects.get(pk=1)
for name in names:
    book = Book(title=name, author=author)
    print(book.author.name)
""",
    "a row where another one would stand in": """
def usual():
    return Author.objects.first()
def name(author=None):
    return (author or usual()).name
for author in Author.objects.all():
    name(author)
for author in Author.objects.all():
    name()  # <- PW102
""",
    "elements that are tested for their model": """things
def show(thing):
    if isinstance(thing, Author):
        return thing.books.filter(title="A").count()
    return thing.name
for thing in things:
    show(thing)  # <- PW102
""",
    "a query of one of several kinds, kept in a name": """names, found
from django.db.models import QuerySet
if isinstance(found, (list, QuerySet)):
    for name in names:
        print([one.title for one in found])
""",
    "a relation assigned to None narrows nothing": """
for book in Book.objects.all():
    if book.author_id:
        print(book.author.name)  # <- PW101
""",
}


def function(body: str) -> str:
    """A file with the function that a body stands for: its first line names the parameters."""
    parameters, _, rest = body.partition("\n")
    return f"{HEAD}def f({parameters}):\n" + "".join(f"    {line}\n" for line in rest.splitlines())


KNOWN_GAPS = {
    "a while loop over a list": "no while loop multiplies",
    "groupby": "the key of groupby is not called",
    "functools.reduce": "the function of reduce is not called",
}

RETRIES = """
import tenacity
from tenacity import AsyncRetrying, Retrying
from shop.models import Author, Book
def with_retries(count=3):
    return tenacity.Retrying(stop=tenacity.stop_after_attempt(count))
def through():
    for attempt in with_retries():
        with attempt:
            Book.objects.get(pk=1)
def directly(names):
    for attempt in Retrying():
        with attempt:
            for name in names:
                Book.objects.get(title=name)  # <- PW102
    for name in names:
        for attempt in Retrying():
            with attempt:
                Book.objects.get(title=name)  # <- PW102
async def waits():
    async for attempt in AsyncRetrying():
        with attempt:
            await Book.objects.aget(pk=1)
def others(attempts):
    for attempt in attempts():
        Book.objects.get(pk=attempt)  # <- PW102
"""


CACHED = """
from functools import cached_property
from shop.models import Author, Book
class View:
    @cached_property
    def author(self):
        return Author.objects.get(name=self.name)
    @property
    def fresh(self):
        return Author.objects.get(name=self.name)
    @cached_property
    def books(self):
        return Book.objects.filter(author=self.author)
    @property
    def others(self):
        return Book.objects.exclude(author=self.author)
    def table(self, names):
        return [[book.title + name for book in self.books] for name in names]
    def listed(self, names):
        for name in names:
            for book in self.others:  # <- PW102
                print(name, book.title)
    def show(self):
        return self.author.name
    def each(self, names):
        return [self.author.name + name for name in names]
    def through(self, names):
        return [self.show() + name for name in names]
    def again(self, names):
        return [self.fresh.name + name for name in names]  # <- PW102
def of_each(names):
    return [View(name).show() for name in names]  # <- PW102
def of_views(views: list[View]):
    return [view.author for view in views]  # <- PW102
"""


EITHER = """
from shop.models import Author, Book
class Show:
    def __init__(self, book_or_id):
        self._book = book_or_id
    def load(self):
        if isinstance(self._book, Book):
            return
        self._book = Book.objects.get(pk=self._book)
    def run(self):
        self.load()
        return self._book
def of_rows():
    for book in Book.objects.all():
        Show(book).run()
def of_keys(keys):
    for key in keys:
        Show(key).run()  # <- PW102
def of_others():
    for author in Author.objects.all():
        Show(author).run()  # <- PW102
"""


def test_a_row_that_an_object_was_given_is_not_read_again(tmp_path: Path) -> None:
    assert_marked(tmp_path, EITHER, "PW10", MODELS)


OPTIONAL = """
from shop.models import Author, Book
def mark(book, user=None):
    if isinstance(user, int):
        user = Author.objects.get(pk=user)
    book.title = user
def by(book, user=None):
    if not isinstance(user, Author):
        user = Author.objects.get(pk=1)
    book.title = user
def odd(book, user=None):
    if isinstance(user, type(None)):
        user = Author.objects.get(pk=1)
    book.title = user
def f(user):
    for book in Book.objects.all():
        mark(book)
    for book in Book.objects.all():
        mark(book, 4)  # <- PW102
    for book in Book.objects.all():
        mark(book, user)  # <- PW102
    for book in Book.objects.all():
        by(book)  # <- PW102
    for book in Book.objects.all():
        odd(book)  # <- PW102
"""


def test_what_is_left_out_is_an_instance_of_nothing(tmp_path: Path) -> None:
    assert_marked(tmp_path, OPTIONAL, "PW10", MODELS)


CLASSES = """
from shop.models import Author, Book
def models():
    return [one for one in find_all() if one not in (Author, Book)]
def clear(number):
    for model in [Author, Book] + [one for one in models() if one]:
        model.objects.filter(pk=number).delete()
        Author.objects.filter(pk=number).delete()
def numbers(number, others):
    for one in [1, 2] + [other for other in others]:
        Author.objects.filter(pk=one).delete()  # <- PW103
"""


def test_classes_beside_others_are_no_data(tmp_path: Path) -> None:
    assert_marked(tmp_path, CLASSES, "PW10", MODELS)


FLAGGED = """
from shop.models import Author, Book
class Store:
    def __init__(self):
        self._loaded = False
        self._found = None
    def load(self):
        self._books = list(Book.objects.all())
        self._loaded = True
    def find(self):
        self._found = Book.objects.first()
    def look(self):
        self._books = list(Book.objects.all())
    def each(self, names):
        for name in names:
            if not self._loaded:
                self.load()
        for name in names:
            if not self._loaded and name:
                self.load()
        for name in names:
            if self._found is None:
                self.find()
        for name in names:
            if not self._loaded or name:
                self.load()  # <- PW102
        for name in names:
            if not self._loaded:
                self.look()  # <- PW102
        for name in names:
            if self._loaded:
                self.load()  # <- PW102
def of_each(stores: list[Store]):
    for store in stores:
        if not store._loaded:
            store.load()  # <- PW102
def of_one(store: Store, names):
    for name in names:
        if not store._loaded:
            store.load()
"""


def test_a_method_that_sets_the_flag_which_was_asked_for_runs_once(tmp_path: Path) -> None:
    assert_marked(tmp_path, FLAGGED, "PW10", MODELS)


ROUND = """
from shop.models import Author, Book
def by(book):
    return book.author.name
def helper_first():
    for book in Book.objects.all():
        by(book)  # <- PW101
        print(book.author.name)
def helper_last():
    for book in Book.objects.all():
        print(book.author.name)  # <- PW101
        by(book)
def in_a_branch(loud):
    for book in Book.objects.all():
        if loud:
            by(book)  # <- PW101
        print(book.author.name)
"""


def test_the_first_that_asks_for_a_relation_in_a_round_pays(tmp_path: Path) -> None:
    assert_marked(tmp_path, ROUND, "PW10", MODELS)


def test_what_an_object_keeps_is_read_once_in_its_own_loops(tmp_path: Path) -> None:
    assert_marked(tmp_path, CACHED, "PW1", MODELS)


def test_attempts_are_no_data(tmp_path: Path) -> None:
    assert_marked(tmp_path, RETRIES, "PW1", MODELS)


@pytest.mark.parametrize("body", cases(BODIES, KNOWN_GAPS))
def test_queries_multiply_with(body: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, function(body), "PW1", MODELS)


@pytest.mark.parametrize("body", cases(ROWS))
def test_relations_are_read_for(body: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, function(body), "PW1", MODELS)
