"""What a release is made of: `release:`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from goldfinch.settings.strict import Strict


class CodeSource(Strict):
    """The agent's own code: files that git tracks."""

    paths: list[str] = Field(default_factory=lambda: ["."], min_length=1, description="Files and folders, relative to this file.")
    exclude: list[str] = Field(default_factory=list, description="Patterns of files to leave out: `tests/**`, `*.md`.")


class ModelSource(Strict):
    """The model, as its provider names it, and what it is called with."""

    id: str = Field(min_length=1, description="As the provider names it; a dated snapshot where there is one.")
    parameters: dict[str, Any] = Field(default_factory=dict, description="temperature, max_tokens … No secrets: they are refused.")


class ToolSource(Strict):
    """The agent's tools: the files that implement them, or the document that describes them to the model."""

    files: list[str] = Field(default_factory=list, description="Patterns of files.")
    document: str | None = Field(
        None, description="JSON file that describes the tools; how it is laid out does not count, what it says does."
    )


class IndexSource(Strict):
    """The index that the agent retrieves from."""

    name: str = Field(min_length=1, description="Name of the index.")
    digest: str | None = Field(None, description="`sha256:…` of its content.")
    alias: str | None = Field(
        None, min_length=1, description="The alias that queries use; alone it is a pointer that can move, and is marked."
    )


class ReleaseSettings(Strict):
    """What a release is made of. Judge and policy join by themselves, from `judge:` and `gates:`."""

    code: CodeSource | None = Field(None, description="Code, by the files that git tracks.")
    image: str | None = Field(None, description="Container image by digest: `NAME@sha256:…`; `--image` goes before.")
    prompts: list[str] = Field(default_factory=list, description="Patterns of prompt files: `prompts/**/*.md`. Their texts are stored.")
    model: ModelSource | None = Field(
        None, description="Model and parameters; those of `agent:` where that is a chat model and this is absent."
    )
    tools: ToolSource | None = Field(None, description="Tools, by files or by their document.")
    index: IndexSource | None = Field(None, description="Retrieval index.")
    memory_schema: str | None = Field(None, min_length=1, description="Version of what the agent stores of its users.")
