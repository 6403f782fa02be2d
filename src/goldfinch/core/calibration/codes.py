"""The error codes of judge calibration, each with its meaning and its remedy."""

from __future__ import annotations

BAD_LABEL = "E1941"
DUPLICATE_LABEL = "E1942"
MIXED_LABELS = "E1943"
NO_LABELS = "E1944"
BAD_JUDGEMENT = "E1945"
DUPLICATE_JUDGEMENT = "E1946"
WHICH_JUDGE = "E1947"
NOTHING_JUDGED = "E1948"
UNREADABLE_CALIBRATION = "E1949"
NEWER_CALIBRATION = "E1950"
CHANGED_CALIBRATION = "E1951"
CANNOT_WRITE = "E1952"
OTHER_JUDGE = "E1953"
BAD_OPTION = "E1954"
TOO_MANY = "E1955"
NO_EVIDENCE = "E1956"
INTERRUPTED = "E1957"

EXPLANATIONS = {
    "E1940": ("A file of labels or of judgements cannot be used as it is.", "Correct the named lines; all problems are listed at once."),
    BAD_LABEL: (
        "A line of the labels file is no label.",
        "Give it `id`, `input`, and `answer` with `label` or two answers with `preferred`; docs/guides/judge-calibration.md has the keys.",
    ),
    DUPLICATE_LABEL: ("Two labels have the same id.", "Give each item its own id; several people's labels of one item make one label."),
    MIXED_LABELS: (
        "The labels file mixes kinds of labels: yes or no, grades, preferences.",
        "Put each kind into a file of its own, and calibrate the judge on each.",
    ),
    NO_LABELS: ("The labels file, or the half of it that was asked for, holds no label.", "Check the path, or use --half all."),
    BAD_JUDGEMENT: (
        "A line of the judgements file is no judgement, or does not fit the label of the same id.",
        "A judgement has `id`, `judge` and `verdict`: true or false, a number, or a, b, tie for a pair; null where the judge failed.",
    ),
    DUPLICATE_JUDGEMENT: (
        "The same judge judged an item twice in the same order under the same `repeat`.",
        "Number repeated judgements: `repeat` 0, 1, 2.",
    ),
    WHICH_JUDGE: (
        "The judgements are of several judges, or of several versions of one, or of another one than --judge names.",
        "Name one of those listed by --judge; keep the judgements of one version in a file.",
    ),
    NOTHING_JUDGED: ("No labelled item has a judgement.", "Check that labels and judgements use the same ids."),
    UNREADABLE_CALIBRATION: (
        "A calibration file cannot be read, or is none.",
        "Name a file that `goldfinch judge calibrate --to` wrote; make it again where it is damaged.",
    ),
    NEWER_CALIBRATION: ("The calibration was written by a newer Goldfinch.", "Upgrade goldfinch-ci."),
    CHANGED_CALIBRATION: (
        "The figures of a calibration file do not bear out its verdict: one of them was changed afterwards.",
        "Make the file again with `goldfinch judge calibrate`.",
    ),
    CANNOT_WRITE: ("The calibration or its report cannot be written.", "Name another file, or correct the permissions."),
    OTHER_JUDGE: (
        "A calibration does not fit the run: it is of another metric, of another version of the judge, or of pairs.",
        "Calibrate the judge that scored the run. A new judge version makes an old calibration worthless.",
    ),
    BAD_OPTION: ("An option of `judge calibrate` has a wrong value, or two of them exclude each other.", "Correct the named option."),
    NO_EVIDENCE: (
        "The metric is judged against a reference or a context, and some labels have neither.",
        "Give these labels a `reference` (what a good answer is) or a `context` (what it must rest on).",
    ),
    INTERRUPTED: (
        "`goldfinch judge calibrate` was stopped while the judge was asked. No calibration was written.",
        "Give the same command again: the replies that came are kept and not paid for again.",
    ),
    TOO_MANY: ("A file of labels or judgements has more lines than are read.", "Calibrate on a sample: a few hundred labels are enough."),
}
