"""Every error logmill raises on purpose.

LogmillError
├── TransientError          try again later: nothing is wrong with the data
│   ├── DatabaseUnavailable
│   └── BrokerUnavailable
├── PoisonMessage           never again: the message can never be read (carries a reason)
├── ConfigurationError      refused at start
└── InputError              the caller's fault; becomes a problem+json answer
"""


class LogmillError(Exception):
    """Root of the tree."""


class TransientError(LogmillError):
    """A dependency is away or busy; the same work may succeed later."""


class DatabaseUnavailable(TransientError):
    """PostgreSQL cannot be reached, is restarting, or gave up on a lock."""


class BrokerUnavailable(TransientError):
    """RabbitMQ cannot be reached, is blocked by an alarm, or refused a publish."""


class PoisonMessage(LogmillError):
    """A message that no retry can make readable.

    `reason` comes from a closed set of snake_case names; `detail` is for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ConfigurationError(LogmillError):
    """The settings, or what they point at, cannot work; a person has to mend it."""


class InputError(LogmillError):
    """What a caller sent cannot be taken.

    `status` is the HTTP status, `title` is constant per kind, `detail` is about this case.
    """

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
