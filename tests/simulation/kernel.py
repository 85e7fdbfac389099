"""The scheduler: simulated time, and tasks that give way at every call into the world.

A task is a greenlet. It runs until it calls the world; the call takes a while, drawn by the seed, and whoever's call is
over first goes on. So one seed is one interleaving, in one thread, and nothing ever waits for a real clock.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from greenlet import getcurrent, greenlet

from mizan.domain.errors import MizanError
from tests.simulation.fate import Dice, Fate

START = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)
"""A quarter past eleven in the evening of Sunday 1 March 2026 in Bahrain: midnight is near."""

MICRO = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
EXPECTED = (MizanError, BotoCoreError, ClientError, RuntimeError)
"""What a call into the platform may end with: its own errors, AWS's, and a queue that refused."""

STEP_COUNT_MAX = 60_000
"""Steps of one story: one that needs more hangs, and is a failure."""


class Crash(BaseException):  # not an error of the code: its process is gone
    """The process is gone at this very call. No `except Exception` sees it."""


class HangError(AssertionError):
    """The story did not come to rest."""


class Outcome:
    """How a task ended: a value, an error, or a crash."""

    __slots__ = ("error", "is_crash", "value")

    def __init__(self, value: Any = None, error: Exception | None = None, *, is_crash: bool = False) -> None:
        self.value, self.error, self.is_crash = value, error, is_crash

    def __repr__(self) -> str:
        return "crashed" if self.is_crash else repr(self.error or self.value)

    @property
    def is_done(self) -> bool:
        return self.error is None and not self.is_crash


class Task:
    """One process at work. `calls` counts its calls into the world: with its name, that names every moment of it."""

    __slots__ = ("calls", "children", "greenlet", "is_mortal", "name", "then")

    def __init__(
        self, name: str, run: Callable[[], Any], hub: greenlet, then: Callable[[Outcome], None] | None, is_mortal: bool
    ) -> None:
        self.name, self.then, self.is_mortal = name, then, is_mortal
        self.calls = self.children = 0
        self.greenlet = greenlet(run, hub)


class Kernel:
    """`is_calm`: no more faults; calls still take their time. `now_micros`: since START."""

    def __init__(self, fate: Fate, *, is_traced: bool = False) -> None:
        self.fate = fate
        self.now_micros = 0
        self._is_slow = fate.dice("latency").below(4) == 0
        self.is_calm = False
        self.is_traced = is_traced
        self.trace: list[str] = []
        self.broken: list[str] = []
        """Errors that are neither the platform's own nor the world's: mistakes in the code."""
        self.seen: Counter[str] = Counter()
        self.step_count = 0
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._hub = getcurrent()
        self._current: Task | None = None
        self.after_step: Callable[[], None] = lambda: None

    # -- time ---------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return START + timedelta(microseconds=self.now_micros)

    def at(self, instant_micros: int, what: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (instant_micros, next(self._order), what))

    def after(self, wait_micros: int, what: Callable[[], None]) -> None:
        self.at(self.now_micros + wait_micros, what)

    def jump(self, micros: int) -> None:
        """The clock leaps: what was to happen in between happens late."""
        self.now_micros += micros

    def run(self, until_micros: int | None = None) -> None:
        """Let everything happen that is due by then (None: everything there is)."""
        while self._heap and (until_micros is None or self._heap[0][0] <= until_micros):
            due, _, what = heapq.heappop(self._heap)
            self.now_micros = max(self.now_micros, due)
            self.step_count += 1
            if self.step_count > STEP_COUNT_MAX:
                raise HangError("the story does not come to rest")
            what()
            self.after_step()
        if until_micros is not None:
            self.now_micros = max(self.now_micros, until_micros)

    # -- tasks --------------------------------------------------------------------------------------------------------

    def spawn(
        self,
        name: str,
        work: Callable[[], Any],
        *,
        wait_micros: int = 0,
        then: Callable[[Outcome], None] | None = None,
        is_mortal: bool = True,
    ) -> None:
        """Begin a task after a while. A task that is not mortal is somebody outside, who does not crash."""

        def run() -> None:
            outcome = self._end_of(task, work)
            if task.then is not None:
                task.then(outcome)

        task = Task(name, run, self._hub, then, is_mortal)
        self.after(wait_micros, lambda: self._resume(task))

    def _end_of(self, task: Task, work: Callable[[], Any]) -> Outcome:
        try:
            outcome = Outcome(work())
        except Crash:
            outcome = Outcome(is_crash=True)
        except Exception as error:  # whatever it is, it ends this task and no other
            if not task.is_mortal:
                raise  # an actor's own error is the harness's, and ends everything
            outcome = Outcome(error=error)
            if not isinstance(error, EXPECTED):
                self.broken.append(f"{task.name}: {error!r}")
        if self.is_traced:
            self.note(task.name, f"-> {outcome}"[:160])
        return outcome

    def _resume(self, task: Task) -> None:
        previous, self._current = self._current, task
        task.greenlet.switch()
        self._current = previous

    @property
    def is_idle(self) -> bool:
        """Nobody is at work: whoever reads now stands outside the story."""
        return self._current is None

    def next_event(self) -> int | None:
        """When the next thing happens by itself; None: nothing will."""
        return self._heap[0][0] if self._heap else None

    @property
    def current(self) -> Task:
        if self._current is None:
            raise AssertionError("a call into the world from outside every task")
        return self._current

    def ask(self, name: str, work: Callable[[], Any]) -> Outcome:
        """Have another process do something, and wait until it is done or gone. From within a task."""
        task, answers = self.current, []
        task.children += 1

        def then(outcome: Outcome) -> None:
            answers.append(outcome)
            self.after(0, lambda: self._resume(task))

        self.spawn(f"{task.name}/{name}{task.children}", work, then=then)
        self._hub.switch()
        return answers[0]

    def sleep(self, micros: int) -> None:
        """From within a task."""
        task = self.current
        self.after(micros, lambda: self._resume(task))
        self._hub.switch()

    # -- calls into the world -----------------------------------------------------------------------------------------

    def call(self, what: str, kinds: Sequence[str]) -> str:
        """Give way for as long as the call takes; the fault that strikes it, "" mostly. May raise Crash.

        `kinds`: the faults that this call can meet. "crash" strikes before anything happened; "crash_after" is
        returned, and `finish` raises it once the effect is there.
        """
        task = self.current
        task.calls += 1
        moment = f"{task.name}@{task.calls}"
        dice = self.fate.dice(moment)
        self.sleep(latency(dice, is_slow=self._is_slow))
        if self.is_calm:
            fault = ""
        else:
            fault = self.fate.fault(
                moment, dice, (*kinds, "crash", "crash_after", "stall") if task.is_mortal else kinds
            )
        if self.is_traced:
            self.note(moment, f"{what}{' !' + fault if fault else ''}")
        if fault:
            self.seen[f"fault {fault}"] += 1
            if fault == "crash":
                raise Crash
            if fault == "stall":
                self.sleep((20 + dice.below(600)) * SECOND)
                return ""
        return fault

    def finish(self, fault: str) -> None:
        if fault == "crash_after":
            raise Crash

    def note(self, who: str, what: str) -> None:
        if self.is_traced:
            self.trace.append(f"{self.now():%d %H:%M:%S.%f} {who}: {what}")


def latency(dice: Dice, *, is_slow: bool) -> int:
    """Microseconds: mostly some milliseconds, sometimes a second or more; on a slow day that often."""
    scale = dice.below(100)
    if scale < (55 if is_slow else 80):
        return 500 + dice.below(20_000)
    if scale < (65 if is_slow else 97):
        return 20_000 + dice.below(400_000)
    return SECOND + dice.below(8 * SECOND)
