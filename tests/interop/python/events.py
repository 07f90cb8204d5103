#!/usr/bin/env python3
"""TensorBoard's own reader gets from the event files what is in the logs. usage: events.py, with PYTHONPATH=python"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

LOG = [{"step": step, "epoch": step // 300, "loss": None if step == 7 else 2 / (1 + step), "learning_rate": 0.001} for step in range(600)]
LOG += [{"epoch": 1, "mean_loss": 0.25, "validation": {"v_rand": 0.875, "v_info": 0.5, "pixel_error": 0.125}}]


class Events(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.work = Path(self.folder.name, "work")

    def log(self, place, text):
        file = self.work / place / "metrics.jsonl"
        file.parent.mkdir(parents=True)
        file.write_text(text)

    def convert(self):
        return subprocess.run([sys.executable, "-m", "unetflow.tensorboard", self.work], capture_output=True, text=True)

    def test_what_is_read_is_what_was_logged(self):
        text = "".join(json.dumps(line) + "\n" for line in LOG)
        self.log("model", text)
        self.log("seeds/2/model/checkpoints/0123456789ab", text[:1000])  # under way: the last line is not whole
        self.assertEqual(self.convert().returncode, 0)
        events = EventAccumulator(str(self.work / "tensorboard/model"), size_guidance={"scalars": 0})
        events.Reload()
        read = {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
        self.assertEqual(set(read), {"loss/update", "learning_rate", "loss/epoch", "validation/v_rand", "validation/v_info",
                                     "validation/pixel_error"})
        self.assertEqual(len(read["loss/update"]), 599)  # a loss that was not a number is left out
        self.assertEqual(read["loss/update"][0], (1, 2.0))
        self.assertEqual(read["validation/v_rand"], [(600, 0.875)])
        self.assertTrue((self.work / "tensorboard/seeds/2/model").is_dir())

    def test_what_is_wrong_is_named(self):
        self.work.mkdir()
        made = self.convert()
        self.assertEqual((made.returncode, made.stderr.count("\n")), (2, 1))
        self.assertIn("has no training log", made.stderr)
        self.log("model", '{"step": 0}\n[]\n')
        made = self.convert()
        self.assertEqual(made.returncode, 2)
        self.assertIn("metrics.jsonl line 2: is not a JSON object", made.stderr)


if __name__ == "__main__":
    unittest.main()
