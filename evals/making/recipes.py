"""Question sets of public packages' documents: a recipe names package and version, so anybody can build the set."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from evals.errors import BadData
from evals.making.sets import Plan, make

RECIPES = Path(__file__).parent.parent / "question_sets.yaml"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which documents of which package make which set."""

    name: str
    package: str
    """`pypi:name==version`, `npm:name@version` or `deb:name`."""
    plan: Plan
    """Its folders are below the unpacked package."""


def read(file: Path = RECIPES) -> list[Recipe]:
    """Every recipe of a file."""
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadData(f"{file}:1: there is no such file; name a file of recipes") from error
    except yaml.YAMLError as error:
        raise BadData(f"{file}:1: not valid YAML ({error}); see evals/question_sets.yaml") from error
    if not isinstance(rows, dict):
        raise BadData(f"{file}:1: no mapping of names to recipes; see evals/question_sets.yaml")
    return [_recipe(file, str(name), row) for name, row in rows.items()]


def _recipe(file: Path, name: str, row: Mapping[str, Any]) -> Recipe:
    try:
        folders = tuple(Path(folder) for folder in row["docs"])
        options = {key: row[key] for key in ("ask", "each", "most", "of_a_page", "pages") if key in row}
        return Recipe(name, str(row["package"]), Plan(folders, **options))
    except (KeyError, TypeError) as error:
        raise BadData(f"{file}:1: the recipe {name!r} needs package and docs ({error})") from error


def build(recipe: Recipe, out: Path, tell: Tell) -> tuple[int, int]:
    """Fetches the package with its registry's own client, unpacks it and makes the set."""
    with tempfile.TemporaryDirectory(prefix="question-set-") as workshop:
        unpacked = Path(workshop) / "unpacked"
        unpacked.mkdir()
        tell(f"fetching {recipe.package}")
        _unpack(_fetched(recipe.package, Path(workshop)), unpacked)
        folders = tuple(unpacked / folder for folder in recipe.plan.docs)
        return make(replace(recipe.plan, docs=folders), out / recipe.name)


def _fetched(package: str, folder: Path) -> Path:
    kind, _, name = package.partition(":")
    match kind:
        case "pypi":
            plain = name.partition("==")[0]
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", plain, name]
        case "npm":
            command = ["npm", "pack", "--silent", name]
        case "deb":
            command = ["apt-get", "download", "-q", name]
        case _:
            raise BadData(f"{package}: no such kind of package; write pypi:, npm: or deb: before its name")
    if shutil.which(command[0]) is None:
        raise BadData(f"{package}: {command[0]!r} is not installed; install it or leave this recipe out")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    files = [file for file in folder.iterdir() if file.is_file()]
    if done.returncode or not files:
        last = (done.stderr.strip().splitlines() or ["no file came"])[-1]
        raise BadData(f"{package}: could not be fetched ({last}); check name and version")
    return files[0]


def _unpack(archive: Path, folder: Path) -> None:
    """Without the folder that a source archive wraps everything into."""
    if archive.suffix == ".deb":
        subprocess.run(["dpkg", "-x", str(archive), str(folder)], check=True)  # noqa: S603, S607
    elif archive.suffix in (".zip", ".whl"):
        with zipfile.ZipFile(archive) as held:
            held.extractall(folder)  # noqa: S202  zipfile drops absolute and parent paths
    else:
        with tarfile.open(archive) as held:
            held.extractall(folder, filter="data")
    only = list(folder.iterdir())
    if len(only) == 1 and only[0].is_dir() and archive.suffix != ".deb":
        inner = only[0].rename(folder.parent / "inner")
        folder.rmdir()
        inner.rename(folder)
