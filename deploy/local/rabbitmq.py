"""A private RabbitMQ node: own name, cookie, ports and port mapper (epmd), loopback only, no `guest`."""

import os
import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from deploy.local import packages, processes
from deploy.local.credentials import credential, require_credential
from deploy.local.layout import Layout
from deploy.local.ports import PortBook
from deploy.local.state_files import write_private
from shared.errors import BrokerUnavailable, ConfigurationError

_USER = "logmill"
_START_SECONDS = 120
_STOP_SECONDS = 60
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_PORTS = ("epmd", "rabbitmq", "rabbitmq_distribution", "rabbitmq_management", "rabbitmq_prometheus")
# Debian's /usr/sbin wrappers insist on the rabbitmq account; the scripts themselves do not.
_SCRIPT_FOLDERS = ("/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin")


@dataclass(frozen=True)
class RabbitmqEndpoint:
    """Where a broker answers: `url` has user, password and vhost; `management_url` user and password."""

    url: str
    management_url: str | None

    def environment(self) -> dict[str, str]:
        """The settings of a service that uses it."""
        management = {"LOGMILL_RABBITMQ_MANAGEMENT_URL": self.management_url} if self.management_url else {}
        return {"RABBITMQ_URL": self.url, **management}

    def with_vhost(self, name: str) -> "RabbitmqEndpoint":
        """The same broker, another virtual host."""
        parts = urlsplit(self.url)
        return replace(self, url=parts._replace(path="/" + quote(name, safe="")).geturl())


def create_vhost(endpoint: RabbitmqEndpoint, name: str) -> RabbitmqEndpoint:
    """Makes a virtual host (nothing happens where it exists) and answers the endpoint that names it."""
    user = urlsplit(endpoint.url).username or "guest"
    vhost = quote(name, safe="")
    manage(endpoint, "PUT", f"/api/vhosts/{vhost}", {})
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    manage(endpoint, "PUT", f"/api/permissions/{vhost}/{quote(user, safe='')}", everything)
    return endpoint.with_vhost(name)


def drop_vhost(endpoint: RabbitmqEndpoint, name: str) -> None:
    """Removes a virtual host with its queues and connections."""
    vhost = quote(name, safe="")
    try:
        _await_leaders(endpoint, vhost)
        manage(endpoint, "DELETE", f"/api/vhosts/{vhost}")
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.NOT_FOUND:
            raise


def _await_leaders(endpoint: RabbitmqEndpoint, vhost: str) -> None:
    """Asks each queue for a message, which only one that has a leader answers.

    A quorum queue that is deleted while it becomes its own leader may take the supervisor of all dead-lettering in the
    node along (seen in 3.10): from then on no queue gets a leader.
    """
    for queue in manage(endpoint, "GET", f"/api/queues/{vhost}?columns=name").json():
        path = f"/api/queues/{vhost}/{quote(queue['name'], safe='')}/get"
        with suppress(httpx.HTTPStatusError, httpx.TimeoutException):  # exclusive ones do not answer
            manage(endpoint, "POST", path, {"count": 1, "ackmode": "ack_requeue_true", "encoding": "base64"}, 10)


def manage(
    endpoint: RabbitmqEndpoint, method: str, path: str, body: object = None, timeout_seconds: float = 30
) -> httpx.Response:
    """One call of the management API; raises httpx's errors, HTTPStatusError unless it succeeded."""
    if endpoint.management_url is None:
        raise ConfigurationError("the broker's management URL is not known: set LOGMILL_RABBITMQ_MANAGEMENT_URL")
    # No proxy of the environment may stand between us and our own machine.
    with httpx.Client(base_url=endpoint.management_url, trust_env=False, timeout=timeout_seconds) as client:
        return client.request(method, path, json=body).raise_for_status()


class RabbitmqServer:
    """The private node of one instance."""

    name = "rabbitmq"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._ports = PortBook(layout.ports_file, layout.first_port)
        self._folder = layout.state / "rabbitmq"
        self.log_file = layout.logs / "rabbitmq.log"
        self.pid_file = processes.PidFile(layout.pids / "rabbitmq.json")
        self._mapper_log = layout.logs / "epmd.log"
        self._mapper_pid_file = processes.PidFile(layout.pids / "epmd.json")

    @property
    def endpoint(self) -> RabbitmqEndpoint:
        """Where it answers."""
        ports = self._ports.known()
        login = f"{_USER}:{self._password()}"
        return RabbitmqEndpoint(
            f"amqp://{login}@127.0.0.1:{ports['rabbitmq']}/logmill",
            f"http://{login}@127.0.0.1:{ports['rabbitmq_management']}",
        )

    def running(self) -> processes.Identity | None:
        """The node's process."""
        return self.pid_file.read()

    def ready(self) -> bool:
        """Whether the node takes AMQP connections and its management API answers."""
        ports = self._ports.known()
        if not self.running() or not ports.keys() >= set(_PORTS) or not _listens(ports["rabbitmq"]):
            return False
        try:
            manage(self.endpoint, "GET", "/api/vhosts/logmill", timeout_seconds=5)
        except httpx.HTTPError:
            return False
        return True

    def require_programs(self) -> None:
        """Installs RabbitMQ where it is missing and may be installed; raises ConfigurationError else."""
        _find_epmd()

    def launch(self) -> None:
        """Starts the node where it does not run yet; `await_ready` says when it can be used."""
        if self.running():
            return
        require_credential(self._layout.secrets_file, "rabbitmq_password", self._folder / "data")
        self._start_mapper()
        ports = {name: self._ports.claim(name) for name in _PORTS if name != "epmd"}
        self._write_configuration(ports)
        script = str(script_folder() / "rabbitmq-server")
        command = processes.Command(self.name, [script], self._environment(), self._folder)
        self.pid_file.write(processes.spawn(command, self.log_file))

    def await_ready(self) -> None:
        """Returns when it can be used."""
        identity = self.running()
        if identity is None:
            raise processes.ProcessFailed(f"RabbitMQ ended at once:\n{processes.tail(self.log_file)}")
        processes.wait_until_ready(identity, self.name, self.log_file, self.ready, _START_SECONDS)

    def stop(self) -> None:
        """Stops the node, then its port mapper."""
        if identity := self.running():
            processes.stop(identity, seconds=_STOP_SECONDS)
        self.pid_file.forget()
        self._stop_mapper()

    def kill(self) -> None:
        """Ends the node as a crash would; `launch` starts it again with its data."""
        if identity := self.running():
            processes.kill(identity)
        self.pid_file.forget()

    def ctl(self, *arguments: str) -> str:
        """Runs rabbitmqctl against this node and answers what it printed."""
        command = [str(script_folder() / "rabbitmqctl"), "-q", *arguments]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise BrokerUnavailable(f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def settle(self) -> None:
        """Writes out what the node knows of users, vhosts and queues, as it does by itself every few seconds.

        A node killed sooner than that after a declaration forgets it: a quorum queue may come back without a
        leader. Fault tests call this before the first kill.
        """
        self.ctl("eval", "mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()].")

    def wipe(self) -> None:
        """Removes the data; the node must not run."""
        self._stop_mapper()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _password(self) -> str:
        return credential(self._layout.secrets_file, "rabbitmq_password")

    def _start_mapper(self) -> None:
        if self._mapper_pid_file.read():
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        epmd = _find_epmd()
        port = self._ports.claim("epmd")
        command = processes.Command(
            "epmd", [epmd, "-port", str(port), "-address", "127.0.0.1"], self._environment(), self._folder
        )
        identity = processes.spawn(command, self._mapper_log)
        self._mapper_pid_file.write(identity)
        processes.wait_until_ready(identity, "epmd", self._mapper_log, lambda: _listens(port), _START_SECONDS)

    def _stop_mapper(self) -> None:
        if identity := self._mapper_pid_file.read():
            processes.stop(identity, seconds=5)
        self._mapper_pid_file.forget()

    def _environment(self) -> dict[str, str]:
        """For the node and its tools. HOME decides which cookie they share."""
        ports = self._ports.known()
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {
            **inherited,
            processes.MARKER: str(self._layout.state),
            "HOME": str(self._folder),
            "ERL_EPMD_PORT": str(ports.get("epmd", 0)),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"logmill_{self._layout.slug}@localhost",
            "RABBITMQ_DIST_PORT": str(ports.get("rabbitmq_distribution", 0)),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._layout.logs),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self._folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # The script then becomes the node, instead of a parent that only forwards signals.
            "RUNNING_UNDER_SYSTEMD": "1",
        }

    def _write_configuration(self, ports: dict[str, int]) -> None:
        (self._folder / "data").mkdir(exist_ok=True)
        (self._folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")
        (self._folder / "advanced.config").write_text("[].\n")
        settings = {
            "listeners.tcp.local": f"127.0.0.1:{ports['rabbitmq']}",
            "collect_statistics_interval": 1000,  # milliseconds; the default of 5 s makes queue-status stale
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": ports["rabbitmq_management"],
            "prometheus.tcp.ip": "127.0.0.1",
            "prometheus.tcp.port": ports["rabbitmq_prometheus"],
            "default_user": _USER,
            "default_pass": self._password(),
            "default_vhost": "logmill",
            "default_user_tags.administrator": "true",
            "disk_free_limit.absolute": "512MB",
            "log.file": "false",
            "log.console": "true",
            "log.console.level": "info",
        }
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        write_private(self._folder / "rabbitmq.conf", text)


def script_folder() -> Path:
    """Where RabbitMQ's scripts are; installs them where that is possible."""
    found = _find_scripts()
    if found is None:
        packages.install(["rabbitmq-server"], "RabbitMQ")
        found = _find_scripts()
    if found is None:
        raise ConfigurationError("RabbitMQ is installed, but its `rabbitmq-server` script was not found")
    return found


def _find_scripts() -> Path | None:
    on_path = shutil.which("rabbitmq-server")
    folders = [Path(folder) for folder in _SCRIPT_FOLDERS]
    if on_path and not on_path.startswith("/usr/sbin/"):
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in folders if (folder / "rabbitmq-server").exists()), None)


def _find_epmd() -> str:
    script_folder()
    bundled = sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
    found = shutil.which("epmd") or (str(bundled[-1]) if bundled else None)
    if found is None:
        raise ConfigurationError("Erlang's port mapper `epmd` was not found; it comes with Erlang")
    return found


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
