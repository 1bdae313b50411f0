"""Settings every service shares: one YAML file a service, environment variables over it.

A field `max_line_bytes` is the key `max_line_bytes` in configs/SERVICE.yaml and LOGMILL_MAX_LINE_BYTES in the
environment. The connection settings also answer to their customary names without the prefix (PSQL_ADDR, RABBITMQ_URL).
Each variable NAME may be given as NAME_FILE instead, the path of a file that holds the value: PSQL_PASS_FILE.
"""

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from shared.collector import check_url, read_headers
from shared.crash_points import parse_crash_points
from shared.errors import ConfigurationError

BROKER_SCHEMES = ("amqp", "amqps")


def plain_name(name: str) -> AliasChoices:
    """Lets `name` be set with the LOGMILL_ prefix, without it, and in the YAML file."""
    return AliasChoices(f"logmill_{name}", name)


class YamlFile(YamlConfigSettingsSource):
    """A service's YAML file. Reading it raises ConfigurationError that names the file, never what it holds."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        try:
            content: object = yaml.safe_load(file_path.read_text("utf-8")) or {}
        except yaml.MarkedYAMLError as error:
            line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
            raise ConfigurationError(
                f"{file_path} is not YAML: {line}{error.context or 'the text breaks off'}"
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
            raise ConfigurationError(f"{file_path} cannot be read: {type(error).__name__}") from None
        if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
            raise ConfigurationError(f"{file_path} has to be a YAML mapping of keys to values")
        return content


class VariableFiles(EnvSettingsSource):
    """The values that NAME_FILE variables name files of, as if the NAMEs were in the environment.

    Raises ConfigurationError where a file cannot be read or is empty, or its NAME is set as well; never tells a value.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        variables, self.env_vars = self.env_vars, {}
        for name in (name for field, info in settings_cls.model_fields.items() for name in variable_names(field, info)):
            if path := variables.get(f"{name}_file"):
                if name in variables:
                    raise ConfigurationError(f"{name.upper()} and {name.upper()}_FILE are both set")
                self.env_vars[name] = _content(f"{name.upper()}_FILE", Path(path))


def variable_names(name: str, field: FieldInfo) -> list[str]:
    """The environment variables that a field answers to, in lower case, the first one wins."""
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [f"logmill_{name}"]


def _content(variable: str, path: Path) -> str:
    try:
        content = path.read_text("utf-8").rstrip("\r\n")
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"{variable}: {path} cannot be read: {type(error).__name__}") from None
    if not content:
        raise ConfigurationError(f"{variable}: {path} is empty")
    return content


class Settings(BaseSettings):
    """What every service needs to know; each service's own settings add to it."""

    service: ClassVar[str]
    model_config = SettingsConfigDict(env_prefix="LOGMILL_", extra="forbid", frozen=True, hide_input_in_errors=True)

    psql_addr: str = Field("127.0.0.1", validation_alias=plain_name("psql_addr"), description="PostgreSQL host")
    psql_port: int = Field(5432, ge=1, le=65535, validation_alias=plain_name("psql_port"), description="its port")
    psql_user: str = Field("logmill", validation_alias=plain_name("psql_user"), description="its user")
    psql_pass: SecretStr = Field(
        SecretStr(""), validation_alias=plain_name("psql_pass"), description="that user's password"
    )
    psql_db: str = Field("logmill", validation_alias=plain_name("psql_db"), description="its database")
    rabbitmq_url: SecretStr = Field(
        SecretStr("amqp://127.0.0.1:5672/"),
        validation_alias=plain_name("rabbitmq_url"),
        description="AMQP URL with user, password and virtual host",
    )
    database_command_timeout_seconds: float = Field(60, gt=0, description="longest a statement may take")
    database_acquire_timeout_seconds: float = Field(5, gt=0, description="longest wait for a pooled connection")
    database_lock_timeout_seconds: float = Field(10, gt=0, description="longest wait for a lock")
    broker_heartbeat_seconds: int = Field(30, ge=5, description="AMQP heartbeat")
    max_queue_bytes: int = Field(
        20 * 1024**3, ge=1024**2, description="bytes each queue of work may hold before uploads slow down"
    )
    delivery_limit: int = Field(
        20, ge=1, le=1000, description="unsettled deliveries of a batch among others before it is dead-lettered"
    )
    isolated_delivery_limit: int = Field(
        3,
        ge=1,
        le=1000,
        description="times that a batch comes again after it was lost while it ran alone; then it is dead-lettered",
    )
    retry_delay_seconds: float = Field(5, gt=0, description="pause before an unexpectedly failed batch is tried again")
    stop_deadline_seconds: float = Field(20, gt=0, description="longest a stop may take before it is forced")
    migrate_at_start: bool = Field(
        True, description="make tables and queues at start; else wait until `python -m services.migrate` has"
    )
    environment: Literal["development", "production"] = Field(
        "development", description="production refuses what is for tests only"
    )
    crash_points: str = Field(
        "", description="for fault tests: where the process kills itself, such as `worker.copied=0.01` (a probability)"
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="least severe event logged")
    otlp_traces_url: str = Field(
        "", description="where traces are sent by OTLP/HTTP, such as `http://collector:4318/v1/traces`; none: no traces"
    )
    otlp_headers: SecretStr = Field(
        SecretStr(""),
        description="headers for that, `name=value,name=value` with values percent-encoded: `Authorization=Bearer%20…`",
    )
    trace_sample_ratio: float = Field(
        1.0, ge=0, le=1, description="part of the traces that is kept; who calls can ask for less, not for more"
    )

    @field_validator("crash_points")
    @classmethod
    def _known_crash_points(cls, value: str) -> str:
        parse_crash_points(value)
        return value

    @field_validator("otlp_traces_url")
    @classmethod
    def _collector_url(cls, value: str) -> str:
        return check_url(value)

    @field_validator("otlp_headers")
    @classmethod
    def _collector_headers(cls, value: SecretStr) -> SecretStr:
        read_headers(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _no_crashes_in_production(self) -> Self:
        if self.crash_points and self.environment == "production":
            raise ValueError("crash_points are for tests; environment is production")
        return self

    @field_validator("rabbitmq_url")
    @classmethod
    def _broker_url(cls, value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
            valid = parts.scheme in BROKER_SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise ValueError("has to be like amqp://user:password@host:5672/vhost")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the files that it names, then the service's YAML file."""
        yaml_file = config_dir() / f"{cls.service}.yaml"
        return init_settings, env_settings, VariableFiles(settings_cls), YamlFile(settings_cls, yaml_file=yaml_file)

    @classmethod
    def load(cls) -> Self:
        """Reads and checks all of it; raises ConfigurationError that names each wrong key, never its value."""
        try:
            return cls()
        except ValidationError as error:
            problems = "; ".join(": ".join([*map(str, e["loc"]), e["msg"]]) for e in error.errors())
            raise ConfigurationError(f"settings of {cls.service} refused: {problems}") from None


def config_dir() -> Path:
    """The folder of the YAML files: LOGMILL_CONFIG_DIR, else `configs` in the working directory."""
    return Path(os.environ.get("LOGMILL_CONFIG_DIR", "configs"))


def split_words(value: object) -> object:
    """Lets a list be written `a,b` in the environment."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


class RecordSettings(Settings):
    """For services that put the lines of a record together; they have to agree on it."""

    max_record_lines: int = Field(
        5000, ge=1, description="most lines of one record, such as a stack trace; alike in every api and worker"
    )
    max_record_bytes: int = Field(
        256 * 1024,
        ge=1024,
        le=16 * 1024**2,
        description="most bytes of a record of several lines; alike in every api and worker",
    )


class KeywordSettings(Settings):
    """For services that count keywords."""

    error_keywords: Annotated[list[str], NoDecode] = Field(
        ["error", "exception", "failed", "timeout", "denied", "refused"],
        validation_alias=plain_name("error_keywords"),
        max_length=100,
        description="words counted in every message, case-insensitive (comma-separated in the environment)",
    )

    _split = field_validator("error_keywords", mode="before")(split_words)
