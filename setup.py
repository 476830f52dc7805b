"""Turn settings.ini, the single source of configuration, into the package's metadata."""

from configparser import ConfigParser
from pathlib import Path

from setuptools import find_namespace_packages, setup

ROOT = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13"]
STATUSES = {"3": "3 - Alpha", "4": "4 - Beta", "5": "5 - Production/Stable"}


def read_settings() -> dict[str, str]:
    """Return the default section of settings.ini."""
    parser = ConfigParser(delimiters=["="], interpolation=None)
    parser.read(ROOT / "settings.ini", encoding="utf-8")
    return dict(parser["DEFAULT"])


settings = read_settings()
name = settings["lib_name"]
setup(
    name=name,
    version=settings["version"],
    description=settings["description"],
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author=settings["author"],
    author_email=settings["author_email"],
    url=settings["git_url"],
    project_urls={"Documentation": settings["doc_host"] + settings["doc_baseurl"]},
    keywords=settings["keywords"].split(),
    classifiers=[
        "Development Status :: " + STATUSES[settings["status"]],
        "Intended Audience :: " + settings["audience"],
        "Natural Language :: " + settings["language"],
        "Topic :: Multimedia :: Sound/Audio :: MIDI",
        *(f"Programming Language :: Python :: {version}" for version in PYTHONS),
    ],
    python_requires=">=" + settings["min_python"],
    # Namespace packages, because folders of data have no __init__.py.
    packages=find_namespace_packages(include=[name, f"{name}.*"], exclude=["*.__pycache__*"]),
    package_data={name: ["corpora/**/*", "models/**/*", "exercises/notebooks/*"]},
    install_requires=settings["requirements"].split(),
    extras_require={
        "dev": settings["dev_requirements"].split(),
        "grading": settings["grading_requirements"].split(),
    },
    entry_points={"console_scripts": settings["console_scripts"].split()},
)
