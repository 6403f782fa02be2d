"""`goldfinch release`: what exactly is rolled out, and rolled back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli import release_running
from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.bootstrap.releases import ComparedReleases, KnownRelease
    from goldfinch.core.releases.release import Denial

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="Name what is rolled out: code, prompts, model, tools, index, memory schema, judge and policy, by one hash of all.\n\n"
    "Example: goldfinch release create --tag v1.4.2",
)

app.command()(release_running.running)
app.command()(release_running.stop)

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")]
By = Annotated[str | None, typer.Option("--by", help="Who does this.", show_default="the account in CI, else git's user.name")]
Image = Annotated[str | None, typer.Option("--image", help="Container image, NAME@sha256:…; before `release.image`.")]
Named = Annotated[str, typer.Argument(help="Id or its beginning, tag, git sha or image digest.", metavar="RELEASE")]


@app.command()
def create(
    tags: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A name for it, such as v1.4.2; may be repeated.")] = None,
    image: Image = None,
    by: By = None,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Take files that are not committed: the release is marked, and has no git sha.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would be, and keep nothing.")] = False,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Make a release of what `release:` in the settings names, and keep it. The same content is the same release, whoever makes it.

    Exit codes: 0 made, or known already; 2 something is not committed, missing, named by a tag, or secret; 3 the store does not answer.

    Example: goldfinch release create --tag v1.4.2 --image ghcr.io/acme/agent@sha256:…
    """
    from goldfinch.bootstrap.releases import KnownRelease, ReleaseRequest, create_release, make_release

    request = ReleaseRequest(image, tuple(tags or ()), by, allow_dirty)
    _show(KnownRelease(make_release(request, config), None) if dry_run else create_release(request, config), output)


@app.command()
def show(release: Named, config: Config = None, output: Output = "text") -> None:
    """Show a release: its components, names and origin, and whether it may be rolled out.

    Exit codes: 0 shown, 2 unknown or ambiguous, 3 the store does not answer.

    Example: goldfinch release show v1.4.2
    """
    from goldfinch.bootstrap.releases import find_release

    _show(find_release(release, config), output)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="Id or its beginning, tag, git sha or image digest.", metavar="OLD")],
    new: Annotated[
        str | None, typer.Argument(help="As OLD.", metavar="[NEW]", show_default="the files and settings here, committed or not")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Show the changed lines of prompts too.")] = False,
    image: Image = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Say what differs between two releases, component by component.

    Exit codes: 0 said, whatever differs; 2 unknown or ambiguous; 3 the store does not answer.

    Example: goldfinch release diff v1.4.1 v1.4.2 --lines
    """
    from goldfinch.bootstrap.releases import compare_releases

    compared = compare_releases(old, new, config, image=image)
    if output == "json":
        print_json(_compared(compared))
        return
    for difference in compared.found:
        _echo(difference.words)
        for line in difference.lines if lines else ():
            _echo(f"  {line}")
    if not compared.found:
        _echo(f"nothing differs between {compared.old} and {compared.new}")


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at the most.")] = 50,
    config: Config = None,
    output: Output = "text",
) -> None:
    """List the releases that are known, the newest first.

    Exit codes: 0 listed, 2 wrong settings, 3 the store does not answer.

    Example: goldfinch release list --limit 10
    """
    from goldfinch.bootstrap.releases import list_releases
    from goldfinch.core.releases.wording import listed

    found = list_releases(limit, config)
    if output == "json":
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        _echo(listed(one.release, one.denial))
    if not found:
        _echo("no release was made yet: goldfinch release create")


@app.command()
def deny(
    release: Named,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the next person.")],
    by: By = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Deny a release: nobody rolls it out until somebody allows it again. A rollback does this by itself.

    Exit codes: 0 denied, 2 unknown, or without name or reason; 3 the store does not answer.

    Example: goldfinch release deny v1.4.2 --reason "invents order numbers" --by ada
    """
    from goldfinch.bootstrap.releases import deny_release

    denial = deny_release(release, reason, by, config)
    _said(denial, f"{denial.release} is denied by {denial.by}: {denial.reason}", output)


@app.command()
def allow(
    release: Named,
    reason: Annotated[str, typer.Option("--reason", help="Why what was said against it does not hold.")],
    by: By = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Override the denial of a release, under a name and with a reason. Both stay in the audit log.

    Exit codes: 0 allowed, 2 unknown, not denied, or without name or reason; 3 the store does not answer.

    Example: goldfinch release allow v1.4.2 --reason "the orders service was down" --by grace
    """
    from goldfinch.bootstrap.releases import allow_release

    denial = allow_release(release, reason, by, config)
    _said(denial, f"{denial.release} may be rolled out again; {denial.by} had denied it: {denial.reason}", output)


def _show(known: KnownRelease, output: str) -> None:
    from goldfinch.core.releases.wording import described

    if output == "json":
        print_json(_as_json(known))
        return
    rows = described(known.release, known.denial)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        _echo(f"{name:<{width}}  {value}")


def _said(denial: Denial, words: str, output: str) -> None:
    if output == "json":
        import msgspec

        print_json(msgspec.to_builtins(denial))
    else:
        _echo(words)


def _echo(text: str) -> None:
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(text))


def _as_json(known: KnownRelease) -> dict[str, Any]:
    import msgspec

    denial = None if known.denial is None else msgspec.to_builtins(known.denial)
    return {**msgspec.to_builtins(known.release), "denial": denial}


def _compared(compared: ComparedReleases) -> dict[str, Any]:
    from goldfinch.core.releases.diff import in_one_line

    return {
        "old": compared.old,
        "new": compared.new,
        "summary": in_one_line(compared.found),
        "differences": [{"kind": one.kind.value, "words": one.words, "lines": list(one.lines)} for one in compared.found],
    }
