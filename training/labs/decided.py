"""What a marker reads of live work, as questions: the reasons of decisions, and what was done where no account tells.

Trainees are not asked them, and they are worth no points of their own: what is given for them counts within conduct. In
marking they stand beside the questions of the lab, so that they come into the same rounds, with the same rubrics and
appeals.
"""

from collections.abc import Mapping, Sequence

from training.grading.conduct import ACCOUNT
from training.grading.question import Question
from training.grading.rubric import Criterion
from training.labs.labfile import LabFile
from training.sentence import phrase

OF_ACCOUNT = "account"
_OF_FORK = "decision_"
_ACCOUNT = phrase("The machine's own account is missing. What was changed at the machine, as the record has it?")
_CARE = Criterion(
    id="care",
    text="How little was changed at the machine?",
    levels=("much, without need", "something, without need", "no more than the work needed"),
)


def reserved(name: str) -> bool:
    """Whether no question of a live lab may have this name."""
    return name == OF_ACCOUNT or name.startswith(_OF_FORK)


def questions(file: LabFile) -> tuple[Question, ...]:
    """What a marker may have to read of the live work of a lab, in the author's order; nothing of any other lab."""
    if file.live is None:
        return ()
    asked = [
        Question(id=f"{_OF_FORK}{number}", type="written", text=fork.ask, points=(1.0,), rubric=fork.rubric)
        for number, fork in enumerate(file.live.forks, 1)
        if fork.rubric
    ]
    account = Question(id=OF_ACCOUNT, type="written", text=_ACCOUNT, points=(1.0,), rubric=(_CARE,))
    return (*asked, account.model_copy(update={"text": _ACCOUNT}))  # as a sentence, said in the reader's language


def named(forks: Sequence[str]) -> Mapping[str, str]:
    """The mark of conduct that each of these questions makes, by the ids of all forks in the author's order."""
    return {**{f"{_OF_FORK}{number}": fork for number, fork in enumerate(forks, 1)}, OF_ACCOUNT: ACCOUNT}
