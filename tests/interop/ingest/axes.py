#!/usr/bin/env python3
"""Files of several axes as scientists' tools write them, through ingest: which pages become images, which become
channels, and what is refused with the sentence to write. usage: axes.py BIN_DIR"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import h5py
import numcodecs
import numpy as np
import tifffile
import zarr

BIN = os.path.abspath(sys.argv[1])


def array(*shape, dtype="uint16"):
    """Each value once, so that nothing can be confused."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def ingest(pictures, **source):
    """Images [image][channel, y, x], in units of the file, and the manifest; or the message."""
    output = "out/00000-of-00001.json"
    config = {"sources": [{"pictures": pictures, **source}]}
    with open("ingest.json", "w") as file:
        json.dump(config, file)
    result = subprocess.run([f"{BIN}/unetflow-ingest", "--config", "ingest.json", "--input", ".", "--output", output, "--quiet"],
                            capture_output=True, text=True)
    if result.returncode != 0:
        assert result.returncode == 2, result
        assert result.stderr.count("\n") == 1, result.stderr
        return result.stderr
    with open(output) as file:
        manifest = json.load(file)
    with h5py.File(output.replace(".json", ".h5")) as shard:
        images = [shard[f"pictures/{p['index']:05}/image"][:] for p in manifest["contents"]["pictures"]]
    return images, manifest["contents"]


def imagej(name, data, axes, **more):
    metadata = {"axes": axes, **more.pop("metadata", {})}
    tifffile.imwrite(name, data, imagej=True, metadata=metadata, **more)


def ome(name, data, axes, **more):
    metadata = {"axes": axes, **more.pop("metadata", {})}
    tifffile.imwrite(name, data, ome=True, metadata=metadata, **more)


TCYX = array(3, 2, 8, 10)
TZCYX = array(3, 4, 2, 8, 10)
SENTENCE = 'expected its axes to be stated, as in "axes": "TCYX"'


def several_files(name, data):
    """Two files that each say that the other has the other half."""
    xml = tifffile.tiffcomment
    for i, part in enumerate(("a", "b")):
        ome(f"{name}-{part}.ome.tif", data[i], "CYX")
    text = xml(f"{name}-a.ome.tif")
    data_of = '<TiffData IFD="0" FirstT="{}" PlaneCount="2"><UUID FileName="{}">urn:uuid:{}</UUID></TiffData>'
    text = text[:text.index("<TiffData")] + data_of.format(0, "a", 1) + data_of.format(1, "b", 2) + "</Pixels></Image></OME>"
    for part in ("a", "b"):
        tifffile.tiffcomment(f"{name}-{part}.ome.tif", text.replace('SizeT="1"', 'SizeT="2"').encode())


def series(name, *parts):
    with tifffile.TiffWriter(name, ome=True) as file:
        for data, axes in parts:
            file.write(data, metadata={"axes": axes})


def described(name, data, text):
    tifffile.imwrite(name, data, description=text.encode(), metadata=None, photometric="minisblack")


def metamorph(name, data, planes=None):
    """A stack as MetaMorph writes it: one directory, and a tag that counts the planes."""
    planes = planes or len(data)
    times = (1, 1) * planes
    tifffile.imwrite(name, data, truncate=True, metadata=None, photometric="minisblack",
                     extratags=[(33629, 5, planes, times, True)])


# Each: how the file is written, what the user states, and the images expected or a part of the message.
CASES = {
    "imagej T3C2": (lambda f: imagej(f, TCYX, "TCYX"), "", TCYX),
    "imagej T3Z4C2": (lambda f: imagej(f, TZCYX, "TZCYX"), "", TZCYX.reshape(12, 2, 8, 10)),
    "imagej Z of a stack": (lambda f: imagej(f, array(5, 8, 10), "ZYX"), "", array(5, 1, 8, 10)),
    "imagej channels only": (lambda f: imagej(f, array(2, 8, 10), "CYX"), "", array(1, 2, 8, 10)),
    "imagej RGB frames": (lambda f: imagej(f, array(3, 8, 10, 3, dtype="uint8"), "TYXS"), "",
                          np.moveaxis(array(3, 8, 10, 3, dtype="uint8"), -1, 1)),
    "imagej big-endian": (lambda f: imagej(f, TCYX, "TCYX", byteorder=">"), "", TCYX),
    "imagej in one directory": (lambda f: imagej(f, TCYX, "TCYX", truncate=True), "", TCYX),
    "imagej in one big-endian directory": (lambda f: imagej(f, TCYX, "TCYX", truncate=True, byteorder=">"), "", TCYX),
    "imagej cut short": (lambda f: (imagej(f, TCYX, "TCYX", truncate=True), os.truncate(f, os.path.getsize(f) - 200)), "",
                         "has 1 page, but its ImageJ metadata say images=6; " + SENTENCE),
    "imagej first page of a cut one": (lambda f: (imagej(f, TCYX, "TCYX", truncate=True), os.truncate(f, os.path.getsize(f) - 200)), "YX",
                                       TCYX[:1, :1]),
    "imagej that contradicts itself": (
        lambda f: described(f, array(6, 8, 10), "ImageJ=1.54f\nimages=6\nchannels=4\n"), "",
        "has 6 pages, but its ImageJ metadata say 1 frames, 1 slices and 4 channels; " + SENTENCE),
    "ome TCYX": (lambda f: ome(f, TCYX, "TCYX"), "", TCYX),
    "ome CTYX": (lambda f: ome(f, TCYX, "CTYX"), "", np.swapaxes(TCYX, 0, 1)),
    "ome TZCYX": (lambda f: ome(f, TZCYX, "TZCYX"), "", TZCYX.reshape(12, 2, 8, 10)),
    "ome ZCTYX": (lambda f: ome(f, TZCYX, "ZCTYX"), "",
                  TZCYX.transpose(0, 2, 1, 3, 4).reshape(6, 4, 8, 10)),
    "ome RGB": (lambda f: ome(f, array(3, 8, 10, 3, dtype="uint8"), "TYXS", photometric="rgb"), "",
                np.moveaxis(array(3, 8, 10, 3, dtype="uint8"), -1, 1)),
    "ome of two series": (lambda f: series(f, (TCYX, "TCYX"), (TCYX + 1, "TCYX")), "",
                          np.concatenate([TCYX, TCYX + 1])),
    "ome that is not XML": (lambda f: described(f, array(6, 8, 10), "<OME><Image>"), "",
                            "has OME metadata that are not well-formed XML at byte 11; " + SENTENCE),
    "ome without sizes": (
        lambda f: described(f, array(6, 8, 10), '<OME><Image><Pixels DimensionOrder="XYZCT" SizeZ="0"/></Image></OME>'), "",
        "has OME metadata without a usable SizeT; " + SENTENCE),
    "ome with too many planes": (lambda f: (ome(f, TCYX, "TCYX"), tifffile.tiffcomment(
        f, tifffile.tiffcomment(f).replace('SizeT="3"', 'SizeT="4"').encode())), "",
        "has 6 pages, but its OME metadata say 4 times, 1 slices and 2 channels; " + SENTENCE),
    "ome with fewer planes": (lambda f: (ome(f, TCYX, "TCYX"), tifffile.tiffcomment(
        f, tifffile.tiffcomment(f).replace('SizeT="3"', 'SizeT="2"').encode())), "",
        "has 6 pages, but its OME metadata name page 0 and the 6 from it on; " + SENTENCE),
    "shaped with axes": (lambda f: tifffile.imwrite(f, TCYX, metadata={"axes": "TCYX"}), "", TCYX),
    "shaped CTYX": (lambda f: tifffile.imwrite(f, TCYX, metadata={"axes": "CTYX"}), "", np.swapaxes(TCYX, 0, 1)),
    "shaped without axes": (lambda f: tifffile.imwrite(f, TCYX), "",
                            "holds an array of the shape [3, 2, 8, 10] that does not say what its axes are; " + SENTENCE),
    "shaped without axes, stated": (lambda f: tifffile.imwrite(f, TCYX), "TC2YX", TCYX),
    "shaped without axes, stated without sizes": (lambda f: tifffile.imwrite(f, TCYX), "TCYX", TCYX),
    "shaped without axes, more stated than it has": (lambda f: tifffile.imwrite(f, TCYX), "TZCYX",
                                                     "has 6 pages, whose axes TZC are of unknown sizes; expected sizes "
                                                     'behind all letters but one, as in "TZ2C2YX"'),
    "channels last of slices": (lambda f: tifffile.imwrite(f, array(3, 12, 10, 2)), "ZYXC",
                                np.moveaxis(array(3, 12, 10, 2), -1, 1)),
    "shaped without axes, stated otherwise": (lambda f: tifffile.imwrite(f, TCYX), "C3TYX", np.swapaxes(TCYX, 0, 1)),
    "two planes, said to be gray": (lambda f: tifffile.imwrite(f, array(2, 8, 10), photometric="minisblack",
                                                                planarconfig="separate"), "", array(1, 2, 8, 10)),
    "three planes": (lambda f: tifffile.imwrite(f, array(3, 8, 10, dtype="uint8")), "",
                     "holds an array of the shape [3, 8, 10] that does not say what its axes are; " + SENTENCE),
    "shaped frames": (lambda f: tifffile.imwrite(f, array(5, 8, 10)), "", array(5, 1, 8, 10)),
    "shaped in one directory": (lambda f: tifffile.imwrite(f, array(5, 8, 10), truncate=True), "", array(5, 1, 8, 10)),
    "shaped in one directory, stated": (lambda f: tifffile.imwrite(f, TCYX, truncate=True), "TC2YX", TCYX),
    "one page at a time": (lambda f: [tifffile.imwrite(f, page, append=True) for page in array(5, 8, 10)], "",
                           array(5, 1, 8, 10)),
    "a pyramid": (lambda f: [tifffile.imwrite(f, array(17, 12)[::k, ::k], append=k > 1) for k in (1, 2, 4)], "",
                  "has page 1 in the shape of page 0 at a fraction of its size, as levels of a pyramid have; " + SENTENCE),
    "channels last": (lambda f: tifffile.imwrite(f, array(12, 10, 2)), "",
                      "has 12 pages that are 2 wide, as if channels were the last axis of one array; " + SENTENCE),
    "channels last, stated": (lambda f: tifffile.imwrite(f, array(12, 10, 2)), "YXC",
                              np.moveaxis(array(12, 10, 2), -1, 0)[None]),
    "channels last, as the file says": (lambda f: tifffile.imwrite(f, array(12, 10, 2), metadata={"axes": "YXC"}), "",
                                        np.moveaxis(array(12, 10, 2), -1, 0)[None]),
    "channels last of slices, stated": (lambda f: tifffile.imwrite(f, array(3, 12, 10, 2)), "Z3YXC",
                                        np.moveaxis(array(3, 12, 10, 2), -1, 1)),
    "x before y": (lambda f: tifffile.imwrite(f, array(5, 8, 10)), "ZXY", np.swapaxes(array(5, 1, 8, 10), 2, 3)),
    "slices last": (lambda f: tifffile.imwrite(f, array(8, 10, 5)), "YXZ", np.moveaxis(array(8, 10, 5), -1, 0)[:, None]),
    "RGB pages, stated": (lambda f: tifffile.imwrite(f, array(3, 8, 10, 3, dtype="uint8"), photometric="rgb"), "TYXC",
                          np.moveaxis(array(3, 8, 10, 3, dtype="uint8"), -1, 1)),
    "MetaMorph": (lambda f: metamorph(f, array(5, 8, 10)), "", array(5, 1, 8, 10)),
    "MetaMorph, cut short": (lambda f: metamorph(f, array(5, 8, 10), 50), "",
                             "has 1 page, but MetaMorph's metadata say 50 planes; " + SENTENCE),
    "pages without metadata": (lambda f: tifffile.imwrite(f, array(5, 8, 10), metadata=None), "", array(5, 1, 8, 10)),
    "pages without metadata as channels": (lambda f: tifffile.imwrite(f, array(5, 8, 10), metadata=None), "CYX",
                                           array(1, 5, 8, 10)),
    "pages of two unknown sizes": (lambda f: tifffile.imwrite(f, array(6, 8, 10), metadata=None), "TCYX",
                                   "has 6 pages, whose axes TC are of unknown sizes; expected sizes behind all letters "
                                   'but one, as in "TC2YX"'),
    "pages that do not divide": (lambda f: tifffile.imwrite(f, array(5, 8, 10), metadata=None), "TC2YX",
                                 "has 5 pages, which the axes TC2YX do not fit"),
    "one page, two stated": (lambda f: tifffile.imwrite(f, array(8, 10), metadata=None), "C2YX",
                             "has 1 page, which the axes C2YX do not fit"),
    "letters of another alphabet": (lambda f: tifffile.imwrite(f, array(5, 8, 10), metadata=None), "QYX",
                                    'at /sources/0/axes: is "QYX", expected the letters'),
}

PIXEL_SIZES = {
    "imagej micron": (lambda f: imagej(f, TCYX, "TCYX", resolution=(1 / 0.65, 1 / 0.325), metadata={"unit": "micron"}),
                      [0.325, 0.65]),
    "imagej micro sign": (lambda f: imagej(f, TCYX, "TCYX", resolution=(2, 2), metadata={"unit": "\\u00B5m"}), [0.5, 0.5]),
    "imagej Microns": (lambda f: imagej(f, TCYX, "TCYX", resolution=(2, 2), metadata={"unit": "Microns"}), [0.5, 0.5]),
    "imagej nm": (lambda f: imagej(f, TCYX, "TCYX", resolution=(0.25, 0.25), metadata={"unit": "nm"}), [0.004, 0.004]),
    "imagej pixel": (lambda f: imagej(f, TCYX, "TCYX", resolution=(1, 1), metadata={"unit": "pixel"}), []),
    "imagej without": (lambda f: imagej(f, TCYX, "TCYX"), []),
    "ome um": (lambda f: ome(f, TCYX, "TCYX", metadata={"PhysicalSizeX": 0.65, "PhysicalSizeY": 0.325}), [0.325, 0.65]),
    "ome nm": (lambda f: ome(f, TCYX, "TCYX", metadata={"PhysicalSizeX": 65, "PhysicalSizeXUnit": "nm",
                                                         "PhysicalSizeY": 65, "PhysicalSizeYUnit": "nm"}), [0.065, 0.065]),
    "cm": (lambda f: tifffile.imwrite(f, array(8, 10), resolution=(1e4 / 0.65, 1e4 / 0.65), resolutionunit="CENTIMETER"),
           [0.65, 0.65]),
    "72 dpi": (lambda f: tifffile.imwrite(f, array(8, 10), resolution=(72, 72), resolutionunit="INCH"), []),
}


def wrong_with(result, expected):
    """What is wrong with what ingest made; empty when nothing is."""
    if isinstance(expected, str):
        if not isinstance(result, str):
            return f"it read {len(result[0])} images of {result[0][0].shape}; expected: {expected}"
        return "" if expected in result else f"it said:  {result}expected: {expected}"
    if isinstance(result, str):
        return f"it said: {result}"
    images = np.array(result[0]) * np.iinfo(expected.dtype).max
    if images.shape != expected.shape:
        return f"it gave the shape {images.shape}, expected {expected.shape}"
    return "" if np.abs(images - expected).max() < 0.5 else "it gave other values"


def hdf5(name, data, attributes=(), labels=()):
    with h5py.File(name, "w") as file:
        dataset = file.create_dataset("data", data=data, chunks=True, compression="gzip")
        dataset.attrs.update(attributes)
        for dimension, label in zip(dataset.dims, labels):
            dimension.label = label


def axistags(letters):
    return {"axistags": json.dumps({"axes": [{"key": c, "typeFlags": 1, "resolution": 0, "description": ""} for c in letters]})}


HDF5_CASES = {
    "pages": (lambda f: hdf5(f, array(5, 8, 10)), "", array(5, 1, 8, 10)),
    "four axes without names": (lambda f: hdf5(f, TCYX), "",
                                "has the shape [3, 2, 8, 10] and does not say what its axes are; " + SENTENCE),
    "four axes, stated": (lambda f: hdf5(f, TCYX), "TCYX", TCYX),
    "four axes, stated otherwise": (lambda f: hdf5(f, TCYX), "CTYX", np.swapaxes(TCYX, 0, 1)),
    "four axes, three stated": (lambda f: hdf5(f, TCYX), "TYX", "has the shape [3, 2, 8, 10], which the axes TYX do not fit"),
    "channels last": (lambda f: hdf5(f, array(12, 10, 2)), "", "does not say what its axes are; " + SENTENCE),
    "channels last, stated": (lambda f: hdf5(f, array(12, 10, 2)), "YXC", np.moveaxis(array(12, 10, 2), -1, 0)[None]),
    "ilastik tzyxc": (lambda f: hdf5(f, np.moveaxis(TZCYX, 2, -1), axistags("tzyxc")), "", TZCYX.reshape(12, 2, 8, 10)),
    "axes as one text": (lambda f: hdf5(f, TCYX, {"axes": "tcyx"}), "", TCYX),
    "axes as a list": (lambda f: hdf5(f, TCYX, {"axes": ["t", "c", "y", "x"]}), "", TCYX),
    "labels of dimensions": (lambda f: hdf5(f, TCYX, labels=("t", "c", "y", "x")), "", TCYX),
    "MATLAB's order": (lambda f: hdf5(f, array(2, 10, 8)), "CXY", np.swapaxes(array(1, 2, 10, 8), 2, 3)),
    "axes of another array": (lambda f: hdf5(f, array(5, 8, 10), {"axes": "tcyx"}), "",
                              "has the shape [5, 8, 10], and axes called t, c, y, x; " + SENTENCE),
    "axes that are none": (lambda f: hdf5(f, array(5, 8, 10), {"axes": "abc"}), "", array(5, 1, 8, 10)),
}

PIXEL_SIZES["element_size_um"] = (lambda f: hdf5(f, array(5, 8, 10), {"element_size_um": [0.5, 0.15, 0.1]}), [0.15, 0.1])


def zarr_array(name, data, compressors="auto", version=2, **more):
    group = zarr.open_group(name, mode="w", zarr_format=version)
    chunks = more.pop("chunks", (1,) * (data.ndim - 2) + (5, 4))
    made = group.create_array("a", shape=data.shape, chunks=chunks, dtype=data.dtype, compressors=compressors, **more)
    made[...] = data
    return group


def ome_zarr(name, data, axes, version=2, scale=None, units="micrometer"):
    group = zarr_array(name, data, version=version)
    kinds = {"t": "time", "c": "channel"}
    described = [{"name": a, "type": kinds.get(a, "space"), **({"unit": units} if a in "zyx" else {})} for a in axes]
    multiscales = [{"version": "0.4", "axes": described, "datasets": [
        {"path": "a", "coordinateTransformations": [{"type": "scale", "scale": scale or [1.0] * len(axes)}]}]}]
    group.attrs.update({"multiscales": multiscales} if version == 2 else {"ome": {"version": "0.5", "multiscales": multiscales}})


def ome_zarr_with_labels(name, version=2):
    """The labels that ome-zarr-py writes: an image of its own below labels/cells."""
    ome_zarr(name, TCYX, "tcyx", version=version, scale=[1.0, 1.0, 0.25, 0.5])
    ome_zarr(f"{name}/labels/cells", FLAT, "zyx", version=version)


def damaged_zarr(name):
    zarr_array(name, array(5, 8, 10))
    with open(f"{name}/a/2.0.1", "r+b") as file:
        file.truncate(10)


def edited_zarr(name, key, value):
    zarr_array(name, array(5, 8, 10))
    with open(f"{name}/a/.zarray") as file:
        metadata = json.load(file)
    metadata[key] = value
    with open(f"{name}/a/.zarray", "w") as file:
        json.dump(metadata, file)


def with_hole(name):
    zarr_array(name, array(5, 8, 10), fill_value=7)
    os.remove(f"{name}/a/2.0.1")


HOLED = array(5, 1, 8, 10)
HOLED[2, 0, :5, 4:8] = 7
PAGES = array(5, 1, 8, 10)
FLAT = array(5, 8, 10)
ZARR_CASES = {
    "pages": (lambda f: zarr_array(f, FLAT), ":a", "", PAGES),
    "version 3": (lambda f: zarr_array(f, FLAT, version=3), ":a", "", PAGES),
    "uncompressed": (lambda f: zarr_array(f, FLAT, compressors=None), ":a", "", PAGES),
    "zlib": (lambda f: zarr_array(f, FLAT, compressors=numcodecs.Zlib()), ":a", "", PAGES),
    "gzip": (lambda f: zarr_array(f, FLAT, compressors=numcodecs.GZip()), ":a", "", PAGES),
    "zstd": (lambda f: zarr_array(f, FLAT, compressors=numcodecs.Zstd()), ":a", "", PAGES),
    "blosc": (lambda f: zarr_array(f, FLAT, compressors=numcodecs.Blosc("lz4", shuffle=1)), ":a", "", PAGES),
    "blosc of version 3": (lambda f: zarr_array(f, FLAT, version=3, compressors=zarr.codecs.BloscCodec(cname="zstd")),
                           ":a", "", PAGES),
    "big-endian": (lambda f: zarr_array(f, FLAT.astype(">u2")), ":a", "", PAGES),
    "chunks of several pages": (lambda f: zarr_array(f, FLAT, chunks=(2, 3, 10)), ":a", "", PAGES),
    "Fortran's order": (lambda f: zarr_array(f, FLAT, chunks=(2, 3, 7), order="F"), ":a", "", PAGES),
    "a chunk that was never written": (with_hole, ":a", "", HOLED),
    "four axes without names": (lambda f: zarr_array(f, TCYX), ":a", "",
                                "has the shape [3, 2, 8, 10] and does not say what its axes are; " + SENTENCE),
    "four axes, stated": (lambda f: zarr_array(f, TCYX), ":a", "TCYX", TCYX),
    "channels last, stated": (lambda f: zarr_array(f, array(12, 10, 2)), ":a", "YXC",
                              np.moveaxis(array(12, 10, 2), -1, 0)[None]),
    "names of version 3": (lambda f: zarr_array(f, TCYX, version=3, dimension_names=("t", "c", "y", "x")), ":a", "", TCYX),
    "OME-Zarr": (lambda f: ome_zarr(f, TZCYX.swapaxes(1, 2).copy(), "tczyx"), "", "", TZCYX.reshape(12, 2, 8, 10)),
    "OME-Zarr 0.5": (lambda f: ome_zarr(f, TCYX, "tcyx", version=3), "", "", TCYX),
    "OME-Zarr, array named": (lambda f: ome_zarr(f, TCYX, "tcyx"), ":a", "", TCYX),
    "OME-Zarr, labels": (ome_zarr_with_labels, ":labels/cells", "", PAGES),
    "OME-Zarr 0.5, labels": (lambda f: ome_zarr_with_labels(f, version=3), ":labels/cells", "", PAGES),
    "OME-Zarr, array of labels": (ome_zarr_with_labels, ":labels/cells/a", "", PAGES),
    "a group": (lambda f: zarr_array(f, FLAT), "", "", "is a Zarr group without an image of OME-Zarr"),
    "no such array": (lambda f: zarr_array(f, FLAT), ":b", "", "file.zarr dataset b: is not a Zarr array"),
    "an array outside": (lambda f: zarr_array(f, FLAT), ":../file.zarr/a", "", "has no array"),
    "a damaged chunk": (damaged_zarr, ":a", "", "file.zarr dataset a page 2: has the damaged chunk 2.0.1: expected 40 bytes"),
    "a shape that is none": (lambda f: edited_zarr(f, "shape", [5, -8, 10]), ":a", "", "has /shape [5,-8,10], expected numbers"),
    "chunks that are too large": (lambda f: edited_zarr(f, "chunks", [5, 1 << 38, 10]), ":a", "", "has chunks of"),
    "a type of another kind": (lambda f: edited_zarr(f, "dtype", "<c8"), ":a", "", "has the type <c8, which is not supported"),
    "a filter": (lambda f: edited_zarr(f, "filters", [{"id": "delta"}]), ":a", "", "has the filters"),
    "another compression": (lambda f: edited_zarr(f, "compressor", {"id": "lzma"}), ":a", "", "has the compression lzma"),
}

PIXEL_SIZES["OME-Zarr"] = (lambda f: ome_zarr(f, TCYX, "tcyx", scale=[1.0, 1.0, 0.25, 0.5]), [0.25, 0.5])
PIXEL_SIZES["OME-Zarr in nm"] = (lambda f: ome_zarr(f, TCYX, "tcyx", scale=[1.0, 1.0, 250.0, 500.0], units="nanometer"), [0.25, 0.5])


def wrong_sizes():
    """What is wrong with the pixel sizes of single files, and of files that differ."""
    for name, (write, expected) in PIXEL_SIZES.items():
        file = "size.h5" if name == "element_size_um" else "size.zarr" if "Zarr" in name else "size.tif"
        write(file)
        result = ingest(file + ":data" if file == "size.h5" else file)
        if isinstance(result, str):
            yield f"{name}: it said {result}"
        elif result[1]["pixel_size_um"] != expected:
            yield f"{name}: it found {result[1]['pixel_size_um']}, expected {expected}"
    os.mkdir("sizes")
    for i, size in enumerate((0.5, 0.6)):
        tifffile.imwrite(f"sizes/{i}.tif", array(8, 10), resolution=(1e4 / size, 1e4 / size), resolutionunit="CENTIMETER")
    told = ingest("sizes")
    if "sizes/1.tif: has pixels of 0.6 x 0.6 um (height x width), ./sizes/0.tif of 0.5 x 0.5 um" not in told:
        yield f"files that differ: it said {told}"


def wrong_channel_names():
    """What is wrong with the channels' names in the manifest: of files that agree, that differ, and in another order."""
    for names, expected in ((("DAPI", "GFP"), ["DAPI", "GFP"]), (("Hoechst", "GFP"), None),
                            (("GFP", "DAPI"), "expected the same order in all files")):
        os.makedirs("channels", exist_ok=True)
        for i, channels in enumerate((("DAPI", "GFP"), names)):
            ome(f"channels/{i}.ome.tif", array(2, 8, 10), "CYX", metadata={"Channel": {"Name": list(channels)}})
        result = ingest("channels")
        found = result if isinstance(result, str) else result[1].get("channel_names")
        if found != expected and not (isinstance(result, str) and expected in result):
            yield f"{names}: found {found}"


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for name, (write, axes, expected) in CASES.items():
            if os.path.exists("file.tif"):
                os.remove("file.tif")
            write("file.tif")
            wrong = wrong_with(ingest("file.tif", **({"axes": axes} if axes else {})), expected)
            if wrong:
                failures += 1
                print(f"FAILED: {name}: {wrong}")
        several_files("several", TCYX)
        wrong = wrong_with(ingest("several-a.ome.tif"), "is one of several files of an OME-TIFF")
        if wrong:
            failures += 1
            print(f"FAILED: several files: {wrong}")
        for name, (write, axes, expected) in HDF5_CASES.items():
            write("file.h5")
            wrong = wrong_with(ingest("file.h5:data", **({"axes": axes} if axes else {})), expected)
            if wrong:
                failures += 1
                print(f"FAILED: HDF5 {name}: {wrong}")
        for name, (write, dataset, axes, expected) in ZARR_CASES.items():
            shutil.rmtree("file.zarr", ignore_errors=True)
            write("file.zarr")
            wrong = wrong_with(ingest("file.zarr" + dataset, **({"axes": axes} if axes else {})), expected)
            if wrong:
                failures += 1
                print(f"FAILED: Zarr {name}: {wrong}")
        for wrong in wrong_sizes():
            failures += 1
            print(f"FAILED: pixel size of {wrong}")
        for wrong in wrong_channel_names():
            failures += 1
            print(f"FAILED: names of channels {wrong}")
        os.chdir("/")
    print(f"{len(CASES) + 1 + len(HDF5_CASES) + len(ZARR_CASES) + len(PIXEL_SIZES) + 4} cases, {failures} failed")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
