"""A compound file ([MS-CFB], version 3) of given streams, and a mail of Outlook ([MS-OXMSG]) in one.

In: streams by their path, or attachments by their name. Out: bytes. Not here: reading either.
"""

from __future__ import annotations

import struct

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_ROOT, _STORAGE, _STREAM = 5, 1, 2


def outlook_mail(
    files: dict[str, bytes],
    body: str = "Kính gửi Bộ Nội vụ.",
    mails: dict[str, dict[str, bytes]] | None = None,
    links: tuple[str, ...] = (),
) -> bytes:
    """A .msg with these attachments, each by value; mails: name → attachments of a mail that is attached whole; links:
    names of what is attached as a link."""
    return compound_file(_mail("", files, body, mails or {}, links))


def _mail(
    folder: str,
    files: dict[str, bytes],
    body: str,
    mails: dict[str, dict[str, bytes]],
    links: tuple[str, ...] = (),
) -> dict[str, bytes]:
    count = len(files) + len(mails) + len(links)
    streams = _properties(
        folder,
        bytes(8) + struct.pack("<4I", 0, count, 0, count) + (b"" if folder else bytes(8)),
        {(0x001A, 0x1F): "IPM.Note".encode("utf-16-le"), (0x1000, 0x1F): body.encode("utf-16-le")},
        {(0x340D, 0x03): 0x00040000},
    )
    for number, name in enumerate([*files, *mails, *links]):
        place = f"{folder}__attach_version1.0_#{number:08X}/"
        long = {(0x3701, 0x102): files[name]} if name in files else {}
        method = 1 if name in files else 5 if name in mails else 7
        streams |= _properties(
            place,
            bytes(8),
            {**long, (0x3707, 0x1F): name.encode("utf-16-le")},
            {(0x3705, 0x03): method, (0x0E21, 0x03): number},
        )
        if name in mails:
            streams |= _mail(f"{place}__substg1.0_3701000D/", mails[name], "Xin chuyển tiếp.", {})
    return streams


def _properties(
    folder: str, head: bytes, long: dict[tuple[int, int], bytes], short: dict[tuple[int, int], int]
) -> dict[str, bytes]:
    """The streams of properties: the long ones a stream each, and the table of all."""
    entries = [
        struct.pack("<HHIII", kind, name, 6, len(value) + 2 * (kind == 0x1F), 0) for (name, kind), value in long.items()
    ]
    entries += [struct.pack("<HHIII", kind, name, 6, value, 0) for (name, kind), value in short.items()]
    return {
        f"{folder}__properties_version1.0": head + b"".join(entries),
        **{f"{folder}__substg1.0_{name:04X}{kind:04X}": value for (name, kind), value in long.items()},
    }


def compound_file(streams: dict[str, bytes]) -> bytes:
    """A file that holds these streams; storages are the parts of their paths."""
    names = {""} | {path.rpartition("/")[0] for path in streams} | set(streams)
    paths = sorted(names, key=lambda path: (path.count("/") + bool(path), len(path), path.upper()))
    number = {path: at for at, path in enumerate(paths)}
    chains: list[int] = []
    body = b""

    def chain(count: int, table: list[int]) -> int:
        """The first of so many further places in a row, or the end of none."""
        first = len(table)
        table += [*range(first + 1, first + count), _END] if count else []
        return first if count else _END

    def store(content: bytes) -> int:
        nonlocal body
        padded = content.ljust(-(-len(content) // _SECTOR) * _SECTOR, b"\0")
        body += padded
        return chain(len(padded) // _SECTOR, chains)

    mini, mini_chains, start = b"", [], {}
    for path, content in streams.items():
        if len(content) < _CUTOFF:
            padded = content.ljust(-(-len(content) // _MINI) * _MINI, b"\0")
            mini += padded
            start[path] = chain(len(padded) // _MINI, mini_chains)
        else:
            start[path] = store(content)
    root = store(mini)
    mini_table = store(struct.pack(f"<{len(mini_chains)}I", *mini_chains).ljust(_SECTOR, b"\xff"))
    entries = []
    for path in paths:
        inside = [other for other in paths if other and other.rpartition("/")[0] == path]
        beside = [other for other in paths if path and other.rpartition("/")[0] == path.rpartition("/")[0]]
        after = [other for other in beside if number[other] > number[path]]
        kind = _ROOT if not path else _STREAM if path in streams else _STORAGE
        name = (path.rpartition("/")[2] or "Root Entry").encode("utf-16-le") + b"\0\0"
        size = len(mini) if not path else len(streams.get(path, b""))
        sibling = number[after[0]] if after else _NONE
        child = number[inside[0]] if inside else _NONE
        place = struct.pack("<IQ", root if not path else start.get(path, 0), size)
        tree = struct.pack("<HBBIII", len(name), kind, 1, _NONE, sibling, child)
        entries.append(name.ljust(64, b"\0") + tree + bytes(36) + place)
    empty = bytes(64) + struct.pack("<HBBIII", 0, 0, 0, _NONE, _NONE, _NONE) + bytes(48)
    directory = store(b"".join(entries) + empty * (-len(entries) % 4))
    tables = 0
    while tables * 128 < len(chains) + tables:
        tables += 1
    fat = [*chains, *[_FAT] * tables]
    fat += [_FREE] * (tables * 128 - len(fat))
    places = range(len(chains), len(chains) + tables)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, tables, directory, 0, _CUTOFF, mini_table, 1, _END, 0)
    head += struct.pack("<109I", *places, *[_FREE] * (109 - tables))
    return head + body + struct.pack(f"<{len(fat)}I", *fat)
