"""Events of security: alerts, and advisories."""

from shared.parsing.formats.github_payloads import short_ref, shown
from shared.parsing.formats.github_told import ERROR, INFO, WARN, Event, Reader, Told, words

SEVERITIES = {
    **dict.fromkeys(("critical", "high", "error"), ERROR),
    **dict.fromkeys(("medium", "moderate", "low", "warning"), WARN),
    **dict.fromkeys(("note", "none"), INFO),
}

ADVISORIES = "https://github.com/advisories"
"""Where those are that belong to no repository."""

OVER = frozenset(("fixed", "dismissed", "auto_dismissed", "resolved", "closed", "withdrawn"))
"""States of alerts that nobody need do anything about."""
ACTIONS_AT_END = {"dismiss": "dismissed", "resolve": "resolved"}
DONE = {"create": "created", "reopen": "reopened"} | ACTIONS_AT_END
"""In words of its own, what the others say as a participle."""


def _dependabot(event: Event) -> Told | None:
    alert = event.payload.part("alert")
    advisory = alert.part("security_advisory")
    package, summary = alert.part("dependency", "package").text("name") or "", advisory.text("summary") or ""
    title = summary if package in summary else f"{package}: {summary}"
    return _alert(event, "Dependabot alert", title, advisory.text("severity"))


def _code_scanning(event: Event) -> Told | None:
    rule = event.payload.part("alert", "rule")
    severity = rule.first_text("security_severity_level", "severity")
    return _alert(event, "Code scanning alert", rule.first_text("description", "name", "id"), severity)


def _secret_scanning(event: Event) -> Told | None:
    alert = event.payload.part("alert")
    title = alert.first_text("secret_type_display_name", "secret_type")
    return _alert(event, "Secret scanning alert", title, None, unrated=ERROR)


def _vulnerability(event: Event) -> Told | None:
    alert = event.payload.part("alert")
    package, identifier = alert.text("affected_package_name"), alert.first_text("ghsa_id", "external_identifier")
    title = " ".join(shown(text) for text in (package, identifier) if text)
    return _alert(event, "Vulnerability alert", title, alert.text("severity"))


def _alert(event: Event, kind: str, title: str | None, severity: str | None, unrated: int = WARN) -> Told | None:
    """What all alerts tell. `unrated`: how severe one is that does not say so."""
    if "alert" not in event.payload:
        return None
    alert = event.payload.part("alert")
    outcome = _end(alert.text("state"), event.action)
    number = alert.number("number")
    numbered = kind if number is None else f"{kind} #{number}"
    return Told(
        message=_message(event, numbered, title, severity),
        ref=short_ref(event.payload.text("ref")),
        number=number,
        url=alert.first_text("html_url", "external_reference"),
        outcome=outcome,
        severity=INFO if outcome else SEVERITIES.get(severity or "", unrated),
    )


def _end(state: str | None, action: str | None) -> str | None:
    """How an alert ended, if it has."""
    ended = ACTIONS_AT_END.get(action or "", action)
    return next((word for word in (state, ended) if word in OVER), None)


def _message(event: Event, subject: str, title: str | None, severity: str | None) -> str:
    done = DONE.get(event.action or "") or words(event.action) or "changed"
    about = f": {shown(title)}" if title else ""
    how_bad = f" ({severity})" if severity else ""
    return f"{subject} {done}{event.where}{about}{how_bad}"


def _advisory(key: str, kind: str) -> Reader:
    def read(event: Event) -> Told | None:
        if key not in event.payload:
            return None
        advisory = event.payload.part(key)
        severity = advisory.text("severity")
        outcome = _end(advisory.text("state"), event.action)
        name = advisory.first_text("ghsa_id", "cve_id")
        return Told(
            message=_message(event, f"{kind} {name}" if name else kind, advisory.text("summary"), severity),
            url=advisory.text("html_url") or (f"{ADVISORIES}/{name}" if name else None),
            outcome=outcome,
            severity=INFO if outcome else SEVERITIES.get(severity or "", WARN),
        )

    return read


ALERT_READERS: dict[str, Reader] = {
    "dependabot_alert": _dependabot,
    "code_scanning_alert": _code_scanning,
    "secret_scanning_alert": _secret_scanning,
    "repository_vulnerability_alert": _vulnerability,
    "security_advisory": _advisory("security_advisory", "Security advisory"),
    "repository_advisory": _advisory("repository_advisory", "Repository advisory"),
}
