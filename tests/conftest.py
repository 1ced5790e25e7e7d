"""What holds for every test: none is timed, children take signals, and on CI nothing of ours may be skipped."""

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    derandomize=not {"CI", "SAME_EXAMPLES"}.isdisjoint(os.environ),
    suppress_health_check=[HealthCheck.too_slow],  # it measures how busy the machine is
)
settings.load_profile("house")

for number in (signal.SIGHUP, signal.SIGINT):
    # Under nohup, or behind `&`, these are ignored, and by children too, so that those which a test is to end would
    # never do so. With a handler they are ignored here as before, and children start with their own.
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda _number, _frame: None)

LONGEST = ("tests/browser/", "tests/test_docs.py", "tests/api/test_worker.py")
"""Where single tests take many seconds: they come first, so that no process waits for one of them at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest in front; otherwise the order stays, with all that share a fixture beside each other."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run on CI in which a test was skipped; the summary lists which."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI"):
        reporter.write_line(f"\n{len(skipped)} skipped, and on CI nothing may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_finish() -> None:
    """What has been imported and collected stays to the end: no look for circles goes through it again."""
    gc.collect()
    gc.freeze()
