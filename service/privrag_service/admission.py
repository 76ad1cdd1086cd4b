"""How many answers may be in the making at one time. One more is told to come back, not queued."""

from collections.abc import Callable

from privrag_service.problems import unavailable


class Admission:
    """Counts answers in the making; one event loop, so no lock."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.running = 0

    def enter(self) -> Callable[[], None]:
        """Take a place; the result gives it back, once. Raises a 503 when there is none."""
        if self.running >= self._limit:
            raise unavailable("The service is busy; try again in a moment.")
        self.running += 1
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self.running -= 1

        return leave
