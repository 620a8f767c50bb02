"""Times of a video's frames, made strictly increasing where the file's own are not."""

# A time that goes back by more than this is no slip but another clock: recordings joined into one file.
_OTHER_CLOCK_S = 1.0
_SAME_TIME = 1e-3  # of a step: a time that is later by less than this differs only by rounding


class Clock:
    """Gives each frame, in the order they are shown, its time in seconds after the first.

    This is the file's own time for it minus that of the first frame. Where the file has no time, repeats one or goes
    back, the frame is put one step after the previous one, until the file's times are ahead again; where the file goes
    back by more than a second, its times count on from there. Gaps forward are believed: cameras drop frames, and
    recordings of a screen store nothing while nothing changes.

    Attributes:
        step_s: length of the step, 1/fps.
        guessed: how many frames were put one step after the previous one.
    """

    def __init__(self, step_s: float) -> None:
        self.step_s = step_s
        self.guessed = 0
        self._last_s: float | None = None
        self._start_s: float | None = None

    def time_s(self, stamp_s: float | None) -> float:
        """Return the time of the next frame.

        Args:
            stamp_s: the time in the file, counted from any start; None where it has none.
        """
        self._last_s = self._next(stamp_s)
        return self._last_s

    def _next(self, stamp_s: float | None) -> float:
        expected_s = 0.0 if self._last_s is None else self._last_s + self.step_s
        if stamp_s is None:
            self.guessed += 1
            return expected_s
        if self._start_s is None:
            self._start_s = stamp_s - expected_s
        time_s = stamp_s - self._start_s
        if self._last_s is None or time_s > self._last_s + _SAME_TIME * self.step_s:
            return time_s
        self.guessed += 1
        if time_s < self._last_s - _OTHER_CLOCK_S:
            self._start_s = stamp_s - expected_s
        return expected_s
