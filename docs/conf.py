"""Build the site from the notebooks: `sphinx-build -W --keep-going -c docs nbs _docs`."""

import sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "docs"), str(ROOT)]

settings = ConfigParser(delimiters=["="], interpolation=None)
settings.read(ROOT / "settings.ini", encoding="utf-8")
settings = settings["DEFAULT"]

project = settings["title"]
author = settings["author"]
copyright = settings["copyright"]
version = release = settings["version"]
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "pages",  # docs/pages.py: how a notebook becomes a page
    "mathml",  # docs/mathml.py: formulas without a script from elsewhere
    "reference",  # docs/reference.py: a page for each module, from the chapters
    "diagram",  # docs/diagram.py: which module imports which
    "navigation",  # docs/navigation.py: sidebar, place, search, from the book's table
]
root_doc = "index"
exclude_patterns = ["**/.ipynb_checkpoints", "**/_*", "**/output", "jupyter_execute"]

# The outputs are stored in the notebooks; nothing runs while the site is built.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_enable_extensions += ["attrs_block"]  # {.glossary}
myst_heading_anchors = 3
myst_update_mathjax = False
html_math_renderer = "mathml"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_use_rtype = False
viewcode_line_numbers = True

html_theme = "furo"
html_title = f"{project} {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
templates_path = ["templates"]
html_favicon = "static/favicon.svg"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "source_repository": settings["git_url"] + "/",
    "source_branch": settings["branch"],
    "source_directory": settings["nbs_path"] + "/",
}
# Both come with furo, and keep a contrast of 7 to 1 even for comments.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
