"""What PyTorch saves gives the same outputs in the library, by tools/to_apd.py and straight from its files."""

import os
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy
    import torch
except ImportError as problem:
    print(f"SKIPPED: {problem}")
    sys.exit(77)

import apd_files
import to_apd

RENAME = [("0.weight", "in"), ("0.bias", "b1"), ("2.weight", "out"), ("2.bias", "b2")]


class with_torch(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.folder = tempfile.TemporaryDirectory()
        self.model = torch.nn.Sequential(torch.nn.Linear(12, 8), torch.nn.ReLU(), torch.nn.Linear(8, 12))

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def check_outputs(self, way, path):
        samples = torch.randn(5, 12)
        with open(self.path("samples"), "w") as file:
            for row in samples.tolist():
                print(*row, file=file)
        said = subprocess.run([os.environ["APD_PROGRAM"], way, path, self.path("samples")], text=True,
                              capture_output=True)
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        found = numpy.array([float(line) for line in said.stdout.split()]).reshape(5, 12)
        numpy.testing.assert_allclose(found, self.model(samples).detach().numpy(), rtol=1e-4, atol=1e-5)

    def test_a_saved_state_dict_gives_its_outputs(self):
        for name, saved, options in [("new.pth", self.model.state_dict(), {}),
                                     ("old.pt", self.model.state_dict(), {"_use_new_zipfile_serialization": False}),
                                     ("training.bin", {"epoch": 3, "state_dict": self.model.state_dict()}, {})]:
            torch.save(saved, self.path(name), **options)
            words = [f"--rename={old}={new}" for old, new in RENAME]
            subprocess.run([sys.executable, os.path.join(os.environ["APD_TOOLS"], "to_apd.py"), self.path(name),
                            self.path("target.safetensors"), *words], check=True)
            self.check_outputs("converted", self.path("target.safetensors"))

    def test_a_state_dict_and_a_module_give_their_outputs(self):
        for source in (self.model, self.model.state_dict(), self.model.double()):
            to_apd.to_apd(source, self.path("target.safetensors"), RENAME)
            self.model.float()
            self.check_outputs("converted", self.path("target.safetensors"))

    def test_a_safetensors_file_of_torch_is_loaded_as_it_is(self):
        arrays = {name: value.numpy() for name, value in self.model.state_dict().items()}
        apd_files.write(self.path("model.safetensors"), {name: ("f4", array.shape, lambda array=array: array)
                                                         for name, array in arrays.items()}, {"format": "pt"})
        self.check_outputs("torch", self.path("model.safetensors"))
        to_apd.to_apd(self.path("model.safetensors"), self.path("target.safetensors"), RENAME)
        self.check_outputs("converted", self.path("target.safetensors"))

    def test_embeddings_of_a_module_stay_as_they_are(self):
        model = torch.nn.Sequential(torch.nn.Embedding(5, 3), torch.nn.Linear(3, 3))
        to_apd.to_apd(model, self.path("a"))
        arrays = dict(apd_files.read(self.path("a")))
        numpy.testing.assert_array_equal(arrays["0.weight"], model[0].weight.detach().numpy())
        numpy.testing.assert_array_equal(arrays["1.weight"], model[1].weight.detach().numpy().T)

    def test_half_precision_is_kept_or_widened(self):
        w = torch.randn(3, 2)
        to_apd.to_apd({"h": w.half(), "b": w.bfloat16(), "c": torch.zeros(2, dtype=torch.complex64)}, self.path("a"))
        arrays = dict(apd_files.read(self.path("a")))
        self.assertEqual(sorted(arrays), ["b", "h"])
        numpy.testing.assert_array_equal(arrays["h"], w.half().numpy().T)
        numpy.testing.assert_array_equal(arrays["b"], w.bfloat16().float().numpy().T)

    def test_what_is_no_state_dict_is_told(self):
        torch.save(self.model, self.path("module.pt"))
        with self.assertRaisesRegex(ValueError, r"save model.state_dict\(\), not the model"):
            to_apd.to_apd(self.path("module.pt"), self.path("a"))
        torch.save({"epoch": 3, "net": self.model.state_dict()}, self.path("other.pt"))
        with self.assertRaisesRegex(ValueError, "holds epoch, net, and no state_dict"):
            to_apd.to_apd(self.path("other.pt"), self.path("a"))
        torch.save([1, 2], self.path("list.pt"))
        with self.assertRaisesRegex(ValueError, "holds a list, and no state_dict"):
            to_apd.to_apd(self.path("list.pt"), self.path("a"))
        self.assertFalse(os.path.exists(self.path("a")))


if __name__ == "__main__":
    unittest.main()
