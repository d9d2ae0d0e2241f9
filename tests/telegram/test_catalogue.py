"""Texts: fields escaped and formatted, and every fault of the files found."""

from pathlib import Path

import pytest
import structlog

from bot.conversations.model import Fields, Text
from bot.locales import catalogue as catalogue_module
from bot.locales import po_files
from bot.locales.check import faults_of
from bot.locales.fields import visible
from tests.telegram.texts import catalogue

SAY = catalogue()


def test_fields_are_escaped_and_the_text_keeps_its_markup() -> None:
    said = SAY.say("en", Text("play.home", {"said": "<b>&", "count": 2}))

    assert said == "You said <b>&lt;b&gt;&amp;</b>, 2 times"


def test_plain_text_has_no_markup_and_no_escapes() -> None:
    said = SAY.plain("en", Text("play.home", {"said": "<b>&", "count": 2}))

    assert said == "You said <b>&, 2 times"


def test_money_and_times_are_told_in_the_accounts_form() -> None:
    fields: Fields = {"amount_fen": 123_450, "expires_at": "2026-11-22T10:05:00+00:00"}

    assert SAY.say("zh_CN", Text("play.money", fields)) == "金额 ¥1,234.50，时间 2026-11-22 18:05"


def test_dates_are_written_as_the_language_writes_them() -> None:
    text = Text("play.said", {"said": Text("play.dated", {"first_on": "2026-11-02"})})

    assert SAY.say("zh_CN", text) == "顺便说一句 2026年11月2日"
    assert SAY.say("en", text) == "By the way Nov 2, 2026"


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("en", 1, "1 day"), ("en", 2, "2 days"), ("en", 0, "0 days"), ("zh_CN", 1, "1 天")],
)
def test_a_counted_text_has_the_form_of_its_number(language: str, count: int, said: str) -> None:
    assert SAY.say(language, Text("play.days", {"count": count})) == said


def test_a_text_within_a_text_is_said_in_the_same_language() -> None:
    inner = Text("play.card", {"count": 1})

    assert SAY.say("en", Text("play.said", {"said": inner})) == "By the way Card 1"


def test_a_field_that_is_missing_is_seen_and_logged() -> None:
    with structlog.testing.capture_logs() as lines:
        said = SAY.say("en", Text("play.card"))

    assert said == "Card [count?]"
    assert lines[0]["event"] == "text.field_missing"


def test_a_key_that_is_missing_is_seen_and_logged() -> None:
    with structlog.testing.capture_logs() as lines:
        said = SAY.say("en", Text("no.such.key"))

    assert said == "no.such.key"
    assert lines[0]["event"] == "text.missing"


def test_braces_in_a_value_are_not_fields() -> None:
    said = SAY.say("en", Text("play.said", {"said": "{count} {0} {said.__class__}"}))

    assert said == "By the way {count} {0} {said.__class__}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("王老板 Ltd.", "王老板 Ltd."),
        ("全角　空格\u00a0", "全角　空格\u00a0"),
        ("abc\u202etxt", "abc[U+202E]txt"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("two\nlines", "two[U+000A]lines"),
        ("nul\x00", "nul[U+0000]"),
        ("blank\u3164", "blank[U+3164]"),
        ("\u2066isolated\u2069", "[U+2066]isolated[U+2069]"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\u200db", "a[U+200D]b"),
    ],
)
def test_signs_that_hide_or_reorder_are_made_visible(value: str, shown: str) -> None:
    assert visible(value) == shown


# --- the check ----------------------------------------------------------------------------------

CODE = 'from model import Text\nText("a.one")\nText("a.two" if x else "a.three")\n'
GOOD = {
    "zh_CN": {"a.one": "一 {n}", "a.three": "三", "a.two": "二"},
    "en": {"a.one": "One {n}", "a.three": "Three", "a.two": "Two"},
}


def faults(tmp_path: Path, texts: dict[str, dict[str, str]], code: str = CODE) -> str:
    sources = tmp_path / "code"
    sources.mkdir()
    (sources / "some.py").write_text(code, "utf-8")
    for language, entries in texts.items():
        lines = [f'msgid "{key}"\nmsgstr "{text}"\n' for key, text in entries.items()]
        (tmp_path / f"{language}.po").write_text("\n".join(lines), "utf-8")
    return "\n".join(faults_of(tmp_path, sources))


def changed(language: str, key: str, text: str) -> dict[str, dict[str, str]]:
    return {**GOOD, language: {**GOOD[language], key: text}}


def test_complete_texts_have_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD) == ""


def test_a_key_missing_in_one_language_is_a_fault(tmp_path: Path) -> None:
    assert "en: a.two is missing" in faults(tmp_path, changed("en", "a.two", ""))


def test_a_singular_is_due_only_where_the_language_has_one(tmp_path: Path) -> None:
    assert faults(tmp_path, changed("en", "a.two.singular", "Two once")) == ""


def test_a_singular_cannot_be_there_in_chinese_alone(tmp_path: Path) -> None:
    assert "en: a.two.singular is missing" in faults(
        tmp_path, changed("zh_CN", "a.two.singular", "二")
    )


def test_other_fields_in_one_language_are_a_fault(tmp_path: Path) -> None:
    assert "a.one: the fields differ" in faults(tmp_path, changed("en", "a.one", "One {m}"))


def test_chinese_in_english_is_a_fault(tmp_path: Path) -> None:
    assert "en: a.two has Chinese" in faults(tmp_path, changed("en", "a.two", "Two 二"))


def test_untranslated_chinese_is_a_fault(tmp_path: Path) -> None:
    assert "zh_CN: a.two looks untranslated" in faults(tmp_path, changed("zh_CN", "a.two", "Two"))


def test_an_english_sentence_in_chinese_is_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, changed("zh_CN", "a.two", "余额 is not enough for this"))

    assert "zh_CN: a.two has an English sentence" in found


def test_names_in_chinese_are_none(tmp_path: Path) -> None:
    assert faults(tmp_path, changed("zh_CN", "a.two", "用 QQ Wallet 或 WeChat Pay 支付")) == ""


@pytest.mark.parametrize("text", ["{count} days", "{count} open orders", "{count} file(s)"])
def test_several_without_a_form_for_one_is_a_fault(tmp_path: Path, text: str) -> None:
    texts = {name: dict(entries) for name, entries in GOOD.items()}
    texts["zh_CN"]["a.two"], texts["en"]["a.two"] = "{count} 个", text

    assert "en: a.two.singular is missing" in faults(tmp_path, texts)
    texts["en"]["a.two.singular"] = "{count} thing"
    again = tmp_path / "again"
    again.mkdir()
    assert "singular" not in faults(again, texts)


def test_a_reference_that_cannot_be_copied_is_a_fault(tmp_path: Path) -> None:
    texts = {name: dict(entries) for name, entries in GOOD.items()}
    texts["zh_CN"]["a.two"] = "到账\\n单号 <code>{reference}</code>"
    texts["en"]["a.two"] = "Arrived\\nReference {reference}"

    assert faults(tmp_path, texts) == "en: a.two has {reference} outside of <code>"


def test_a_tag_that_does_not_close_is_a_fault(tmp_path: Path) -> None:
    assert "en: a.two has tags" in faults(tmp_path, changed("en", "a.two", "<b>Two"))


def test_a_key_without_text_in_any_language_is_a_fault(tmp_path: Path) -> None:
    texts = {language: {**entries, "a.two": ""} for language, entries in GOOD.items()}

    assert "zh_CN: a.two has no text" in faults(tmp_path, texts)


def test_a_key_the_code_names_must_exist(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD, CODE + 'Text("a.four")\n')

    assert "code names a.four" in found


def test_a_key_nobody_uses_is_a_fault(tmp_path: Path) -> None:
    assert "a.one is used nowhere" in faults(tmp_path, GOOD, 'Text("a.two")\nX = "a.three"\n')


def test_keys_built_in_code_count_as_used(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD, 'Text(f"a.{name}")\n') == ""


def test_built_keys_without_any_text_are_a_fault(tmp_path: Path) -> None:
    assert "builds keys like" in faults(tmp_path, GOOD, CODE + 'Text(f"b.{name}")\n')


def test_a_key_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    faults(tmp_path, GOOD)
    path = tmp_path / "en.po"
    path.write_text(path.read_text("utf-8") + '\nmsgid "a.two"\nmsgstr "Other"\n', "utf-8")

    assert "en: keys stand twice" in "\n".join(faults_of(tmp_path, tmp_path / "code"))


def test_sorting_puts_the_files_right(tmp_path: Path) -> None:
    jumbled = {name: dict(reversed(entries.items())) for name, entries in GOOD.items()}
    assert "not in order" in faults(tmp_path, jumbled)

    arguments = ["--sort", "--check", "--folder", str(tmp_path), "--sources", f"{tmp_path}/code"]
    code = catalogue_module.main(arguments)

    assert code == 0
    assert po_files.read_all(tmp_path) == GOOD


def test_the_check_exits_1_and_names_the_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults(tmp_path, changed("en", "a.two", ""))

    code = catalogue_module.main(
        ["--check", "--folder", str(tmp_path), "--sources", f"{tmp_path}/code"]
    )

    assert code == 1
    assert "en: a.two is missing" in capsys.readouterr().err
