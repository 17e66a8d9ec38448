"""What the scripts in tools/ do with numpy alone."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy
except ImportError as problem:
    print(f"SKIPPED: {problem}")
    sys.exit(77)

import apd_files
import read_apd
import to_apd

REFERENCE = os.environ["APD_REFERENCE"]


def run(script, *words):
    return subprocess.run([sys.executable, os.path.join(os.environ["APD_TOOLS"], script), *words], text=True,
                          capture_output=True)


def bytes_of(header, data):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


class tools(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def written(self, name, header, data):
        with open(self.path(name), "wb") as file:
            file.write(bytes_of(header, data))
        return self.path(name)

    def test_a_result_is_read_as_arrays(self):
        path = self.path("result.safetensors")
        subprocess.run([os.environ["APD_PROGRAM"], "save", path], check=True)
        result = read_apd.read(path)
        expected = numpy.array([[[(c + 1) * (i + 1) * (o + 1) for o in range(2)] for i in range(3)] for c in range(2)])
        numpy.testing.assert_array_equal(result["components"]["W"], expected)
        self.assertEqual(result["U"]["W"].shape, (2, 3, 1))
        numpy.testing.assert_array_equal(result["target"]["W"], numpy.arange(6).reshape(3, 2))
        numpy.testing.assert_array_equal(result["target"]["b"], [0, 0, 0])
        self.assertEqual({name: column.tolist() for name, column in result["history"].items()},
                         {"step": [0, 10], "learning rate": [1e-3, 1e-4], "total": [3, 2], "faithfulness": [1, 1],
                          "minimality": [4, 2]})
        self.assertEqual(result["coefficients"], {"faithfulness": 1, "minimality": 0.5})
        self.assertEqual(result["objective"], "faithfulness + 0.5 minimality")
        self.assertEqual(result["options"]["steps"], 10)
        self.assertEqual(result["options"]["columns"], "free")

        self.assertEqual(run("read_apd.py", path, self.path("result.npz")).returncode, 0)
        with numpy.load(self.path("result.npz")) as flat:
            numpy.testing.assert_array_equal(flat["components.W"], expected)
            self.assertEqual(flat["history.total"].tolist(), [3, 2])
            self.assertEqual(str(flat["objective"]), "faithfulness + 0.5 minimality")
        self.assertIn("components.W [2, 3, 2]", run("read_apd.py", path).stdout)

    def test_the_cell_in_the_docs_plots_a_component(self):
        try:
            import matplotlib
        except ImportError as problem:
            self.skipTest(str(problem))
        matplotlib.use("Agg")
        with open(os.path.join(os.environ["APD_TOOLS"], "..", "docs", "python.md"), encoding="utf-8") as file:
            cell = file.read().split("```python\n")[1].split("```")[0]
        subprocess.run([os.environ["APD_PROGRAM"], "save", self.path("components.safetensors")], check=True)
        before = os.getcwd()
        os.chdir(self.folder.name)
        try:
            exec(cell, {})
            figure = matplotlib.pyplot.gcf()
        finally:
            os.chdir(before)
        numpy.testing.assert_array_equal(figure.axes[0].images[0].get_array(), [[1, 2], [2, 4], [3, 6]])

    def test_components_that_a_file_holds_as_factors_are_multiplied_out(self):
        factors = {"U.a.b": numpy.array([[[1.0], [2.0]]]), "V.a.b": numpy.array([[[3.0, 4.0, 5.0]]])}
        apd_files.write(self.path("a"), {name: ("f8", array.shape, lambda array=array: array)
                                         for name, array in factors.items()}, {"apd": "0"})
        numpy.testing.assert_array_equal(read_apd.read(self.path("a"))["components"]["a.b"],
                                         [[[3, 4, 5], [6, 8, 10]]])

    def test_a_target_is_read_as_its_parameters(self):
        result = read_apd.read(os.path.join(REFERENCE, "orientation", "square.safetensors"))
        numpy.testing.assert_array_equal(result["target"]["fc.weight"], numpy.arange(9).reshape(3, 3))
        self.assertEqual(result["components"], {})

    def test_matrices_of_a_safetensors_file_are_turned(self):
        source = os.path.join(REFERENCE, "orientation", "square.safetensors")
        to_apd.to_apd(source, self.path("a"), {"fc.weight": "W", "fc.bias": "b"})
        self.assertEqual(apd_files.read_header(self.path("a"))[0], {"apd": "to_apd.py"})
        arrays = dict(apd_files.read(self.path("a")))
        numpy.testing.assert_array_equal(arrays["W"], numpy.arange(9).reshape(3, 3).T)
        self.assertEqual(arrays["b"].shape, (3,))
        to_apd.to_apd(source, self.path("a"), as_is=["fc.*"])
        numpy.testing.assert_array_equal(dict(apd_files.read(self.path("a")))["fc.weight"],
                                         numpy.arange(9).reshape(3, 3))

    def test_every_dtype_is_converted_or_left_out_aloud(self):
        header = {"__metadata__": None, "h": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
                  "b": {"dtype": "BF16", "shape": [2], "data_offsets": [4, 8]},
                  "f": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [8, 10]},
                  "m": {"dtype": "BOOL", "shape": [2], "data_offsets": [10, 12]},
                  "e": {"dtype": "I64", "shape": [2, 0], "data_offsets": [12, 12]}}
        source = self.written("a", header, b"\x00\x3e\x00\xc0" b"\x80\x3f\x40\xc0" b"\x38\x40" b"\x00\x02")
        told = run("to_apd.py", source, self.path("b"))
        self.assertEqual((told.returncode, told.stderr),
                         (0, "to_apd.py: tensor 'f' is left out, no network is read from F8_E4M3\n"))
        arrays = dict(apd_files.read(self.path("b")))
        self.assertEqual(sorted(arrays), ["b", "e", "h", "m"])
        self.assertEqual(arrays["h"].tolist(), [1.5, -2])
        self.assertEqual(arrays["b"].tolist(), [1, -3])
        self.assertEqual(arrays["m"].tolist(), [False, True])
        self.assertEqual(arrays["e"].shape, (0, 2))

    def test_of_arrays_of_numpy_the_order_must_be_said(self):
        numpy.savez(self.path("a.npz"), W=numpy.arange(6.0).reshape(3, 2), b=numpy.arange(2.0))
        told = run("to_apd.py", self.path("a.npz"), self.path("b"))
        self.assertEqual(told.returncode, 1)
        self.assertIn("nobody knows which way its matrices are", told.stderr)
        self.assertFalse(os.path.exists(self.path("b")))
        self.assertEqual(run("to_apd.py", self.path("a.npz"), self.path("b"), "--as-is", "W").returncode, 0)
        self.assertEqual(dict(apd_files.read(self.path("b")))["W"].shape, (3, 2))
        self.assertEqual(run("to_apd.py", self.path("a.npz"), self.path("b"), "--transpose", "*").returncode, 0)
        self.assertEqual(dict(apd_files.read(self.path("b")))["W"].shape, (2, 3))
        numpy.save(self.path("V.npy"), numpy.arange(6.0).reshape(3, 2))
        self.assertEqual(run("to_apd.py", self.path("V.npy"), self.path("b"), "--as-is", "V").returncode, 0)
        self.assertEqual(dict(apd_files.read(self.path("b")))["V"].shape, (3, 2))

    def test_kernels_become_matrices(self):
        kernels = numpy.arange(24.0).reshape(4, 2, 3)  # [out, in, width]
        to_apd.to_apd({"conv.weight": kernels}, self.path("a"))
        matrix = dict(apd_files.read(self.path("a")))["conv.weight"]
        self.assertEqual(matrix.shape, (6, 4))
        for o in range(4):
            for i in range(2):
                for w in range(3):
                    self.assertEqual(matrix[w * 2 + i, o], kernels[o, i, w])

    def test_kernels_of_images_become_matrices(self):
        kernels = numpy.arange(72.0).reshape(3, 4, 3, 2)  # [out, in, height, width]
        to_apd.to_apd({"conv.weight": kernels}, self.path("a"))
        matrix = dict(apd_files.read(self.path("a")))["conv.weight"]
        self.assertEqual(matrix.shape, (24, 3))
        for o, i, h, w in numpy.ndindex(kernels.shape):
            self.assertEqual(matrix[(h * 2 + w) * 4 + i, o], kernels[o, i, h, w])

    def test_tensors_of_one_name_are_written_once_if_they_are_equal(self):
        w = numpy.arange(6.0).reshape(3, 2)
        to_apd.to_apd({"a": w, "b": w.copy()}, self.path("a"), [("a", "W"), ("b", "W")])
        self.assertEqual([name for name, _ in apd_files.read(self.path("a"))], ["W"])
        with self.assertRaisesRegex(ValueError, "both become 'W', and are not equal"):
            to_apd.to_apd({"a": w, "b": w + 1}, self.path("a"), [("a", "W"), ("b", "W")])

    def test_names_follow_the_rules_of_the_library(self):
        rules = [("model.", ""), ("layers.{}.fc.weight", "W{}"), ("h{}_{}.w", "{}.{}")]
        for name, new in [("model.layers.0.fc.weight", "W0"), ("other", "other"), ("h1_2_3.w", "1_2.3"),
                          ("layers.0.fc.weight_scale", "layers.0.fc.weight_scale"), ("a.model.b", "a.model.b")]:
            self.assertEqual(apd_files.renamed(name, rules), new)
        self.assertEqual(apd_files.renamed("fc.weight", [("", "target.")]), "target.fc.weight")
        self.assertEqual(apd_files.renamed("fc2.weight", [("fc", "W")]), "fc2.weight")
        self.assertEqual(apd_files.renamed("fc.weight", [("fc", "W")]), "W.weight")
        with self.assertRaisesRegex(ValueError, "more {} behind than before"):
            to_apd.to_apd({"a": numpy.zeros(1)}, self.path("a"), [("a.{}", "{}{}")])

    def test_what_is_no_model_is_an_error_and_leaves_no_file(self):
        for name, contents in [("empty", b""), ("page", b"<!DOCTYPE html><html></html>"), ("cut", b"\x40\0\0\0\0\0\0\0{"),
                               ("json", b"\x02\0\0\0\0\0\0\0{]")]:
            with open(self.path(name), "wb") as file:
                file.write(contents)
            told = run("to_apd.py", self.path(name), self.path("target"))
            self.assertEqual(told.returncode, 1, name)
            self.assertTrue(told.stderr.startswith("to_apd.py: "), told.stderr)
            self.assertEqual(run("read_apd.py", self.path(name)).returncode, 1, name)
        self.assertEqual(run("to_apd.py", self.path("absent"), self.path("target")).returncode, 1)
        self.assertFalse(os.path.exists(self.path("target")))
        self.assertEqual(run("to_apd.py", "a", "b", "--rename", "x").returncode, 2)

    def test_a_file_is_replaced_whole_or_not_at_all(self):
        apd_files.write(self.path("a"), {"x": ("f4", (2,), lambda: numpy.ones(2))}, {})

        def fails():
            raise ValueError("no array")
        with self.assertRaises(ValueError):
            apd_files.write(self.path("a"), {"x": ("f4", (2,), fails)}, {})
        self.assertEqual(os.listdir(self.folder.name), ["a"])
        self.assertEqual(dict(apd_files.read(self.path("a")))["x"].tolist(), [1, 1])


if __name__ == "__main__":
    unittest.main()
