"""Says loudly when exports were not opened in LibreOffice."""

import pytest

from tests.money_view.office import NO_OFFICE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_OFFICE in str(report.longrepr) for report in skipped):
        terminalreporter.section("EXPORTS WERE NOT OPENED IN LIBREOFFICE", red=True, bold=True)
        terminalreporter.line(NO_OFFICE)
