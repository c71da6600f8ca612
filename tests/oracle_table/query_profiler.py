"""django-query-profiler: what repeats on one line is sorted into what can be loaded before, and what cannot."""

from __future__ import annotations

from tests.oracle_table.judging import Group, Tool

SHARED = """
#: campus/__init__.py
#: campus/models.py
from django.db import models
class School(models.Model):
    name = models.CharField(max_length=50)
    rooms = models.ManyToManyField("Room")
class Room(models.Model):
    name = models.CharField(max_length=50)
class Student(models.Model):
    name = models.CharField(max_length=50)
    active = models.BooleanField()
    school = models.ForeignKey(School, on_delete=models.CASCADE)
class Course(models.Model):
    title = models.CharField(max_length=50)
    students = models.ManyToManyField(Student)
    def __str__(self):
        return f"{self.title}: {', '.join(one.name for one in self.students.all())}"
    def attending(self):
        return list(self.students.filter(active=True))
    def present(self):
        return [one for one in self.students.all() if one.active]
"""
HEAD = "from django.db.models import Prefetch\nfrom campus.models import Course, Room, School, Student\n"


def rooms(query: str, *marks: str) -> str:
    """Three relations, one after the other, in a function that each row is given to."""
    mark = [f"  # <- PW101{'/PW102' if at == 2 else ''}" if one else "" for at, one in enumerate(marks)]
    return (
        "def rooms(course):\n    found = []\n    for student in course.students.all():\n"
        f"        school = student.school{mark[1]}\n        found += list(school.rooms.all()){mark[2]}\n"
        f"    return found\ndef f():\n    for course in {query}:\n        rooms(course){mark[0]}\n"
    )


EVERY = "Course.objects.all()"
LOADED = "Course.objects.prefetch_related('students')"
CASES = {
    "Q1": f"def f():\n    for course in {EVERY}:\n        str(course)  # <- PW101\n",
    "Q2": f"def f():\n    for course in {LOADED}:\n        str(course)\n",
    "Q3": f"def f():\n    for course in {EVERY}:\n        course.attending()  # <- PW102\n",
    "Q4": f"def f():\n    for course in {LOADED}:\n        course.attending()  # <- PW102/PW107\n",
    "Q5": f"def f():\n    for course in {EVERY}:\n        course.present()  # <- PW101\n",
    "Q6": f"def f():\n    for course in {LOADED}:\n        course.present()\n",
    "Q7": rooms(EVERY, "x", "x", "x"),
    "Q8": rooms(LOADED, "", "x", "x"),
    "Q9": rooms(
        "Course.objects.prefetch_related(Prefetch('students', Student.objects.select_related('school')))", "", "", "x"
    ),
    "Q10": "def f():\n    return Course.objects.get(pk=1)\n",
    "Q11": (
        "def f():\n    if Course.objects.filter(title='a').exists():\n"
        "        return Course.objects.filter(title='a').first()\n    return list(Course.objects.filter(title='b'))\n"
    ),
    "Q12": "def f():\n    return list(Student.objects.filter(school__name='a'))\n",
    "Q13": "def f(school):\n" + "    School.objects.create(name='a')\n" * 5,
    "Q14": "def f():\n    School.objects.bulk_create([School(name='a')] * 5)\n    School.objects.all().delete()\n",
}

TOOL = Tool(
    name="django-query-profiler",
    letter="Q",
    classes="P9 L2 M L2",
    groups=(Group(("PW1",), {row: HEAD + text for row, text in CASES.items()}, SHARED),),
)
