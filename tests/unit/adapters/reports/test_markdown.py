from __future__ import annotations

import re
from collections.abc import Callable

from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

Render = Callable[..., str]


def test_the_first_line_says_how_good_and_how_sure(render: Render, finished_run: InMemoryRun) -> None:
    assert (
        render(finished_run, "markdown")
        == """\
**2 of 4 cases passed (50.0 %, 95 % CI 15.0–85.0)**

| Case | Outcome | Trials passed | Why |
| --- | --- | --- | --- |
| refund-2 | failed, critical | 0/1 | accuracy 0.40: the refund is not mentioned |
| tone-3 | failed | 0/1 | timeout: no answer within 120 s |

| Metric | Mean | 95 % CI | Cases | Missing | Errors | Not applicable |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| accuracy | 0.575 | 0.000–1.000 | 4 | 0 | 0 | 0 |

No case asks for tone.

cost at least \\$0.09, \\$0.03 an answer (1 of 4 answers have no known price) · tokens 800 in, 200 out · \
latency p50 804 ms, p95 2.0 min, max 2.0 min (n 4) · failures: timeout 1

support:answer · golden (4 cases, 9f2e4711aa) · run run-1

<details><summary>Input, expected and answer of the cases that did not pass</summary>

**refund-2**

Answer:

```text
We do not do that.
Sorry.
```

**tone-3**

Answer:

```text
no answer: timeout: no answer within 120 s
```

</details>
"""
    )


def test_an_incomplete_run_says_so_in_the_first_line(render: Render, incomplete_run: InMemoryRun, empty_run: InMemoryRun) -> None:
    first = render(incomplete_run, "markdown").splitlines()[0]
    assert first == "**incomplete: 2/6 cases, provider 429 — so far 1 of 1 cases passed (100.0 %, 95 % CI 20.7–100.0); 2 undecided**"
    first = render(empty_run, "markdown").splitlines()[0]
    assert first == "**incomplete: 0/6 cases, the run is still going on, or was killed — so far no case was decided**"


def test_it_gives_no_verdict_of_a_gate(render: Render, finished_run: InMemoryRun) -> None:
    assert not re.search(r"✅|❌|blocked|gate", render(finished_run, "markdown"))


def test_a_large_run_stays_within_sixty_kilobytes_and_sixty_lines(render: Render) -> None:
    run = InMemoryRun(sample_manifest(cases=1_000))
    for number in range(1_000):
        run.append_scores(sample_record(f"case-{number:04}", 0.0))
        run.append_output(sample_output(f"case-{number:04}", "ä[*]`" * 10_000))
    summary = render(run, "markdown")
    head, _, details = summary.partition("<details>")
    assert 40_000 < len(summary.encode()) <= 60_000
    assert len(head.splitlines()) <= 60
    assert "… and 990 more that did not pass." in head
    shown = details.count("Answer:")
    assert f"… and {1_000 - shown} more." in details
    assert details.endswith("</details>\n")


def test_an_answer_cannot_close_its_fence(render: Render, finished_run: InMemoryRun) -> None:
    finished_run.append_output(sample_output("refund-2", "```\n</details>\n@org/team"))
    assert "````text\n```\n</details>\n@org/team\n````\n" in render(finished_run, "markdown")
