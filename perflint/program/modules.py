"""Which file a module name means, as an interpreter started at any root of the project would find it."""

from __future__ import annotations

import os
from collections.abc import Sequence


class Modules:
    """Names of the linted files. A file's name starts below the last folder without `__init__.py` above it.

    A path "" stands for what is no module: it keeps its place in the lists, and nothing finds it.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.files = [os.path.abspath(path) if path else "" for path in paths]
        self._by_path: dict[str, int] = {}
        self._folders: set[str] = set()
        self._package: dict[str, bool] = {}
        python = [(index, path) for index, path in enumerate(self.files) if path]
        top = os.path.commonpath([os.path.dirname(path) for _, path in python]) if python else ""
        for index, path in python:
            self._by_path.setdefault(path, index)
            folder = os.path.dirname(path)
            while folder not in self._folders and len(folder) >= len(top):
                self._folders.add(folder)
                folder = os.path.dirname(folder)
        self.names = [""] * len(self.files)
        self.roots = [""] * len(self.files)
        self._by_name: dict[str, list[int]] = {}
        for index, path in python:
            self.names[index], self.roots[index] = name, _ = self._name(path)
            self._by_name.setdefault(name, []).append(index)
        self._found: dict[tuple[str, str], int | None] = {}

    def _is_package(self, folder: str) -> bool:
        known = self._package.get(folder)
        if known is None:
            init = os.path.join(folder, "__init__.py")
            known = self._package[folder] = init in self._by_path or os.path.exists(init)
        return known

    def _name(self, path: str) -> tuple[str, str]:
        folder, file = os.path.split(path)
        stem = file.rsplit(".", 1)[0]
        parts = [] if stem == "__init__" else [stem]
        while folder and self._is_package(folder):
            folder, name = os.path.split(folder)
            if not name:
                break
            parts.insert(0, name)
        return ".".join(parts), folder

    def package(self, index: int) -> str:
        """The package that the file's relative imports start from."""
        name = self.names[index]
        if os.path.basename(self.files[index]) == "__init__.py":
            return name
        return name.rpartition(".")[0]

    def absolute(self, index: int, module: str, level: int) -> str:
        """The absolute name of `from <level dots><module> import …` in the file."""
        if not level:
            return module
        package = self.package(index).split(".") if self.package(index) else []
        base = package[: len(package) - (level - 1)] if level > 1 else package
        return ".".join([*base, module] if module else base)

    def relative_file(self, index: int, module: str, level: int) -> int | None:
        """The file of a relative import where no package has a name: by folders."""
        folder = os.path.dirname(self.files[index])
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return self._at(os.path.join(folder, *module.split(".")) if module else folder)

    def _at(self, path: str) -> int | None:
        found = self._by_path.get(path + ".py")
        return found if found is not None else self._by_path.get(os.path.join(path, "__init__.py"))

    def find(self, name: str, importer: int) -> int | None:
        """The file that module `name` means for `importer`; None when it is not in the project."""
        root = self.roots[importer]
        key = (name, root)
        if key not in self._found:
            self._found[key] = self._find(name, importer, root)
        return self._found[key]

    def _find(self, name: str, importer: int, root: str) -> int | None:
        if not name:
            return None
        candidates = self._by_name.get(name, ())
        if len(candidates) == 1 and ("." in name or self.roots[candidates[0]] == root):
            return candidates[0]
        parts = name.split(".")
        folder = root
        while True:
            found = self._at(os.path.join(folder, *parts))
            if found is not None:
                return found
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
        if candidates and ("." in name or _shares_root(self.files[candidates[0]], self.files[importer])):
            # the nearest of several: the one that shares most of its path with the importer
            return max(candidates, key=lambda one: (len(os.path.commonpath([self.files[one], root])), -one))
        return None

    def is_folder(self, name: str, importer: int) -> bool:
        """Whether `name` is a package without `__init__.py` in the project."""
        folder = self.roots[importer]
        parts = name.split(".")
        while folder in self._folders:
            if os.path.join(folder, *parts) in self._folders:
                return True
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
        return False


def _shares_root(one: str, other: str) -> bool:
    """Whether a top-level module may be imported by the other file: it lies in a folder above it, or beside `src`."""
    folder = os.path.dirname(one)
    if os.path.basename(one) == "__init__.py":
        folder = os.path.dirname(folder)
    if os.path.basename(folder) in {"src", "lib", "backend", "app"}:
        folder = os.path.dirname(folder)
    return other.startswith(folder + os.sep)
