"""Our encoding of histograms, read by the library of the HdrHistogram project."""

from __future__ import annotations

from random import Random

import pytest
from hdrh.histogram import HdrHistogram

from goldfinch.core.load.hdr import HIGHEST_US, encoded_histogram


def test_the_library_reads_what_we_write_and_finds_the_same_percentiles() -> None:
    source = Random(1)
    latencies = sorted(source.lognormvariate(3, 1) for _ in range(5000))
    read = HdrHistogram.decode(encoded_histogram(latencies).encode())
    assert read.get_total_count() == 5000
    for percent in (50, 95, 99, 99.9):
        exact = latencies[int(percent / 100 * 5000 + 0.999999) - 1] * 1000
        assert read.get_value_at_percentile(percent) == pytest.approx(exact, rel=0.001)


def test_it_is_byte_for_byte_the_counts_of_the_library() -> None:
    source, ours = Random(2), HdrHistogram(1, HIGHEST_US, 3)
    latencies = [source.expovariate(0.01) for _ in range(300)]
    for value in latencies:
        ours.record_value(round(value * 1000))
    assert ours.equals(HdrHistogram.decode(encoded_histogram(latencies).encode()))


def test_nothing_and_what_is_beyond_an_hour_are_kept_within_the_range() -> None:
    assert HdrHistogram.decode(encoded_histogram([]).encode()).get_total_count() == 0
    extreme = HdrHistogram.decode(encoded_histogram([0.0, 1e12]).encode())
    assert extreme.get_total_count() == 2
