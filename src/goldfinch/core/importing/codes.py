"""The error codes of importing, with what each means and what to do (`goldfinch explain`)."""

from __future__ import annotations

from typing import Final

UNKNOWN_FORMAT: Final = "E2070"
SEVERAL_FORMATS: Final = "E2071"
NOT_OF_FORMAT: Final = "E2072"
BAD_ARCHIVE: Final = "E2073"
NO_CASES: Final = "E2074"
INVALID_CASES: Final = "E2075"
IDS_TAKEN: Final = "E2076"
NO_ANSWERS: Final = "E2077"
SEVERAL_MODELS: Final = "E2078"
TOO_MUCH: Final = "E2079"
NO_ZSTD: Final = "E2080"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    UNKNOWN_FORMAT: ("The file to import is of no tool that is known by its content.", "Name the tool with `--from`."),
    SEVERAL_FORMATS: ("The files to import could be of more than one tool, or are of several.", "Name the tool with `--from`."),
    NOT_OF_FORMAT: ("The file does not have the shape that its tool writes.", "Check the file, and what `--from` says."),
    BAD_ARCHIVE: (
        "An Inspect log (.eval) is no valid archive, is damaged, or unpacks to more than it may: a sign of an archive made to do harm.",
        "Get the file anew from where it was made; `inspect log convert --to json` writes it as JSON.",
    ),
    NO_CASES: ("There is nothing to import: no test, sample or item that can become a case.", "Read the notes; name another file."),
    INVALID_CASES: (
        "What was read cannot become golden cases: a value is too large, too deep, or no JSON.",
        "Correct the named place in the file of the other tool.",
    ),
    IDS_TAKEN: (
        "The folder to write to holds other cases with the same ids already.",
        "Name another `--to`, or remove the older file.",
    ),
    NO_ANSWERS: (
        "`--answers` was given, but the files hold no recorded answers.",
        "Only Inspect logs and promptfoo's results (`promptfoo eval -o results.json`) hold answers.",
    ),
    SEVERAL_MODELS: ("The files hold answers of several models.", "Say whose answers are meant with `--model`."),
    TOO_MUCH: (
        "The files to import are larger, or hold more, than is read at once.",
        "Split the file. Of Inspect's two formats, .eval may be larger than JSON.",
    ),
    NO_ZSTD: (
        "An Inspect log is compressed with Zstandard, which this Python cannot read by itself.",
        "`pip install 'goldfinch-ci[inspect]'`, or `inspect log convert --to json`.",
    ),
}
