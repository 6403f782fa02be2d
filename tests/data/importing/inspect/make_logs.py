"""Makes the Inspect logs beside this file with the real Inspect; see ../README.md."""

from collections import Counter

from inspect_ai import Task
from inspect_ai import eval as run
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import choice, includes, match
from inspect_ai.solver import generate, multiple_choice, use_tools
from inspect_ai.tool import tool


@tool
def order_status():
    async def execute(order_id: str) -> str:
        """Look up an order.

        Args:
            order_id: The number of the order.
        """
        return f"Order {order_id} was shipped on Monday."

    return execute


def says(text: str) -> ModelOutput:
    return counted(ModelOutput.from_content("mockllm/model", text))


def calls(order: str) -> ModelOutput:
    return counted(ModelOutput.for_tool_call("mockllm/model", "order_status", {"order_id": order}))


def counted(output: ModelOutput) -> ModelOutput:
    output.usage = ModelUsage(input_tokens=20, output_tokens=5, total_tokens=25)
    return output


def answer(messages: list, tools: object, choice: object, config: object) -> ModelOutput:
    """What the mock model says: the second answer to a question is another one, so that epochs differ."""
    asked = messages[-1].text if messages[-1].role == "user" else messages[-1].role
    ASKED[asked] += 1
    again = ASKED[asked] > 1
    if "bicycle?" in asked and "return" in asked:
        return says("Returns are possible within 30 days." if again else "You have 14 days to return a bicycle.")
    if "1042" in asked:
        return calls("1042")
    if asked == "tool":
        return says("It is on its way." if again else "Your order was shipped on Monday.")
    if "slows" in asked:
        return says("ANSWER: B")
    if "tyre" in asked:
        return says("ANSWER: A")
    return says("No." if again else "x" * 150 + " Yes, 14 days.")


ASKED: Counter[str] = Counter()

SAMPLES = {
    "refund": Sample(id="refund", input="How long can I return a bicycle?", target=["14 days", "two weeks"], metadata={"topic": "returns"}),
    "order": Sample(
        id="order/1042",
        input=[ChatMessageSystem(content="You are the shop's assistant."), ChatMessageUser(content="Where is order 1042?")],
        target="shipped",
    ),
    "long": Sample(id=3, input="Does this hold for helmets too? " + "Please be thorough. " * 8, target="Yes"),
}


def support() -> Task:
    return Task(
        name="support",
        dataset=list(SAMPLES.values()),
        solver=[use_tools(order_status()), generate()],
        scorer=[includes(), match()],
        epochs=2,
    )


def quiz() -> Task:
    samples = [
        Sample(input="Which part slows a bicycle?", choices=["The bell", "The brake", "The saddle"], target="B", id="part"),
        Sample(input="Which tyre is wider?", choices=["23 mm", "40 mm"], target="B"),
    ]
    return Task(name="quiz", dataset=samples, solver=multiple_choice(), scorer=choice())


if __name__ == "__main__":
    for task, log_format in ((support(), "eval"), (support(), "json"), (quiz(), "json")):
        ASKED.clear()
        model = get_model("mockllm/model", custom_outputs=answer, memoize=False)
        options = {"max_samples": 1, "log_model_api": False, "display": "none"}
        run(task, model=model, log_dir=f"made/{task.name}-{log_format}", log_format=log_format, **options)
