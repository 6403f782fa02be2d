"""What each error code means and what to do: the pages behind `goldfinch explain` and docs/errors.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from goldfinch.core.audit import codes as audit
from goldfinch.core.baselines import codes as baselines
from goldfinch.core.calibration import codes as calibration
from goldfinch.core.checking import codes as checking
from goldfinch.core.comparison import codes as comparison
from goldfinch.core.datasets import codes as datasets
from goldfinch.core.deploy import codes as deployment
from goldfinch.core.gates import codes as gates
from goldfinch.core.health import codes as health
from goldfinch.core.importing import codes as importing
from goldfinch.core.ingest import codes as ingest
from goldfinch.core.judging import codes as judging
from goldfinch.core.live import codes as live
from goldfinch.core.load import codes as benchmarks
from goldfinch.core.probes import codes as probes
from goldfinch.core.proxy import codes as proxy
from goldfinch.core.quarantine import codes as quarantine
from goldfinch.core.recovery import codes as recovery
from goldfinch.core.releases import codes as releases
from goldfinch.core.replay import codes as replays
from goldfinch.core.results import codes as reports
from goldfinch.core.reviewing import codes as reviewing
from goldfinch.core.rollout import codes as rollouts
from goldfinch.core.serving import codes as serving
from goldfinch.core.telemetry import codes as tracing


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """One error code in words: `meaning` says what was found, `remedy` what a person can do."""

    code: str
    meaning: str
    remedy: str


AREAS: Mapping[str, tuple[str, ...]] = {
    "Command line": ("E10",),
    "Configuration": ("E11",),
    "Datasets": ("E12",),
    "Agents": ("E13",),
    "Infrastructure": ("E14",),
    "Run directories": ("E15",),
    "Budget": ("E16",),
    "Scorers": ("E17",),
    "Reports": ("E18",),
    "Judges": ("E19",),
    "Record and replay": ("E200", "E201"),
    "Tests": ("E202",),
    "Tracing": ("E204",),
    "Imports": ("E207", "E208"),
    "Quality gates": ("E21",),
    "The check of a change": ("E22",),
    "Comparisons": ("E23",),
    "Baselines and further trials": ("E24",),
    "Benchmarks": ("E25",),
    "Reviews": ("E26",),
    "Releases and approvals": ("E27",),
    "Store and audit": ("E28",),
    "Rollouts": ("E29",),
    "Health and replay": ("E30",),
    "Proxy": ("E31",),
    "Deployment": ("E32",),
    "Live evidence": ("E33",),
    "Received telemetry": ("E34",),
    "Smoke tests and probes": ("E35",),
    "Server and rollout commands": ("E36",),
    "Rollback, drills and runbooks": ("E38",),
}
"""The areas of codes, each with the characters that its codes begin with; every code is of one."""

_GENERAL = {
    "E1000": ("Something is wrong that has no code of its own.", "Read the line that came with it."),
    "E1001": ("The command line asks for something that cannot be.", "Read the line that came with it; `--help` shows every option."),
    "E1002": ("There is no agent to ask.", "Give --agent, such as my_module:answer, or `agent:` in goldfinch.yaml."),
    "E1003": ("There is no dataset.", "Give --dataset, or `dataset:` in goldfinch.yaml."),
    "E1004": ("From Python: what was given is no agent.", "Give a callable, an Agent, or text such as openai:MODEL."),
    "E1005": ("An option of the run has a wrong value.", "Correct the named option; `--help` shows what each may hold."),
    "E1006": ("evaluate() was called inside a running event loop.", "Use `await goldfinch.evaluate_async(…)` there."),
    "E1007": ("From Python: what was given is no dataset.", "Give a path, a list of paths, a list of `Case`, or a `Dataset`."),
    "E1100": (
        "A setting in goldfinch.yaml, or in [tool.goldfinch] of pyproject.toml, is wrong or missing. Nothing was started.",
        "Correct the named key. Unknown keys are refused, so that a slip of the pen is never silently ignored.",
    ),
    "E1101": ("The settings file is not valid YAML or TOML, or holds no mapping of settings.", "Correct the named place."),
    "E1102": ("The settings file has a key that means nothing.", "Correct the spelling; the message offers the nearest key."),
    "E1103": ("A setting has a wrong value.", "Correct the named key; docs/guides/configuration.md lists what each may hold."),
    "E1104": ("TEST_BUDGET_USD is no amount of US dollars above 0.", "Set it to a number such as 5.00, or unset it."),
    "E1200": ("The golden dataset cannot be used as it is.", "Correct the named places; `goldfinch dataset validate` lists them all."),
    "E1290": ("No case fits the selection (`--case`, `--tag`, `--limit`).", "`goldfinch dataset show` lists ids and tags."),
    "E1291": (
        "The input or context of a case changed since it was asked: the stored answer is to another question.",
        "Evaluate again, or score with the dataset that was asked.",
    ),
    "E1300": (
        "The agent cannot be asked at all: its address, key, model or program is refused. The run stopped at once.",
        "Correct the agent's settings, then give the same command again: finished answers are kept.",
    ),
    "E1400": (
        "Something outside the agent failed: network, provider or disk. It says nothing about quality; the exit code is 3.",
        "Give the same command again when the cause is gone: the run goes on where it stopped.",
    ),
    "E1500": ("A run directory cannot be read, or holds another run than the one asked for.", "Name another --output-dir."),
    "E1600": (
        "The budget of the run is spent. What was finished is kept; the exit code is 4.",
        "Raise the budget and give the same command again: only the cases that are left are asked.",
    ),
}

_AGENTS = {
    "E1301": ("The target of a Python agent is no module:function.", "Write for example `my_agent:answer`."),
    "E1302": (
        "The module of a Python agent cannot be imported.",
        "Read the cause in the message; `agent.path` names a folder to search first.",
    ),
    "E1303": ("The module of a Python agent has no such function.", "Correct the name; the message offers near ones."),
    "E1304": ("The target of a Python agent cannot be called.", "Name a function, or a class whose instances can be called."),
    "E1305": ("The class of a Python agent cannot be created.", "It must work without arguments; read the cause in the message."),
    "E1310": (
        "The model provider refused the key.",
        "Check the key and its rights. The run stopped at once: no other call would have worked.",
    ),
    "E1311": (
        "The account at the model provider has no quota left.",
        "Top it up, then give the same command again: it goes on where it stopped.",
    ),
    "E1320": ("The URL of the agent is malformed.", "It must start with http:// or https:// and name a host."),
    "E1321": ("The URL of the agent holds a user or password.", "Send them in a header that reads the environment: `${NAME}`."),
    "E1322": (
        "The address of the agent may not be called: link-local and metadata addresses never, private ones only with `allow_private`.",
        "Use the address that the service has for its users. A name that resolves to such an address is refused too.",
    ),
    "E1323": ("The TLS connection to the agent failed.", "Check the certificate of the service and the clock of this machine."),
    "E1324": (
        "The service redirects to another place, or too often.",
        "Set the URL to where the service really is; keys are never sent along.",
    ),
    "E1330": ("An environment variable that the agent's settings name as `${NAME}` is not set.", "Export it before the run."),
    "E1331": ("The service under test refused the credentials (401 or 403).", "Check the headers of the agent."),
    "E1332": ("The service under test has nothing at this address.", "Check `agent.url` and `agent.method`."),
    "E1333": (
        "The request template has a placeholder that does not exist.",
        "Known: `{{ input }}`, `{{ case_id }}`, `{{ context }}`, `{{ trial }}`, `{{ seed }}`.",
    ),
    "E1334": ("The host of the URL would come from a case.", "Write the host out: a dataset must not choose whom we call."),
    "E1340": ("The environment variable with the provider's key is not set.", "Export it, or name another in `agent.api_key_env`."),
    "E1341": (
        "The model provider does not know the model, or refuses a parameter.",
        "Check `agent.model`, `agent.base_url` and `agent.parameters`.",
    ),
    "E1342": ("The provider's key holds characters that no key has.", "Look for a line break or a space in the environment variable."),
    "E1350": ("The program of the agent cannot be started.", "Check `agent.command` and `agent.cwd`."),
    "E1351": (
        "The program of the agent ended several times without ever answering.",
        "Run the command by hand; the message shows its last words.",
    ),
    "E1360": ("The recorded answers cannot be read, or there are none in the file.", "Check `agent.path`."),
    "E1361": (
        "A recorded answer is unusable.",
        "A line needs `case_id`, `trial` and one of `output`, `messages`, `text`, `data`.",
    ),
    "E1362": ("Two recorded answers are for the same case and trial.", "Keep one of them."),
    "E1370": ("The agent runs code, and this configuration may not.", "Set `allow_code: true` where you trust the configuration file."),
    "E1371": ("--agent names no agent.", "Write module:function, a URL, openai:MODEL, recorded:PATH or subprocess:COMMAND."),
    "E1372": ("There is no agent of this kind.", "The message lists the kinds, plugins of installed packages included."),
    "E1373": ("An agent plugin of an installed package failed.", "Read the cause in the message; update or uninstall the package."),
}

_RUNS = {
    "E1401": (
        "A file of the run cannot be written: the disk is full, or permission is missing.",
        "Free space or correct the permissions, then give the same command again.",
    ),
    "E1402": (
        "The run gave up: calls failed in a row, none by the agent's own doing (no connection; a provider that says 429, 5xx or nothing).",
        "Check that it runs, can be reached and is not overloaded, then give the same command again: it goes on where it stopped.",
    ),
    "E1404": (
        "Every answer was had, but no metric gave a score to any of them: every scorer crashed, lacked what it needs, or did not apply.",
        "Look at errors, missing and n/a beside each metric. State in the cases what is expected, or choose other scorers.",
    ),
    "E1501": ("There is no run here, or it may not be read.", "Name the --output-dir of an earlier `goldfinch evaluate`."),
    "E1502": (
        "A file of the run is damaged. A torn last line is normal after a kill and is passed over; this is something else.",
        "Restore the file from a copy, or start the run again.",
    ),
    "E1503": ("Another process is writing to this run directory.", "Wait for it, or name another --output-dir."),
    "E1504": ("The run was written by a newer Goldfinch.", "Upgrade goldfinch-ci."),
    "E1505": (
        "The run directory holds another run: another dataset, agent, number of trials, seed or timeout.",
        "Name another --output-dir, or give --fresh to start anew and lose what is there.",
    ),
    "E1506": (
        "The run directory holds answers but no manifest.json, so nobody knows whose answers they are.",
        "Restore the manifest, name another --output-dir, or give --fresh to lose them.",
    ),
    "E1507": ("The output folder is a file.", "Name another --output-dir."),
    "E1508": (
        "The summary of a run and its scores contradict each other: a file was edited, replaced, or lost lines.",
        "`goldfinch score RUN_DIR` makes both anew from outputs.jsonl; if that is damaged too, evaluate again with --fresh.",
    ),
    "E1601": (
        "The next call could exceed the budget. What was finished is kept; the exit code is 4.",
        "Raise `--budget` and give the same command again: it goes on where it stopped.",
    ),
    "E1602": (
        "There is a budget, but the cost of an answer is unknown, so the budget cannot be kept.",
        "Give the model a price under `prices:` in goldfinch.yaml, or leave the budget out.",
    ),
}

_SCORERS = {
    "E1701": ("There is no scorer of this kind.", "`goldfinch scorers` lists them. Your own is named as module:Class."),
    "E1702": ("The scorer has no such option.", "Correct the spelling; the message lists the options."),
    "E1703": ("An option of a scorer is missing or has a wrong value.", "Correct the named key."),
    "E1704": (
        "The scorer is code, and this configuration may not run code.",
        "Set `allow_code: true` where you trust the configuration file.",
    ),
    "E1705": ("A scorer named as module:Class cannot be imported or is no class.", "Check the name and the import path."),
    "E1706": ("A scorer plugin of an installed package cannot be loaded.", "Update or uninstall the package that the message names."),
    "E1707": ("Two scorers give a metric of the same name.", "Give one of them a `name`."),
    "E1708": ("What was named as a scorer is none.", "It needs `name`, `version` and `score(case, output)`."),
    "E1709": ("A composition lists no scorers.", "List them under `of`."),
    "E1710": (
        "Accuracy would be decided by embedding similarity alone: a statement and its denial have a cosine of 0.86 to 0.97.",
        "Put it beside `facts_agree` under `lowest_of`, or use `{kind: accuracy, variant: embedding}`.",
    ),
    "E1711": ("A preset such as `five` was given options.", "List the scorers that it stands for, each with its own options."),
    "E1712": (
        "Embedding similarity needs an extra that is not installed.",
        "`pip install 'goldfinch-ci[embed]'`, or use `variant: lexical`.",
    ),
    "E1713": (
        "The embedding model on this machine cannot be read, or is not the one that scores are defined by.",
        "Install it again: `pip install --force-reinstall 'goldfinch-ci[embed]'`.",
    ),
}

_EXCHANGES = {
    "E2001": (
        "Two things were asked for that exclude each other: recording, replaying, or the response cache.",
        "Leave all but one out: --record, --replay, --cache, and their keys under `run:` in goldfinch.yaml.",
    ),
    "E2002": ("There is no recording to replay in this folder.", "Name the folder that was given to --record, or record one."),
    "E2003": (
        "A line of a recording is damaged. A torn last line is normal after a kill and is passed over; this is something else.",
        "Restore exchanges.jsonl from a copy, delete the line, or record again.",
    ),
    "E2004": ("Nothing can be recorded into this folder.", "Name another folder with --record, or correct its permissions."),
    "E2005": ("Another process is recording into the same file.", "Wait for it, or name another folder with --record."),
    "E2006": (
        "An exchange could not be written, and a recording with a hole is none: the run stopped.",
        "Free space or correct the permissions, then give the same command again: it goes on where it stopped.",
    ),
    "E2007": (
        "A request has no recorded reply. It was not sent. What depends on it is missing evidence; the exit code is 3.",
        "The message says what differs from the nearest one. Record again, or ignore what always differs: `exchanges.ignore_body`.",
    ),
    "E2008": (
        "A run was to be replayed, but the agent sent no request through the recording: its answers came from somewhere else.",
        "Let your code read its model's address from the environment: OPENAI_BASE_URL …, or a variable named in `exchanges.upstreams`.",
    ),
    "E2009": ("The recording was changed while it was replayed.", "Replay again."),
    "E2010": (
        "An environment variable that leads to a model, or `exchanges.upstreams`, holds no http(s) address.",
        "Correct or unset the variable that the message names.",
    ),
    "E2011": ("The proxy that records other people's code cannot listen on 127.0.0.1.", "Check what forbids it on this machine."),
    "E2012": (
        "A header whose name says that it holds a secret stands in `exchanges.match_headers`; headers that are matched are stored.",
        "Match another header, such as one that names the tenant or the version.",
    ),
    "E2013": (
        "The settings say to replay (`run.replay`), and the command asks a judge for real: it would cost money behind the settings' back.",
        "Leave `run.replay` out of the settings, or give another --config; `goldfinch evaluate --replay` replays the judge too.",
    ),
}

_TESTS = {
    "E2020": (
        "A test, or the block of a BudgetTracker, spent more than it may: US dollars, or tokens.",
        "Make fewer or smaller calls, or allow more: @pytest.mark.budget, goldfinch_budget_usd, BudgetTracker(max_cost=…).",
    ),
    "E2021": (
        "There is a limit, but the cost or the tokens of a call are unknown, so nobody can tell whether it was kept. Unknown is never 0.",
        "Give the model a price under `prices:` in goldfinch.yaml; ask streams for their usage (`stream_options: {include_usage: true}`).",
    ),
    "E2022": (
        "The budget of the test session is spent. Calls that would cost more are refused, and the tests that make them fail.",
        "Raise --goldfinch-budget or TEST_BUDGET_USD, or record more tests.",
    ),
    "E2023": (
        "A test would have asked a real model, and nothing says that it may. The call was not made.",
        "Record it (fixture goldfinch_cassette), script the model, or mark the test integration, e2e or budget.",
    ),
    "E2024": (
        "A test would have asked a real model, and there is no key. The call was not made.",
        "Set the key, or use a recording: the fixture goldfinch_cassette, and --goldfinch-record once where there is a key.",
    ),
    "E2025": ("The test has no recording yet.", "Run it once with --goldfinch-record, where there is a key, and commit the recording."),
    "E2026": ("A budget in a test is no amount, or what was given to BudgetTracker.add is no answer.", "Read the line that came with it."),
    "E2027": (
        "assert_scores was given something that is no answer, or no case.",
        "Give what an agent may return; a case is written as in a dataset.",
    ),
}


def _pages(explanations: Iterable[dict[str, tuple[str, str]]]) -> dict[str, ErrorPage]:
    pages = [ErrorPage(code, *words) for area in explanations for code, words in area.items()]
    return {page.code: page for page in sorted(pages, key=lambda page: page.code)}


PAGES = _pages(
    [
        *(_GENERAL, datasets.EXPLANATIONS, _AGENTS, _RUNS, _SCORERS, reports.EXPLANATIONS),
        *(proxy.EXPLANATIONS, deployment.EXPLANATIONS, live.EXPLANATIONS, ingest.EXPLANATIONS, probes.EXPLANATIONS),
        *(serving.EXPLANATIONS, recovery.EXPLANATIONS),
        *(judging.EXPLANATIONS, calibration.EXPLANATIONS, _EXCHANGES, _TESTS, tracing.EXPLANATIONS, importing.EXPLANATIONS),
        *(gates.EXPLANATIONS, checking.EXPLANATIONS, comparison.EXPLANATIONS, baselines.EXPLANATIONS),
        *(quarantine.EXPLANATIONS, benchmarks.EXPLANATIONS, reviewing.EXPLANATIONS),
        *(releases.EXPLANATIONS, audit.EXPLANATIONS, rollouts.EXPLANATIONS, health.EXPLANATIONS),
        *(replays.EXPLANATIONS,),
    ]
)
"""Every error code that Goldfinch raises, in order."""


def in_areas() -> dict[str, list[ErrorPage]]:
    """The pages by the name of their area."""
    return {name: [page for page in PAGES.values() if page.code.startswith(prefixes)] for name, prefixes in AREAS.items()}
