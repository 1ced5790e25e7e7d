"""The pages that people look at: rendered on the server, without scripts, each with a JSON twin."""

from api.pages import documentation, files, login, plans, runs
from api.pages.page import blueprint

__all__ = ["blueprint", "documentation", "files", "login", "plans", "runs"]
