"""What a cache keeps: by a wrapper, by a decorator, by a store that is asked first."""

from __future__ import annotations

from pathlib import Path

from tests.engine import assert_marked, files_of, lint, marks

TABLE = """#: shop/models.py
from django.db import models
class Site(models.Model):
    name = models.TextField()
#: shop/urls.py
from django.urls import path
from shop import views
urlpatterns = [path("a", views.filled), path("f", views.found), path("b", views.always), path("c", views.other)]
#: shop/views.py
from django.core.cache import cache
from django.http import JsonResponse
from shop.models import Site
def filled(request):
    sites = cache.get("sites")
    if sites is None:
        sites = list(Site.objects.all())
        cache.set("sites", sites, 60)
    return JsonResponse({"sites": sites})
def found(request):
    sites = cache.get("sites")
    if sites is not None:
        return JsonResponse({"sites": sites})
    sites = list(Site.objects.all())
    cache.set("sites", sites, 60)
    return JsonResponse({"sites": sites})
def always(request):
    sites = cache.get("sites")
    if sites is None:
        cache.set("sites", 1, 60)
    return JsonResponse({"sites": list(Site.objects.all())})  # <- PW301
def other(request, sites=None):
    if not sites:
        sites = list(Site.objects.all())  # <- PW301
    return JsonResponse({"sites": sites})
"""


COUNTS = """#: shop/models.py
from django.db import models
class Site(models.Model):
    name = models.TextField()
#: shop/counts.py
from django.core.cache import cache
from shop.models import Site
def count(name):
    key = f"count-{name}"
    found = cache.get(key)
    if found is None:
        found = Site.objects.filter(name=name).count()
        cache.set(key, found, 60)
    return found
def early(name):
    found = cache.get(name)
    if found:
        return found
    found = Site.objects.filter(name=name).count()
    cache.set(name, found)
    return found
def all_of(names):
    found = cache.get("all")
    if found is None:
        found = [Site.objects.filter(name=name).count() for name in names]  # <- PW102
        cache.set("all", found)
    return found
def all_early(names):
    found = cache.get("all")
    if found:
        return found
    return [Site.objects.filter(name=name).count() for name in names]  # <- PW102
def beside(name):
    found = cache.get(name)
    if found is None:
        cache.set(name, 1)
    return Site.objects.filter(name=name).count()
class Counter:
    def __init__(self, store):
        self.store = store
    def __call__(self, name):
        found = self.store.fetch(name)
        if found is None:
            found = Site.objects.filter(name=name).count()
            self.store.keep(name, found, timeout=60)
        return found
    def early(self, name):
        found = self.store.fetch(name)
        if found is not None:
            return found
        found = Site.objects.filter(name=name).count()
        self.store.keep(name, found)
        return found
    def under_another_name(self, name):
        found = self.store.fetch(name)
        if found is None:
            found = Site.objects.filter(name=name).count()
            self.store.keep("other", found)
        return found
    def without_keeping(self, name):
        found = self.store.fetch(name)
        if found is None:
            found = Site.objects.filter(name=name).count()
            self.store.drop(name)
        return found
counter = Counter(open_store())
def count_all(names):
    for name in names:
        counter(name)
    for name in names:
        counter.early(name)
    for name in names:
        counter.under_another_name(name)  # <- PW102
    for name in names:
        counter.without_keeping(name)  # <- PW102
def counts(names):
    for name in names:
        count(name)
    for name in names:
        early(name)
    for name in names:
        beside(name)  # <- PW102
    for name in names:
        all_of([name])
#: shop/waits.py
from django.core.cache import cache
from shop.models import Site
async def wait(name):
    found = await cache.aget(name)
    if found is None:
        found = Site.objects.filter(name=name).count()  # <- PW205
"""


WRAPPED = """
from flask import g, has_request_context
from shop.models import Site
def memoize(function):
    def memoizer(*args):
        if not has_request_context():
            return function(*args)
        cache = g.memoize_cache
        if args not in cache:
            cache[args] = function(*args)
        return cache[args]
    return memoizer
def passing(function):
    def passes(*args):
        if not has_request_context():
            return function(*args)
        return function(*args)
    return passes
@memoize
def kept(name):
    return Site.objects.filter(name=name).count()
@passing
def passed(name):
    return Site.objects.filter(name=name).count()
class Shop:
    @property
    @memoize
    def sites(self):
        return Site.objects.filter(name=self.name).count()
    @memoize
    def has(self, name):
        return Site.objects.filter(name=name).exists()
def of_shops(names, shop: Shop):
    for name in names:
        shop.has("one")
    for name in names:
        shop.has(name)  # <- PW102
    for one in [Shop(name) for name in names]:
        one.sites  # <- PW102
def counts(names):
    for name in names:
        kept("one")
    for name in names:
        kept(name)  # <- PW102
    for name in names:
        passed("one")  # <- PW102
"""


def test_what_a_wrapper_keeps_is_kept_though_it_may_do_without(tmp_path: Path) -> None:
    models = (
        "#: shop/models.py\nfrom django.db import models\nclass Site(models.Model):\n    name = models.TextField()\n"
    )
    assert_marked(tmp_path, models + "#: shop/counts.py" + WRAPPED, "PW102")


KEPT = """#: shop/models.py
from django.db import models
class Site(models.Model):
    name = models.TextField()
#: shop/caches.py
from dogpile.cache import make_region
from flask_caching import Cache
class OwnCache(Cache):
    pass
class Caches:
    def __init__(self):
        self._cache = OwnCache()
    @property
    def cache(self) -> Cache:
        return self._cache
caches = Caches()
plain = Cache(config={})
region = make_region().configure("memory")
#: shop/counts.py
from django.core.cache import cache
from shop.caches import caches, plain, region
from shop.models import Site
@plain.memoize(timeout=60)
def memoized(name):
    return Site.objects.filter(name=name).count()
@caches.cache.memoize()
def held(name):
    return Site.objects.filter(name=name).count()
@region.cache_on_arguments()
def of_region(name):
    return Site.objects.filter(name=name).count()
@plain.unknown(timeout=60)
def unknown(name):
    return Site.objects.filter(name=name).count()
@plain.memoize()
def all_of(names):
    return [unknown(name) for name in names]  # <- PW102
def counts(names):
    for name in names:
        memoized(name)
        held(name)
        of_region(name)
    for name in names:
        unknown(name)  # <- PW102
    for name in names:
        cache.get_or_set(name, lambda: Site.objects.filter(name=name).count())
    for name in names:
        cache.get_or_set(name, Site.objects.filter(name=name).count())  # <- PW102
    for name in names:
        region.get_or_create(name, lambda: Site.objects.filter(name=name).count())
    for name in names:
        all_of([name])
"""


def test_what_a_decorator_keeps_in_a_cache_is_not_done_in_each_round(tmp_path: Path) -> None:
    assert_marked(tmp_path, KEPT, "PW102")


def test_what_is_done_for_what_a_cache_does_not_hold_is_not_done_in_each_round(tmp_path: Path) -> None:
    assert_marked(tmp_path, COUNTS, ("PW102", "PW205"))


def test_a_table_read_to_fill_the_cache_is_not_read_by_each_request(tmp_path: Path) -> None:
    found = [one for one in lint(tmp_path, files_of(TABLE)) if one.code == "PW301" and one.confidence != "low"]
    assert [(one.path, one.line, one.code) for one in found] == sorted(marks(files_of(TABLE)))
