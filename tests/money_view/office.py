"""What LibreOffice makes of an export."""

import csv
import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

NO_OFFICE = "LibreOffice was not found; `apt-get install libreoffice-calc` gets it"


def converted(content: bytes, name: str, tmp_path: Path, sheet: int = 1) -> list[list[str]]:
    """What LibreOffice makes of the file: counted again, as CSV of one sheet."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if os.environ.get("CI", "").lower() == "true":
            raise AssertionError(NO_OFFICE)
        pytest.skip(NO_OFFICE)
    source = tmp_path / name
    source.write_bytes(content)
    how = f"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,{sheet}"
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    arguments = ["--convert-to", how, "--outdir", str(tmp_path / f"out{sheet}"), str(source)]
    subprocess.run([*command, *arguments], check=True, capture_output=True, timeout=200)
    found = next((tmp_path / f"out{sheet}").glob(f"{source.stem}*.csv"))
    return list(csv.reader(io.StringIO(found.read_text("utf-8-sig"))))
