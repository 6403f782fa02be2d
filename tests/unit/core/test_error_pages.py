from __future__ import annotations

from itertools import chain

from goldfinch.core.error_pages import PAGES, in_areas


def test_every_code_is_of_one_area() -> None:
    listed = [page.code for page in chain.from_iterable(in_areas().values())]
    assert sorted(listed) == sorted(PAGES)


def test_no_area_is_empty() -> None:
    assert all(in_areas().values())


def test_codes_are_in_order() -> None:
    assert list(PAGES) == sorted(PAGES)
