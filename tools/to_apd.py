#!/usr/bin/env python3
"""Writes the parameters of a network of another program as a file that apd loads without further words.

    tools/to_apd.py model.pth target.safetensors --rename linear1.weight=W --rename linear1.bias=b
    tools/to_apd.py model.safetensors target.safetensors --rename model.= --as-is 'model.embed.*'

The source is a state_dict that torch.save wrote (.pth, .pt, .bin), a .safetensors file, or .npz or .npy arrays; from
Python `to_apd(source, target, ...)` also takes a state_dict or a torch.nn.Module. numpy is needed, PyTorch for its own
files alone.

apd stores matrices as [in, out]. Those that torch.nn.Linear stored, [out, in], are transposed, and kernels of
torch.nn.Conv1d, [out, in, width], become [width * in, out]: all tensors of two and three axes, except those that
--as-is names (a torch.nn.Embedding is [in, out] already; of a Module to_apd sees that itself). --transpose names those
that are turned, if that is shorter. Of arrays that are not PyTorch's nobody knows, so one of the two has to be given.

--rename FROM=TO gives tensors other names: rules are applied in turn; one holds for the names that begin with the whole
words FROM, and {} stands there for letters without a dot: --rename model.layers.{}.mlp.weight=W{}. Two tensors of one
new name have to be equal.
"""

import argparse
import math
import sys

import numpy

import apd_files


def to_apd(source, target, rename=(), transpose=None, as_is=()):
    """rename: pairs (from, to) or a dict; transpose, as_is: names as the source has them, with * for any letters."""
    arrays, is_torch, embeddings = opened(source)
    as_is = [*as_is, *embeddings]
    if transpose is None and not is_torch and not as_is and any(len(shape) == 2 for _, shape, _ in arrays.values()):
        raise ValueError(f"{source}: nobody knows which way its matrices are; name those that are [out, in] with "
                         "--transpose ('*' for all), or those that are [in, out] with --as-is")
    turned = ["*"] if transpose is None and (is_torch or as_is) else transpose or []
    rules = list(rename.items() if isinstance(rename, dict) else rename)
    for begin, to in rules:
        if to.count("{}") > begin.count("{}"):
            raise ValueError(f"--rename {begin}={to}: there are more {{}} behind than before")

    result = {}
    for name, (dtype, shape, make) in arrays.items():
        if not is_written(dtype):
            print(f"to_apd.py: tensor '{name}' is left out, no network is read from {dtype}", file=sys.stderr)
            continue
        if len(shape) in (2, 3, 4) and apd_files.matches(name, turned) and not apd_files.matches(name, as_is):
            shape, make = in_out(shape), (lambda make=make: in_out_array(make()))
        new = apd_files.renamed(name, rules)
        if new in result and (result[new][1] != shape or not numpy.array_equal(result[new][2](), make())):
            raise ValueError(f"{source}: '{name}' and another tensor both become '{new}', and are not equal")
        result.setdefault(new, (dtype, shape, make))
    apd_files.write(target, result, {"apd": "to_apd.py"})


def is_written(dtype):
    try:
        return numpy.dtype(dtype).str[1:] in apd_files.NAMES
    except TypeError:  # as torch.float8_e4m3fn
        return False


def in_out(shape):
    return (math.prod(shape[1:]), shape[0])


def in_out_array(array):
    """[out, in] as [in, out], kernels [out, in, width] as [width * in, out] and [out, in, h, w] as [h * w * in, out]."""
    return numpy.transpose(array, (*range(2, array.ndim), 1, 0)).reshape(in_out(array.shape))


def opened(source):
    """({name: (dtype, shape, make)}, whether PyTorch made it, names of embeddings)."""
    if hasattr(source, "state_dict"):
        embeddings = [f"{name}.weight".lstrip(".") for name, module in source.named_modules()
                      if type(module).__name__ in ("Embedding", "EmbeddingBag")]
        return described(source.state_dict()), True, embeddings
    if not isinstance(source, (str, bytes)) and hasattr(source, "items"):
        return described(source), True, []
    source = str(source)
    with open(source, "rb") as file:
        start = file.read(8)
    if start[:6] == b"\x93NUMPY":
        return described({source.rsplit("/", 1)[-1].rsplit(".", 1)[0]: numpy.load(source, mmap_mode="r")}), False, []
    if source.endswith(".npz"):
        with numpy.load(source) as arrays:
            return described(dict(arrays)), False, []
    if start[:4] == b"PK\x03\x04" or start[:1] == b"\x80" and start[1] in b"\2\3\4\5" and start[4:] != b"\0\0\0\0":
        return described(loaded_by_torch(source)), True, []
    metadata, tensors, _ = apd_files.read_header(source)
    if "apd" in metadata:
        raise ValueError(f"{source}: apd wrote it, nothing is to be done")
    arrays = {}
    for name, tensor in tensors.items():
        dtype = apd_files.DTYPES.get(tensor["dtype"], tensor["dtype"])
        dtype = {"BF16": "float32", "BOOL": "bool"}.get(tensor["dtype"], dtype)
        arrays[name] = (dtype, tuple(tensor["shape"]), lambda name=name: next(apd_files.read(source, [name]))[1])
    return arrays, metadata.get("format", "pt") == "pt", []


def loaded_by_torch(source):
    import torch
    options = {"map_location": "cpu", "weights_only": True}
    try:
        try:
            found = torch.load(source, mmap=True, **options)  # tensors are read when they are used
        except (TypeError, RuntimeError):  # a PyTorch or a file of before that
            found = torch.load(source, **options)
    except Exception as problem:
        raise ValueError(f"{source}: torch.load takes no state_dict from it ({str(problem).splitlines()[0]}); save "
                         "model.state_dict(), not the model") from problem
    for key in ("state_dict", "model_state_dict", "model"):  # of a checkpoint of a training
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    arrays = {name: value for name, value in found.items() if hasattr(value, "shape")} if isinstance(found, dict) else {}
    if not arrays:
        keys = ", ".join(map(str, list(found)[:8])) if isinstance(found, dict) else f"a {type(found).__name__}"
        raise ValueError(f"{source}: holds {keys}, and no state_dict; save model.state_dict()")
    return arrays


def described(arrays):
    result = {}
    for name, array in arrays.items():
        dtype = str(array.dtype).replace("torch.", "").replace("bfloat16", "float32")
        result[name] = (dtype, tuple(array.shape), lambda array=array: as_numpy(array))
    return result


def as_numpy(array):
    if hasattr(array, "detach"):
        array = array.detach().cpu()
        return (array.float() if str(array.dtype) == "torch.bfloat16" else array).numpy()
    return numpy.asarray(array)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--rename", action="append", default=[], metavar="FROM=TO")
    parser.add_argument("--transpose", action="append", metavar="NAME")
    parser.add_argument("--as-is", action="append", default=[], metavar="NAME")
    given = parser.parse_args()
    if not all("=" in rule for rule in given.rename):
        parser.error("--rename takes FROM=TO")
    try:
        to_apd(given.source, given.target, [tuple(rule.split("=", 1)) for rule in given.rename], given.transpose,
               given.as_is)
    except ImportError as problem:
        sys.exit(f"to_apd.py: {given.source} is a file of PyTorch, and there is none here ({problem})")
    except (OSError, ValueError) as problem:
        sys.exit(f"to_apd.py: {problem}")


if __name__ == "__main__":
    main()
