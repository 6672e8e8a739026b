"""Deny by default: the table is all there is, and every command stands in it."""

import importlib
import pkgutil
from pathlib import Path
from typing import get_args

import pytest

import services
from borgerting.access import MAY, Principal, Role, authorise
from borgerting.errors import Forbidden
from borgerting.store import Command

EVERYBODY = Principal("all of them", frozenset(get_args(Role)))
SERVICES = sorted(path.parent.name for path in Path(services.__path__[0]).glob("*/__init__.py"))


def subclasses(kind: type) -> set[type]:
    return {found for each in kind.__subclasses__() for found in {each, *subclasses(each)}}


def commands() -> list[type[Command]]:
    """Every command of every service: those in its domain and wherever else its code declares one."""
    for service in SERVICES:
        package = importlib.import_module(f"services.{service}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return sorted((c for c in subclasses(Command) if c.__module__.startswith("services.")), key=str)


@pytest.mark.parametrize(
    "action", ["", "sessions", "sessions.*", "sessions.charter ", "Sessions.Charter", "unknown.read"]
)
def test_an_action_that_is_not_in_the_table_is_nobodys(action: str) -> None:
    with pytest.raises(Forbidden):
        authorise(EVERYBODY, action, "klima")


@pytest.mark.parametrize("action", MAY)
@pytest.mark.parametrize("role", get_args(Role))
def test_an_action_is_its_roles_and_nobody_elses(action: str, role: Role) -> None:
    somebody = Principal("somebody", frozenset({role}))
    if role in MAY[action]:
        authorise(somebody, action, "klima")
    else:
        with pytest.raises(Forbidden) as refused:
            authorise(somebody, action, "klima")
        for sentence in refused.value.sentences("da") + refused.value.sentences("en"):
            assert all(part in sentence for part in ("somebody", action, "klima"))


@pytest.mark.parametrize("action", MAY)
def test_nobody_acts_without_a_role_or_outside_their_assemblies(action: str) -> None:
    for stranger in (
        Principal("nobody", frozenset()),
        Principal("elsewhere", EVERYBODY.roles, frozenset({"skole"})),
        Principal("nowhere", EVERYBODY.roles, frozenset()),
    ):
        with pytest.raises(Forbidden):
            authorise(stranger, action, "klima")
    authorise(Principal("here", EVERYBODY.roles, frozenset({"klima"})), action, "klima")


def test_every_command_names_an_action_of_its_own_service_in_the_table() -> None:
    found = commands()
    assert {c.__module__.split(".")[1] for c in found} >= {"sessions", "recruitment"}
    for command in found:
        assert command.action in MAY, command
        assert command.action.split(".")[0] == command.__module__.split(".")[1], command


def test_every_action_names_a_service_or_the_example() -> None:
    assert {action.split(".")[0] for action in MAY} <= {*SERVICES, "example"}
