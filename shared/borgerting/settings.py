"""Every setting of every service, read once from the environment (``BORGERTING_...``) and frozen."""

import ipaddress
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from borgerting.errors import Refused


class Settings(BaseSettings):
    """What an operator can set; the descriptions are the help and make docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="BORGERTING_", frozen=True, extra="ignore", env_nested_delimiter="__")

    nats_url: str = Field(default="nats://127.0.0.1:4222", description="Address of the NATS server with JetStream.")
    data: Path = Field(
        default=Path(".borgerting"), description="Folder of the stores and sealed snapshots (mode 0700)."
    )
    store: str = Field(
        default="sqlite", description="Where documents are kept: `sqlite` (one file per service in `data`)."
    )
    host: str = Field(default="127.0.0.1", description="Address to serve on; without sign-in only a loopback address.")
    port: int = Field(default=8400, ge=0, le=65535, description="Port to serve on; 0 picks a free one.")
    token: str = Field(
        default="", description="The organiser's token; empty reads or makes the file `token` in `data`."
    )
    selector: str = Field(
        default="portfolio",
        description="The plug-in that makes the portfolio of panels; `partner` leaves every draw to a partner.",
    )
    objective: str = Field(default="leximin", description="What the portfolio makes fairest, as the selector calls it.")
    alternates: int = Field(default=6, ge=0, le=12, description="Alternates named for each ticket before the draw.")
    tickets: int = Field(default=1000, ge=1, le=10_000, description="Tickets (whole panels) in a portfolio.")
    seed: str = Field(default="", description="Seed of every draw, for rehearsals only; empty draws a secret one.")
    draw_delay: float = Field(default=0, ge=0, description="Seconds between the seal and the draw.")
    solver_memory_mb: int = Field(default=4096, ge=256, description="Memory that one solve may take, in MiB.")
    plugins: dict[str, dict[str, str]] = Field(
        default_factory=dict, description='Settings of plug-ins by name, as JSON: `{"my-office": {"url": "..."}}`.'
    )

    @field_validator("host")
    @classmethod
    def _loopback_only(cls, host: str) -> str:
        name = "127.0.0.1" if host == "localhost" else host
        if not _is_loopback(name):
            raise ValueError(f"without sign-in (OIDC) a service serves loopback only, not {host}; use 127.0.0.1")
        return host

    @field_validator("store")
    @classmethod
    def _known_store(cls, store: str) -> str:
        if store != "sqlite":
            raise ValueError(f"the store {store} is not one this release knows; use sqlite")
        return store


def read(**overrides: object) -> Settings:
    """Read the environment; `overrides` win. Refused with one sentence per wrong setting."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # names and values are checked by pydantic
    except ValidationError as wrong:
        first, *rest = (_refusal("_".join(str(p) for p in e["loc"]), e["msg"]) for e in wrong.errors())
        raise Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest)) from wrong
    except SettingsError as wrong:  # only `plugins` is read as JSON
        raise _refusal("plugins", f"{wrong.__cause__ or wrong}") from wrong


def _refusal(name: str, why: str) -> Refused:
    variable, reason = f"BORGERTING_{name.upper()}", why.removeprefix("Value error, ")
    return Refused("settings", da=f"Indstillingen {variable}: {reason}.", en=f"The setting {variable}: {reason}.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
