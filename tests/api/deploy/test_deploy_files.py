"""The files in docs/deploy are what they should be: their commands and settings are the program's, their parts agree."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from api.cli.main import cascade
from api.cli.settings import declared, programs
from api.db.keyring import KEYS
from api.web.config import Limits

DEPLOY = Path(__file__).parents[3] / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
SETTINGS = {str(each.envvar) for command in programs().values() for each in declared(command)} | {KEYS}


def compose() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def parsed(arguments: list[str]) -> dict[str, Any]:
    """The values of a command line, which must be one of the program's."""
    name, *rest = arguments
    parent = click.Context(cascade, info_name="cascade")
    return dict(programs()[name].make_context(name, rest, parent=parent).params)


def started(unit: Path) -> list[str]:
    """What the unit starts, for the instance 8081."""
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.M)
    return shlex.split(line.replace("%i", "8081"))


def test_the_commands_in_the_compose_file_are_ours_and_so_are_their_settings() -> None:
    services = compose()["services"]
    web, worker = (parsed(shlex.split(services[name]["command"])) for name in ("web", "worker"))
    assert (web["slots"], web["behind_proxy"], web["https"], web["health_port"]) == (0, 1, True, 9100)
    assert worker["slots"] == 2
    for name in ("web", "worker"):
        ours = {each for each in services[name]["environment"] if each.startswith("CASCADE_")}
        assert ours <= SETTINGS
        assert services[name]["deploy"]["replicas"] == 2


def test_containers_are_given_longer_to_end_than_their_programs_take() -> None:
    services = compose()["services"]
    grace = parsed(shlex.split(services["worker"]["command"]))["grace"]
    assert int(services["worker"]["stop_grace_period"].rstrip("s")) > grace
    held = tomllib.loads((DEPLOY / "settings.toml").read_text(encoding="utf-8"))
    for unit in UNITS:
        (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text(encoding="utf-8"), re.M)
        assert int(seconds) > held["worker"]["grace"]


def test_what_the_compose_file_mounts_is_here_and_its_services_depend_on_each_other() -> None:
    services = compose()["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert not source.startswith("./") or (DEPLOY / source).exists() or source == "./tls"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_program_of_ours_with_the_settings_beside_it(unit: Path) -> None:
    program, *arguments = started(unit)
    assert program.endswith("/bin/cascade")
    here = [str(DEPLOY / "settings.toml") if each.startswith("/etc/") else each for each in arguments]
    found = parsed(here)
    assert str(found["home"]) == "/var/lib/cascade"
    if "serve" in arguments:
        assert (found["slots"], found["port"], found["health_port"]) == (0, 8081, 18081)
        assert found["trusted_hosts"] == ("plans.example.com",)
    else:
        assert found["slots"] == 2


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert all(re.fullmatch(r"(\[\w+\]|[A-Z]\w+=.*|)", line) for line in text.splitlines())
    if not shutil.which("systemd-analyze"):
        return
    here = str(Path(sys.executable).parent / "cascade")
    copied = tmp_path / unit.name.replace("@", "@8081")
    copied.write_text(text.replace("/opt/cascade/bin/cascade", here).replace("%i", "8081"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(copied)], capture_output=True, text=True, check=False
    )
    ours = [line for line in verified.stderr.splitlines() if copied.name in line]
    assert ours == []


def test_the_proxy_lets_pass_what_the_service_accepts() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    (size,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(size) << 20 == Limits().body_bytes
    (patience,) = re.findall(r"proxy_read_timeout (\d+)s;", text)
    assert int(patience) > Limits().answer_s


def test_the_image_installs_what_is_locked_and_copies_what_the_package_holds() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    project = tomllib.loads((DEPLOY.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"COPY {package} " in text
    locked = (DEPLOY / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", locked, re.M))
    assert {"procrastinate", "psycopg", "waitress"} <= set(pinned)
    tested = (DEPLOY.parents[1] / "requirements-dev.txt").read_text(encoding="utf-8")
    assert pinned.items() <= dict(re.findall(r"^([\w.-]+)==([\w.]+)", tested, re.M)).items()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_takes_the_secrets_from_where_the_page_puts_them(unit: Path) -> None:
    (file,) = re.findall(r"^EnvironmentFile=-(.*)$", unit.read_text(encoding="utf-8"), re.M)
    page = (DEPLOY.parent / "how-to" / "operate.md").read_text(encoding="utf-8")
    assert f"> {file})" in page
    assert KEYS in page


def test_the_proxy_of_containers_finds_one_that_was_made_anew() -> None:
    """It has another address then; nginx asks again since 1.27.3, where the servers are in shared memory."""
    text = (DEPLOY / "upstream-compose.conf").read_text(encoding="utf-8")
    assert re.search(r"^zone .*;\nresolver .*;\nserver web:8080 resolve ", text, re.M)
    version = compose()["services"]["proxy"]["image"].partition(":")[2]
    assert tuple(map(int, version.split("."))) >= (1, 28)
