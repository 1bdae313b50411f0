"""What a download is called: RFC 6266, for any name. Pure."""

from urllib.parse import quote

MAX_NAME_LENGTH = 200
COMPRESSED = (".gz", ".zst", ".bz2", ".xz")
NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
NOT_IN_QUOTES = str.maketrans({"%": "_", "?": "_"})


def export_name(file_name: str, extension: str) -> str:
    """The input's name without folders and without what said that it was compressed, and the extension if it has not.

    >>> export_name("a/app.log.gz", ".csv")
    'a_app.log.csv'
    """
    name = "".join(character for character in file_name if character.isprintable()).translate(NOT_IN_NAMES).strip(" .")
    if name.lower().endswith(COMPRESSED):
        name = name.rpartition(".")[0]
    name = name[:MAX_NAME_LENGTH] or "export"
    return name if name.lower().endswith(extension) else name + extension


def attachment(name: str) -> str:
    """The Content-Disposition of a download called `name`: in ASCII for old clients, then exactly."""
    ascii_name = name.encode("ascii", "replace").decode().translate(NOT_IN_QUOTES)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
