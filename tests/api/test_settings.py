"""Settings: the same by option, environment and file, and nothing in a file is passed over."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from api.cli.commands.serve import server_settings
from api.cli.main import cascade
from api.cli.retention import policy
from api.cli.settings import declared, programs
from api.db import Store
from api.db.queue_policy import DEFAULT, Policy
from api.server import running
from api.web.logs import redact
from api.worker.worker import Worker, WorkerSettings

SERVICE = programs()


def given(arguments: list[str], environment: dict[str, str], program: str = "serve") -> dict[str, Any]:
    """The values that the program gets."""
    runner = CliRunner(env=environment)
    with runner.isolation(env=environment):
        parent = click.Context(cascade, info_name="cascade")
        return dict(SERVICE[program].make_context(program, arguments, parent=parent).params)


def test_a_setting_is_given_by_option_by_environment_or_by_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        'port = 1\nhttps = true\ntrusted_hosts = ["a.example", "b.example"]\n[serve]\nslots = 0\n'
    )
    found = given(["--settings", str(file)], {})
    assert (found["port"], found["https"], found["slots"]) == (1, True, 0)
    assert found["trusted_hosts"] == ("a.example", "b.example")
    assert given([], {"CASCADE_SETTINGS": str(file), "CASCADE_PORT": "2"})["port"] == 2
    assert given(["--port", "3"], {"CASCADE_SETTINGS": str(file), "CASCADE_PORT": "2"})["port"] == 3


def test_a_file_says_something_else_to_each_program(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'home = "{tmp_path}"\n[serve]\nslots = 0\n[worker]\nslots = 7\n')
    slots = [given(["--settings", str(file)], {}, program)["slots"] for program in ("serve", "worker")]
    homes = [given(["--settings", str(file)], {}, program)["home"] for program in ("serve", "worker")]
    assert (slots, homes) == ([0, 7], [tmp_path, tmp_path])


@pytest.mark.parametrize("program", ["serve", "worker"])
def test_how_long_things_are_kept_is_a_setting_of_whoever_keeps_house(program: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("keep_invitations = 7")
    environment = {"CASCADE_SETTINGS": str(file), "CASCADE_KEEP_ANALYSES": "3"}
    found = given(["--keep-deliveries", "90"], environment, program)
    kept = {name: value for name, value in found.items() if name.startswith("keep_")}
    days = Policy(
        analysis_kept=timedelta(days=3),
        deliveries_kept=timedelta(days=90),
        invitations_kept=timedelta(days=7),
    )
    assert policy(**kept) == days


def test_without_a_setting_things_are_kept_as_long_as_documented() -> None:
    found = given([], {}, "worker")
    assert policy(**{name: value for name, value in found.items() if name.startswith("keep_")}) == DEFAULT


def test_the_server_keeps_house_as_it_is_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = given(["--keep-deliveries", "90", "--home", str(tmp_path), "--port", "0", "--slots", "0"], {})
    del found["quiet"]
    started: list[WorkerSettings] = []

    class Seen(Worker):
        def __init__(self, store: Store, settings: WorkerSettings, *more: Any, **named: Any) -> None:
            started.append(settings)
            super().__init__(store, settings, *more, **named)

    monkeypatch.setattr("api.server.Worker", Seen)
    with running(*server_settings(**found)):
        assert [each.policy.deliveries_kept for each in started] == [timedelta(days=90)]


def test_every_setting_has_a_name_in_the_environment() -> None:
    for command in SERVICE.values():
        for each in declared(command):
            assert each.envvar == f"CASCADE_{str(each.name).upper()}"


def test_every_option_of_a_server_and_a_worker_is_a_setting() -> None:
    for program in ("serve", "worker"):
        assert list(declared(SERVICE[program])) == SERVICE[program].params


def test_names_are_parted_by_commas_or_spaces() -> None:
    assert given([], {"CASCADE_TRUSTED_HOSTS": "a.example, b.example c.example"})["trusted_hosts"] == (
        "a.example", "b.example", "c.example",
    )  # fmt: skip
    assert given(["--trusted-hosts", "a.example,b.example", "--trusted-host", "c.example"], {})[
        "trusted_hosts"
    ] == ("a.example", "b.example", "c.example")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "no setting 'prot'. Did you mean 'port'?"),
        ("[serve]\ngrace = 1", "no setting 'grace'"),
        ("[sreve]\nport = 1", "no setting 'sreve'. Did you mean 'serve'?"),
        ("port = [", "cannot be read"),
        ("port = 'many'", "'many' is not a valid integer"),
        ("settings = 'other.toml'", "no setting 'settings'"),
    ],
)
def test_a_file_with_a_mistake_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    refused = CliRunner().invoke(cascade, ["serve", "--settings", str(file)], env={})
    assert refused.exit_code == 2
    assert message in refused.output.replace("\n", " ")


def test_a_first_key_that_is_none_is_refused() -> None:
    refused = CliRunner().invoke(cascade, ["serve", "--first-key", "secret"])
    assert (refused.exit_code, "cascade keys generate" in refused.output) == (2, True)


def test_the_first_key_is_made_once_and_may_be_chosen(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")]
    token = CliRunner().invoke(cascade, ["keys", "generate"]).output.strip()
    assert redact(token) != token
    first = CliRunner().invoke(cascade, ["keys", "first", *home], env={"CASCADE_FIRST_KEY": token})
    again = CliRunner().invoke(cascade, ["keys", "first", *home])
    assert [(each.exit_code, each.output) for each in (first, again)] == [(0, ""), (0, "")]
    assert token.partition(".")[0] in CliRunner().invoke(cascade, ["keys", "list", *home]).output
    other = CliRunner().invoke(cascade, ["keys", "first", "--home", str(tmp_path / "other")]).output
    assert other.startswith("gc")
