"""How each kind of agent is described: `agent:`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PositiveInt, SecretStr, Tag

from goldfinch.settings.strict import Strict


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


def agent_tag(value: Any) -> str:
    """Which model reads an agent: its own kind, or that of a plugin."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if kind in BUILT_IN_AGENTS else "plugin"


AgentSettings = Annotated[
    Annotated[PythonAgent, Tag("python")]
    | Annotated[HttpAgent, Tag("http")]
    | Annotated[OpenAIAgent, Tag("openai")]
    | Annotated[SubprocessAgent, Tag("subprocess")]
    | Annotated[RecordedAgent, Tag("recorded")]
    | Annotated[PluginAgent, Tag("plugin")],
    Discriminator(agent_tag),
]
