"""Keeps a generation's arrays in files that are mapped, not read, so that a restart and a second process are cheap."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.cells import Cells
from knowledge.indexes.pile import Card
from knowledge.indexes.strings import Arrays

_MANIFEST = "manifest.json"
_LAYOUT = 2
"""Change it whenever the arrays mean something else; older files are then made anew."""
_CHUNK = 1 << 20


class IndexFiles:
    """The folder of one site's index files: one folder inside for the generation that serves, named by its stamp."""

    def __init__(self, root: Path, site: str) -> None:
        self._root = root / f"site-{quote(site, safe='')}"

    def open(self, stamp: str) -> tuple[list[Card], Arrays] | None:
        """What was published under the stamp, mapped; None when it is not there or not whole."""
        folder = self._root / stamp
        try:
            manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            if manifest["layout"] != _LAYOUT:
                return None
            sums: dict[str, int] = manifest["sums"]
            if any(_sum_of(folder / f"{name}.npy") != expected for name, expected in sums.items()):
                return None
            return [_card(fields) for fields in manifest["cards"]], {
                # Mapped all the same; a plain array's slices cost a tenth of a memmap's.
                name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
                for name in sums
            }
        except (OSError, ValueError, KeyError, TypeError):
            # A disk that was full, a copy that was cut short: what is derived can be derived again.
            return None

    @contextlib.contextmanager
    def workshop(self) -> Iterator[Path]:
        """A folder to make files in, beside where they will stand; gone afterwards."""
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=self._root) as made:
            yield Path(made)

    def publish(self, workshop: Path, stamp: str, cards: Sequence[Card], arrays: Arrays) -> None:
        """Puts everything in the workshop, and the workshop in its place with one rename."""
        made = workshop / "made"
        made.mkdir(exist_ok=True)
        for name, array in arrays.items():
            np.save(made / f"{name}.npy", array)
        sums = {file.stem: _sum_of(file) for file in sorted(made.glob("*.npy"))}
        manifest = {"layout": _LAYOUT, "sums": sums, "cards": [asdict(card) for card in cards]}
        (made / _MANIFEST).write_text(json.dumps(manifest, default=_plain), encoding="utf-8")
        target = self._root / stamp
        if target.exists():
            # Only ever reached when what stood there could not be opened.
            target.rename(workshop / "broken")
        # Another process may have been faster; its files say the same.
        with contextlib.suppress(OSError):
            made.rename(target)

    def tidy(self, stamp: str) -> None:
        """Removes other generations; a process that still serves one keeps what it has mapped."""
        for folder in self._root.iterdir():
            if folder.is_dir() and folder.name != stamp and not folder.name.startswith("."):
                shutil.rmtree(folder, ignore_errors=True)

    def cells(self, stamp: str, labels: frozenset[str], make: Callable[[], Cells]) -> Cells:
        """An audience's cells as they were published with the stamp, or made now and kept."""
        named = sha256("\n".join(sorted(labels)).encode()).hexdigest()[:16]
        file = self._root / stamp / f"cells-{named}.npz"
        try:
            with np.load(file) as held:
                return Cells.open(dict(held))
        except (OSError, ValueError, KeyError, zlib.error):
            cells = make()
        with contextlib.suppress(OSError), self.workshop() as workshop:
            arrays: dict[str, Any] = dict(cells.arrays())
            np.savez(workshop / "cells.npz", **arrays)
            (workshop / "cells.npz").replace(file)
        return cells


class VectorsFile:
    """Vectors written one batch after the other: a generation's at once would be in memory twice."""

    def __init__(self, workshop: Path, shape: tuple[int, int]) -> None:
        made = workshop / "made"
        made.mkdir(exist_ok=True)
        self._file = (made / "vectors.npy").open("wb")
        header: dict[str, Any] = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def add(self, vectors: NDArray[np.float32]) -> None:
        self._file.write(np.ascontiguousarray(vectors, "<f4").tobytes())

    def close(self) -> None:
        self._file.close()


def _sum_of(file: Path) -> int:
    """Read in pieces: mapping the file to add it up would make all of it resident."""
    total = 0
    with file.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            total = zlib.crc32(piece, total)
    return total


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    assert isinstance(value, date), f"a card holds {value!r}, which no file can"
    return value.isoformat()


def _card(fields: dict[str, Any]) -> Card:
    updated, expires = fields["updated"], fields["expires"]
    return Card(
        **{
            **fields,
            "audience": frozenset(fields["audience"]),
            "supersedes": tuple(fields["supersedes"]),
            "updated": date.fromisoformat(updated) if updated else None,
            "expires": datetime.fromisoformat(expires) if expires else None,
        }
    )
