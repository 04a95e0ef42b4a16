"""What all commands share: their common options, how they fail, and how they print."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from server.errors import BadPlaybook, BadSetting, FrontdeskError
from server.settings import Settings, load_settings
from server.telemetry import configure_logs

F = TypeVar("F", bound=Callable[..., Any])
_WRONG_CALLS = {"knowledge.source_invalid", "knowledge.source_unknown"}


def with_data_dir(command: F) -> F:
    option = click.option(
        "--data-dir", type=click.Path(path_type=Path), help="Folder of all state (default .data)."
    )
    return option(command)


def with_site(command: F) -> F:
    return click.option("--site", default="demo", show_default=True, help="The site, by its key.")(command)


def json_too(command: F) -> F:
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else."
    )(command)


def expected(command: F) -> F:
    """Expected failures are one line and an exit code: 2 when the call was wrong, 1 when the work failed."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (BadSetting, BadPlaybook) as error:
            fail(str(error), 2)
        except FrontdeskError as error:
            fail(str(error), 2 if error.code in {"no_source", "no_site", "bad_data"} else 1)
        except OSError as error:
            fail(f"{error.strerror or error}: {error.filename or 'the system'}", 1)
        except lower_rooms() as error:
            wrong_call = getattr(error, "code", "") in _WRONG_CALLS
            fail(str(getattr(error, "orig", None) or error), 2 if wrong_call else 1)

    return run  # type: ignore[return-value]  # functools.wraps keeps the signature


def lower_rooms() -> tuple[type[Exception], ...]:
    """The expected failures of the lower rooms and of the database; asked for only when something failed."""
    from sqlalchemy.exc import DatabaseError

    from crm_sync.errors import CrmError
    from intents.errors import IntentsError
    from knowledge.errors import KnowledgeError

    return (KnowledgeError, IntentsError, CrmError, DatabaseError)


def fail(message: str, code: int) -> NoReturn:
    """One line on stderr, and out."""
    click.echo(f"frontdesk: {message}", err=True)
    sys.exit(code)


def place(hit: dict[str, Any]) -> str:
    """Title and heading of a passage; some stand before the first heading."""
    return " > ".join(part for part in (hit["title"], hit["heading"]) if part)


def tell(message: str) -> None:
    """A line for people; stdout is for what was asked for."""
    click.echo(message, err=True)


def out(value: dict[str, Any], as_json: bool, text: str) -> None:  # noqa: FBT001
    """The result, for a program or for people."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else text)


BY = "the command line"
"""Who did it, where deeds are written down."""


def upgraded(data_dir: Path | None) -> Settings:
    """The settings, with the database of an installation that is there brought up to date."""
    from server.wiring import upgrade_database

    settings = settings_of(data_dir=data_dir)
    upgrade_database(settings)
    return settings


def settings_of(**options: Any) -> Settings:
    """The settings with these options on top; sets up the logs."""
    settings = load_settings(options)
    configure_logs(settings.log_level, settings.log_format)
    return settings
