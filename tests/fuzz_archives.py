"""Archives to damage: compressed scores, and zip and tar archives of a few files, as `corpus` opens them."""

import bz2
import gzip
import io
import random
import re
import tarfile
import warnings
import zipfile
from pathlib import Path

from fuzz_formats import (
    FILES,
    WIDE,
    Format,
    attempt,
    damage_bytes,
    damage_score,
    etudes,
    read_score_file,
)

from jazz_nb.data import corpus
from jazz_nb.formats.midi_writer import to_midi
from jazz_nb.formats.musicxml_writer import to_musicxml, to_mxl
from jazz_nb.loading.files import ETUDES
from jazz_nb.tune import excerpt

# Where the numbers of a zip file's records stand.
FIELDS = {
    b"PK\3\4": (4, 6, 8, 10, 12, 14, 18, 22, 26, 28),
    b"PK\1\2": (6, 8, 10, 16, 20, 24, 28, 30, 32, 34, 42),
    b"PK\5\6": (4, 6, 8, 10, 12, 16, 20),
}
PLACES = [
    "../score.musicxml",
    "/etc/passwd",
    "C:\\x",
    "\\\\host\\x",
    "a/../../b",
    ".",
    "",
    "nul\0l",
    "é",
    ".h.abc",
]
PLACES += [
    "x" * 300,
    "../../tmp/planted.abc",
    "/tmp/planted.abc",
    "new\nline.abc",
    "in.zip",
    "__MACOSX/x.abc",
]


# --- zip ---------------------------------------------------------------------------------------------------


def pack(rng: random.Random, files: dict[str, bytes]) -> bytes:
    """Pack files, some of them in unusual ways."""
    stream, ways = io.BytesIO(), [zipfile.ZIP_DEFLATED] * 12 + [0, 0, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    with zipfile.ZipFile(stream, "w", rng.choice(ways)) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names may come twice
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, rng.choice(ways))
            if rng.random() < 0.02:
                archive.writestr(zipfile.ZipInfo(name), content[: len(content) // 2])
    return stream.getvalue()


def unpack(blob: bytes) -> dict[str, bytes]:
    """Unpack a sound archive."""
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def damage_records(rng: random.Random, whole: bytes) -> bytes:
    """Overwrite fields of a zip file's records."""
    blob = bytearray(whole)
    for _ in range(rng.choice([1, 1, 2, 4])):
        records = list(re.finditer(rb"PK(\x03\x04|\x01\x02|\x05\x06)", blob))
        if records:
            record, width = rng.choice(records), rng.choice([2, 2, 4])
            start = record.start() + rng.choice(FIELDS[bytes(record[0])])
            number = rng.choice([*WIDE, 8, 9, 12, 14, 99, 0x800, len(blob), 2**20])
            blob[start : start + width] = (number % 256**width).to_bytes(width, "little")
    return bytes(blob)


def bomb(rng: random.Random) -> bytes:
    """Write something long that packs into little."""
    piece = rng.choice([b" ", b"\0", b"<x>", b"<x/>", b"&amp;", b"C8|\n"])
    return rng.choice([b"", b"<score-partwise>", b"X:1\nK:C\n"]) + piece * rng.choice([2**20, 10**7])


# --- compressed MusicXML -----------------------------------------------------------------------------------


def mxl_seeds(_folder: Path) -> list[bytes]:
    """Compress short scores."""
    return [to_mxl(excerpt(tune, 1, 4)) for tune in etudes()[::4]]


def damage_mxl(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage the score inside, the list of contents, the archive around it, or all."""
    blob, other, way = rng.choice(seeds), rng.choice(seeds), rng.random()
    if way < 0.75:
        files, box, score = unpack(blob), "META-INF/container.xml", "score.musicxml"
        if way < 0.45:
            files[score] = damage_score(rng, [files[score]])
        elif way < 0.52:
            files[box] = damage_score(rng, [files[box]])
        elif way < 0.60:
            place = rng.choice(PLACES)
            files[box] = files[box].replace(score.encode(), place.encode())
            files[place or "x"] = files[score]
        elif way < 0.62:
            files[rng.choice([box, score])] = bomb(rng)
        elif way < 0.66:
            files = dict(rng.sample(list(files.items()), rng.choice([0, 1, 2])))
        blob = pack(rng, files)
    if way > 0.75 or rng.random() < 0.3:
        blob = damage_records(rng, blob) if rng.random() < 0.5 else damage_bytes(rng, blob, other)
    return blob if way < 0.97 else blob[: rng.randrange(len(blob) + 1)]


# --- archives of a few files -------------------------------------------------------------------------------


def archive_seeds(_folder: Path) -> list[bytes]:
    """Pack a tune in every format; `damage_files` unpacks them again."""
    tunes = [excerpt(tune, 1, 4) for tune in etudes()[::9]]
    pages = sorted(ETUDES.glob("*.abc"))
    archives = []
    for page, tune in zip(pages, tunes):
        score = to_musicxml(tune).encode()
        files = {
            page.name: page.read_bytes(),
            "deep/er/b.mid": to_midi(tune).dumps_midi(),
            "c.musicxml": score,
        }
        files |= {"d.mxl": to_mxl(tune), "read me.txt": b"| C7 |", "LICENSE": b"ours"}
        archives.append(pack(random.Random(0), files))
    return archives


def damage_files(rng: random.Random, seeds: list[bytes]) -> dict[str, bytes]:
    """Damage one file of an archive, its name, or what else lies beside it."""
    files = unpack(rng.choice(seeds))
    name, way = rng.choice(list(files)), rng.random()
    if way < 0.35:
        kinds = {form.suffix: form for form in FILES.values()} | {".mxl": ARCHIVES["mxl"]}
        if Path(name).suffix in kinds:
            files[name] = kinds[Path(name).suffix].damage(rng, [files[name]])
    elif way < 0.55:
        files[rng.choice(PLACES) or "x"] = files[name]
    elif way < 0.57:
        files[name] = bomb(rng)
    elif way < 0.62:
        files[rng.choice(["in.zip", "in.tar", "in.tar.gz", "x.db", "x.db.xz"])] = rng.choice(seeds)
    elif way < 0.67:
        files |= {f"{number}.abc": files[name] + b"%" * number for number in range(rng.choice([1, 30]))}
    elif way < 0.75:
        files = dict(rng.sample(list(files.items()), rng.randrange(len(files))))
    return files


def damage_zip(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage files inside, records, bytes, or all."""
    blob, way = pack(rng, damage_files(rng, seeds)), rng.random()
    if way < 0.35:
        blob = damage_records(rng, blob)
    elif way < 0.6:
        blob = damage_bytes(rng, blob, rng.choice(seeds))
    return blob if way < 0.97 else blob[: rng.randrange(len(blob) + 1)]


def tape(rng: random.Random, files: dict[str, bytes]) -> bytes:
    """Write a tape of files, and of things that are no files."""
    stream, forms = io.BytesIO(), [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
    with tarfile.open(fileobj=stream, mode="w", format=rng.choice(forms)) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("\0", "") or "x")
            member.size = len(content)
            if rng.random() < 0.05:
                member.type = rng.choice([b"1", b"2", b"3", b"6", b"S"])  # links, devices, pipes, holes
                member.linkname = rng.choice(["/etc/passwd", "../x.abc", *files])[:90]
            elif rng.random() < 0.05:
                word = rng.choice(["path", "size", "linkpath"])
                member.pax_headers = {word: rng.choice(["/etc/passwd", "99999999999", "../x"])}
            try:
                archive.addfile(member, io.BytesIO(content))
            except (ValueError, UnicodeError):
                continue  # a name that this kind of tape cannot hold
    return stream.getvalue()


# Name, mode, size, time, kind, link and prefix of a tape's header, and what they may be overwritten with.
HEADER = (0, 100), (100, 8), (124, 12), (124, 12), (136, 12), (156, 1), (157, 100), (345, 155)
WORDS = (
    b"",
    b"\xff" * 12,
    b"\x80" + b"\xff" * 11,
    b"77777777777",
    b"-1",
    b"../../x.abc",
    b"x",
    b"L",
    b"S",
    b"K",
)


def damage_headers(rng: random.Random, whole: bytes) -> bytes:
    """Overwrite fields of a tape's headers, and make their sums right again."""
    blob = bytearray(whole)
    places = [at for at in range(0, len(blob) - 511, 512) if blob[at + 257 : at + 262] == b"ustar"]
    for at in rng.sample(places, min(len(places), rng.choice([1, 1, 2]))):
        start, width = rng.choice(HEADER)
        field = rng.choice(WORDS)
        blob[at + start : at + start + width] = field[:width].ljust(width, b"\0")
        blob[at + 148 : at + 156] = b" " * 8
        blob[at + 148 : at + 156] = b"%06o\0 " % sum(blob[at : at + 512])
    return bytes(blob)


def damage_tar(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage files inside, headers, bytes, or all."""
    blob, way = tape(rng, damage_files(rng, seeds)), rng.random()
    if way < 0.35:
        blob = damage_headers(rng, blob)
    elif way < 0.6:
        blob = damage_bytes(rng, blob, blob)
    return blob if way < 0.97 else blob[: rng.randrange(len(blob) + 1)]


def damage_tgz(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage a tape, then pack it; then, now and then, damage it once more."""
    blob = damage_tar(rng, seeds)
    blob = gzip.compress(blob, 1, mtime=0) if rng.random() < 0.97 else bz2.compress(blob, 1)
    return damage_bytes(rng, blob, blob) if rng.random() < 0.3 else blob


def read_archive(path: Path, often: bool) -> list:
    """Open an archive as a corpus and take down all its tunes; nothing else may come of it."""
    opened = attempt(corpus, path, jobs=1)
    if not isinstance(opened[0], Exception):
        music = opened[0]
        report = [*music.skipped, *music.remarks]
        words = [word for pair in report for word in pair]
        assert all(len(word.splitlines()) == 1 and len(word) < 1000 for word in words), words
        assert all(file.startswith((path.name, "files of")) for file, _ in music.skipped), music.skipped
        if often:
            music.report()
            assert corpus(path, jobs=1).fingerprint == music.fingerprint
        return [music[place] for place in range(len(music))]
    return opened


ARCHIVES = {
    "mxl": Format(".mxl", mxl_seeds, damage_mxl, read_score_file),
    "zip": Format(".zip", archive_seeds, damage_zip, read_archive),
    "tar": Format(".tar", archive_seeds, damage_tar, read_archive),
    "tgz": Format(".tar.gz", archive_seeds, damage_tgz, read_archive),
}
