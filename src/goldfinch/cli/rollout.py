"""`goldfinch rollout`: start a rollout, see where it stands, decide about it; replay a recorded one."""

from __future__ import annotations

import typer

from goldfinch.cli.rollout_reading import explain, history, status
from goldfinch.cli.rollout_replay import replay
from goldfinch.cli.rollout_start import start
from goldfinch.cli.rollout_verbs import abort, approve, pause, promote, reject, resume, retry
from goldfinch.cli.rollout_watch import watch

app = typer.Typer(
    name="rollout",
    help="Give a release its traffic step by step, with automatic rollback; see where it stands, and decide about it.\n\n"
    "Example: goldfinch rollout start v1.4.2 --environment production",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _command in (start, status, watch, promote, pause, resume, abort, retry, approve, reject, history, explain, replay):
    app.command()(_command)
