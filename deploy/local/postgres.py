"""A private PostgreSQL server: own cluster, own port, loopback and passwords only.

PostgreSQL refuses to run as root, so root runs it as the `postgres` account. Where that account cannot reach
the clone (below /root, for one) the data lives in a folder below /var/tmp, with a link from `.local`.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import psutil

from deploy.local import packages, processes
from deploy.local.credentials import credential, require_credential
from deploy.local.layout import Layout
from deploy.local.ports import PortBook
from deploy.local.state_files import write_private
from shared.errors import ConfigurationError

ACCOUNT = "postgres"
_ROLE = "logmill"
# Survives a reboot, unlike /tmp; the folder made there belongs to the account alone.
_OUTSIDE = Path("/var/tmp")  # noqa: S108
_START_SECONDS = 180
_STOP_SECONDS = 60
_BINARY_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


@dataclass(frozen=True)
class PostgresEndpoint:
    """Where a PostgreSQL server answers, and as whom; `database` is the one the suite uses."""

    host: str
    port: int
    user: str
    password: str
    database: str

    def environment(self) -> dict[str, str]:
        """The settings of a service that uses it."""
        return {
            "PSQL_ADDR": self.host,
            "PSQL_PORT": str(self.port),
            "PSQL_USER": self.user,
            "PSQL_PASS": self.password,
            "PSQL_DB": self.database,
        }

    def with_database(self, name: str) -> "PostgresEndpoint":
        """The same server, another database."""
        return replace(self, database=name)


def create_database(endpoint: PostgresEndpoint, name: str) -> PostgresEndpoint:
    """Makes a database (nothing happens where it exists) and answers the endpoint that names it."""
    asyncio.run(_administer(endpoint, f'CREATE DATABASE "{name}"'))
    return endpoint.with_database(name)


def drop_database(endpoint: PostgresEndpoint, name: str) -> None:
    """Removes a database, whoever is connected to it."""
    asyncio.run(_administer(endpoint, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def _administer(endpoint: PostgresEndpoint, statement: str) -> None:
    connection = await asyncpg.connect(
        host=endpoint.host,
        port=endpoint.port,
        user=endpoint.user,
        password=endpoint.password,
        database="postgres",
        timeout=10,
    )
    try:
        await connection.execute(statement, timeout=60)
    except asyncpg.DuplicateDatabaseError:
        return
    finally:
        await connection.close()


class PostgresServer:
    """The private server of one instance."""

    name = "postgres"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._ports = PortBook(layout.ports_file, layout.first_port)
        self._link = layout.state / "postgres"
        self.log_file = layout.logs / "postgres.log"
        self.pid_file = processes.PidFile(layout.pids / "postgres.json")

    @property
    def endpoint(self) -> PostgresEndpoint:
        """Where it answers."""
        password = credential(self._layout.secrets_file, "postgres_password")
        return PostgresEndpoint("127.0.0.1", self._ports.known()[self.name], _ROLE, password, "logmill")

    def running(self) -> processes.Identity | None:
        """The server's process."""
        return self.pid_file.read()

    def ready(self) -> bool:
        """Whether it takes connections."""
        port = self._ports.known().get(self.name)
        return port is not None and bool(self.running()) and _answers(port, self._binary("pg_isready"))

    def require_programs(self) -> None:
        """Installs PostgreSQL where it is missing and may be installed; raises ConfigurationError else."""
        binary_folder()

    def launch(self) -> None:
        """Starts the server where it does not run yet; `await_ready` says when it can be used."""
        if self.running():
            return
        data = self._link.resolve() / "data"
        require_credential(self._layout.secrets_file, "postgres_password", data)
        if not data.exists():
            data = self._create_cluster()
        _remove_stale_lock(data)
        port = self._ports.claim(self.name)
        command = processes.Command(
            self.name,
            [self._binary("postgres"), "-D", str(data), *_options(port)],
            {**_plain_environment(), processes.MARKER: str(self._layout.state)},
            data.parent,
            _account(),
        )
        self.pid_file.write(processes.spawn(command, self.log_file))

    def await_ready(self) -> None:
        """Returns when it takes connections and the suite's database exists."""
        identity = self.running()
        if identity is None:
            raise processes.ProcessFailed(f"PostgreSQL ended at once:\n{processes.tail(self.log_file)}")
        processes.wait_until_ready(identity, self.name, self.log_file, self.ready, _START_SECONDS)
        create_database(self.endpoint, self.endpoint.database)

    def stop(self) -> None:
        """Ends sessions, writes everything out and stops."""
        if identity := self.running():
            processes.stop(identity, signal.SIGINT, _STOP_SECONDS)
        self.pid_file.forget()

    def kill(self) -> None:
        """Ends every process of the server as a crash of the machine would."""
        if identity := self.running():
            processes.kill(identity)
        self.pid_file.forget()

    def wipe(self) -> None:
        """Removes the data; the server must not run."""
        if self._link.is_symlink():
            self._link.unlink()
        shutil.rmtree(self._link, ignore_errors=True)
        shutil.rmtree(self._outside_folder(), ignore_errors=True)

    def _binary(self, program: str) -> str:
        return str(binary_folder() / program)

    def _outside_folder(self) -> Path:
        return _OUTSIDE / f"logmill-{self._layout.slug}"

    def _create_cluster(self) -> Path:
        """Makes the cluster, under its final name only once it is complete."""
        folder = self._create_folder()
        password_file, draft = folder / "password", folder / "draft"
        write_private(password_file, credential(self._layout.secrets_file, "postgres_password"))
        account = _account()
        if account:
            shutil.chown(password_file, account)
        self._initdb(draft, password_file, account)
        password_file.unlink()
        return draft.rename(folder / "data")

    def _create_folder(self) -> Path:
        """The folder around the cluster, made for the account that will run the server."""
        self.wipe()
        account = _account()
        self._link.mkdir(mode=0o700)
        if account is None:
            return self._link
        shutil.chown(self._link, account, pwd.getpwnam(account).pw_gid)
        writable = ["test", "-w", str(self._link)]
        if subprocess.run(writable, user=account, extra_groups=[], cwd="/").returncode == 0:
            return self._link
        return self._move_outside(account)

    def _move_outside(self, account: str) -> Path:
        outside = self._outside_folder()
        if outside.is_symlink() or outside.exists():
            raise ConfigurationError(f"{outside} is in the way and could not be removed; remove it")
        outside.mkdir(mode=0o700)
        shutil.chown(outside, account, pwd.getpwnam(account).pw_gid)
        self._link.rmdir()
        self._link.symlink_to(outside)
        return outside

    def _initdb(self, data: Path, password_file: Path, account: str | None) -> None:
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        arguments = [self._binary("initdb"), "-D", str(data), "-U", _ROLE, f"--pwfile={password_file}"]
        arguments += ["--auth=scram-sha-256", "--encoding=UTF8", f"--locale={locale}", "--no-sync"]
        done = subprocess.run(
            arguments,
            user=account,
            extra_groups=[] if account else None,
            cwd=data.parent,
            env=_plain_environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise processes.ProcessFailed(f"initdb failed:\n{done.stdout}{done.stderr}")


def binary_folder() -> Path:
    """Where PostgreSQL's programs are, the newest version first; installs them where that is possible."""
    found = _find_binaries()
    if found is None:
        packages.install(["postgresql"], "PostgreSQL")
        found = _find_binaries()
    if found is None:
        raise ConfigurationError("PostgreSQL is installed, but its `initdb` and `postgres` were not found")
    return found


def _find_binaries() -> Path | None:
    candidates = [folder for pattern in _BINARY_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    candidates.sort(key=_major_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    return next(
        (folder for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists()),
        None,
    )


def _major_version(folder: Path) -> int:
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits or 0)


def _account() -> str | None:
    """The account to run as: None (ourselves) except for root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT).pw_name
    except KeyError as error:
        raise ConfigurationError(f"PostgreSQL does not run as root, and there is no account {ACCOUNT}") from error


def _plain_environment() -> dict[str, str]:
    # PG* variables and a foreign locale would change what initdb and the server do.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C",
    }


def _options(port: int) -> list[str]:
    """Settings for loads by COPY: few checkpoints, large buffers; durability is not traded for speed."""
    buffers_mb = max(128, min(1024, psutil.virtual_memory().total // 1024**2 // 16))
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "max_connections": 200,
        "shared_buffers": f"{buffers_mb}MB",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "wal_buffers": "64MB",
        "min_wal_size": "1GB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": 0.9,
        "fsync": "on",
        "synchronous_commit": "on",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _remove_stale_lock(data: Path) -> None:
    """Removes the lock of a server that is gone: its pid may belong to any other process after a reboot."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    try:
        owner = psutil.Process(int(lock.read_text().split()[0]))
        alive = str(data) in owner.cmdline()
    except (psutil.Error, ValueError, IndexError):
        alive = False
    if not alive:
        lock.unlink(missing_ok=True)


def _answers(port: int, pg_isready: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
    probe_command = [pg_isready, "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "2"]
    return subprocess.run(probe_command, env=_plain_environment()).returncode == 0
