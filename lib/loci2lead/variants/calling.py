"""Calling of a sample: which chunks, by one process or several, and the phase sets across their borders."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace

from loci2lead.io.read_density import read_density
from loci2lead.models.devices import choose_device
from loci2lead.variants.caller import CalledChunk, Caller, CallSettings
from loci2lead.variants.examine import CHUNK, HALO
from loci2lead.variants.network_server import served
from loci2lead.variants.phase_sets import joined
from loci2lead.variants.shards import Task, tasks_of_shard, worthwhile

CHUNKS_PER_BLOCK = 20

_CALLER: list[Caller] = []


def call_all(settings: CallSettings, threads: int) -> Iterator[CalledChunk]:
    """Yield the called chunks of all regions in genome order, from at most `threads` processes."""
    caller = Caller(settings)
    density = read_density(settings.reads, caller.alignments.contigs)
    tasks = tasks_of_shard(list(plan(settings, caller)), CHUNK, density, settings.shard)
    return joined(_called(settings, caller, tasks, worthwhile(threads, tasks, CHUNK, density)), caller.neighbour)


def _called(settings: CallSettings, caller: Caller, tasks: Sequence[Task], processes: int) -> Iterator[CalledChunk]:
    if processes <= 1:
        for task in tasks:
            yield from caller.call(*task)
        return
    # Several processes would each hold a network and a context on one GPU: it answers all of them from here.
    on_gpu = choose_device(settings.device) == "cuda"
    with served(caller.scorer.forward) if on_gpu else nullcontext() as network:
        settings = replace(settings, network=network)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, context, _start_process, (settings,)) as pool:
            for result in pool.map(_call_in_process, tasks):
                yield from result


def _start_process(settings: CallSettings) -> None:
    _CALLER.append(Caller(settings))


def _call_in_process(task: Task) -> list[CalledChunk]:
    return _CALLER[0].call(*task)


def plan(settings: CallSettings, caller: Caller) -> Iterator[tuple[str, list[int]]]:
    """Yield (contig, chunk starts): what regions or forced sites touch; stretches without reads only if asked."""
    for contig in caller.reference.lengths:
        touched = _touched(settings, contig)
        for index in sorted({start // (CHUNK * CHUNKS_PER_BLOCK) for start in touched}):
            low = index * CHUNK * CHUNKS_PER_BLOCK
            starts = [s for s in touched if low <= s < low + CHUNK * CHUNKS_PER_BLOCK]
            if settings.reference_blocks or settings.forced.get(contig) or _has_reads(caller, contig, starts):
                yield contig, starts


def _touched(settings: CallSettings, contig: str) -> list[int]:
    starts = {p // CHUNK * CHUNK for p, _, _ in settings.forced.get(contig, [])}
    for _, low, high in (i for i in settings.regions if i[0] == contig):
        starts.update(range(low // CHUNK * CHUNK, high, CHUNK))
    return sorted(starts)


def _has_reads(caller: Caller, contig: str, starts: Sequence[int]) -> bool:
    if contig not in caller.alignments.contigs:
        return False
    first = caller.alignments.next_read_start(contig, max(starts[0] - HALO, 0))
    return first is not None and first < starts[-1] + CHUNK + HALO
