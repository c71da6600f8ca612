"""nplusone: lazy reads of rows that came with others, in Django, SQLAlchemy and Peewee; eager loads that nobody reads.

It speaks as soon as one of many rows is read, the first one too. Nothing repeats there, so we do not: cases of such
rows hold both the single read and the loop over the same rows, which must be found.
"""

from __future__ import annotations

from tests.oracle_table import zeal
from tests.oracle_table.judging import Group, Tool, spread
from tests.test_models_django import hit, loop

# --- SQLAlchemy ---------------------------------------------------------------------------------------------------

TABLES = """
#: studio/__init__.py
#: studio/tables.py
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import declarative_base, relationship
Base = declarative_base()
casting = Table(
    "casting", Base.metadata, Column("film_id", ForeignKey("film.id")), Column("actor_id", ForeignKey("actor.id"))
)
class Film(Base):
    __tablename__ = "film"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    scenes = relationship("Scene", backref="film")
    actors = relationship("Actor", secondary=casting, backref="films")
class Scene(Base):
    __tablename__ = "scene"
    id = Column(Integer, primary_key=True)
    film_id = Column(ForeignKey("film.id"))
class Actor(Base):
    __tablename__ = "actor"
    id = Column(Integer, primary_key=True)
"""
TABLES_HEAD = (
    "from sqlalchemy.orm import Session, joinedload, subqueryload\nfrom studio.tables import Actor, Film, Scene\n"
)


def both(query: str, read: str, argument: str = "session: Session", mark: str = "  # <- PW101") -> str:
    """The relation of one of many rows, and that of each."""
    return (
        f"def f({argument}):\n    rows = {query}\n    rows[0].{read}\n"
        f"def g({argument}):\n    for row in {query}:\n        row.{read}{mark}\n"
    )


def eager(query: str, read: str, argument: str = "session: Session") -> str:
    """The same, loaded with the rows."""
    return both(query, read, argument, "")


def first(query: str, read: str, argument: str = "session: Session") -> str:
    """The relation of a single row."""
    return f"def f({argument}):\n    row = {query}\n    row.{read}\n"


ALCHEMY = {
    "N1": both("session.query(Film).all()", "scenes"),
    **spread(
        "N3",
        eager("session.query(Film).options(subqueryload(Film.scenes)).all()", "scenes"),
        eager("session.query(Film).options(joinedload(Film.scenes)).all()", "scenes"),
        both("session.query(Scene).all()", "film"),
        eager("session.query(Scene).options(subqueryload(Scene.film)).all()", "film"),
        eager("session.query(Scene).options(joinedload(Scene.film)).all()", "film"),
        both("session.query(Film).all()", "actors"),
        first("session.query(Film).options(subqueryload(Film.actors)).first()", "actors"),
        first("session.query(Film).options(joinedload(Film.actors)).first()", "actors"),
        both("session.query(Actor).all()", "films"),
        first("session.query(Actor).options(subqueryload(Actor.films)).first()", "films"),
        first("session.query(Actor).options(joinedload(Actor.films)).first()", "films"),
        eager("session.query(Film.id).all()", "id"),
        both("session.query(Film).filter(Film.title != '').all()", "scenes"),
    ),
}

# --- Peewee -------------------------------------------------------------------------------------------------------

PEEWEE = """
#: garden/__init__.py
#: garden/models.py
from peewee import CharField, ForeignKeyField, ManyToManyField, Model, SqliteDatabase
class Base(Model):
    class Meta:
        database = SqliteDatabase(":memory:")
class Bed(Base):
    name = CharField()
class Herb(Base):
    name = CharField()
    bed = ForeignKeyField(Bed, backref="herbs")
    uses = ManyToManyField(Bed, backref="visitors")
"""
PEEWEE_HEAD = "from garden.models import Bed, Herb\nfrom peewee import prefetch\n"
PEEWEE_CASES = {
    "N17": both("Bed.select()", "herbs.get()", "").replace(".get()  # <- PW101", ".get()  # <- PW101/PW102"),
    "N18": "def f():\n    bed = Bed.get(Bed.name == 'a')\n    list(bed.herbs)\n",
    "N19": loop("prefetch(Bed.select(), Herb.select())", "list(row.herbs)"),
    "N21": first("Herb.select().first()", "bed.name", ""),
    "N22": (
        first("Herb.select(Herb, Bed).join(Bed).first()", "bed.name", "")
        + loop("Herb.select(Herb, Bed).join(Bed)", "row.bed.name").replace("f()", "g()")
    ),
    "N23": loop("prefetch(Herb.select(), Bed.select())", "row.bed.name"),
    "N24": "def f():\n    list(Herb.select()[0].uses)\n" + hit("Herb.select()", "list(row.uses)").replace("f()", "g()"),
    "N25": "def f():\n    list(Bed.select().first().visitors)\n",
}

# --- Flask --------------------------------------------------------------------------------------------------------

FLASK = """
#: kiosk/__init__.py
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
db = SQLAlchemy(app)
#: kiosk/models.py
from kiosk import db
stocked = db.Table(
    "stocked", db.Column("paper_id", db.ForeignKey("paper.id")), db.Column("stand_id", db.ForeignKey("stand.id"))
)
class Paper(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    issues = db.relationship("Issue", backref="paper")
    stands = db.relationship("Stand", secondary=stocked, backref="papers")
class Issue(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    paper_id = db.Column(db.ForeignKey("paper.id"))
class Stand(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""
FLASK_HEAD = (
    "from flask import jsonify\nfrom sqlalchemy.orm import joinedload, subqueryload\n"
    "from kiosk import app\nfrom kiosk.models import Issue, Paper, Stand\n"
)


def view(*lines: str) -> str:
    """A view function with this body."""
    return "@app.route('/papers')\ndef papers():\n" + "".join(f"    {line}\n" for line in lines)


def each(query: str, read: str, *before: str) -> str:
    """A view that reads the relation of every row, with what stands on the line before."""
    return view("found = []", f"for row in {query}:", *before, f"    found.append(str(row.{read}))", "return found")


FLASK_CASES = {
    "N26": view("return str(Paper.query.all()[0].issues)")
    + each("Paper.query.all()", "issues").replace("issues))", "issues))  # <- PW101").replace("papers()", "loop()"),
    "N27": view("paper = Paper.query.filter_by(id=1).one()", "return str(paper.issues)"),
    "N28": view("paper = Paper.query.first()", "return str(paper.issues)"),
    "N30": view("return str(Paper.query.all()[0].stands)")
    + each("Paper.query.all()", "stands").replace("stands))", "stands))  # <- PW101").replace("papers()", "loop()"),
    "N31": view("paper = Paper.query.first()", "others = Paper.query.all()", "return str(paper.stands)"),
    "N32": view("paper = Paper.query.filter_by(id=1).one()", "others = Paper.query.all()", "return str(paper.stands)"),
    "N33": view(
        "rows = Paper.query.options(subqueryload(Paper.stands)).all()",
        "return str(rows[0].stands if rows else None)",
    ),
    "N34": view(
        "rows = Paper.query.options(joinedload(Paper.stands)).all()",
        "Paper.stands",
        "return str([row.stands for row in rows])",
    ),
    "N35": each("Paper.query.options(joinedload(Paper.stands)).all()", "stands"),
    "N36": each("Paper.query.options(subqueryload(Paper.stands)).all()", "stands"),
    "N39": view(
        "query = Issue.query.options(joinedload(Issue.paper).joinedload(Paper.stands))",
        "return str([stand for issue in query.all() for stand in issue.paper.stands])",
    ),
    "N41": view("return str(Issue.query.all()[0].paper)"),
    "N42": each("Paper.query.all()", "issues", "    # perflint: ignore[PW101] three papers"),
    "N43": each("Paper.query.all()", "issues", "    # perflint: ignore[PW1] three papers"),
    "N44": each("Paper.query.all()", "issues", "    # perflint: ignore[PW201] three papers").replace(
        "issues))", "issues))  # <- PW101"
    ),
    "N45": view("return str(Paper.query.all()[0].issues)"),
    "N46": view("return str(Paper.query.filter_by(id=1).one().issues)"),
}

# --- Django -------------------------------------------------------------------------------------------------------

DJANGO = (
    zeal.SHARED
    + """
#: club/tours.py
from django.db import models
from club.models import Band
class Tour(models.Model):
    name = models.CharField(max_length=50)
    band = models.ForeignKey(Band, on_delete=models.CASCADE, null=True)
class Stop(models.Model):
    town = models.CharField(max_length=50)
    tour = models.ForeignKey(Tour, on_delete=models.CASCADE)
"""
)
DJANGO_HEAD = zeal.HEAD + (
    "from club.tours import Stop, Tour\n"
    "from django.http import HttpResponse, JsonResponse\nfrom django.shortcuts import render\n"
)


def page(*lines: str) -> str:
    """A view with this body."""
    return "def page(request, key):\n" + "".join(f"    {line}\n" for line in lines)


def routed(row: str, text: str) -> str:
    """The same with its route."""
    return (
        f"{text}#: {row}_urls.py\nfrom django.urls import path\nimport {row}\n"
        f"urlpatterns = [path('{row}/<int:key>/', {row}.page)]\n"
    )


SHOWN = "{% for band in bands %}{% for genre in band.genres.all %}{{ genre.name }}{% endfor %}{% endfor %}"
DJANGO_CASES = {
    **spread(
        "N47",
        first("Contract.objects.first()", "band", ""),
        first("Contract.objects.select_related('band').first()", "band", ""),
        first("Contract.objects.prefetch_related('band').first()", "band", ""),
        first("Band.objects.first()", "contract", ""),
        first("Album.objects.first()", "band", ""),
        eager("list(Album.objects.select_related('band').all())", "band", ""),
        eager("list(Album.objects.prefetch_related('band').all())", "band", ""),
        first("Band.objects.first()", "albums.first()", ""),
        first("Band.objects.first()", "tour_set.first()", ""),
        "def f():\n    list(Band.objects.all()[0].genres.all())\n",
        "def f():\n    list(list(Band.objects.prefetch_related('genres').all())[0].genres.all())\n",
        "def f():\n    list(Genre.objects.all()[0].bands.all())\n",
        "def f():\n    list(Genre.objects.prefetch_related('bands').all()[0].bands.all())\n",
        first("Fan.objects.first()", "band_set.first()", ""),
        "def f():\n    return [row['id'] for row in Band.objects.values('id')]\n",
    ),
    "N62": routed(
        "n62",
        page("return JsonResponse({'band': list(Album.objects.all())[0].band.id})")
        + "def every(request):\n    return [album.band.name for album in list(Album.objects.all())]  # <- PW101\n",
    ),
    "N63": routed("n63", page("return JsonResponse({'band': Album.objects.first().band.id})")),
    "N64": routed(
        "n64",
        page(
            "rows = list(Band.objects.prefetch_related('albums'))",
            "return HttpResponse([*rows[0].albums.all()])",
        ),
    ),
    "N65": routed(
        "n65",
        page("return HttpResponse([*list(Band.objects.all())[0].genres.all()])")
        + "def every(request):\n    return [list(band.genres.all()) for band in Band.objects.all()]  # <- PW101\n",
    ),
    "N66": routed("n66", page("return HttpResponse([*Band.objects.get(pk=key).genres.all()])")),
    "N67": routed(
        "n67",
        page("return HttpResponse([band.contract.fee for band in Band.objects.select_related('contract')])"),
    ),
    "N69": routed(
        "n69",
        page(
            "rows = Band.objects.prefetch_related('genres')",
            "return HttpResponse(genre.name for band in rows for genre in band.genres.all())",
        ),
    ),
    "N70": routed("n70", page("band = Band.objects.first()", "others = list(Band.objects.all())", "band.contract")),
    "N71": routed("n71", page("band = Band.objects.get(pk=key)", "others = list(Band.objects.all())", "band.contract")),
    "N72": routed(
        "n72",
        page("bands = Band.objects.prefetch_related('genres')", "render(request, 'n72/loaded.html', {'bands': bands})")
        + "def bare(request):\n    return render(request, 'n72/bare.html', {'bands': Band.objects.all()})\n",
    )
    + f"#: templates/n72/loaded.html\n{SHOWN}\n#: templates/n72/bare.html\n{SHOWN} {{# <- PW104 #}}\n",
    "N76": loop("Band.objects.prefetch_related('genres')", "row.genres.all()[0].name"),
    "N77": loop("Band.objects.prefetch_related('tour_set')", "list(row.tour_set.all())"),
    "N78": loop("Contract.objects.select_related('band')", "row.band.name"),
    "N80": loop("Tour.objects.select_related('band')", "print(row.band.name if row.band else '')"),
    "N83": loop(
        "Band.objects.prefetch_related('tour_set__stop_set')", "[list(t.stop_set.all()) for t in row.tour_set.all()]"
    ),
    "N85": loop("Stop.objects.select_related('tour__band')", "row.tour.band.name"),
}

ONE = "one of many rows is read: nothing repeats"
UNREAD = "an eager load that nobody reads: that needs proof of every reader, templates too"
TOOL = Tool(
    name="nplusone",
    letter="N",
    classes="M C M13 C M L M C M8 C M33 L M2 L M P M T2 P D2 P M3 P M D P M P M P C",
    groups=(
        Group(("PW1",), {row: TABLES_HEAD + text for row, text in ALCHEMY.items()}, TABLES),
        Group(("PW1",), {row: PEEWEE_HEAD + text for row, text in PEEWEE_CASES.items()}, PEEWEE),
        Group(("PW1",), {row: FLASK_HEAD + text for row, text in FLASK_CASES.items()}, FLASK),
        Group(("PW1",), {row: DJANGO_HEAD + text for row, text in DJANGO_CASES.items()}, DJANGO),
    ),
    divergences=dict.fromkeys(
        ("N1", "N5", "N8", "N11", "N15", "N17", "N24", "N26", "N30", "N41", "N45", "N62", "N65"), ONE
    ),
    unruled=dict.fromkeys(("N37", "N38", "N40", "N68", "N75", "N79", "N82", "N84", "N86"), UNREAD),
)
