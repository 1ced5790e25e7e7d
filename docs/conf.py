"""How the pages become a site: `make site` writes out/site, from files alone and without a network."""

from importlib.metadata import version as installed

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

lexers["csv"] = TextLexer()  # Pygments knows no CSV

project = "Goal Cascade"
copyright = "the Goal Cascade project"  # noqa: A001 -- Sphinx reads this name
release = installed("goal-cascade")

extensions = ["myst_parser"]
exclude_patterns = ["*.py", "__pycache__"]
myst_heading_anchors = 3  # headings down to the third level can be linked to
nitpicky = True

html_theme = "furo"
html_title = f"Goal Cascade {release}"
html_copy_source = False
html_show_sphinx = False
