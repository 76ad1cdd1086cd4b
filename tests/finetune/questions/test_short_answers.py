"""A base model answers its own question twice; only what it says both times is kept."""

import asyncio

from privrag.generate import CompleteOptions
from privrag.records import Draft, SafeText, Usage
from privrag_finetune.questions.checks import first_fault
from privrag_finetune.questions.prompt import Pair
from privrag_finetune.questions.recipe import Limits
from privrag_finetune.questions.sample import plan
from privrag_finetune.questions.write import CompleteWriter
from tests.finetune.questions.made import HALL, RECIPE, chunk, pair
from tests.finetune.questions.test_split import aim

(TASK,) = plan([chunk(HALL)], aim())
SHORT = RECIPE.model_copy(
    update={"wording": RECIPE.wording.model_copy(update={"complete_answer": "short"})}
)


class Says:
    """Completes every prompt of a call alike, call by call."""

    def __init__(self, *said: str) -> None:
        self._said = list(said)
        self.prompts: list[str] = []

    async def complete(self, prompts, options: CompleteOptions) -> list[Draft]:
        del options
        self.prompts += prompts
        said = SafeText(self._said.pop(0))
        return [Draft(said, "stop", Usage()) for _ in prompts]


def written(*said: str) -> tuple[list[Pair | None], Says]:
    model = Says(*said)
    return asyncio.run(CompleteWriter(model, SHORT, seed=1).write([TASK])), model


def test_the_same_answer_twice_is_kept():
    (made,), model = written(" opens?", " At 6:30.", " at 6:30")
    assert made is not None
    assert made.answer == "At 6:30"
    first, second = model.prompts[1:]
    assert first != second
    assert sorted(first.split("\n\n")) == sorted(second.split("\n\n"))
    assert first.endswith(f"Question: {made.question}\nAnswer:")


def test_two_answers_are_no_answer():
    (made,), _ = written(" opens?", " at 6:30", " at seven")
    assert made is not None
    assert made.answer == ""
    assert first_fault(made, TASK.chunk, Limits()) == "answer_unsure"


def test_what_is_no_question_is_not_asked_again():
    (made,), model = written(" no question at all")
    assert made is None
    assert len(model.prompts) == 1


def test_an_answer_in_other_words_is_dropped_where_the_recipe_says_so():
    asked = "When does the swimming hall open on weekdays?"
    verbatim = Limits(verbatim_answer=True)
    assert first_fault(pair(asked, "6:30 on weekdays"), TASK.chunk, verbatim) is None
    assert first_fault(pair(asked, "weekdays 6:30"), TASK.chunk, verbatim) == "answer_not_verbatim"
    assert first_fault(pair(asked, "weekdays 6:30"), TASK.chunk, Limits()) is None
