"""The error codes of golden datasets, with what each means and what to do (`goldfinch explain`)."""

from __future__ import annotations

from typing import Final

MISSING_PATH: Final = "E1201"
UNREADABLE: Final = "E1202"
OUTSIDE: Final = "E1203"
EMPTY: Final = "E1204"
BAD_UTF8: Final = "E1205"
SYNTAX: Final = "E1206"
LIMIT: Final = "E1207"
DUPLICATE_KEY: Final = "E1208"
UNKNOWN_KEY: Final = "E1209"
MISSING_KEY: Final = "E1210"
WRONG_TYPE: Final = "E1211"
OUT_OF_RANGE: Final = "E1212"
BAD_ID: Final = "E1213"
DUPLICATE_ID: Final = "E1214"
BAD_MANIFEST: Final = "E1215"
MANY: Final = "E1216"
CHANGED: Final = "E1217"
DUPLICATE_TAG: Final = "E1218"
NO_SUCH_CASE: Final = "E1220"
BAD_SPLIT: Final = "E1221"
TARGET_EXISTS: Final = "E1222"
BAD_TARGET: Final = "E1223"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    MISSING_PATH: ("A dataset path, or a file that dataset.yaml lists, does not exist.", "Correct the path; patterns must match a file."),
    UNREADABLE: ("A file cannot be opened or is of no known format.", "Use .jsonl, .yaml, .yml or .csv and give read permission."),
    OUTSIDE: (
        "A file is a symbolic link, or dataset.yaml names a path outside its folder.",
        "Put the file itself into the folder; links are never followed.",
    ),
    EMPTY: ("A file or the whole dataset holds no case.", "Add a case or leave the file out."),
    BAD_UTF8: ("A file is not UTF-8.", "Save it as UTF-8; the error names the byte."),
    SYNTAX: ("A line is not valid JSON, YAML or CSV.", "Correct the named line."),
    LIMIT: ("A file is larger, deeper or holds more values than a dataset may.", "Split the case or the file; use JSON Lines for bulk."),
    DUPLICATE_KEY: ("The same key stands twice in one object.", "Remove one; readers disagree about which would count."),
    UNKNOWN_KEY: ("A key has no meaning here.", "Correct the spelling, or put it under `metadata`."),
    MISSING_KEY: ("A required key is absent.", "Every case needs `id` and `input`."),
    WRONG_TYPE: ("A value is of another type than its key needs.", "See the table of keys in the dataset guide."),
    OUT_OF_RANGE: ("A number is outside the range of its key, or is NaN or infinite.", "See the table of keys in the dataset guide."),
    BAD_ID: (
        "A case id cannot be used as a name of files and links.",
        "1 to 128 ASCII letters, digits, dot, dash, underscore; first a letter or digit; no Windows device name.",
    ),
    DUPLICATE_ID: ("Two cases have the same id.", "Rename one; results are kept by id."),
    DUPLICATE_TAG: ("A case has the same tag twice.", "Remove one; the case would count twice in the figures of its tag."),
    BAD_MANIFEST: ("dataset.yaml cannot be used.", "Allowed keys: schema_version, name, description, defaults, files."),
    MANY: ("A dataset has more problems than one message shows.", "Correct those shown and check again."),
    CHANGED: (
        "A file was written to while its cases were being asked.",
        "Start again when nobody writes to it; answers are kept.",
    ),
    NO_SUCH_CASE: ("No case has this id.", "List the ids with `goldfinch dataset show`."),
    BAD_SPLIT: ("The parts of a split are not usable.", "Give two or more `--part name=share` with positive shares."),
    TARGET_EXISTS: ("The file to write exists.", "Give `--force` to replace it, or another name."),
    BAD_TARGET: ("The file cannot be written in this format or place.", "Use .jsonl for large datasets; check the folder."),
}
