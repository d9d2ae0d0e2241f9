"""What `make test` needs beside Python packages: a Chromium, found or fetched."""

import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def main() -> None:
    """Never fails: the suite itself says loudly what could not run."""
    if any(shutil.which(name) for name in NAMES):
        return
    print("No Chromium found; trying Playwright's own.")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    main()
