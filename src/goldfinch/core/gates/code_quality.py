"""The code quality gate: linter, type checker with a ratchet, tests. Source: R61, C37, C51."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from goldfinch.core.gates.deciding import Limit, Terms, judge_count
from goldfinch.core.gates.evidence import Evidence, LintCheck, Spot, TestTotals, TypeCheck
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import CodeQualityPolicy, Policy
from goldfinch.core.gates.wording import SHOWN, amount, percent
from goldfinch.core.verdict import Verdict


def judge(policy: Policy, evidence: Evidence, *, strict: bool = False) -> GateOutcome:
    """Judge what stages 1 and 2 of the pipeline found. Nothing is left to chance here: a breach fails."""
    terms, tests, rules = Terms.of(policy, GateName.CODE_QUALITY, strict=strict), evidence.tests, policy.code_quality
    if tests.lint is None and tests.types is None and tests.tests is None:
        return terms.unmeasured(GateName.CODE_QUALITY)
    findings = (*_lint(tests.lint, rules, terms), *_types(tests.types, tests.known_types, rules, terms), *_tests(tests.tests, rules, terms))
    return GateOutcome(GateName.CODE_QUALITY, findings)


def _lint(lint: LintCheck | None, rules: CodeQualityPolicy, terms: Terms) -> Iterator[Finding]:
    problems = None if lint is None else whole(lint.problems)
    if lint is None or problems is None:
        yield terms.absent("lint_problems", "Lint")
        return
    limit = Limit(
        "lint_problems",
        "Lint",
        rules.max_lint_problems,
        breach=f"Lint problems {problems} > {rules.max_lint_problems}",
        holds=f"Lint problems {problems} ≤ {rules.max_lint_problems}",
        at_least=False,
    )
    yield from _with_spots(judge_count(limit, problems, terms), lint.first, problems)


def _types(types: TypeCheck | None, known: Mapping[str, int] | None, rules: CodeQualityPolicy, terms: Terms) -> Iterator[Finding]:
    errors = None if types is None else whole(types.errors)
    if types is None or errors is None:
        yield terms.absent("type_errors", "Types")
    elif types.stopped:
        yield terms.open(Finding("type_errors", Verdict.PASS, f"Types: the check stopped before its end: {types.stopped}"))
    elif known is None:
        yield from _counted_types(types, errors, rules, terms)
    else:
        yield from _listed_types(types, errors, known)


def _counted_types(types: TypeCheck, errors: int, rules: CodeQualityPolicy, terms: Terms) -> Iterator[Finding]:
    known = rules.known_type_errors
    limit = Limit(
        "type_errors",
        "Types",
        known,
        breach=f"Type errors {errors} > {known}",
        holds=f"Type errors {errors} ≤ {known}",
        at_least=False,
    )
    finding = judge_count(limit, errors, terms)
    fewer = f"tighten the ratchet: `gates.code_quality.known_type_errors: {errors}`" if errors < known else finding.advice
    yield from _with_spots(replace(finding, advice=fewer), types.first, errors)


def _listed_types(types: TypeCheck, errors: int, known: Mapping[str, int]) -> Iterator[Finding]:
    """By place, so that a new error is not hidden by an old one that went. Line numbers are no place: they move."""
    new = {place: count - known.get(place, 0) for place, count in types.by_place.items() if count > known.get(place, 0)}
    total, unplaced = sum(known.values()), max(0, errors - sum(types.by_place.values()))
    more = sum(new.values()) + unplaced
    described = Finding("type_errors", Verdict.PASS, f"Type errors {errors}, all known", value=errors, threshold=total)
    if not more:
        gone = f"tighten the ratchet: {amount(total - errors, 'known error')} gone" if errors < total else ""
        yield replace(described, advice=gone)
        return
    yield replace(described, verdict=Verdict.FAIL, text=f"{amount(more, 'new type error')} beside {total - _gone(types, known)} known")
    for place, count in sorted(new.items())[:SHOWN]:
        yield Finding("type_error", Verdict.FAIL, f"{place}: {amount(count, 'new type error')}", where=place.partition(" [")[0])


def _gone(types: TypeCheck, known: Mapping[str, int]) -> int:
    return sum(max(0, count - types.by_place.get(place, 0)) for place, count in known.items())


def _tests(tests: TestTotals | None, rules: CodeQualityPolicy, terms: Terms) -> Iterator[Finding]:
    counts = None if tests is None else (whole(tests.tests), whole(tests.failed), whole(tests.errors), whole(tests.skipped))
    if tests is None or counts is None or None in counts:
        yield terms.absent("tests", "Tests")
        return
    total, failed, errors, skipped = (count or 0 for count in counts)
    shown = Finding("tests", Verdict.PASS, f"{amount(total - skipped, 'test')} passed", value=failed + errors, threshold=0, count=total)
    if failed or errors:
        broken = f"{failed + errors:,} of {amount(total, 'test')} failed"
        yield from _with_spots(replace(shown, verdict=Verdict.FAIL, text=broken), tests.first, failed + errors)
    elif total <= skipped:
        yield terms.open(replace(shown, text="no test ran"))
    else:
        yield replace(shown, text=shown.text + (f", {skipped:,} skipped" if skipped else ""))
    if total and skipped / total > rules.max_skipped_share:
        words = f"{skipped:,} of {amount(total, 'test')} skipped ({skipped / total:.1%} > {percent(rules.max_skipped_share)})"
        yield Finding("tests_skipped", Verdict.FAIL, words, value=skipped / total, threshold=rules.max_skipped_share, count=total)


def _with_spots(finding: Finding, spots: tuple[Spot, ...], total: int) -> Iterator[Finding]:
    """The breach, then each of the first problems at its place."""
    if finding.verdict is not Verdict.FAIL:
        yield finding
        return
    shown = spots[:SHOWN]
    rest = total - len(shown)
    yield replace(finding, advice=f"{rest:,} more are in the report" if shown and rest > 0 else "")
    for spot in shown:
        yield Finding(finding.name.removesuffix("s"), Verdict.FAIL, f"{spot.where}: {spot.text}", where=spot.where)


def whole(value: float | None) -> int | None:
    """A count, or None for what is none: nothing, NaN, infinity, a negative number, a fraction."""
    if value is None or not 0 <= value < float("inf") or value != int(value):
        return None
    return int(value)
