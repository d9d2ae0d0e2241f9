"""The commands for top-up codes: told once, kept from other eyes, printed, counted, taken back."""

import io
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from core.codes import symbols
from tests.bot.conftest import TOKEN, Outside, Ran, Setter

Topup = Callable[..., Ran]
CREATE = ("codes", "create", "--count", "3", "--amount", "100", "--batch", "spring")
CREATE = (*CREATE, "--expires", "2099-05-01")


@pytest.fixture
def on(database_url: str, put: Setter) -> str:
    put(DATABASE_URL=database_url, CODE_KEY="a key for codes")
    return database_url


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A last day within ten years, whenever this runs."""
    year = datetime.now(UTC).year + 2
    monkeypatch.setitem(globals(), "CREATE", (*CREATE[:-1], f"{year}-05-01"))


def test_codes_go_to_the_screen_one_per_line_and_nothing_else_does(topup: Topup, on: str) -> None:
    ran = topup(*CREATE)

    codes = ran.out.splitlines()
    assert (ran.code, len(set(codes))) == (0, 3)
    assert all(symbols.read(code) for code in codes)
    assert ran.err == "batch spring: 3 codes, ¥300.00 in all\n"
    report = topup("codes", "report", "spring").out.splitlines()
    assert report[0].startswith("batch spring: released, 3 codes of ¥100.00, until ")
    assert report[0].endswith("-05-02 00:00")
    assert report[1:] == ["active: 3", "redeemed: 0", "revoked: 0", "expired: 0"]


def test_codes_go_to_a_file_for_its_owner_alone(topup: Topup, on: str, tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"

    ran = topup(*CREATE, "--out", str(file))

    assert (ran.code, ran.out) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().split()) == 3


def test_a_file_that_is_there_is_not_written_over_and_no_code_is_made(
    topup: Topup, on: str, tmp_path: Path
) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("precious")

    ran = topup(*CREATE, "--out", str(file))

    assert (ran.code, ran.out, file.read_text()) == (1, "", "precious")
    assert topup("codes", "report", "spring").err == "error: batch_not_found spring\n"


def test_a_batch_that_is_refused_leaves_no_file(topup: Topup, on: str, tmp_path: Path) -> None:
    topup(*CREATE)
    file = tmp_path / "codes.txt"

    again = topup(*CREATE, "--out", str(file))

    assert (again.code, again.err) == (1, "error: batch_exists spring\n")
    assert not file.exists()


def test_the_rest_is_taken_back(topup: Topup, on: str) -> None:
    topup(*CREATE)

    assert topup("codes", "revoke", "spring").out == "batch spring: 3 codes revoked\n"
    assert "revoked: 3" in topup("codes", "report", "spring").out
    assert topup("codes", "revoke", "spring").code == 1
    assert topup("ledger", "verify").code == 0


def test_a_report_comes_with_a_picture(topup: Topup, on: str, tmp_path: Path) -> None:
    topup(*CREATE)
    picture = tmp_path / "curve.png"

    assert topup("codes", "report", "spring", "--out", str(picture)).code == 0
    with Image.open(picture) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (900, 500))


def _text_of(reader: PdfReader) -> str:
    """Without blanks and zero bytes, which the reader puts between glyphs."""
    text = "".join(page.extract_text() for page in reader.pages)
    return "".join(text.replace("\0", "").split())


def _read_qrs(pdf: bytes) -> set[str]:
    pages = PdfReader(io.BytesIO(pdf)).pages
    images = [image.image for page in pages for image in page.images]
    return {zxingcpp.read_barcodes(image)[0].text for image in images}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_sheet_has_a_card_for_each_code_whose_image_opens_the_bot(
    topup: Topup, on: str, put: Setter, outside: Outside, tmp_path: Path
) -> None:
    put(BOT_TOKEN=TOKEN, TELEGRAM_API=outside.address)
    file, first, later = (tmp_path / name for name in ("codes.txt", "first.pdf", "later.pdf"))
    wanted = ("--count", "12", *CREATE[4:])

    made = topup("codes", "create", *wanted, "--out", str(file), "--sheet", str(first))
    printed = topup("codes", "sheet", str(file), "--out", str(later))

    assert (made.code, printed.code) == (0, 0)
    codes = file.read_text().split()
    links = {f"https://t.me/fee_top_up_bot?start=code_{code.replace('-', '')}" for code in codes}
    assert all(len(link.partition("start=")[2]) <= 64 for link in links)
    for sheet in (first, later):
        assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
        reader = PdfReader(sheet)
        assert len(reader.pages) == 2
        text = _text_of(reader)
        assert all(code in text for code in codes)
        assert "云费用账户充值码" in text
        assert _read_qrs(sheet.read_bytes()) == links
    assert "¥100.00" in _text_of(PdfReader(first))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_telegram_no_sheet_and_no_codes_are_made(
    topup: Topup, on: str, put: Setter, tmp_path: Path
) -> None:
    put(BOT_TOKEN=TOKEN, TELEGRAM_API="http://127.0.0.1:9")

    ran = topup(*CREATE, "--sheet", str(tmp_path / "sheet.pdf"))

    assert (ran.code, ran.out) == (1, "")
    assert "could not be asked" in ran.err
    assert topup("codes", "report", "spring").code == 1


@pytest.mark.parametrize("content", ["", "12345\n", "ABCDE-ABCDE-ABCDE-ABCDE-ABCDE\n"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_sheet_of_what_are_no_codes_is_refused(
    topup: Topup, on: str, tmp_path: Path, content: str
) -> None:
    file, out = tmp_path / "codes.txt", tmp_path / "sheet.pdf"
    file.write_text(content)

    ran = topup("codes", "sheet", str(file), "--out", str(out))

    assert ran.code == 1
    assert "one code per line" in ran.err
    assert not out.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"--amount": "1.50"},
        {"--amount": "0"},
        {"--amount": "ten"},
        {"--expires": "tomorrow"},
        {"--expires": "2027-02-30"},
        {"--count": "few"},
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_wrong_arguments_exit_with_2(topup: Topup, on: str, change: dict[str, str]) -> None:
    given = dict(zip(CREATE[2::2], CREATE[3::2], strict=True)) | change

    ran = topup("codes", "create", *(part for pair in given.items() for part in pair))

    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_out_of_bounds_is_refused(topup: Topup, on: str) -> None:
    for change, told in (
        ({"--count": "0"}, "1 to 10000 codes"),
        ({"--expires": "2001-01-01"}, "in the future"),
        ({"--batch": "a/b"}, "named by"),
        ({"--per-account": "4"}, "1 to 3 codes"),
    ):
        given = dict(zip(CREATE[2::2], CREATE[3::2], strict=True)) | change
        ran = topup("codes", "create", *(part for pair in given.items() for part in pair))
        assert (ran.code, ran.out) == (1, "")
        assert told in ran.err


def test_without_a_key_no_codes_are_made(topup: Topup, database_url: str, put: Setter) -> None:
    put(DATABASE_URL=database_url)

    ran = topup(*CREATE)

    assert (ran.code, ran.out, ran.err) == (1, "", "error: codes_off\n")
