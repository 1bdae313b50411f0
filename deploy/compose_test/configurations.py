"""Every compose file, and every combination that is documented, as Compose reads it."""

from pathlib import Path

from deploy.compose_test.engine import docker, warnings
from deploy.compose_test.failures import require
from deploy.compose_test.form import CLUSTER, DEVELOPMENT, PRODUCTION

COMBINATIONS = (("compose.yaml",), (DEVELOPMENT,), (PRODUCTION,), (PRODUCTION, CLUSTER))


def check(root: Path) -> list[str]:
    """Each combination without a profile, with each of its own, and with all of them; what was read, for a person.

    Raises ComposeTestFailed with what Compose has to say against one; a warning is enough.
    """
    return [_check_combination([root / file for file in files], " + ".join(files)) for files in COMBINATIONS]


def _check_combination(files: list[Path], name: str) -> str:
    options = [f"--file={file}" for file in files]
    profiles = docker("compose", *options, "config", "--profiles").split()
    for chosen in ([], *([profile] for profile in profiles), ["*"]):
        said = warnings("compose", *options, *(f"--profile={profile}" for profile in chosen), "config", "--quiet")
        require(not said, f"docker compose config of {name}: {said}")
    return f"{name} (profiles: {', '.join(sorted(profiles)) or 'none'})"
