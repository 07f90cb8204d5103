"""HDF5 files that contradict themselves or their manifest, or reach elsewhere; needs h5py."""
import os

# Else a program that another thread starts just then shares a file's lock for a moment.
os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
import h5py
import numpy

numpy.seterr(all="ignore")  # values are cast to types that cannot hold them


def datasets_of(path):
    names = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return names


def remake(path, name, make):
    """Replaces a dataset; `make(file, name, values)` makes the new one, and attributes are kept."""
    with h5py.File(path, "r+") as file:
        old = file[name]
        values = old[()] if old.shape is not None else None
        attributes = dict(old.attrs)
        labels = [axis.label for axis in old.dims]
        del file[name]
        made = make(file, name, values)
        if isinstance(made, h5py.Dataset):
            for key, value in attributes.items():
                if key not in ("DIMENSION_LABELS",):
                    made.attrs[key] = value
            for axis, label in enumerate(labels[:len(made.shape or ())]):
                made.dims[axis].label = label


def filtered(file, name, values, **more):
    """As ShardWriter has it: a sample per chunk."""
    chunks = more.pop("chunks", None) or ((1,) + values.shape[1:] if values.ndim > 1 else values.shape)
    return file.create_dataset(name, data=values, chunks=chunks, shuffle=True, compression="gzip",
                               compression_opts=1, fletcher32=True, **more)


def shapes(values):
    yield "rank above", values[None]
    if values.ndim > 1:
        yield "rank below", values.reshape((-1,) + values.shape[2:])
        if values.shape[0] != values.shape[-1]:
            yield "axes swapped", numpy.ascontiguousarray(numpy.swapaxes(values, 0, -1))
    for axis in range(values.ndim):
        if values.shape[axis] > 1:
            yield f"axis {axis} shorter", numpy.ascontiguousarray(numpy.delete(values, -1, axis))
        yield f"axis {axis} longer", numpy.concatenate([values, values.take([0], axis)], axis)


def empty_axis(axis):
    def make(file, name, values):
        shape = list(values.shape)
        shape[axis] = 0
        return file.create_dataset(name, shape=shape, dtype=values.dtype)
    return make


def huge(shape):
    def make(file, name, values):
        rank = max(values.ndim, 1)
        whole = (tuple(shape) + values.shape)[:rank] if len(shape) < rank else tuple(shape)
        return file.create_dataset(name, shape=whole, dtype=values.dtype, chunks=tuple(min(s, 8) for s in whole),
                                   compression="gzip")
    return make


def external_link(file, name, values):
    other = file.filename + ".other.h5"
    with h5py.File(other, "w") as elsewhere:
        elsewhere.create_dataset("data", data=values)
    file[name] = h5py.ExternalLink(other, "data")


def soft_link(file, name, values):
    filtered(file, "elsewhere", values)
    file[name] = h5py.SoftLink("/elsewhere")


def external_storage(file, name, values):
    other = file.filename + ".raw"
    values.tofile(other)
    return file.create_dataset(name, shape=values.shape, dtype=values.dtype, external=[(other, 0, values.nbytes)])


def virtual(file, name, values):
    other = file.filename + ".other.h5"
    with h5py.File(other, "w") as elsewhere:
        elsewhere.create_dataset("data", data=values)
    layout = h5py.VirtualLayout(shape=values.shape, dtype=values.dtype)
    layout[...] = h5py.VirtualSource(other, "data", shape=values.shape)
    return file.create_virtual_dataset(name, layout)


def virtual_of_itself(file, name, values):
    filtered(file, "elsewhere", values)
    layout = h5py.VirtualLayout(shape=values.shape, dtype=values.dtype)
    layout[...] = h5py.VirtualSource(".", "elsewhere", shape=values.shape)
    return file.create_virtual_dataset(name, layout)


def group_link(file, name, values):
    """The group above it is elsewhere."""
    other = file.filename + ".other.h5"
    with h5py.File(other, "w") as elsewhere:
        elsewhere.create_dataset(name, data=values)
    top = name.split("/")[0]
    if top in file:
        del file[top]
    file[top] = h5py.ExternalLink(other, top)


def makers(values):
    """Label, how to make it, and whether the same bytes are asked for where it is read."""
    yield "external link", external_link
    yield "soft link", soft_link
    yield "external storage", external_storage
    yield "virtual", virtual
    yield "virtual of itself", virtual_of_itself
    yield "group is an external link", group_link
    yield "missing", lambda file, name, values: None
    yield "a group", lambda file, name, values: file.create_group(name)
    yield "a committed type", lambda file, name, values: file.__setitem__(name, numpy.dtype("f4"))
    yield "scalar", lambda file, name, values: file.create_dataset(name, data=values.flat[0])
    yield "null", lambda file, name, values: file.create_dataset(name, data=h5py.Empty(values.dtype))
    for label, changed in shapes(values):
        yield label, lambda file, name, values, changed=changed: filtered(file, name, changed)
    for axis in range(values.ndim):
        yield f"axis {axis} empty", empty_axis(axis)
    for shape in ([30000, 30000], [2 ** 32, 2 ** 32], [2 ** 62, 4], [2 ** 61, 8, 8], [1, 2 ** 31, 2 ** 31],
                  [2 ** 40], [3, 100000, 100000], [2 ** 32, 2 ** 32, 2 ** 32, 2 ** 32]):
        yield f"huge {shape}", huge(shape)
    for dtype in ("f8", "f2", ">f4", "i1", "u1", "u4", "i4", "i8", ">i8", "u8"):
        if numpy.dtype(dtype) != values.dtype:
            yield f"type {dtype}", lambda file, name, values, dtype=dtype: filtered(file, name, values.astype(dtype))
    yield "type text", lambda file, name, values: file.create_dataset(name, data=values.astype("S8"))
    yield "type text of any length", lambda file, name, values: file.create_dataset(
        name, shape=values.shape, dtype=h5py.string_dtype())
    yield "type compound", lambda file, name, values: file.create_dataset(
        name, data=values.astype([("a", values.dtype), ("b", "i4")]))
    yield "type array", lambda file, name, values: file.create_dataset(name, shape=values.shape, dtype="(3,)f4")
    yield "type reference", lambda file, name, values: file.create_dataset(
        name, shape=values.shape, dtype=h5py.ref_dtype)
    yield "type enumeration", lambda file, name, values: file.create_dataset(
        name, shape=values.shape, dtype=h5py.enum_dtype({"a": 0, "b": 1}, basetype="u1"))
    yield "no chunks", lambda file, name, values: file.create_dataset(name, data=values)
    yield "other chunks", lambda file, name, values: filtered(
        file, name, values, chunks=tuple(max(1, n // 2) for n in values.shape))
    yield "no filters", lambda file, name, values: file.create_dataset(
        name, data=values, chunks=(1,) + values.shape[1:])
    yield "LZF", lambda file, name, values: file.create_dataset(name, data=values, compression="lzf")
    yield "no chunk is there", lambda file, name, values: file.create_dataset(
        name, shape=values.shape, dtype=values.dtype, chunks=(1,) + values.shape[1:], compression="gzip",
        shuffle=True, fletcher32=True)
    yield "chunk of other bytes", raw_chunk(b"not deflated")
    yield "chunk of a byte", raw_chunk(b"x")
    yield "chunk that inflates to much", raw_chunk(bomb())


def bomb():
    import zlib
    return zlib.compress(bytes(50_000_000))


def raw_chunk(content):
    def make(file, name, values):
        made = file.create_dataset(name, shape=values.shape, dtype=values.dtype,
                                   chunks=(1,) + values.shape[1:] if values.ndim > 1 else values.shape,
                                   shuffle=True, compression="gzip", compression_opts=1, fletcher32=True)
        for index in range(values.shape[0] if values.ndim > 1 else 1):
            made.id.write_direct_chunk((index,) + (0,) * (values.ndim - 1), content)
        return made
    return make


# Values out of range (a label of 255 is what is not annotated), by the end of a dataset's name.
WRONG = {
    "label": [254, 2, 200], "position": [-2 ** 31, 2 ** 31 - 1, -1000, 10 ** 6], "sample": [-1, 2 ** 62, 2 ** 63 - 1],
    "epoch": [-1], "image": [float("nan"), float("inf")], "input": [float("nan"), float("-inf")],
    "probability": [float("nan"), -1.0, 2.0, float("inf")], "weight": [float("nan"), -1.0, float("inf")],
}


def wrong_value(number):
    def make(file, name, values):
        changed = values.copy()
        changed.flat[changed.size // 2] = number
        return filtered(file, name, changed)
    return make


def agree(name):
    """Makes the manifest say of a dataset what the file says now."""
    def craft(path, make):
        remake(path, name, make)
        with h5py.File(path) as file:
            item = file.get(name)
            if not isinstance(item, h5py.Dataset) or item.shape is None:
                return None
            shape, dtype = list(item.shape), str(item.dtype)

        def also(document):
            document["datasets"][name].update(shape=shape, dtype=dtype)
        return also
    return craft


def damages(whole):
    """Of a shard: label, what to do to a path, whether the same bytes are asked for where it is read."""
    for name in datasets_of(whole):
        with h5py.File(whole) as file:
            values = file[name][()]
        for label, make in makers(values):
            yield f"{name}:{label}", lambda path, name=name, make=make: remake(path, name, make), True
            if label.startswith(("axis", "rank", "axes", "huge", "type", "scalar")):
                yield f"{name}:{label}, and its manifest", lambda path, name=name, make=make: agree(name)(path, make), True
        for number in WRONG.get(os.path.basename(name), []):
            yield f"{name}:value {number}", lambda path, name=name, number=number: remake(path, name, wrong_value(number)), True
