"""django-zeal: lazy reads that one line repeats on the rows of a query, and fetches by key that one line repeats."""

from __future__ import annotations

from tests.oracle_table.judging import Group, Tool, spread
from tests.test_models_django import hit, loop

SHARED = """
#: club/__init__.py
#: club/models.py
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
class Genre(models.Model):
    name = models.CharField(max_length=50)
class Fan(models.Model):
    name = models.CharField(max_length=50)
class Note(models.Model):
    text = models.TextField()
    kind = models.ForeignKey(ContentType, on_delete=models.CASCADE, null=True)
    about_id = models.IntegerField(null=True)
    about = GenericForeignKey("kind", "about_id")
class Band(models.Model):
    name = models.CharField(max_length=50)
    town = models.CharField(max_length=50)
    genres = models.ManyToManyField(Genre, related_name="bands")
    fans = models.ManyToManyField(Fan)
    notes = GenericRelation(Note, "about_id", "kind")
class Contract(models.Model):
    band = models.OneToOneField(Band, on_delete=models.CASCADE)
    fee = models.IntegerField()
class Album(models.Model):
    title = models.CharField(max_length=50)
    band = models.ForeignKey(Band, on_delete=models.CASCADE, related_name="albums")
class Singer(models.Model):
    name = models.CharField(max_length=50)
    mentor = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="+")
    def __eq__(self, other):
        return isinstance(other, Singer) and self.mentor == other.mentor
    __hash__ = models.Model.__hash__
"""
HEAD = "from club.models import Album, Band, Contract, Fan, Genre, Note, Singer\n"
LOADER = "from django.db.models import prefetch_related_objects\n"

# model, read, eager load: forward and reverse keys, one-to-one, many-to-many, generic
KINDS = (
    ("Album", "row.band.name", "select_related('band')"),
    ("Band", "list(row.albums.all())", "prefetch_related('albums')"),
    ("Contract", "row.band.name", "select_related('band')"),
    ("Band", "row.contract.fee", "select_related('contract')"),
    ("Band", "list(row.genres.all())", "prefetch_related('genres')"),
    ("Genre", "list(row.bands.all())", "prefetch_related('bands')"),
    ("Band", "list(row.notes.all())", "prefetch_related('notes')"),
    ("Note", "row.about", "prefetch_related('about')"),
)


def straight(first: str, second: str, read: str) -> str:
    """Two single rows, the relation of each read once."""
    return f"def f():\n    row = {first}\n    {read}\n    row = {second}\n    {read}\n"


def twice(rows: str, read: str) -> str:
    """One-element loads of the loop's own row: the bulk call that is none."""
    return (
        f"{LOADER}def f():\n    for row in {rows}:\n"
        f"        prefetch_related_objects([row], {read.split('.')[1]!r})  # <- PW102/PW101\n"
    )


EAGER = [
    text
    for model, read, loads in KINDS
    for text in (
        hit(f"{model}.objects.all()", read),
        loop(f"{model}.objects.{loads}", read),
        hit(f"{model}.objects.iterator(chunk_size=2)", read),
        loop(f"{model}.objects.{loads}.iterator(chunk_size=2)", read),
    )
]
PREFETCHED = [
    loop("Album.objects.prefetch_related('band')", "row.band.name"),
    loop("Contract.objects.prefetch_related('band')", "row.band.name"),
    loop("Band.objects.prefetch_related('contract')", "row.contract.fee"),
]
SINGLE = [
    straight(*[shape.format(model=model, key=key) for key in (1, 2)], read)
    for model, read, _ in KINDS
    if model != "Band" or ".albums" not in read
    for shape in (
        "{model}.objects.filter(pk={key}).first()",
        "{model}.objects.filter(pk={key})[0]",
        "{model}.objects.get(pk={key})",
    )
]
LOADED_ONE_BY_ONE = [
    twice(f"{model}.objects.all()", read)
    for model, read in (
        ("Band", "row.albums"),
        ("Album", "row.band"),
        ("Band", "row.contract"),
        ("Band", "row.genres"),
        ("Genre", "row.bands"),
        ("Band", "row.notes"),
    )
]

CASES = {
    **spread("Z1", *EAGER),
    **spread("Z33", *PREFETCHED),
    **spread("Z36", *SINGLE),
    "Z57": "def f():\n    albums = Band.objects.get(pk=1).albums.all()\n    list(albums)\n    list(albums)\n",
    "Z58": "def f():\n    notes = Band.objects.get(pk=1).notes.all()\n    list(notes)\n    list(notes)\n",
    "Z59": "def f():\n    [note] = Note.objects.all()[:1]\n    note.about\n    note.about\n",
    "Z61": hit("Band.objects.all()", "list(row.fans.all())"),
    "Z62": loop("Band.objects.prefetch_related('fans')", "list(row.fans.all())"),
    "Z63": hit("Fan.objects.all()", "list(row.band_set.all())"),
    "Z64": loop("Fan.objects.prefetch_related('band_set')", "list(row.band_set.all())"),
    "Z65": loop("Album.objects.select_related('band').only('band__id')", "row.band.name  # <- PW108"),
    "Z66": loop("Album.objects.select_related('band').only('band__name')", "row.band.name"),
    "Z67": loop("Album.objects.select_related('band').only('band__id').iterator()", "row.band.name  # <- PW108"),
    "Z68": loop("Album.objects.select_related('band').only('band__name').iterator()", "row.band.name"),
    "Z69": loop("Album.objects.prefetch_related('band').only('band__name')", "row.band.name"),
    "Z71": """
from django.http import JsonResponse
def bands(request):
    rows = [{"name": band.name, "fee": band.contract.fee} for band in Band.objects.all()]  # <- PW101
    return JsonResponse({"bands": rows})
#: z71_urls.py
from django.urls import path
import z71
urlpatterns = [path("bands/", z71.bands)]
""",
    "Z72": """
from django.http import JsonResponse
def band(request, key):
    row = Band.objects.get(pk=key)
    return JsonResponse({"name": row.name, "fee": row.contract.fee})
#: z72_urls.py
from django.urls import path
import z72
urlpatterns = [path("bands/<int:key>/", z72.band)]
""",
    "Z74": "def f(rows):\n    for row in rows:\n        Band.objects.get(pk=row.pk)  # <- PW102\n",
    "Z75": "def f():\n    Band.objects.get(pk=1)\n    Band.objects.get(pk=2)\n",
    "Z76": (
        "def f():\n    first, second = Band.objects.get(pk=1), Band.objects.get(pk=2)\n"
        "    list(first.albums.all())\n    list(second.albums.all())\n"
    ),
    **spread("Z77", *LOADED_ONE_BY_ONE),
    "Z83": twice("Band.objects.iterator(chunk_size=1)", "row.albums"),
    "Z84": (
        f"{LOADER}def f():\n    rows = list(Band.objects.all())\n    prefetch_related_objects(rows, 'albums')\n"
        "    for row in rows:\n        list(row.albums.all())\n"
    ),
    "Z85": (
        f"{LOADER}def load(row):\n    prefetch_related_objects([row], 'albums')\n    return list(row.albums.all())\n"
        "def f():\n    load(Band.objects.get(pk=1))\n    load(Band.objects.get(pk=2))\n"
    ),
    "Z86": (
        "def f():\n    band = Band.objects.prefetch_related('albums').get(pk=1)\n"
        "    for _ in range(1001):\n        list(band.albums.all())\n"
    ),
    "Z87": loop("Band.objects.prefetch_related('genres').filter(pk=1)", "list(row.genres.all())"),
    "Z88": (
        f"{LOADER}def f():\n    band = Band.objects.prefetch_related('genres').get(pk=1)\n    band.genres.set([1])\n"
        "    prefetch_related_objects([band], 'genres')\n"
        "    for _ in range(100):\n        list(band.genres.all())\n"
    ),
    "Z89": "def f(names):\n    for name in names:\n        Band.objects.none().filter(name=name).first()\n",
    "Z90": "def f():\n    row = Band.objects.values('name').get(pk=1)\n    return row['name']\n",
    "Z91": "def f():\n    return Singer.objects.get(pk=1) == Singer.objects.get(pk=2)\n",
    "Z92": "def f():\n    return Singer.objects.first().mentor.mentor\n",
    "Z93": "def f():\n    return [album.band.name for album in Album.objects.all()]  # <- PW101\n",
}

TOOL = Tool(
    name="django-zeal",
    letter="Z",
    classes="M35 L24 D M9 D P2 C L11 P T M2 L2 P M2 C8",
    groups=(Group(("PW1",), {row: HEAD + text for row, text in CASES.items()}, SHARED),),
)
