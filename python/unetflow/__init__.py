"""Reads the artifacts of unetflow's stages: a manifest (JSON) beside its data (HDF5, JSON, CSV).

`open()` is where to begin. Arrays are read when they are asked for; all are NumPy's.
"""
import csv
import hashlib
import json
from pathlib import Path

import h5py
import numpy

__version__ = "0.2.0"
__all__ = ["open", "Run", "Artifact", "Picture", "Damaged", "NotFound"]

_FORMAT = "unetflow-artifact-1"
_ORDER = ["images", "split", "tiles", "augmented", "weights", "model", "predictions", "calibration", "segments",
          "evaluation", "report"]


class Damaged(ValueError):
    """A file that is not what its manifest says."""


class NotFound(KeyError):
    """A name that a run, an artifact or an image does not have; says those that it has."""

    def __str__(self):
        return self.args[0]


def open(path):
    """Opens what is at `path`: a Run for a folder of artifacts (work/NAME), an Artifact for one of its folders or for
    a manifest. Raises NotFound where there is neither, and Damaged for a manifest that cannot be read."""
    path = Path(path)
    if path.is_file():
        return Artifact([path])
    own = _manifests(path)
    if own:
        return Artifact(own)
    run = Run(path)
    if not run.keys():
        raise NotFound(f"{path}: there is no manifest of unetflow, expected a folder such as work/phantom or a part of it")
    return run


def _manifests(folder):
    return [file for file in sorted(folder.glob("*.json")) if _read_manifest(file, required=False)] if folder.is_dir() else []


def _read_manifest(file, required=True):
    try:
        manifest = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        if required:
            raise Damaged(f"{file}: cannot be read: {error}") from None
        return None
    if isinstance(manifest, dict) and manifest.get("format") == _FORMAT:
        return manifest
    if required:
        raise Damaged(f"{file}: is not a manifest of unetflow")
    return None


def _lookup(mapping, name, place):
    if name not in mapping:
        raise NotFound(f"{place}: there is no {name!r}; there are {', '.join(map(str, mapping)) or 'none'}")
    return mapping[name]


class Run:
    """The artifacts of one run, a mapping from their kinds ("images", "tiles", ...)."""

    def __init__(self, folder):
        self.folder = Path(folder)
        found = {}
        for part in sorted(self.folder.iterdir()) if self.folder.is_dir() else []:
            manifests = _manifests(part)
            if manifests:
                found[part.name] = Artifact(manifests)
        names = [name for name in _ORDER if name in found] + [name for name in found if name not in _ORDER]
        self._artifacts = {name: found[name] for name in names}

    def keys(self):
        return list(self._artifacts)

    def __iter__(self):
        return iter(self._artifacts)

    def __getitem__(self, name):
        return _lookup(self._artifacts, name, self.folder)

    def __repr__(self):
        return f"{self.folder}\n" + "\n".join(f"  {artifact!r}" for artifact in self._artifacts.values())

    @property
    def pictures(self):
        """All images, in order; each with its arrays in every artifact, and with the subset that split.json gives it."""
        pictures = {}
        for artifact in self._artifacts.values():
            for picture in artifact.pictures:
                pictures.setdefault(picture.index, Picture(picture.info)).add(picture)
        if "split" in self._artifacts:
            for entry in self._artifacts["split"].contents["pictures"]:
                if entry["index"] in pictures:
                    pictures[entry["index"]].info["subset"] = entry["subset"]
        return [pictures[index] for index in sorted(pictures)]

    def picture(self, name):
        """The image of this name, or of this number. A name that several images have is refused."""
        found = [picture for picture in self.pictures if name in (picture.name, picture.index)]
        if len(found) != 1:
            has = ", ".join(f"{picture.name} ({picture.index})" for picture in found or self.pictures)
            raise NotFound(f"{self.folder}: {len(found) or 'no'} images are called {name!r}; there are {has}")
        return found[0]


class Artifact:
    """What one stage made: one manifest, or the shards 00000-of-00004.json, ... of one kind."""

    def __init__(self, manifests):
        self.paths = [Path(path) for path in manifests]
        self.manifests = [_read_manifest(path) for path in self.paths]
        self.kind = self.manifests[0]["kind"]
        for path, manifest in zip(self.paths, self.manifests):
            if manifest["kind"] != self.kind:
                raise Damaged(f"{path}: is an artifact of kind {manifest['kind']!r} beside one of kind {self.kind!r}")

    @property
    def contents(self):
        """What the (first) manifest says of its contents."""
        return self.manifests[0]["contents"] or {}

    @property
    def config(self):
        return self.manifests[0]["config"]

    def __repr__(self):
        parts = [f"{len(self.paths)} shards" if len(self.paths) > 1 else "1 manifest"]
        parts += [f"{len(self.pictures)} images"] if self.pictures else []
        parts += [f"{name} {list(self[name].shape)}" for name in self.keys()]
        return f"{self.kind}: {', '.join(parts)}"

    # Arrays of samples.
    def keys(self):
        """The datasets that are indexed by sample; those of images are in `pictures`."""
        return [name for name in self.manifests[0]["datasets"] or {} if not name.startswith("pictures/")]

    def __iter__(self):
        return iter(self.keys())

    def __getitem__(self, name):
        if name not in self.keys():
            raise NotFound(f"{self.paths[0].parent}: there is no dataset {name!r}; there are {', '.join(self.keys()) or 'none'}")
        return Samples([(path, manifest["datasets"][name]) for path, manifest in zip(self.paths, self.manifests)], name)

    def axes(self, name):
        """What the axes are, the slowest first."""
        return tuple(_axes(self._described(name)["axes"]))

    def unit(self, name):
        return self._described(name)["unit"]

    def meaning(self, name):
        return self._described(name)["meaning"]

    def _described(self, name):
        for manifest in self.manifests:
            for key, described in (manifest["datasets"] or {}).items():
                if name in (key, key.rpartition("/")[2]):
                    return described
        raise NotFound(f"{self.paths[0].parent}: there is no dataset {name!r}")

    # Images.
    @property
    def pictures(self):
        out = []
        for path, manifest in zip(self.paths, self.manifests):
            contents = manifest["contents"] or {}
            size = contents.get("pixel_size_um")
            infos = contents.get("pictures")  # an evaluation only counts them
            for info in infos if isinstance(infos, list) else []:
                picture = Picture({**info, "pixel_size_um": tuple(size) if size else None})
                prefix = f"pictures/{info['index']:05d}/"
                for key in manifest["datasets"] or {}:
                    if key.startswith(prefix):
                        picture.sources[key[len(prefix):]] = (path, key)
                out.append(picture)
        return sorted(out, key=lambda picture: picture.index)

    # Tables.
    @property
    def log(self):
        """A dict for each line of a model's metrics.jsonl."""
        return [json.loads(line) for line in self._file("metrics.jsonl").read_text().splitlines()]

    @property
    def metrics(self):
        """An evaluation's metrics.json."""
        return json.loads(self._file("metrics.json").read_bytes())

    @property
    def table(self):
        """An evaluation's metrics.csv: columns, each with a value for each threshold. Values that are not defined are NaN."""
        return _columns(self._file("metrics.csv"))

    @property
    def of_pictures(self):
        """An evaluation's pictures.csv: the same for each image and threshold."""
        return _columns(self._file("pictures.csv"))

    def _file(self, name):
        file = self.paths[0].parent / name
        if not file.is_file():
            raise NotFound(f"{self.paths[0]}: an artifact of kind {self.kind!r} has no {name}")
        return file

    def verify(self):
        """Raises Damaged unless every file has the digest that its manifest gives."""
        for path, manifest in zip(self.paths, self.manifests):
            for entry in manifest["files"]:
                file = path.parent / entry["name"]
                digest = hashlib.sha256()
                try:
                    with file.open("rb") as stream:
                        while block := stream.read(1 << 20):
                            digest.update(block)
                except OSError as error:
                    raise Damaged(f"{file}: cannot be read: {error.strerror}") from None
                if digest.hexdigest() != entry["sha256"]:
                    raise Damaged(f"{file}: does not have the digest that {path} gives")


class Samples:
    """A dataset of all shards, one behind the other; indexed by sample like an array."""

    def __init__(self, parts, name):
        self._parts, self.name = [(path.with_suffix(".h5"), described) for path, described in parts], name
        counts = [described["shape"][0] for _, described in self._parts]
        self.shape = (sum(counts), *self._parts[0][1]["shape"][1:])
        self.dtype = numpy.dtype(self._parts[0][1]["dtype"])
        self._ends = numpy.cumsum(counts)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        if isinstance(index, slice):
            chosen = range(*index.indices(len(self)))
            return numpy.stack([self[i] for i in chosen]) if chosen else numpy.empty((0, *self.shape[1:]), self.dtype)
        index = index + len(self) if index < 0 else index
        if not 0 <= index < len(self):
            raise IndexError(f"{self.name}: there is no sample {index}; there are {len(self)}")
        part = int(numpy.searchsorted(self._ends, index, side="right"))
        file, described = self._parts[part]
        with h5py.File(file, "r") as data:
            return data[self.name][index - (self._ends[part] - described["shape"][0])]

    def __array__(self, dtype=None, copy=None):
        return numpy.asarray(self[:], dtype)


class Picture:
    """One image: its arrays by name ("image", "label", "probability", "segments", ...), and what is known of it."""

    def __init__(self, info):
        self.info = dict(info)
        self.sources = {}

    def add(self, other):
        self.sources.update(other.sources)
        # Later artifacts know more (segments: the number of cells); what is the image's own stays.
        self.info.update({key: value for key, value in other.info.items() if value is not None and key != "subset"})

    name = property(lambda self: self.info["name"])
    index = property(lambda self: self.info["index"])
    subset = property(lambda self: self.info["subset"])
    pixel_size_um = property(lambda self: self.info.get("pixel_size_um"))

    def keys(self):
        return list(self.sources)

    def __iter__(self):
        return iter(self.sources)

    def __contains__(self, name):
        return name in self.sources

    def __getitem__(self, name):
        path, key = _lookup(self.sources, name, f"image {self.name}")
        with h5py.File(path.with_suffix(".h5"), "r") as data:
            return data[key][()]

    def __repr__(self):
        size = f"{self.info.get('height', '?')} x {self.info.get('width', '?')}"
        return f"Picture({self.name!r}, {self.subset}, {size}: {', '.join(self.keys())})"


def _axes(axes):
    for axis in axes:
        yield from axis.split(", ")


def _columns(file):
    with file.open(newline="") as stream:
        rows = list(csv.reader(stream))
    names, rows = rows[0], rows[1:]
    return {name: _numbers([row[i] for row in rows]) for i, name in enumerate(names)}


def _numbers(texts):
    try:
        return numpy.array([float(text) if text else numpy.nan for text in texts])
    except ValueError:
        return numpy.array(texts)
