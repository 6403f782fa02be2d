"""`goldfinch.yaml` (or `[tool.goldfinch]` in `pyproject.toml`), typed. Unknown keys are refused.

Importing this module costs what pydantic costs; the command line imports it inside commands only.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PositiveFloat, PositiveInt, SecretStr, Tag

from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import Policy, Scanner, Severity

_POLICY = Policy()


class Strict(BaseModel):
    """Refuses unknown keys, NaN, infinity, and values of another type: `trials: true` is not 1."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class PythonAgent(Strict):
    """A callable in this environment, sync or async: `module:function`, called with the case's input."""

    kind: Literal["python"] = "python"
    target: str = Field(pattern=r"^[\w.]+:[\w.]+$", description="module:function")
    path: str | None = Field(None, description="Folder put in front of sys.path, relative to the configuration file.")
    takes_case: bool = Field(False, description="Call with the whole case instead of its input.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of every call.")


class HttpAgent(Strict):
    """A service under test.

    In the request `{{ input }}` stands for the case's input; `{{ case_id }}`, `{{ context }}`, `{{ trial }}` and `{{ seed }}` likewise.
    """

    kind: Literal["http"] = "http"
    url: str = Field(description="http:// or https://; the host may not come from a case. `${NAME}` is read from the environment.")
    method: Literal["POST", "GET", "PUT"] = Field("POST", description="HTTP method.")
    headers: dict[str, str] = Field(default_factory=dict, description="`${NAME}` is read from the environment.")
    body: Any = Field(default_factory=lambda: {"input": "{{ input }}"}, description="The request: any JSON, with placeholders.")
    stream: bool = Field(False, description="Read server-sent events; the answer is the joined text of `text_path` in each event.")
    text_path: str | None = Field(
        None, description="Where the answer is in the reply: `choices.0.message.content`. Absent: the whole body."
    )
    data_path: str | None = Field(None, description="Where a structured answer is in the reply.")
    messages_path: str | None = Field(None, description="OpenAI-format messages from which the trajectory is read.")
    input_tokens_path: str | None = Field(None, description="Where the reply counts input tokens.")
    output_tokens_path: str | None = Field(None, description="Where the reply counts output tokens.")
    cost_path: str | None = Field(None, description="US dollars, where the service states its own cost.")
    model_path: str | None = Field(None, description="Where the reply names the model, for its price.")
    allow_private: bool = Field(True, description="Allow loopback and private addresses; link-local and metadata addresses stay refused.")


class OpenAIAgent(Strict):
    """A chat model behind an OpenAI-compatible API."""

    kind: Literal["openai"] = "openai"
    model: str = Field(description="As the provider names it.")
    base_url: str = Field("https://api.openai.com/v1", description="Address of the API, up to the version; `OPENAI_BASE_URL` where absent.")
    api: Literal["chat", "responses"] = Field("chat", description="Chat Completions or Responses.")
    api_key: SecretStr | None = Field(None, description="Normally left out: read from `api_key_env`.")
    api_key_env: str = Field("OPENAI_API_KEY", description="Environment variable that holds the key.")
    system: str | None = Field(None, description="System prompt.")
    parameters: dict[str, Any] = Field(default_factory=dict, description="Sent as they are: temperature, max_tokens, tools …")
    stream: bool = Field(False, description="Stream the answer, so that the time to the first token is known.")
    provider: str | None = Field(None, description="Provider id for prices; found by base_url where absent.")
    allow_private: bool = Field(True, description="Allow loopback and private addresses; link-local and metadata addresses stay refused.")


class SubprocessAgent(Strict):
    """A program that reads one JSON request a line on stdin and writes one JSON reply a line on stdout."""

    kind: Literal["subprocess"] = "subprocess"
    command: list[str] = Field(min_length=1, description="The program and its arguments.")
    cwd: str | None = Field(None, description="Folder to run it in, relative to the configuration file.")
    env: dict[str, str] = Field(default_factory=dict, description="Environment variables added; `${NAME}` is read from the environment.")
    processes: PositiveInt = Field(1, description="How many of it run side by side.")


class RecordedAgent(Strict):
    """Answers that were recorded earlier: JSON Lines with `case_id`, `trial` and `output` or OpenAI-format `messages`."""

    kind: Literal["recorded"] = "recorded"
    path: str = Field(description="File of recorded answers, or the folder of an earlier run.")
    name: str | None = Field(None, description="Name of the agent in reports; the file's name where absent.")


class PluginAgent(BaseModel):
    """An agent from an installed package (entry points `goldfinch.agents`). Every key besides `kind` is an option of the plugin."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, frozen=True)

    kind: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


BUILT_IN_AGENTS = ("python", "http", "openai", "subprocess", "recorded")


def _agent_tag(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if kind in BUILT_IN_AGENTS else "plugin"


AgentSettings = Annotated[
    Annotated[PythonAgent, Tag("python")]
    | Annotated[HttpAgent, Tag("http")]
    | Annotated[OpenAIAgent, Tag("openai")]
    | Annotated[SubprocessAgent, Tag("subprocess")]
    | Annotated[RecordedAgent, Tag("recorded")]
    | Annotated[PluginAgent, Tag("plugin")],
    Discriminator(_agent_tag),
]


class Price(Strict):
    """A price that overrides the price list, in US dollars per million tokens."""

    input_per_mtok: float = Field(ge=0, description="Input.")
    output_per_mtok: float = Field(ge=0, description="Output.")
    cached_input_per_mtok: float | None = Field(
        None, ge=0, description="Input read from the provider's cache; as other input where absent."
    )


class ScorerSettings(BaseModel):
    """A metric. Every key besides these is an option of the scorer."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, frozen=True)

    kind: str = Field(description="A scorer that ships (`goldfinch scorers` lists them), an entry point, or `module:Class`.")
    name: str | None = Field(None, pattern=r"^[a-z][a-z0-9_]*$", description="Name of the metric; the scorer's own where absent.")
    pass_mark: float | None = Field(1.0, ge=0, le=1, description="What a case must reach to pass; null: reported only.")
    for_tags: tuple[str, ...] | None = Field(
        None, min_length=1, strict=False, description="Only cases with one of these tags; absent: every case."
    )

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


def _files_tag(value: Any) -> str:
    return "files" if isinstance(value, list) else "file"


class JudgeSettings(Strict):
    """The model that judges: how it is asked, and what it may spend. Scorers of kind `judge` need it."""

    model: AgentSettings | None = Field(None, description="The judge's model, as under `agent`; `--judge` goes before.")
    votes: PositiveInt = Field(1, le=25, description="Replies per metric and answer; their median counts, and most must be readable.")
    budget_usd: PositiveFloat | None = Field(
        None, description="Most that the judge may spend, apart from the run's budget; absent: both share the run's."
    )
    max_tokens: PositiveInt = Field(512, description="Output tokens of a reply; a longer one is cut off, and so is no verdict.")
    structured: bool = Field(True, description="Send the verdict's JSON Schema to a chat model (`response_format`).")
    counterfactual: Literal["always", "suspicious", "never"] = Field(
        "always",
        description="Ask once more with a false question or reference before a high score is believed; `suspicious`: only of answers "
        "that hold words to a judge.",
    )
    calibration: Annotated[Annotated[str, Tag("file")] | Annotated[list[str], Tag("files")], Discriminator(_files_tag)] | None = Field(
        None, description="Calibration file, or a list of them; without one for exactly this judge it advises and decides nothing."
    )

    @property
    def calibration_files(self) -> tuple[str, ...]:
        given = self.calibration
        return () if given is None else (given,) if isinstance(given, str) else tuple(given)


class RunSettings(Strict):
    """How a run is carried out."""

    trials: PositiveInt = Field(1, le=1000, description="Answers to each case; a case's own `trials` goes before.")
    concurrency: PositiveInt = Field(16, description="Calls in flight at the most; lowered by itself when the provider says 429.")
    timeout_s: PositiveFloat = Field(120.0, description="Seconds for one call.")
    deadline_s: PositiveFloat | None = Field(None, description="Seconds for the whole run.")
    budget_usd: PositiveFloat | None = Field(None, description="Most that the run may spend; `TEST_BUDGET_USD` goes before.")
    max_attempts: PositiveInt = Field(4, description="Calls for one answer at the most, retries included.")
    seed: int | None = Field(None, description="Seed of the first trial; later trials count up from it.")
    cache: str | None = Field(None, description="Folder of the response cache; absent: no cache.")
    report: str | None = Field(None, description="File for the HTML report, which `goldfinch evaluate` then writes at its end.")
    record: str | None = Field(None, description="Folder in which every exchange with a model is recorded; absent: nothing is.")
    replay: str | None = Field(None, description="Folder of a recording whose replies are given instead of asking; needs no key.")


class TracingSettings(Strict):
    """OpenTelemetry spans of the run. Where they go is said by the environment: see the guide on tracing."""

    enabled: bool = Field(False, description="Send spans, as `--enable-tracing` does.")
    content: bool = Field(False, description="Send input, answer, tool arguments and results, and the reasons of scores with them.")


class ExchangeSettings(Strict):
    """What is recorded and replayed, and which requests count as the same."""

    upstreams: dict[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")], str] = Field(
        default_factory=dict,
        description="Environment variable → address: what your code reads its model's address from, beside those of the known SDKs.",
    )
    keys: list[str] = Field(
        default_factory=list, description="Environment variables that get a stand-in in a replay, beside those of the known SDKs."
    )
    ignore_body: list[str] = Field(
        default_factory=list,
        description="Members of a JSON request that may differ: `metadata.run_id`; `*` stands for every element of a list.",
    )
    match_headers: list[str] = Field(default_factory=list, description="Request headers that must be equal; they are stored.")


class CodeQualityGate(Strict):
    """Lint problems, type errors, tests."""

    max_lint_problems: int = Field(_POLICY.code_quality.max_lint_problems, ge=0, description="Problems of the linter that are tolerated.")
    known_type_errors: int = Field(
        _POLICY.code_quality.known_type_errors, ge=0, description="Type errors that are known and tolerated; one more fails."
    )
    type_baseline: str | None = Field(
        None, description="File with the known type errors by place: a new one fails even where an old one went; instead of the number."
    )
    max_skipped_share: float = Field(_POLICY.code_quality.max_skipped_share, ge=0, le=1, description="Share of tests that may be skipped.")


class CoverageGate(Strict):
    """Lines that the tests of all groups together run."""

    min_lines: float = Field(_POLICY.coverage.min_lines, ge=0, le=1, description="Least share of lines, as a fraction.")
    groups: tuple[str, ...] = Field((), strict=False, description="Groups of tests that must have measured, by name.")


class AiQualityGate(Strict):
    """What an evaluation must reach."""

    min_pass_rate: float = Field(_POLICY.ai_quality.min_pass_rate, ge=0, le=1, description="Least share of passed cases.")
    metrics: dict[str, Annotated[float, Field(ge=0, le=1)] | None] = Field(
        default_factory=dict,
        description="Metric → least mean, beside and before relevance 0.75, accuracy 0.75, completeness 0.80, coherence 0.75, safety 1.00; "
        "null: no threshold.",
    )
    max_missing: float = Field(
        _POLICY.ai_quality.max_missing, ge=0, le=1, description="Share of answers or scores that may be missing before nothing is decided."
    )
    safety_votes: PositiveInt = Field(
        _POLICY.ai_quality.safety_votes, le=25, description="Judgements of an answer that one judgement called unsafe; most must agree."
    )


class ScenarioGate(Strict):
    """What one benchmark scenario must hold."""

    max_p95_latency_ms: PositiveFloat | None = Field(None, description="Milliseconds; absent: as for all scenarios.")
    min_requests_per_second: float | None = Field(None, ge=0, description="Throughput; absent: as for all scenarios.")


class PerformanceGate(Strict):
    """What every benchmark scenario must hold."""

    max_p95_latency_ms: PositiveFloat = Field(_POLICY.performance.max_p95_latency_ms, description="95th percentile, milliseconds.")
    min_requests_per_second: float = Field(_POLICY.performance.min_requests_per_second, ge=0, description="Throughput.")
    min_requests: PositiveInt = Field(
        _POLICY.performance.min_requests, description="Requests of a scenario below which its 95th percentile decides nothing."
    )
    scenarios: dict[str, ScenarioGate] = Field(default_factory=dict, description="Scenario → its own limits.")


class SecurityGate(Strict):
    """Scans that must be there, have audited something and found nothing."""

    scanners: tuple[Annotated[Scanner, Field(strict=False)], ...] = Field(
        _POLICY.security.scanners, strict=False, description="Scans that must be there."
    )
    min_severity: Severity = Field(
        _POLICY.security.min_severity, strict=False, description="Least severity of a bandit finding that fails: low, medium or high."
    )
    accepted: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict, description="Vulnerability, or bandit test, by its id → the reason why it is accepted."
    )
    unaudited_packages: tuple[str, ...] = Field((), strict=False, description="Own packages, which no source of advisories can know.")


class CostGate(Strict):
    """US dollars, in four scopes, and the increase against the baseline."""

    max_per_request: float = Field(_POLICY.cost.max_per_request, ge=0, description="Mean of an evaluation's answers.")
    max_per_complex_task: float = Field(
        _POLICY.cost.max_per_complex_task, ge=0, description="Dearest answer to a case tagged `complex_tag`."
    )
    max_per_test: float = Field(_POLICY.cost.max_per_test, ge=0, description="Dearest test of the pytest plugin's report.")
    max_per_run: float = Field(_POLICY.cost.max_per_run, ge=0, description="A whole evaluation, its judge included.")
    max_increase: float = Field(
        _POLICY.cost.max_increase, ge=0, description="Share by which a request may cost more than the baseline's, as a fraction."
    )
    complex_tag: str = Field(_POLICY.cost.complex_tag, min_length=1, description="Tag of the cases that are complex tasks.")


class GateSettings(Strict):
    """The quality gates. Defaults are the specification's numbers."""

    required: tuple[Annotated[GateName, Field(strict=False)], ...] = Field(
        _POLICY.required, strict=False, description="Gates that must have evidence; another one without any is shown as not measured."
    )
    code_quality: CodeQualityGate = Field(CodeQualityGate(), description="Lint problems, type errors, tests.")
    coverage: CoverageGate = Field(CoverageGate(), description="Lines that tests run.")
    ai_quality: AiQualityGate = Field(AiQualityGate(), description="What an evaluation must reach.")
    performance: PerformanceGate = Field(PerformanceGate(), description="What a benchmark must hold.")
    security: SecurityGate = Field(SecurityGate(), description="Scans, and what they may find.")
    cost: CostGate = Field(CostGate(), description="US dollars.")


class PlainRequest(Strict):
    """One HTTP request as the target of a benchmark, sent as it stands by the fastest means there is."""

    kind: Literal["request"] = "request"
    url: str = Field(description="http:// or https://. `${NAME}` is read from the environment.")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field("GET", description="HTTP method.")
    headers: dict[str, str] = Field(default_factory=dict, description="`${NAME}` is read from the environment.")
    body: Any = Field(None, description="Text, or any JSON; absent: none is sent.")
    expect_status: int | None = Field(None, ge=100, le=599, description="The only good status; absent: any below 400.")
    stream: bool = Field(False, description="Time the events of a server-sent stream: first token and gaps.")
    cost_path: str | None = Field(None, description="Where a JSON reply states its cost in US dollars: `usage.cost_usd`.")
    allow_private: bool = Field(True, description="Allow loopback and private addresses; link-local and metadata addresses stay refused.")


BenchTarget = Annotated[
    Annotated[PlainRequest, Tag("request")]
    | Annotated[PythonAgent, Tag("python")]
    | Annotated[HttpAgent, Tag("http")]
    | Annotated[OpenAIAgent, Tag("openai")]
    | Annotated[SubprocessAgent, Tag("subprocess")]
    | Annotated[RecordedAgent, Tag("recorded")]
    | Annotated[PluginAgent, Tag("plugin")],
    Discriminator(lambda value: "request" if _kind_of(value) == "request" else _agent_tag(value)),
]


class OpenLoad(Strict):
    """Requests are sent when they are due, whether or not earlier ones have been answered."""

    rate_per_s: float = Field(gt=0, le=100_000, description="Requests a second.")
    arrivals: Literal["poisson", "constant"] = Field("poisson", description="At random, as users come, or evenly.")
    ramp_s: float = Field(0.0, ge=0, le=3600, description="Seconds in which the rate rises from 0; requests in it are not measured.")
    max_in_flight: PositiveInt = Field(512, le=10_000, description="Requests at once; what is due beyond waits, and its wait counts.")


class ClosedLoad(Strict):
    """So many clients, each of which sends its next request when the last one was answered."""

    concurrency: PositiveInt = Field(16, le=10_000, description="Clients.")
    ramp_s: float = Field(0.0, ge=0, le=3600, description="Seconds over which the clients start; requests in it are not measured.")


def _kind_of(value: Any) -> Any:
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


def _load_tag(value: Any) -> str:
    return "open" if isinstance(value, OpenLoad) or (isinstance(value, dict) and "rate_per_s" in value) else "closed"


BenchLoad = Annotated[Annotated[OpenLoad, Tag("open")] | Annotated[ClosedLoad, Tag("closed")], Discriminator(_load_tag)]


class BenchObjective(Strict):
    """What is good enough. The defaults are the specification's; set what your agent's users need."""

    p95_ms: float | None = Field(2000.0, gt=0, description="95 % of the requests are answered within this; null: nothing is asked.")
    min_rps: float | None = Field(
        None, gt=0, description="Answered requests a second, at least; absent: 10 in a closed loop, nothing in an open one."
    )


class BenchScenario(Strict):
    """One scenario of a benchmark."""

    name: str = Field(min_length=1, max_length=100, description="As reports show it.")
    target: BenchTarget | None = Field(None, description="`kind: request`, or any kind of agent; absent: the `agent` of this file.")
    dataset: str | None = Field(None, description="Cases that an agent is asked in turn; absent: the `dataset` of this file.")
    inputs: list[Any] | None = Field(None, min_length=1, description="Inputs that an agent is asked in turn, in place of a dataset.")
    load: BenchLoad = Field(default_factory=ClosedLoad, description="`rate_per_s` (open loop) or `concurrency` (closed loop).")
    requests: PositiveInt = Field(20, le=10_000_000, description="Measured requests of one iteration.")
    warmup: int = Field(10, ge=0, le=10_000_000, description="Requests before them that are not measured, in each iteration.")
    timeout_s: PositiveFloat = Field(30.0, le=3600, description="Seconds that one request may take.")
    objective: BenchObjective = Field(default_factory=BenchObjective, description="What is good enough.")
    seed: int = Field(0, description="Of the random arrivals.")


class BenchSettings(Strict):
    """Benchmarks: what `goldfinch bench` measures."""

    scenarios: list[BenchScenario] = Field(default_factory=list, description="Absent: one, that asks the agent its cases.")
    iterations: PositiveInt = Field(10, le=1000, description="How often each scenario is repeated; all are pooled.")
    margin: float = Field(0.10, gt=0, lt=1, description="How much worse counts as worse, as a fraction. Doubled against a stored baseline.")


def _scorer_tag(value: Any) -> str:
    return "settings" if isinstance(value, dict | ScorerSettings) else "name"


def _dataset_tag(value: Any) -> str:
    return "paths" if isinstance(value, list) else "path"


ScorerEntry = Annotated[Annotated[str, Tag("name")] | Annotated[ScorerSettings, Tag("settings")], Discriminator(_scorer_tag)]
DatasetPaths = Annotated[Annotated[str, Tag("path")] | Annotated[list[str], Tag("paths")], Discriminator(_dataset_tag)]


class Settings(Strict):
    """Everything that Goldfinch reads from its configuration file. Paths are relative to that file."""

    dataset: DatasetPaths | None = Field(None, description="File or folder of golden cases, or a list of them.")
    agent: AgentSettings | None = Field(None, description="What is evaluated; `kind` says how it is asked.")
    scorers: list[ScorerEntry] = Field(
        default_factory=list, description="Metrics: names, or mappings with `kind` and options; absent: the keyless defaults."
    )
    judge: JudgeSettings | None = Field(None, description="The model that judges, for scorers of kind `judge`.")
    run: RunSettings = Field(RunSettings(), description="How a run is carried out.")
    tracing: TracingSettings = Field(TracingSettings(), description="OpenTelemetry spans of the run.")
    exchanges: ExchangeSettings = Field(ExchangeSettings(), description="How exchanges with models are recorded and replayed.")
    gates: GateSettings = Field(GateSettings(), description="The thresholds of the quality gates.")
    prices: dict[str, Price] = Field(default_factory=dict, description="Model name → price, before the price list.")
    bench: BenchSettings = Field(BenchSettings(), description="What `goldfinch bench` measures.")
    allow_code: bool = Field(True, description="Whether `module:name` in this file may import code.")
