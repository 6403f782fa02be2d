"""What every notifier must do, as tests to inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod

from goldfinch.core.rollout.commands import Notify, Urgency
from goldfinch.ports.notifier import Notifier


class NotifierContract(ABC):
    """Inherit, implement the two methods, and let pytest collect the class."""

    @abstractmethod
    def open_notifier(self) -> Notifier:
        """One that can reach people."""

    @abstractmethod
    def heard(self) -> list[str]:
        """What people have been told, in words."""

    async def test_tells_what_it_is_given_with_the_rollout_and_the_urgency(self) -> None:
        notifier = self.open_notifier()
        await notifier.tell("ro_1", Notify(Urgency.TELL, "rollout succeeded"))
        await notifier.tell("ro_1", Notify(Urgency.PAGE, "rolling back: größe \x1b[31m"))
        told = self.heard()
        assert len(told) == 2
        assert "ro_1" in told[0]
        assert "rollout succeeded" in told[0]
        assert "page" in told[1].lower()
