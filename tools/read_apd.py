#!/usr/bin/env python3
"""Reads what apd saved, a result, a checkpoint or a target, as numpy arrays.

    result = read_apd.read("components.safetensors")
    result["components"]["W"]           # P_c of site W, [C, in, out]
    result["U"]["W"], result["V"]["W"]  # its factors, [C, in, m] and [C, m, out]
    result["target"]["W"]               # the target's matrix, [in, out]
    result["history"]["total"]          # of every record; also "step", "learning rate", and the name of every loss
    result["coefficients"], result["options"], result["objective"]

    tools/read_apd.py components.safetensors                 # says what is there
    tools/read_apd.py components.safetensors components.npz  # writes it for numpy.load: "components.W", "history.total", ...

numpy is needed, nothing else.
"""

import argparse
import sys

import numpy

import apd_files


def read(path):
    """A dict: see above. Components that the file holds as factors alone are multiplied out."""
    metadata = apd_files.read_header(path)[0]
    result = {"target": {}, "components": {}, "U": {}, "V": {}, "history": {}, "coefficients": {}}
    loose = {}
    for name, array in apd_files.read(path):
        kind, _, site = name.partition(".")
        if site and kind in ("target", "components", "U", "V"):
            result[kind][site] = numpy.array(array)
        else:
            loose[name] = numpy.array(array)
    for site in result["U"].keys() & result["V"].keys() - result["components"].keys():
        result["components"][site] = result["U"][site] @ result["V"][site]
    terms = unique(metadata.get("terms", "").splitlines())
    if "history" in loose:
        columns = ["step", "learning rate", "total", *terms]
        result["history"] = dict(zip(columns, loose.pop("history").T))
        result["coefficients"] = dict(zip(terms, loose.pop("coefficients").tolist()))
    if not result["components"]:  # a target
        result["target"].update(loose)
    result["objective"] = metadata.get("objective", "")
    result["options"] = {key: number(text) for key, text in metadata.items() if key not in ("objective", "terms")}
    return result


def unique(names):
    """The second of a name is "name (2)"."""
    return [name if names[:i].count(name) == 0 else f"{name} ({names[:i].count(name) + 1})"
            for i, name in enumerate(names)]


def number(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("npz", nargs="?")
    given = parser.parse_args()
    try:
        result = read(given.result)
        flat = {f"{kind}.{name}": numpy.asarray(values) for kind, entries in result.items() if isinstance(entries, dict)
                for name, values in entries.items()}
        if given.npz:
            numpy.savez(given.npz, objective=result["objective"], **flat)
    except (OSError, ValueError) as problem:
        sys.exit(f"read_apd.py: {problem}")
    if not given.npz:
        print(result["objective"])
        for name, values in flat.items():
            print(name, values if values.ndim == 0 else list(values.shape))


if __name__ == "__main__":
    main()
