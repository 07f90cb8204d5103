#!/usr/bin/env python3
"""Gives every stage damaged inputs: what is read is true, or it is refused with one line.

  damaged.py BIN [--rows manifests,files,...] [--stages tile,...] [--sample N] [--seed S] [--results FILE]

A case damages one file of one input. It is refused with exit 2 and one line that names the artifact, or
the stage makes the very bytes that it makes of the whole input. Prints one line of JSON per row, and on
standard error each case that did neither, with the flag --only that repeats it. Exit 1 if there was one.
Standard library only; the crafted HDF5 files need h5py, and are left out without it.
"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

from world import FOLDERS, LIBRARY_WORDS, World, digest, record, run, scratch_folder, tree

PROMISES = {
    "manifests": "a value of a manifest or of another JSON file deleted, of another type or out of range",
    "texts": "a JSON file cut short, deeply nested, with a key twice, or not UTF-8",
    "files": "a file cut short, longer, gone, or a FIFO, device, folder or link instead of a file",
    "flips": "one bit of an HDF5, safetensors or image file flipped, and its digest left as it was",
    "matching": "one bit flipped and the manifest's digest made to match: another file, which may be refused or "
                "read, but without a signal, hang or library's words",
    "crafted": "an HDF5 file that contradicts itself or its manifest, or reaches elsewhere; digests match",
    "weights": "a safetensors file that contradicts itself or its manifest; digests match",
    "checkpoints": "a damaged checkpoint: the training ends in the bytes of one that was never stopped",
}

REMOVE = object()
VALUES = {
    "deleted": REMOVE, "null": None, "number": 7.5, "text": "text", "list": [], "object": {}, "true": True,
    "-1": -1, "0": 0, "1e308": 1e308, "2^62": 2 ** 62, "2^64": 2 ** 64, "empty text": "", "long text": "x" * 70000,
    "outside": "../../x", "absolute": "/etc/passwd", "newline": "a\nb\x1b[31m", "nul": "a\0b",
}
# What only a manifest knows, so that another value is the truth; what is made from it may differ.
DESCRIBES = re.compile(
    r"^/(config|version|stage|revision|inputs|sources)(/|$)|/(name|title|source|labels|mask|time_and_depth|meaning|unit|axes|subset|instances|chosen_on|rule)(/|$)|"
    r"^/contents/(pixel_size_um|scaling|channel_names|labels|planned_steps|seconds|device|convolution|precision|threads|parameters|steps|epochs)")


class Case:
    """`damage(folder)` changes files below a copy of the world."""

    def __init__(self, row, stage, name, damage, place, same=True, pointer=""):
        self.name = f"{row}:{stage.name}:{name}"
        self.row, self.stage, self.damage = row, stage, damage
        self.place = place  # the damaged file, below the world
        self.same = same  # whether exit 0 asks for the bytes of the whole input
        self.pointer = pointer


def load(path):
    with open(path) as file:
        return json.load(file)


def store(path, value):
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)


def pointers(value, at=""):
    """Each value of a JSON document, by its pointer."""
    if at:
        yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from pointers(child, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}")


def change(document, pointer, value):
    keys = [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
    for key in keys[:-1]:
        document = document[int(key) if isinstance(document, list) else key]
    last = int(keys[-1]) if isinstance(document, list) else keys[-1]
    if value is REMOVE:
        del document[last]
    else:
        document[last] = value


def manifest_of(world, path):
    """The manifest that names a file."""
    folder = os.path.dirname(path)
    while folder:
        for name in os.listdir(os.path.join(world, folder)):
            if not name.endswith(".json"):
                continue
            manifest = os.path.join(folder, name)
            try:
                records = load(os.path.join(world, manifest))["files"]
            except (ValueError, TypeError, KeyError, RecursionError, OSError):
                continue
            if any(os.path.join(folder, record["name"]) == path for record in records):
                return manifest
        folder = os.path.dirname(folder)
    return None


def match(world, path, also=None):
    """Writes a file's size and digest into its manifest."""
    manifest = os.path.join(world, manifest_of(world, path))
    document = load(manifest)
    for record in document["files"]:
        if os.path.join(os.path.dirname(manifest), record["name"]) == os.path.join(world, path):
            record.update(bytes=os.path.getsize(os.path.join(world, path)), sha256=digest(os.path.join(world, path)))
    if also:
        also(document)
    store(manifest, document)


def inputs_of(stage):
    return [argument for argument in stage.arguments if argument.endswith(".json")]


def files_of(world, manifest):
    folder = os.path.dirname(manifest)
    return [os.path.join(folder, record["name"]) for record in load(os.path.join(world.folder, manifest))["files"]]


def json_files(world, stage):
    for manifest in inputs_of(stage):
        yield manifest
        for file in files_of(world, manifest):
            if file.endswith((".json", ".jsonl")):
                yield file


def manifest_cases(world, stage, options):
    for path in json_files(world, stage):
        is_lines = path.endswith(".jsonl")
        with open(os.path.join(world.folder, path)) as file:
            document = [json.loads(line) for line in file] if is_lines else json.load(file)
        is_manifest = path in inputs_of(stage)
        for pointer in pointers(document):
            for label, value in VALUES.items():
                def damage(folder, pointer=pointer, value=value, path=path, is_lines=is_lines, is_manifest=is_manifest):
                    target = os.path.join(folder, path)
                    with open(target) as file:
                        changed = [json.loads(line) for line in file] if is_lines else json.load(file)
                    change(changed, pointer, value)
                    if is_lines:
                        with open(target, "w") as file:
                            file.writelines(json.dumps(line) + "\n" for line in changed)
                    else:
                        store(target, changed)
                    if not is_manifest:
                        match(folder, path)
                same = is_manifest and not DESCRIBES.search(pointer)
                yield Case("manifests", stage, f"{path}:{pointer}={label}", damage, path, same, pointer)


def text_cases(world, stage, options):
    def texts(text):
        yield "empty", b""
        for part in (1, len(text) // 2, len(text) - 3):
            yield f"first {part} bytes", text[:part]
        yield "200000 brackets", b"[" * 200000
        yield "100000 objects", b'{"a":' * 100000
        yield "deep value", text.rstrip()[:-1] + b',"deep":' + b"[" * 100000 + b"]" * 100000 + b"}"
        yield "key twice", text.replace(b"{", b'{"kind": "images", ', 1) if b'"kind"' in text else text + b"{}"
        yield "not UTF-8", text.replace(b'"', b'"\xff\xfe', 1)
        yield "NUL", text.replace(b":", b":\0", 1)
        yield "NaN", text.replace(b": 1", b": NaN")
        yield "trailing", text + b"x"
        yield "8 MB of blanks and a bracket", b" " * 8000000 + b"]"
        yield "random", random.Random(1).randbytes(5000)

    for path in json_files(world, stage):
        with open(os.path.join(world.folder, path), "rb") as file:
            whole = file.read()
        for label, text in texts(whole):
            def damage(folder, text=text, path=path):
                with open(os.path.join(folder, path), "wb") as file:
                    file.write(text)
                if path not in inputs_of(stage):
                    match(folder, path)
            # The log of a training that was killed may end anywhere.
            yield Case("texts", stage, f"{path}:{label}", damage, path, path in inputs_of(stage))


def data_files(world, stage):
    for manifest in inputs_of(stage):
        yield from files_of(world, manifest)


def file_cases(world, stage, options):
    def replace(make):
        def damage(path):
            os.remove(path)
            make(path)
        return damage

    def cut(size):
        return lambda path: os.truncate(path, size)

    def longer(path):
        with open(path, "ab") as file:
            file.write(b"more")

    for path in list(inputs_of(stage)) + list(data_files(world, stage)):
        size = os.path.getsize(os.path.join(world.folder, path))
        kinds = {f"cut to {at}": cut(at) for at in sorted({0, 1, 8, size // 3, size // 2, size - 1})}
        kinds.update({
            "longer": longer, "gone": os.remove, "folder": replace(os.mkdir), "FIFO": replace(os.mkfifo),
            "device": replace(lambda path: os.symlink("/dev/zero", path)),
            "link to itself": replace(lambda path: os.symlink(path, path)),
            "link to nothing": replace(lambda path: os.symlink("/nowhere", path)),
            "unreadable": lambda path: os.truncate(path, 2 ** 40),
        })
        is_manifest = path in inputs_of(stage)
        for label, act in kinds.items():
            # The end of a manifest is a line's end.
            same = not (is_manifest and label.startswith("cut"))
            yield Case("files", stage, f"{path}:{label}", lambda folder, act=act, path=path: act(os.path.join(folder, path)),
                       path, same)
            if not is_manifest and (label.startswith("cut") or label == "longer"):
                def damage(folder, act=act, path=path):
                    act(os.path.join(folder, path))
                    match(folder, path)
                yield Case("files", stage, f"{path}:{label}:match", damage, path, label.startswith("cut"))


def chunk_ranges(path):
    """Where an HDF5 file has its chunks, if h5py is there to say so."""
    try:
        import h5py
    except ImportError:
        return []
    found = []

    def visit(_, item):
        if isinstance(item, h5py.Dataset) and item.chunks:
            for number in range(item.id.get_num_chunks()):
                info = item.id.get_chunk_info(number)
                found.append((info.byte_offset, info.byte_offset + info.size))

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def flip_cases(world, stage, options):
    for path in data_files(world, stage):
        whole = os.path.join(world.folder, path)
        size = os.path.getsize(whole)
        chance = random.Random(path)
        chunks = chunk_ranges(whole) if path.endswith(".h5") else []
        structure = [at for at in range(size) if not any(a <= at < b for a, b in chunks)]
        # Most of the structure is zeros that are never read.
        with open(whole, "rb") as file:
            content = file.read()
        used = [at for at in structure if content[at]] or structure
        places = [chance.choice(used) for _ in range(options.flips)] + [
            chance.randrange(size) for _ in range(options.flips // 4)]
        for at in places:
            bit = chance.randrange(8)
            for row in ("flips", "matching"):
                def damage(folder, path=path, at=at, bit=bit, row=row):
                    with open(os.path.join(folder, path), "r+b") as file:
                        file.seek(at)
                        byte = file.read(1)[0] ^ 1 << bit
                        file.seek(at)
                        file.write(bytes([byte]))
                    if row == "matching":
                        match(folder, path)
                yield Case(row, stage, f"{path}:{at}.{bit}", damage, path, row == "flips")


def weights_cases(world, stage, options):
    for path in data_files(world, stage):
        if not path.endswith(".safetensors"):
            continue
        for label, make in safetensors_damages():
            def damage(folder, path=path, make=make):
                target = os.path.join(folder, path)
                with open(target, "rb") as file:
                    content = file.read()
                (length,) = struct.unpack("<Q", content[:8])
                header = json.loads(content[8:8 + length])
                with open(target, "wb") as file:
                    file.write(make(header, content[8 + length:]))
                match(folder, path)
            yield Case("weights", stage, f"{path}:{label}", damage, path)


def safetensors_damages():
    def pack(header, data, length=None):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return struct.pack("<Q", len(text) if length is None else length) + text + data

    def first(header):
        return next(name for name in sorted(header) if name != "__metadata__")

    def edit(key, value):
        def make(header, data):
            header[first(header)][key] = value
            return pack(header, data)
        return make

    def rename(new):
        def make(header, data):
            header[new] = header.pop(first(header))
            return pack(header, data)
        return make

    def values(number):
        return lambda header, data: pack(header, struct.pack("<f", number) + data[4:])

    def drop(header, data):
        del header[first(header)]
        return pack(header, data)

    def twice(header, data):
        names = sorted(name for name in header if name != "__metadata__")
        header[names[1]] = header[names[0]]
        return pack(header, data)

    for length in (0, 1, 7, 2 ** 31, 2 ** 62, 2 ** 63, 2 ** 64 - 1, 2 ** 64 - 8):
        yield f"length {length}", lambda header, data, length=length: pack(header, data, length)
    for dtype in ("F16", "BF16", "F64", "I8", "I64", "BOOL", "X", "", None, 5, []):
        yield f"dtype {dtype}", edit("dtype", dtype)
    for shape in ([65536] * 4, [2 ** 62, 4], [-1], [0], [], [1.5], None, "x", [2 ** 64], [-2, -2], [1] * 1000):
        yield f"shape {str(shape)[:20]}", edit("shape", shape)
    for offsets in ([0, 2 ** 62], [2 ** 62, 0], [-4, 0], [0, 0], [4, 0], [0], [0, 1, 2], None, "x", [0.5, 1], [1, 5],
                    [2 ** 64 - 4, 2 ** 64]):
        yield f"offsets {offsets}", edit("data_offsets", offsets)
    for name in ("", "x" * 70000, "a\nb", "__metadata__"):
        yield f"name {name[:8]!r}", rename(name)
    for number in (float("nan"), float("inf"), -float("inf")):
        yield f"value {number}", values(number)
    yield "a tensor is missing", drop
    yield "two tensors share bytes", twice
    yield "no tensors", lambda header, data: pack({}, data)
    yield "a list", lambda header, data: pack(b"[]", data)
    yield "not JSON", lambda header, data: pack(b"{", data)
    yield "deep", lambda header, data: pack(b"[" * 200000, data)
    yield "key twice", lambda header, data: pack(json.dumps(header).encode().replace(b"{", b'{"a":1,"a":2,', 1), data)
    yield "data cut", lambda header, data: pack(header, data[:len(data) // 2])
    yield "data longer", lambda header, data: pack(header, data + bytes(64))


def crafted_cases(world, stage, options):
    try:
        import crafted
    except ImportError:
        return
    for path in data_files(world, stage):
        if not path.endswith(".h5"):
            continue
        for label, craft, same in crafted.damages(os.path.join(world.folder, path)):
            def damage(folder, path=path, craft=craft):
                also = craft(os.path.join(folder, path))
                match(folder, path, also)
            yield Case("crafted", stage, f"{path}:{label}", damage, path, same)


def checkpoint_cases(world, stage, options):
    """Of a training that was stopped after a few updates: its newest checkpoint, and the log."""
    if stage.name != "train" or not world.has_network:
        return
    kept = os.path.join(world.folder, "stopped")
    if not os.path.isdir(kept):
        return
    files = sorted(os.path.relpath(os.path.join(parent, name), kept) for parent, _, names in os.walk(kept)
                   for name in names)
    newest = [f for f in files if f.endswith(".json")][-1]
    base = newest[:-len(".json")]
    log = next(f for f in files if f.endswith(".jsonl"))

    def case(label, act):
        def damage(folder):
            target = os.path.join(folder, "damaged")
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(os.path.join(folder, "stopped"), target)
            act(target)
        return Case("checkpoints", stage, label, damage, newest)

    document = load(os.path.join(kept, newest))
    chance = random.Random(1)
    cases = [(pointer, label) for pointer in pointers(document) for label in VALUES]
    for pointer, label in chance.sample(cases, min(len(cases), 60)):
        def act(target, pointer=pointer, label=label):
            changed = load(os.path.join(target, newest))
            change(changed, pointer, VALUES[label])
            store(os.path.join(target, newest), changed)
        yield case(f"manifest:{pointer}={label}", act)
    for name in (newest, base + ".safetensors", log):
        size = os.path.getsize(os.path.join(kept, name))
        for at in (0, 1, size // 2, size - 1):
            yield case(f"{os.path.basename(name)}:cut to {at}", lambda target, name=name, at=at: os.truncate(os.path.join(target, name), at))
        for _ in range(12):
            at = chance.randrange(size)
            def act(target, name=name, at=at):
                with open(os.path.join(target, name), "r+b") as file:
                    file.seek(at)
                    byte = file.read(1)[0] ^ 1 << at % 8
                    file.seek(at)
                    file.write(bytes([byte]))
            yield case(f"{os.path.basename(name)}:flip {at}", act)
        yield case(f"{os.path.basename(name)}:gone", lambda target, name=name: os.remove(os.path.join(target, name)))
    for label, make in safetensors_damages():
        def act(target, make=make):
            path = os.path.join(target, base + ".safetensors")
            with open(path, "rb") as file:
                content = file.read()
            (length,) = struct.unpack("<Q", content[:8])
            with open(path, "wb") as file:
                file.write(make(json.loads(content[8:8 + length]), content[8 + length:]))
            match(target, base + ".safetensors")
        yield case(f"weights:{label}", act)


MAKERS = {"manifests": manifest_cases, "texts": text_cases, "files": file_cases, "flips": flip_cases,
          "matching": flip_cases, "crafted": crafted_cases, "weights": weights_cases, "checkpoints": checkpoint_cases}


def stop_training(world):
    """Leaves the checkpoints of a training that was killed below stopped/."""
    stage = next(stage for stage in world.stages if stage.name == "train")
    folder = os.path.join(world.folder, "stopped")
    process = subprocess.Popen(world.command(stage, "stopped"), env=world.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    while process.poll() is None:
        manifests = [name for _, _, names in os.walk(folder) for name in names if name.endswith(".json")]
        if any(name >= "000000004" for name in manifests):
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.001)
    process.wait()
    if not os.path.isdir(os.path.join(folder, "checkpoints")):
        shutil.rmtree(folder, ignore_errors=True)  # it came to its end first


class Damager:
    """Each worker damages its own copy of the world."""

    def __init__(self, world, scratch):
        self.world, self.scratch = world, scratch
        self.local = threading.local()
        self.count = 0
        self.lock = threading.Lock()
        self.wholes = {stage.name: self.output(world, os.path.join(world.folder, FOLDERS[stage.name]))
                       for stage in world.stages if stage.manifest}

    def own(self):
        if not hasattr(self.local, "world"):
            with self.lock:
                self.count += 1
                folder = os.path.join(self.scratch, f"world{self.count}")
            shutil.copytree(self.world.folder, folder)
            self.local.world = World(self.world.programs, folder)
        return self.local.world

    @staticmethod
    def output(world, folder):
        """What was made, but for the digests of the inputs' manifests."""
        found = {}
        for parent, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(parent, name)
                if name.endswith((".log", ".digests")):
                    continue
                with open(path, "rb") as file:
                    content = file.read()
                if name.endswith(".html"):  # shows them, too
                    content = re.sub(rb"[0-9a-f]{12,64}", b"DIGEST", content)
                found[os.path.relpath(path, folder)] = content
        for name, content in found.items():
            if name.endswith(".json"):
                document = json.loads(content)
                for record in document.get("inputs", []) + document.get("files", []) if isinstance(document, dict) else ():
                    record.pop("sha256", None)
                found[name] = document
        return found

    def run(self, case):
        world = self.own()
        folder = os.path.dirname(case.place)
        whole = os.path.join(self.world.folder, folder)
        out = "damaged"
        shutil.rmtree(os.path.join(world.folder, out), ignore_errors=True)
        stage = case.stage
        case.damage(world.folder)
        try:
            command = ["prlimit", "--as=" + str(2 ** 35 if stage.needs_libtorch else 2 ** 32), *world.command(stage, out)]
            result = run(command, world.environment)
            return self.judge(case, result, world, os.path.join(world.folder, out))
        finally:
            if case.row != "checkpoints":
                target = os.path.join(world.folder, folder)
                shutil.rmtree(target)
                shutil.copytree(whole, target)

    def judge(self, case, result, world, folder):
        stage = case.stage
        line = result.err.strip()[:300]
        if result.hang:
            return [("hangs", "it hangs")]
        if result.code < 0:
            return [("signals", f"signal {-result.code} {line}")]
        wrong = []
        if LIBRARY_WORDS.search(result.err):
            wrong.append(("wrong_lines", f"a library's words: {line}"))
        if case.row == "checkpoints" and result.code != 0:
            wrong.append(("wrong_exits", f"exit {result.code}: {line}"))
        elif result.code == 2:
            place = os.path.splitext(os.path.basename(case.place))[0]
            manifest = case.place if case.place in inputs_of(stage) else manifest_of(self.world.folder, case.place)
            names = [place, os.path.basename(case.place), os.path.basename(manifest or case.place), "image/*.png"]
            if case.place in inputs_of(stage):  # of the whole artifact: a file that lost its record may be named, too
                names += [os.path.relpath(file, os.path.dirname(case.place)) for file in files_of(self.world, case.place)]
            if len(result.lines) != 1:
                wrong.append(("wrong_lines", f"{len(result.lines)} lines: {line}"))
            elif not any(name in result.err for name in names):
                wrong.append(("wrong_lines", f"does not name {case.place}: {line}"))
        elif result.code != 0:
            wrong.append(("wrong_exits", f"exit {result.code}: {line}"))
        if stage.manifest is None:
            return wrong
        if result.code != 0:
            if os.path.exists(os.path.join(folder, stage.manifest)):
                wrong.append(("silent", f"exit {result.code} and a manifest"))
        elif case.same:
            got = self.output(world, folder)
            whole = self.wholes[stage.name]
            names = [name for name in sorted(got.keys() | whole.keys()) if got.get(name) != whole.get(name)]
            if names:
                wrong.append(("silent", f"exit 0, and other bytes: {', '.join(names[:3])}"))
        return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("--rows", default=",".join(PROMISES), help="of " + ", ".join(PROMISES))
    parser.add_argument("--stages", default="")
    parser.add_argument("--only", help="one case")
    parser.add_argument("--sample", type=int, default=0, help="draw so many cases of each row (0: all)")
    parser.add_argument("--slow", type=int, default=100, help="cases per row of each stage that takes long")
    parser.add_argument("--flips", type=int, default=160, help="flipped bits per file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--results")
    options = parser.parse_args()
    scratch = scratch_folder("damaged")
    failed = False
    try:
        world = World(options.bin, os.path.join(scratch, "world")).build()
        if "checkpoints" in options.rows:
            stop_training(world)
        damager = Damager(world, scratch)
        names = options.stages.split(",") if options.stages else [stage.name for stage in world.stages]
        chance = random.Random(options.seed)
        for row in filter(PROMISES.get, options.rows.split(",")):  # the others are run.py's
            start = time.time()
            cases = []
            for stage in world.stages:
                if stage.name in names:
                    own = [case for case in MAKERS[row](world, stage, options) if case.row == row]
                    cases += chance.sample(own, min(len(own), options.slow)) if stage.is_slow else own
            if options.only:
                cases = [case for case in cases if case.name == options.only]
            elif options.sample and options.sample < len(cases):
                cases = chance.sample(cases, options.sample)
            counts = dict.fromkeys(["silent", "signals", "hangs", "wrong_exits", "wrong_lines"], 0)
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                for case, complaints in zip(cases, pool.map(damager.run, cases)):
                    for kind in {kind for kind, _ in complaints}:
                        counts[kind] += 1
                    for kind, text in complaints:
                        told = text.replace("\n", " | ")
                        print(f"FAILED: {kind}: {told}: --only '{case.name}'", file=sys.stderr, flush=True)
            failed |= any(counts.values())
            record({"row": row, "promise": PROMISES[row], "tree": tree(), "cases": len(cases), **counts,
                    "seconds": round(time.time() - start)}, options.results)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
