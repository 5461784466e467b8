"""Posts with comments as text, a line each, to records (CroMIC-CMT reference, section 4)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mmtg.data.line_files import decode_line, numbered_lines
from mmtg.data.posts.post import PostTokens
from mmtg.data.posts.records import MADE_BY_CONVERTER, READ_BY_LOADER, PostRecord, write_records
from mmtg.errors import InputError
from mmtg.files import check_new_file

FIELD_END, COMMENT_END = " #EOS# ", "#EOC#"
FIELDS = ("did", "post", "comments")


def convert_posts(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    tokens: PostTokens,
    *,
    published_ids: bool = False,
    overwrite: bool = False,
) -> dict[str, int]:
    """Lines ``did #EOS# post #EOS# comment #EOC# comment ...`` to a ``.pt`` file.

    Args:
        source: the text file, gzipped if its name ends in ``.gz``.
        target: the record file.
        tokens: how texts become ids.
        published_ids: write exactly what the published converter wrote: names without their first two characters and
            their last one, which fit no picture, and tables that its loader does not read.
        overwrite: replace a file that is there.

    Returns:
        Numbers of posts and comments.

    Raises:
        InputError: naming file, line and field, at the first line that is wrong; nothing is written then.
    """
    check_new_file(target, overwrite=overwrite)
    records = list(read_text(Path(source), tokens, published_ids=published_ids))
    spelling = MADE_BY_CONVERTER if published_ids else READ_BY_LOADER
    write_records(target, records, tokens, spelling=spelling, overwrite=overwrite)
    return {"posts": len(records), "comments": sum(len(record.replies) for record in records)}


def read_text(path: Path, tokens: PostTokens, *, published_ids: bool = False) -> Iterator[PostRecord]:
    """Yield the records of a text file; empty lines are skipped.

    Args:
        path: the file.
        tokens: how texts become ids.
        published_ids: as of :func:`convert_posts`.

    Yields:
        A record for each line.

    Raises:
        InputError: naming file, line and field.
    """
    lines: dict[str, int] = {}
    for number, line in numbered_lines(path):
        text = decode_line(line, path, number).rstrip("\r\n")
        if not text.strip():
            continue
        record = _record(_fields(text, path, number), tokens, path, number, published_ids=published_ids)
        if record.id in lines:
            raise _error(f"{record.id!r} is there already, in line {lines[record.id]}", path, number, "did")
        lines[record.id] = number
        yield record
    if not lines:
        raise InputError("holds no posts", file=path)


def _fields(text: str, path: Path, number: int) -> list[str]:
    fields = text.split(FIELD_END)
    if len(fields) != len(FIELDS):
        what = f"has {len(fields)} fields parted by '{FIELD_END.strip()}'; needs {', '.join(FIELDS)}"
        raise _error(what, path, number, None)
    for name, given in zip(FIELDS, fields, strict=True):
        if not given.strip():
            raise _error("is empty", path, number, name)
    return fields


def _record(fields: list[str], tokens: PostTokens, path: Path, number: int, *, published_ids: bool) -> PostRecord:
    did, post, rest = fields
    comments = [comment.strip() for comment in rest.split(COMMENT_END)]
    for place, comment in enumerate(comments, start=1):
        if not comment:
            raise _error("is empty", path, number, f"comment {place}")
    if published_ids:
        did = did[2:-1]
    if not did:
        raise _error("is too short for published_ids", path, number, "did")
    return PostRecord(did, tokens.encode_text(post.strip()), tuple(map(tokens.encode_reply, comments)))


def _error(what: str, path: Path, number: int, field: str | None) -> InputError:
    return InputError(what, file=path, record=f"line {number}", field=field)
