#!/usr/bin/env python3
"""Runs a page of docs/ as it is written: a block of code after a line that names a file in backquotes is that file, blocks of sh are run
one after the other, in a folder that the page's function below has prepared. usage: run.py SOURCE_DIR BIN_DIR PAGE"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE, BIN = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])


def run(command):
    result = subprocess.run(["bash", "-euc", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"FAILED: {command}\n{result.stdout}")
    return result.stdout


def prepare_finetuning():
    """A tiny pipeline, and images of another seed."""
    shutil.copytree(SOURCE / "tests/pipeline/tiny", "pipelines/theirs")
    run("unetflow-phantom --quiet --set /pictures=4 --set /size=96 --set /seed=7 --output cells/phantom.json")


def check_finetuning():
    model = json.loads(pathlib.Path("work/mine/model/model.json").read_text())
    digest = run("sha256sum theirs.safetensors").split()[0]
    assert model["config"]["start"] == digest and model["config"]["epochs"] == 5, model["config"]
    compared = pathlib.Path("work/mine/evaluation/evaluation.json").read_text()
    assert "scratch" in compared, compared
    run("unetflow PIPELINE=mine work=work/frozen train_flags='--start theirs.safetensors --freeze encoder --set /epochs=1' model")
    frozen = json.loads(pathlib.Path("work/frozen/model/model.json").read_text())
    assert frozen["config"]["freeze"] == "encoder", frozen["config"]
    given, kept = tensors("theirs.safetensors"), tensors("work/frozen/model/model.safetensors")
    changed = [name for name, values in kept.items() if values != given[name]]
    assert "prediction.weight" in changed and not [name for name in changed if name.startswith(("encoder_", "bottleneck_"))], changed
    for flags, line in {"--freeze encoder": "--freeze: keeps weights that are given: expected --start as well",
                        "--freeze decoder": "--freeze: is decoder, expected encoder"}.items():
        said = run(f"unetflow-train {flags} --input work/mine/tiles/*.json --output refused/model.json || [ $? = 2 ]")
        assert said == f"unetflow-train: {line}\n" and not pathlib.Path("refused/model.json").exists(), said


def tensors(file):
    """The bytes of each tensor of a .safetensors file."""
    data = pathlib.Path(file).read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    return {name: data[begin + entry["data_offsets"][0] : begin + entry["data_offsets"][1]]
            for name, entry in header.items() if name != "__metadata__"}


def blocks(page):
    """(language, file or None, text) of each block of code."""
    form = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(match[2], match[1], match[3]) for match in form.finditer(page)]


name = sys.argv[3]
page = (SOURCE / f"docs/{name}.md").read_text()
os.environ["PATH"] = f"{BIN}:{os.environ['PATH']}"
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    globals()[f"prepare_{name}"]()
    for language, file, text in blocks(page):
        if file:
            pathlib.Path(file).parent.mkdir(parents=True, exist_ok=True)
            pathlib.Path(file).write_text(text)
        elif language == "sh":
            print(run(text), end="")
    globals()[f"check_{name}"]()
