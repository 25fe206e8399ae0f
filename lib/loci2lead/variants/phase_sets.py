"""Phase sets across the borders of chunks: names (PS) and ordered genotypes that no division of the work can change.

Whether the sets of two neighbouring chunks are one follows from these two chunks alone. A set is named by the position
of its first call, however many chunks before; chunks nobody asked for are called to find it, where reads lead there.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, pairwise

from loci2lead.variants.caller import CalledChunk
from loci2lead.variants.examine import CHUNK
from loci2lead.variants.phasing import Key, PhaseSets, link

Neighbour = Callable[[str, int], PhaseSets]
"""Returns the sets of the chunk of a contig that begins at a position; none beyond the contig."""


def joined(chunks: Iterator[CalledChunk], neighbour: Neighbour) -> Iterator[CalledChunk]:
    """Yield `chunks` (in genome order) with the records of every set of two calls or more phased."""
    book = _Book(neighbour)
    for chunk, after in pairwise(chain(chunks, [None])):
        assert chunk is not None
        book.turn_to(chunk, after)
        marks = book.marks(chunk)
        records = list(chunk.records)
        for number, record in enumerate(records):
            if record.sort_key in marks:
                name, turn = marks[record.sort_key]
                genotype = record.genotype[::-1] if turn else record.genotype
                records[number] = replace(record, genotype=genotype, phase_set=name)
        yield replace(chunk, records=records)


class _Book:
    """Sets of chunks near the one in hand, and the names of the last sets of chunks that are done."""

    def __init__(self, neighbour: Neighbour) -> None:
        self.neighbour = neighbour
        self.sets: dict[tuple[str, int], PhaseSets] = {}
        self.last: dict[tuple[str, int], tuple[int, int]] = {}

    def turn_to(self, chunk: CalledChunk, after: CalledChunk | None) -> None:
        """Forget what lies before the neighbour of `chunk`, and note its own sets and those of the next in line."""
        before = (chunk.contig, chunk.start - CHUNK)
        self.sets = {place: sets for place, sets in self.sets.items() if place == before}
        self.last = {place: name for place, name in self.last.items() if place == before}
        self.sets |= {(c.contig, c.start): c.sets for c in (chunk, after) if c is not None}

    def marks(self, chunk: CalledChunk) -> dict[Key, tuple[int, int]]:
        """Return the name of the set, and whether its genotype is turned, of every phased record of `chunk`."""
        shown = {record.sort_key for record in chunk.records}
        marks: dict[Key, tuple[int, int]] = {}
        for number, members in enumerate(chunk.sets.sets):
            if not any(key in shown for key, _ in members):
                continue
            own = (_name(members), 0)
            name, turn = own if number else self._first(chunk)
            is_last = number == len(chunk.sets.sets) - 1
            if is_last:
                self.last[chunk.contig, chunk.start] = name, turn
            if len(members) > 1 or (name, turn) != own or (is_last and self._goes_on(chunk)):
                marks |= {key: (name, turn ^ side) for key, side in members}
        return marks

    def _first(self, chunk: CalledChunk) -> tuple[int, int]:
        """Return the name of the first set of a chunk, and whether it is turned, after all that is joined before it."""
        place, sets = (chunk.contig, chunk.start), chunk.sets
        name, turn = _name(sets.sets[0]), 0
        while (joint := link(self._before(place), sets) if sets.head else None) is not None:
            place, sets = (place[0], place[1] - CHUNK), self._before(place)
            name, turn = _name(sets.sets[-1]), turn ^ joint
            if place in self.last:
                return self.last[place][0], turn ^ self.last[place][1]
            if len(sets.sets) > 1:
                break
        return name, turn

    def _goes_on(self, chunk: CalledChunk) -> bool:
        """Return whether the next chunk's first set is joined to the last of this one."""
        return bool(chunk.sets.tail) and link(chunk.sets, self._at(chunk.contig, chunk.start + CHUNK)) is not None

    def _before(self, place: tuple[str, int]) -> PhaseSets:
        return self._at(place[0], place[1] - CHUNK)

    def _at(self, contig: str, start: int) -> PhaseSets:
        if (contig, start) not in self.sets:
            self.sets[contig, start] = self.neighbour(contig, start)
        return self.sets[contig, start]


def _name(members: list[tuple[Key, int]]) -> int:
    """Return the position (1-based) of a set's first call, PS in a VCF."""
    return int(members[0][0][0]) + 1
