"""Mappers whose queries start from the model's class: Peewee, which reads lazily, and Tortoise, which is awaited.

`tests/oracle/test_orms.py` runs the same functions on SQLite: their queries grow with the rows where a line is marked.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, files_of, link
from tests.test_models_django import hit, loop

# --- Peewee -----------------------------------------------------------------------------------------------------

PEEWEE = """
#: shop/__init__.py
#: shop/models.py
from peewee import CharField, DeferredForeignKey, ForeignKeyField, ManyToManyField, Model, SqliteDatabase
db = SqliteDatabase(":memory:")
class BaseModel(Model):
    class Meta:
        database = db
class Publisher(BaseModel):
    name = CharField()
class Author(BaseModel):
    name = CharField()
    publisher = ForeignKeyField(Publisher)
class Tag(BaseModel):
    name = CharField()
class Book(BaseModel):
    title = CharField()
    author = ForeignKeyField(Author, backref="books")
    editor = ForeignKeyField(Author, backref="+")
    key = ForeignKeyField(Publisher, backref="keyed", lazy_load=False)
    parent = ForeignKeyField("self", null=True, backref="parts")
    tags = ManyToManyField(Tag, backref="tagged")
    @property
    def by(self):
        return self.author.name
    @classmethod
    def titled(cls):
        return cls.select().where(cls.title != "")
    @classmethod
    def with_author(cls):
        return cls.select(cls, Author).join(Author, on=cls.author)
class Review(BaseModel):
    text = CharField()
    book = ForeignKeyField(Book)
class Link(BaseModel):
    name = CharField()
    review = DeferredForeignKey("Note", backref="links")
class Note(BaseModel):
    name = CharField()
"""
PEEWEE_HEAD = (
    "from peewee import JOIN, Load, chunked, fn, prefetch\n"
    "from shop.models import Author, Book, Link, Note, Publisher, Review, Tag, db\n"
)
BOOKS, AUTHORS = "Book.select()", "Author.select()"
PEEWEE_CASES = {
    "a foreign key": hit(BOOKS, "row.author.name"),
    "two foreign keys": hit(BOOKS, "row.author.name", "row.editor.name"),
    "two steps": loop(BOOKS, "row.author.publisher.name  # <- PW101, PW101"),
    "a foreign key to self": hit(BOOKS, "row.parent.title"),
    "a foreign key in a condition": loop(BOOKS, "if row.parent:  # <- PW101", "    pass"),
    "a key that waits for its model": hit("Link.select()", "row.review.name"),
    "a property of the model": hit(BOOKS, "row.by"),
    "a foreign key after a filter": hit("Book.select().where(Book.title != '')", "row.author.name"),
    "a foreign key after order and limit": hit("Book.select().order_by(Book.title).limit(100)", "row.author.name"),
    "a foreign key behind a class method": hit("Book.titled()", "row.author.name"),
    "a foreign key in a comprehension": "def f():\n    return [row.author.name for row in Book.select()]  # <- PW101\n",
    "rows as a list": hit("list(Book.select())", "row.author.name"),
    "rows of iterator()": hit("Book.select().iterator()", "row.author.name"),
    "rows of filter()": hit("Book.filter(title__ne='')", "row.author.name"),
    "the key's column": loop(BOOKS, "row.author_id", "row.id", "row.title"),
    "a key that is never read": loop(BOOKS, "row.key"),
    "values": loop("Book.select(Book.title, Book.author).dicts()", "row['author']"),
    "tuples": loop("Book.select(Book.title, Book.author).tuples()", "row[1]"),
    "a column of one row": "def f():\n    book = Book.get_by_id(1)\n    return book.author.name\n",
    "the first row": "def f():\n    book = Book.select().first()\n    return book.author.name\n",
    # the other side
    "a backref": hit(AUTHORS, "list(row.books)"),
    "a loop over a backref": loop(AUTHORS, "for one in row.books:  # <- PW101", "    one.title"),
    "the length of a backref": hit(AUTHORS, "len(row.books)"),
    "a backref that is only named": loop(AUTHORS, "row.books"),
    "a backref that is counted": loop(AUTHORS, "row.books.count()  # <- PW102"),
    "a backref that is filtered": loop(AUTHORS, "list(row.books.where(Book.title != ''))  # <- PW102"),
    "a default backref": hit(BOOKS, "list(row.review_set)"),
    "a backref to self": hit(BOOKS, "list(row.parts)"),
    "a backref of a deferred key": hit("Note.select()", "list(row.links)"),
    "many to many": hit(BOOKS, "list(row.tags)"),
    "many to many, the other side": hit("Tag.select()", "list(row.tagged)"),
    "rows of a backref do not know their parent": (
        "def f():\n    author = Author.get_by_id(1)\n"
        "    for row in author.books:\n        row.author.name  # <- PW101\n"
    ),
    # joins
    "a join that loads": loop("Book.select(Book, Author).join(Author, on=Book.author)", "row.author.name"),
    "a join of the only key": loop("Review.select(Review, Book).join(Book)", "row.book.title"),
    "a join that loads nothing": hit("Review.select().join(Book)", "row.book.title"),
    "a join that loads its own model only": hit("Review.select(Review).join(Book)", "row.book.title"),
    "a left join": loop("Review.select(Review, Book).join(Book, JOIN.LEFT_OUTER)", "row.book.title"),
    "left_outer_join": loop("Review.select(Review, Book).left_outer_join(Book)", "row.book.title"),
    "a join of some columns": loop("Review.select(Review.text, Book.title).join(Book)", "row.book.title"),
    "a join of the other key": hit("Book.select(Book, Author).join(Author, on=Book.editor)", "row.author.name"),
    "the other key of a join": loop("Book.select(Book, Author).join(Author, on=Book.editor)", "row.editor.name"),
    "two joins": loop(
        "Review.select(Review, Book, Author).join(Book).join(Author, on=Book.author)",
        "row.book.title",
        "row.book.author.name",
    ),
    "two joins, one that loads": hit(
        "Review.select(Review, Book).join(Book).join(Author, on=Book.author)", "row.book.author.name"
    ),
    "a join after a switch": loop(
        "Author.select(Author, Publisher).join(Book, on=(Book.author == Author.id)).switch(Author).join(Publisher)",
        "row.publisher.name",
    ),
    "join_from": loop("Review.select(Review, Book).join_from(Review, Book)", "row.book.title"),
    "a join by an alias": (
        "def f():\n    Writer = Author.alias()\n"
        "    for row in Book.select(Book, Writer).join(Writer, on=Book.author):\n        row.author.name\n"
    ),
    "a join under another name": loop("Review.select(Review, Book).join(Book, attr='about')", "row.about.title"),
    "a join behind a class method": loop("Book.with_author()", "row.author.name"),
    "a join to count": loop(
        "Author.select(Author, fn.COUNT(Book.id).alias('n')).join(Book, on=Book.author).group_by(Author)", "row.n"
    ),
    "a join to filter": hit("Review.select().join(Book).where(Book.title != '')", "row.book.title"),
    # prefetch
    "prefetch of a backref": loop("prefetch(Author.select(), Book.select())", "list(row.books)"),
    "prefetch of a key": loop("prefetch(Review.select(), Book.select())", "row.book.title"),
    "prefetch of models": loop("prefetch(Review.select(), Book)", "row.book.title"),
    "prefetch as a method": loop("Author.select().prefetch(Book.select())", "len(row.books)"),
    "prefetch of something else": loop(
        "prefetch(Book.select(), Review.select())", "list(row.review_set)", "row.author.name  # <- PW101"
    ),
    "prefetch of two steps": loop(
        "prefetch(Author.select(), Book.select(), Review.select())",
        "for book in row.books:",
        "    list(book.review_set)",
    ),
    "prefetch of the first step": loop(
        "prefetch(Author.select(), Book.select())",
        "for book in row.books:",
        "    list(book.review_set)  # <- PW101",
    ),
    "prefetched rows know their parent": loop(
        "prefetch(Author.select(), Book.select())", "for book in row.books:", "    book.author.name"
    ),
    "prefetch of a query that has a name": (
        "def f():\n    authors = Author.select()\n    books = Book.select()\n"
        "    for row in prefetch(authors, books):\n        list(row.books)\n"
    ),
    "a filter of a prefetched backref": loop("Author.select()", "list(row.books.order_by(Book.title))  # <- PW102"),
    "with_related": loop("Author.select().with_related(Author.books)", "list(row.books)"),
    "with_related of a key": loop("Book.select().with_related(Book.author)", "row.author.name"),
    "with_related of the other key": hit("Book.select().with_related(Book.author)", "row.editor.name"),
    "with_related of two steps": loop(
        "Author.select().with_related(Load(Author.books).then(Book.editor))",
        "for book in row.books:",
        "    book.editor.name",
    ),
    # queries for each row
    "get in a loop": loop(BOOKS, "Author.get(Author.id == row.author_id)  # <- PW102"),
    "get_by_id in a loop": "def f():\n    return [Author.get_by_id(key) for key in {number}]  # <- PW102\n".replace(
        "{number}", "[row.id for row in Author.select()]"
    ),
    "get_or_none in a loop": loop(BOOKS, "Author.get_or_none(Author.id == row.author_id)  # <- PW102"),
    "a count in a loop": loop(AUTHORS, "Book.select().where(Book.author == row).count()  # <- PW102"),
    "exists in a loop": loop(AUTHORS, "Book.select().where(Book.author == row).exists()  # <- PW102"),
    "a query in a loop": loop(AUTHORS, "list(Book.select().where(Book.author == row))  # <- PW102"),
    "a query that is only built": loop(AUTHORS, "query = Book.select().where(Book.author == row)"),
    "many keys at once": (
        "def f():\n    keys = [row.id for row in Author.select()]\n"
        "    for some in chunked(keys, 100):\n        list(Author.select().where(Author.id.in_(some)))\n"
    ),
    "a query before the loop": (
        "def f():\n    authors = {one.id: one for one in Author.select()}\n"
        "    for row in Book.select():\n        authors[row.author_id].name\n"
    ),
    "the same query in each turn": (
        "def f():\n    books = Book.select()\n    for row in Author.select().limit(2):\n        for book in books:\n"
        "            book.title\n"
    ),
}
PEEWEE_PROJECTS = {
    "a model of a wrapper": """
from peewee import CharField, ForeignKeyField
from playhouse.flask_utils import FlaskDB
wrapper = FlaskDB()
class Author(wrapper.Model):
    name = CharField()
class Book(wrapper.Model):
    author = ForeignKeyField(Author, backref="books")
def f():
    for row in Book.select():
        row.author.name  # <- PW101
        row.author_id
    for row in Book.select(Book, Author).join(Author):
        row.author.name
    for row in Author.select():
        list(row.books)  # <- PW101
""",
    "a model with signals": """
from peewee import CharField, ForeignKeyField
from playhouse.signals import Model
class Author(Model):
    name = CharField()
class Book(Model):
    author = ForeignKeyField(Author)
def f():
    for row in Book.select():
        row.author.name  # <- PW101
    for row in Author.select():
        list(row.book_set)  # <- PW101
""",
    "a class that only looks alike": """
from peewee import Model
class Query:
    @classmethod
    def select(cls):
        return [cls()]
    author = None
def f():
    for row in Query.select():
        row.author
""",
    "a method of its own name": """
from peewee import CharField, ForeignKeyField, Model
class Author(Model):
    name = CharField()
class Book(Model):
    author = ForeignKeyField(Author)
    @classmethod
    def get(cls, key):
        return {"author": key}
def f(keys):
    for key in keys:
        Book.get(key)
""",
    "a base that starts every query itself": """
from peewee import CharField, ForeignKeyField, Model
class Counted(Model):
    @classmethod
    def select(cls, *fields):
        return cls.counted("select", fields)
    @classmethod
    def counted(cls, name, arguments):
        return getattr(super(Counted, cls), name)(*arguments)
class Author(Counted):
    name = CharField()
class Book(Counted):
    author = ForeignKeyField(Author)
    @classmethod
    def select(cls, *fields):
        return super().select(*fields)
def f():
    for row in Book.select():
        row.author.name  # <- PW101
    for row in Book.select(Book, Author).join(Author):
        row.author.name
""",
    "joins by what is not known": """
from peewee import CharField, ForeignKeyField, Model
from elsewhere import columns, other
class Author(Model):
    name = CharField()
class Book(Model):
    author = ForeignKeyField(Author)
def f():
    for row in Book.select(*columns).join(Author):
        row.author.name
    for row in Book.select(Book, Author).join(other):
        row.author.name
""",
}

# --- Tortoise ---------------------------------------------------------------------------------------------------

TORTOISE = """
#: shop/__init__.py
#: shop/models.py
from tortoise import fields
from tortoise.models import Model
class Publisher(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)
class Author(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)
    publisher: fields.ForeignKeyRelation[Publisher] = fields.ForeignKeyField("models.Publisher", related_name="authors")
    books: fields.ReverseRelation["Book"]
class Tag(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)
    tagged: fields.ManyToManyRelation["Book"]
class Book(Model):
    id = fields.IntField(primary_key=True)
    title = fields.CharField(max_length=50)
    author = fields.ForeignKeyField("models.Author", related_name="books")
    editor = fields.ForeignKeyField("models.Author", related_name=False)
    parent = fields.ForeignKeyField("models.Book", "parts", null=True)
    tags = fields.ManyToManyField("models.Tag", related_name="tagged")
    async def by(self):
        return (await self.author).name
class Review(Model):
    id = fields.IntField(primary_key=True)
    text = fields.CharField(max_length=50)
    book = fields.ForeignKeyField("models.Book")
class Cover(Model):
    id = fields.IntField(primary_key=True)
    color = fields.CharField(max_length=50)
    book = fields.OneToOneField("models.Book", related_name="cover")
"""
TORTOISE_HEAD = (
    "from tortoise.query_utils import Prefetch\nfrom shop.models import Author, Book, Cover, Publisher, Review, Tag\n"
)


def wait(query: str, *reads: str) -> str:
    """A coroutine that runs over the rows of an awaited query; each read stands on a line of its own."""
    return "async " + loop(f"await {query}", *reads)


def caught(query: str, *reads: str) -> str:
    """The same with every read marked."""
    return "async " + hit(f"await {query}", *reads)


ALL, WRITERS = "Book.all()", "Author.all()"
TORTOISE_CASES = {
    "a foreign key": caught(ALL, "(await row.author).name"),
    "a foreign key by a name": caught(ALL, "author = await row.author"),
    "two foreign keys": caught(ALL, "await row.author", "await row.editor"),
    "two steps": wait(ALL, "author = await row.author  # <- PW101", "await author.publisher  # <- PW101"),
    "a foreign key to self": caught(ALL, "await row.parent"),
    "a method of the model": caught(ALL, "await row.by()"),
    "a one-to-one field": caught("Cover.all()", "await row.book"),
    "a reverse one-to-one": caught(ALL, "await row.cover"),
    "a foreign key in an async for": (
        "async def f():\n    async for row in Book.all():\n        await row.author  # <- PW101\n"
    ),
    "a foreign key in a comprehension": (
        "async def f():\n    return [(await row.author).name for row in await Book.all()]  # <- PW101\n"
    ),
    "a foreign key after a filter": caught("Book.filter(title__not='')", "await row.author"),
    "a foreign key after a limit": caught("Book.all().order_by('title').limit(100)", "await row.author"),
    "a foreign key after a slice": caught("Book.all()[:100]", "await row.author"),
    "the key's column": wait(ALL, "row.author_id", "row.pk", "row.title", "row.id"),
    "a relation that is not awaited": wait(ALL, "row.author", "row.cover"),
    "values": wait("Book.all().values('title', 'author__name')", "row['author__name']"),
    "values_list": wait("Book.all().values_list('title', 'author_id')", "row[1]"),
    "one row": "async def f():\n    book = await Book.get(id=1)\n    return (await book.author).name\n",
    "the first row": "async def f():\n    book = await Book.all().first()\n    return (await book.author).name\n",
    # the other side
    "a reverse relation": caught(WRITERS, "await row.books"),
    "a reverse relation in an async for": (
        "async def f():\n    for row in await Author.all():\n        async for one in row.books:  # <- PW101\n"
        "            one.title\n"
    ),
    "all() of a reverse relation": caught(WRITERS, "await row.books.all()"),
    "a reverse relation that is only named": wait(WRITERS, "row.books", "row.books.all()"),
    "a reverse relation that is filtered": wait(WRITERS, "await row.books.filter(title='x')  # <- PW102"),
    "a reverse relation that is counted": wait(WRITERS, "await row.books.all().count()  # <- PW102"),
    "a default reverse name": caught(ALL, "await row.reviews"),
    "a reverse name by position": caught(ALL, "await row.parts"),
    "many to many": caught(ALL, "await row.tags"),
    "many to many, the other side": caught("Tag.all()", "await row.tagged"),
    # loads
    "select_related": wait("Book.all().select_related('author')", "row.author.name"),
    "select_related that is awaited again": wait("Book.all().select_related('author')", "(await row.author).name"),
    "select_related of something else": caught("Book.all().select_related('editor')", "await row.author"),
    "select_related of two steps": wait("Book.all().select_related('author__publisher')", "row.author.publisher.name"),
    "select_related of the first step": wait(
        "Book.all().select_related('author')", "await row.author.publisher  # <- PW101"
    ),
    "prefetch_related": wait("Author.all().prefetch_related('books')", "for one in row.books:", "    one.title"),
    "prefetch_related of a key": wait("Book.all().prefetch_related('author')", "row.author.name"),
    "prefetch_related and len()": wait("Author.all().prefetch_related('books')", "len(row.books)", "list(row.books)"),
    "prefetch_related and an index": wait("Author.all().prefetch_related('books')", "row.books[0].title"),
    "prefetch_related in a condition": wait("Author.all().prefetch_related('books')", "if row.books:", "    pass"),
    "prefetch_related and async for": (
        "async def f():\n    for row in await Author.all().prefetch_related('books'):\n"
        "        async for one in row.books:\n            one.title\n"
    ),
    "prefetch_related in vain: awaited": wait("Author.all().prefetch_related('books')", "await row.books  # <- PW102"),
    "prefetch_related in vain: all()": wait(
        "Author.all().prefetch_related('books')", "await row.books.all()  # <- PW102"
    ),
    "prefetch_related of two steps": wait(
        "Author.all().prefetch_related('books__tags')", "for one in row.books:", "    list(one.tags)"
    ),
    "prefetch_related of the first step": wait(
        "Author.all().prefetch_related('books')", "for one in row.books:", "    await one.tags  # <- PW101"
    ),
    "prefetched rows do not know their parent": wait(
        "Author.all().prefetch_related('books')", "for one in row.books:", "    await one.author  # <- PW101"
    ),
    "a Prefetch": wait(
        "Author.all().prefetch_related(Prefetch('books', queryset=Book.filter(title__not='')))", "list(row.books)"
    ),
    "a Prefetch whose query loads": wait(
        "Author.all().prefetch_related(Prefetch('books', Book.all().select_related('editor')))",
        "for one in row.books:",
        "    one.editor.name",
    ),
    "a Prefetch under another name": wait(
        "Author.all().prefetch_related(Prefetch('books', queryset=Book.all(), to_attr='shelf'))", "list(row.shelf)"
    ),
    "fetch_related of each row": wait(
        ALL, "await row.fetch_related('author')  # <- PW102", "row.author.name", "await row.author"
    ),
    "fetch_related of one row": (
        "async def f():\n    author = await Author.get(id=1)\n    await author.fetch_related('books__tags')\n"
        "    for one in author.books:\n        list(one.tags)\n"
    ),
    "fetch_for_list": (
        "async def f():\n    rows = await Book.all()\n    await Book.fetch_for_list(rows, 'author')\n"
        "    for row in rows:\n        await row.author\n"
    ),
    "get() that loads": (
        "async def f():\n    book = await Book.get(id=1).prefetch_related('tags', 'author')\n"
        "    for one in book.tags:\n        one.name\n    return book.author.name\n"
    ),
    # queries for each row
    "get in a loop": wait(ALL, "await Author.get(id=row.author_id)  # <- PW102"),
    "get_or_none in a loop": wait(ALL, "await Author.get_or_none(id=row.author_id)  # <- PW102"),
    "first() in a loop": wait(ALL, "await Author.filter(id=row.author_id).first()  # <- PW102"),
    "a count in a loop": wait(WRITERS, "await Book.filter(author=row).count()  # <- PW102"),
    "a filter in a loop": wait(WRITERS, "await Book.filter(author=row)  # <- PW102"),
    "a query that is only built": wait(WRITERS, "query = Book.filter(author=row)"),
    "many keys at once": (
        "async def f():\n    keys = await Author.all().values_list('id', flat=True)\n"
        "    return await Author.filter(id__in=keys)\n"
    ),
    "in_bulk before the loop": (
        "async def f():\n    books = await Book.all()\n"
        "    authors = await Author.in_bulk([row.author_id for row in books], 'id')\n"
        "    for row in books:\n        authors[row.author_id].name\n"
    ),
}
TORTOISE_PROJECTS = {
    "models by another import": """
from tortoise import Model, fields
class Author(Model):
    name = fields.TextField()
class Book(Model):
    author = fields.ForeignKeyField("models.Author")
async def f():
    for row in await Book.all():
        await row.author  # <- PW101
    for row in await Author.all():
        await row.books  # <- PW101
""",
    "what only an annotation tells": """
from tortoise import fields
from tortoise.models import Model
from elsewhere import relation
class Author(Model):
    name = fields.TextField()
    books: fields.ReverseRelation["Book"]
    desk: fields.BackwardOneToOneRelation["Desk"]
    note: str
class Book(Model):
    author = relation()
class Desk(Model):
    author = relation()
async def f():
    for row in await Author.all():
        await row.books  # <- PW101
        await row.desk  # <- PW101
        row.note
""",
    "a function that takes a query": """
from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet
class Author(Model):
    name = fields.TextField()
class Book(Model):
    author = fields.ForeignKeyField("models.Author")
async def f(books: QuerySet[Book]):
    for row in await books.filter(id=1):
        await row.author
async def g():
    rows = Book.all()
    for row in await rows.limit(5):
        await row.author  # <- PW101
""",
    "awaited rows of a class that only looks alike": """
from tortoise.models import Model
class Book:
    @classmethod
    async def all(cls):
        return [cls()]
    async def author(self):
        return 1
async def f():
    for row in await Book.all():
        await row.author()
""",
}
TORTOISE_GAPS: dict[str, str] = {}
PEEWEE_GAPS: dict[str, str] = {}


@pytest.mark.parametrize("text", cases(PEEWEE_CASES, PEEWEE_GAPS))
def test_peewee_rows(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, PEEWEE_HEAD + text, "PW1", PEEWEE)


@pytest.mark.parametrize("text", cases(TORTOISE_CASES, TORTOISE_GAPS))
def test_tortoise_rows(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, TORTOISE_HEAD + text, "PW1", TORTOISE)


@pytest.mark.parametrize("text", cases(PEEWEE_PROJECTS | TORTOISE_PROJECTS))
def test_models_of(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            PEEWEE,
            {
                "author": (False, "Author", "books"),
                "editor": (False, "Author", ""),
                "key": (False, "Publisher", "keyed"),
                "parent": (False, "Book", "parts"),
                "parts": (True, "Book", "parent"),
                "tags": (True, "Tag", "tagged"),
                "review_set": (True, "Review", "book"),
            },
        ),
        (
            TORTOISE,
            {
                "author": (False, "Author", "books"),
                "editor": (False, "Author", ""),
                "parent": (False, "Book", "parts"),
                "parts": (True, "Book", "parent"),
                "tags": (True, "Tag", "tagged"),
                "reviews": (True, "Review", "book"),
                "cover": (False, "Cover", "book"),
            },
        ),
    ],
    ids=["peewee", "tortoise"],
)
def test_relations_are_known_by_name_with_their_other_side(
    text: str, expected: dict[str, object], tmp_path: Path
) -> None:
    program = link(tmp_path, files_of(text))
    (book,) = program.models.all_named("Book")
    found = {
        name: (one.many, program.class_(one.target).name if one.target else "", one.inverse)
        for name, one in program.models.relations(book).items()
    }
    assert found == expected
    assert program.models.key_columns(book) >= {"author_id", "editor_id", "parent_id"}
