"""Sphinx: `make docs` builds the site of README.md, PAPER.md and docs.

Its source folder is the repository, so that links between pages lead to the same files as on GitHub.
"""

from pathlib import Path

from docutils.nodes import document
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from ravs.version import VERSION

project = "RAVS"
author = "The RAVS authors"
version = release = VERSION
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]

root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "examples/CREDITS.md", "src/ravs/checkpoints/*/*.md", "notes/**.md"]
exclude_patterns = [".*", "tests", "site", "build", "dist", "ravs-*", "runs", "**/__pycache__"]
myst_heading_anchors = 3
highlight_language = "text"

default_role = "literal"  # names in docstrings stand in single backticks
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
maximum_signature_line_length = 88
autosummary_generate = False  # the names are listed in docs/api.md

html_theme = "furo"
html_title = "RAVS"
html_static_path = ["_static"]
html_css_files = ["ravs.css"]
html_extra_path = ["_extra"]
html_copy_source = html_show_sourcelink = html_show_copyright = False


def unlink_folders(app: Sphinx, page: document) -> None:
    """Of a link to a folder, which GitHub shows and a site cannot, the words stay."""
    for link in list(page.findall(pending_xref)):
        if (Path(page["source"]).parent / link["reftarget"]).is_dir():
            link.replace_self(link.children)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("doctree-read", unlink_folders)
