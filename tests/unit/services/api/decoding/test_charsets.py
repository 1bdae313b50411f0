"""Charsets told by what bytes are, and none where there is no telling."""

import encodings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.decoding.charsets import WideDecoder, known_charset, wide_encoding
from services.api.decoding.code_pages import CODE_PAGES, guess_code_page
from tests.unit.services.api.decoding.feeding import CUTS, cut

LINE = "2026-01-02 03:04:05 INFO served\r\n"
WIDE = [
    (LINE.encode("utf-16"), "utf-16-le"),
    (b"\xfe\xff" + LINE.encode("utf-16-be"), "utf-16-be"),
    (LINE.encode("utf-32"), "utf-32-le"),
    (b"\0\0\xfe\xff" + LINE.encode("utf-32-be"), "utf-32-be"),
    (LINE.encode("utf-16-le"), "utf-16-le"),
    (LINE.encode("utf-16-be"), "utf-16-be"),
    (LINE.encode("utf-32-le"), "utf-32-le"),
    (LINE.encode("utf-32-be"), "utf-32-be"),
    ("2026-01-02 ошибка соединения\n".encode("utf-16-le"), "utf-16-le"),
    ("2026-01-02 03:04:05 エラー\n".encode("utf-16-be"), "utf-16-be"),
    (b"", None),
    (b"a\0", None),
    (LINE.encode(), None),
    (b"\0" * 100, None),
    (b"one\0two\0three\0four\n" * 9, None),
    (b"\0\0\0\0\0\0" + LINE.encode() * 9, None),
    ("größer\n".encode() * 9, None),
]


@pytest.mark.parametrize(("head", "name"), WIDE)
def test_utf_16_and_utf_32(head: bytes, name: str | None) -> None:
    assert wide_encoding(head) == name


@given(
    text=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\ufeff")),
    name=st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]),
    with_mark=st.booleans(),
    cuts=CUTS,
)
def test_any_text_survives_any_chunks(text: str, name: str, with_mark: bool, cuts: list[int]) -> None:
    decoder = WideDecoder(name)
    content = (("\ufeff" if with_mark else "") + text).encode(name)
    out = b"".join(decoder.feed(chunk) for chunk in cut(content, [length % 7 + 1 for length in cuts]))
    assert (out + decoder.flush()).decode() == text


@given(content=st.binary(max_size=200), name=st.sampled_from(["utf-16-le", "utf-32-be"]), cuts=CUTS)
def test_what_is_no_character_becomes_a_mark(content: bytes, name: str, cuts: list[int]) -> None:
    def decode(chunks: list[bytes]) -> bytes:
        decoder = WideDecoder(name)
        return b"".join(map(decoder.feed, chunks)) + decoder.flush()

    assert decode(cut(content, [length % 5 + 1 for length in cuts])) == decode([content])
    assert decode([content]).decode() == content.decode(name, "replace").removeprefix("\ufeff")


PAGES = [
    ("cp1252", "INFO Verbindung zum Gerät fehlgeschlagen\nWARN Benutzer Müller hat keine Berechtigung\n"),
    ("cp1252", "ERROR l’opération demandée a échoué à cause d’un problème réseau – réessayez\n"),
    ("cp1252", "ERROR la conexión falló, inténtelo de nuevo mañana\n"),
    ("cp1252", "ERRO a conexão falhou, não foi possível iniciar a sessão do usuário\n"),
    ("cp1252", "FEL anslutningen misslyckades, försök igen om en stund, tjänsten är på väg upp\n"),
    ("cp1252", "ERRORE la connessione è fallita perché il server non è più attivo\n"),
    ("cp1252", "WARN login failed for user Müller from 10.0.0.1\n"),
    ("cp1252", "ERROR can’t open file “a.log” – retry\n"),
    ("cp1250", "BŁĄD połączenie zostało przerwane, proszę spróbować później\n"),
    ("cp1250", "CHYBA připojení k serveru bylo přerušeno, zkuste to znovu později\n"),
    ("cp1250", "HIBA a kapcsolat megszakadt, kérjük próbálja meg később\n"),
    ("cp1254", "HATA bağlantı kesildi, lütfen daha sonra tekrar deneyin, şifre geçersiz\n"),
    ("cp1251", "ERROR Файл не найден\n"),
    ("cp1251", "ПОМИЛКА з'єднання з сервером втрачено, спробуйте ще раз пізніше\n"),
    ("koi8-r", "ОШИБКА соединение с сервером потеряно\n"),
    ("cp866", "ОШИБКА соединение с сервером потеряно\n"),
    ("cp1253", "ΣΦΑΛΜΑ η σύνδεση με τον διακομιστή χάθηκε\n"),
    ("cp850", "INFO Verbindung zum Gerät fehlgeschlagen\nWARN Benutzer Müller hat keine Berechtigung\n"),
    ("cp932", "エラー サーバーへの接続に失敗しました\n情報 ユーザーがログインしました\n"),
    ("euc_jp", "エラー サーバーへの接続に失敗しました\n情報 ユーザーがログインしました\n"),
    ("gb18030", "错误 无法连接到服务器，请稍后再试\n信息 用户登录成功\n"),
    ("big5", "錯誤 無法連接到伺服器，請稍後再試\n資訊 使用者登入成功\n"),
    ("cp949", "오류 서버에 연결할 수 없습니다\n정보 사용자가 로그인했습니다\n"),
]


@pytest.mark.parametrize(("name", "text"), PAGES)
def test_code_pages(name: str, text: str) -> None:
    content = "".join(f"2026-01-02 03:04:05 {line}" for line in text.splitlines(keepends=True)).encode(name)
    assert guess_code_page(content) == name
    assert guess_code_page(content * 100) == name
    assert guess_code_page(LINE.encode() * 100 + content * 100 + content[:-3]) == name


NO_TELLING = [
    b"",
    b"plain\n",
    "größer, зарегистрирован, 日本語\n".encode(),
    b"GET /\xff HTTP/1.1\n",
    b"\xc0\xaf\n",
    b"\xed\xa0\x80\n",
    b"a\xff\xfeb\n",
    b"abc \xe2\x82\n",
    "日本 größer é\n".encode() + b"cut \xe6\x97\n",
    bytes(range(256)),
]


@pytest.mark.parametrize("content", NO_TELLING)
def test_damaged_utf_8_is_no_code_page(content: bytes) -> None:
    assert guess_code_page(content) is None


@given(st.binary(max_size=3000))
def test_any_bytes_may_be_asked_about(content: bytes) -> None:
    assert guess_code_page(content) in (None, *CODE_PAGES)


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("UTF8", "utf-8"),
        ("latin-1", "iso8859-1"),
        ("ISO-8859-15", "iso8859-15"),
        ("windows-1252", "cp1252"),
        ("Shift_JIS", "shift_jis"),
        ("utf-16", "utf-16"),
        ("gbk", "gbk"),
        ("utf-7", None),
        ("cp037", None),
        ("rot13", None),
        ("base64", None),
        ("no-such", None),
        ("a\0b", None),
        ("u" * 41, None),
        ("utf-8\n", None),
        ("", None),
        ("ISO_8859-1:1987", "iso8859-1"),
        ("SJIS", "shift_jis"),
        ("KOI8-R", "koi8-r"),
    ],
)
def test_names_that_can_be_forced(asked: str, known: str | None) -> None:
    assert known_charset(asked) == known


def test_names_nobody_knows_are_not_remembered() -> None:
    before = len(vars(encodings)["_cache"])
    assert {known_charset(f"no-such-{number}") for number in range(100)} == {None}
    assert len(vars(encodings)["_cache"]) == before
