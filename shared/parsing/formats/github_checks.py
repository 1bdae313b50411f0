"""Events of automation: workflows, checks, commit statuses, deployments."""

from collections.abc import Callable

from shared.parsing.formats.github_payloads import Part, milliseconds_between, short_ref, short_sha, shown
from shared.parsing.formats.github_told import INFO, OUTCOME_SEVERITIES, Event, Reader, Told, words

ENDS = {
    "success": "succeeded",
    "failure": "failed",
    "cancelled": "was cancelled",
    "timed_out": "timed out",
    "startup_failure": "failed to start",
    "skipped": "was skipped",
    "neutral": "ended neutral",
    "action_required": "needs an action",
    "stale": "went stale",
    "error": "ended in an error",
    "inactive": "is inactive",
}
"""Each of OUTCOMES in words."""
STAGES = {
    "requested": "was requested",
    "rerequested": "was requested again",
    "requested_action": "was asked for an action",
    "created": "was created",
    "queued": "is queued",
    "waiting": "is waiting",
    "pending": "is pending",
    "in_progress": "started",
}
UNFINISHED = frozenset(("queued", "waiting", "pending", "in_progress"))
"""States of what has no outcome yet."""


def _run(name: str, key: str, described: Callable[[Event, Part], str], began: str, ended: str) -> Reader:
    """Reads what runs and has a conclusion: the object under `key`, which ran from `began` to `ended`."""

    def read(event: Event) -> Told | None:
        if key not in event.payload:
            return None
        run = event.payload.part(key)
        outcome = run.text("conclusion") if event.action == "completed" else None
        ref = _branch(run)
        happened = ENDS.get(outcome, f"ended {words(outcome)}") if outcome else _stage(event.action)
        ran = outcome is not None and outcome != "skipped"
        place = f" on {ref or short_sha(run.text('head_sha'))}" if ref or run.text("head_sha") else ""
        return Told(
            message=f"{described(event, run)} {happened}{place}{event.where}",
            ref=ref,
            number=run.number("run_number"),
            url=run.first_text("html_url", "details_url") or _checks_url(event, run),
            outcome=outcome,
            duration_ms=milliseconds_between(run.text(began), run.text(ended)) if ran else None,
            severity=_severity(outcome),
        )

    return read


def _branch(run: Part) -> str | None:
    return run.text("head_branch") or run.part("check_suite").text("head_branch")


def _checks_url(event: Event, run: Part) -> str | None:
    """Where a commit's checks are seen: a suite has no page of its own."""
    repository, sha = event.payload.part("repository").text("html_url"), run.text("head_sha")
    return f"{repository}/commit/{sha}/checks" if repository and sha else None


def _stage(state: str | None) -> str:
    return STAGES.get(state or "", words(state) or "changed")


def _severity(outcome: str | None) -> int:
    return OUTCOME_SEVERITIES.get(outcome or "", INFO)


def _workflow(event: Event, run: Part) -> str:
    name = shown(run.text("name") or event.payload.part("workflow").text("name")) or "Workflow"
    number = run.number("run_number")
    return name if number is None else f"{name} #{number}"


def _job(event: Event, job: Part) -> str:
    names = (job.text("workflow_name"), job.text("name"))
    return " / ".join(shown(name) for name in names if name) or "Job"


def _check(event: Event, check: Part) -> str:
    return shown(check.text("name")) or "Check"


def _suite(event: Event, suite: Part) -> str:
    return f"Check suite of {shown(suite.part('app').text('name')) or 'an app'}"


def _commit_status(event: Event) -> Told | None:
    payload = event.payload
    state = payload.text("state")
    if state is None:
        return None
    ref = payload.first("branches").text("name")
    outcome = None if state in UNFINISHED else state
    on = f" on {ref or short_sha(payload.text('sha'))}" if ref or payload.text("sha") else ""
    happened = ENDS.get(state) or _stage(state)
    return Told(
        message=f"{shown(payload.text('context')) or 'Status'} {happened}{on}{event.where}{_told(payload)}",
        ref=ref,
        url=payload.text("target_url") or payload.part("commit").text("html_url"),
        outcome=outcome,
        severity=_severity(outcome),
    )


def _told(part: Part) -> str:
    description = shown(part.text("description"))
    return f": {description}" if description else ""


def _deployment(event: Event) -> Told | None:
    if "deployment" not in event.payload:
        return None
    deployment = event.payload.part("deployment")
    return Told(
        message=f"{event.who} started to deploy {_deployed(deployment)}{event.where}{_told(deployment)}",
        ref=short_ref(deployment.text("ref")),
        url=event.payload.part("workflow_run").text("html_url") or _deployments_url(event),
    )


def _deployment_status(event: Event) -> Told | None:
    if "deployment_status" not in event.payload:
        return None
    status, deployment = event.payload.part("deployment_status"), event.payload.part("deployment")
    state = status.text("state")
    outcome = None if state in UNFINISHED else state
    happened = ENDS.get(state or "") or _stage(state)
    took = milliseconds_between(deployment.text("created_at"), status.text("created_at"))
    return Told(
        message=f"Deployment of {_deployed(deployment)} {happened}{event.where}{_told(status)}",
        ref=short_ref(deployment.text("ref")),
        url=status.first_text("log_url", "target_url", "environment_url") or _deployments_url(event),
        outcome=outcome,
        duration_ms=took if outcome and outcome != "inactive" else None,
        severity=_severity(outcome),
    )


def _deployed(deployment: Part) -> str:
    ref = short_ref(deployment.text("ref")) or short_sha(deployment.text("sha")) or "a commit"
    return f"{ref} to {shown(deployment.text('environment')) or 'an environment'}"


def _deployments_url(event: Event) -> str | None:
    repository = event.payload.part("repository").text("html_url")
    return f"{repository}/deployments" if repository else None


CHECK_READERS: dict[str, Reader] = {
    "workflow_run": _run("workflow_run", "workflow_run", _workflow, "run_started_at", "updated_at"),
    "workflow_job": _run("workflow_job", "workflow_job", _job, "started_at", "completed_at"),
    "check_run": _run("check_run", "check_run", _check, "started_at", "completed_at"),
    "check_suite": _run("check_suite", "check_suite", _suite, "created_at", "updated_at"),
    "status": _commit_status,
    "deployment": _deployment,
    "deployment_status": _deployment_status,
}
