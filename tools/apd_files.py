"""Files of named arrays (safetensors) in and out, with numpy alone."""

import json
import os
import re
from fnmatch import fnmatchcase

import numpy

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "BOOL": "|u1",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1",
}
NAMES = {"f8": "F64", "f4": "F32", "f2": "F16", "b1": "BOOL", "i8": "I64", "i4": "I32", "i2": "I16", "i1": "I8",
         "u8": "U64", "u4": "U32", "u2": "U16", "u1": "U8"}


def read_header(path):
    """The metadata of a file, its tensors {name: {"dtype", "shape", "data_offsets"}}, and where the data begins."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, 100_000_000):
            raise ValueError(f"{path}: is no safetensors file")
        header = json.loads(file.read(length))
    return header.pop("__metadata__", None) or {}, header, 8 + length


def read(path, names=None):
    """Yields (name, array) for the tensors of a file, or for those of some names, one after the other. Arrays are views
    of the file until they are used; BF16 becomes float32."""
    _, tensors, begin = read_header(path)
    for name in tensors if names is None else names:
        dtype, shape = tensors[name]["dtype"], tensors[name]["shape"]
        if dtype not in DTYPES:
            raise ValueError(f"{path}: tensor '{name}' is stored as {dtype}, which numpy has no numbers for")
        first, last = tensors[name]["data_offsets"]
        if first == last:  # which can't be mapped
            array = numpy.empty(shape, DTYPES[dtype])
        else:
            array = numpy.memmap(path, DTYPES[dtype], "r", begin + first, tuple(shape))
        if dtype == "BF16":
            array = (array.astype(numpy.uint32) << 16).view(numpy.float32)
        yield name, array != 0 if dtype == "BOOL" else array


def write(path, tensors, metadata):
    """Writes {name: (dtype, shape, make)}: `make()` gives the array when its turn has come, so that one is in memory at
    a time. The file is there whole or not at all."""
    order = sorted(tensors, key=lambda name: (-numpy.dtype(tensors[name][0]).itemsize, name))  # each tensor aligned
    header, end = {"__metadata__": metadata}, 0
    for name in order:
        dtype, shape, _ = tensors[name]
        begin, end = end, end + numpy.dtype(dtype).itemsize * int(numpy.prod(shape, dtype=numpy.int64))
        header[name] = {"dtype": NAMES[numpy.dtype(dtype).str[1:]], "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    temporary = f"{path}.tmp-{os.getpid()}"
    try:
        with open(temporary, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for name in order:
                dtype, shape, make = tensors[name]
                array = make()
                assert array.shape == tuple(shape), f"{name}: {array.shape} is not {shape}"
                file.write(numpy.ascontiguousarray(array, dtype).data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def renamed(name, rules):
    """The name after rules (from, to), each applied to what those before it made of it, as `apd::names` does: a rule
    holds for names that begin with the whole words `from`, in which {} stands for letters without a dot."""
    for begin, to in rules:
        pattern = "([^.]+)".join(re.escape(piece) for piece in begin.split("{}"))
        whole_words = "" if begin == "" or begin.endswith(".") else r"(?=\.|$)"
        found = re.match(pattern + whole_words, name)
        if found:
            pieces = iter(found.groups())
            name = re.sub(r"\{\}", lambda _: next(pieces), to) + name[found.end():]
    return name


def matches(name, patterns):
    """Whether a name is one of the patterns, in which * stands for any letters."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
