"""Loads what a library would load late: once the walls stand, nothing is loaded any more."""

import codecs
import importlib
import pkgutil
from contextlib import suppress

ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "gbk", "gb2312",
    "gb18030", "big5", "latin-1", "cp1252", "mac-roman", "ascii", "charmap", "shift-jis",
    "euc-jp", "euc-kr", "cp949", "unicode-escape",
)  # fmt: skip


def preload(package: str) -> None:
    """Every module of the package, and the encodings of documents from China and elsewhere."""
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        with suppress(ImportError):  # for something optional that is not installed
            importlib.import_module(found.name)
    for name in ENCODINGS:
        codecs.lookup(name)
