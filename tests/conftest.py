"""What holds for every test: no test is timed, and on CI nothing of ours may be skipped."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    derandomize=not {"CI", "SAME_EXAMPLES"}.isdisjoint(os.environ),
    suppress_health_check=[HealthCheck.too_slow],  # it measures how busy the machine is
)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run on CI in which a test was skipped; the summary lists which."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI"):
        reporter.write_line(f"\n{len(skipped)} skipped, and on CI nothing may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
