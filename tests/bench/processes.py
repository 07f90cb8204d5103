#!/usr/bin/env python3
"""One training in 1, 2 and 3 processes of a thread each: whether the bytes are those of one, time per update, and what sums cost.

usage: processes.py BIN_DIR [UPDATES]. A U-Net 64 wide and 3 deep (7.7 million parameters, 31 MB of gradients) on tiles of 188 px,
updates of 6 batches of one. Beside the clock, processor time, which other work on the machine hardly changes.
"""
import hashlib, json, os, pathlib, resource, subprocess, sys, tempfile, time

bin_dir, updates = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 4
group = 6
work = pathlib.Path(tempfile.mkdtemp())


def call(stage, *arguments, **environment):
    return subprocess.Popen([bin_dir / f"unetflow-{stage}", "--quiet", *arguments], cwd=work, env={**os.environ, **environment})


def check(*processes):
    if any([process.wait() for process in processes]):
        sys.exit("a program failed")


def set_to(**settings):
    return [word for key, value in settings.items() for word in ("--set", f"/{key.replace('__', '/')}={json.dumps(value)}")]


check(call("phantom", *set_to(pictures=2, size=244), "--output", "source/phantom.json"))
check(call("ingest", *set_to(sources=[{"pictures": "image/*.png", "labels": "label/*.png"}]), "--input", "source/phantom.json", "--output", "images/00000-of-00001.json"))
check(call("tile", *set_to(input_size=188, output_size=100, stride=40, depth=3), "--input", "images/00000-of-00001.json", "--output", "tiles/00000-of-00001.json"))
samples = len(json.loads((work / "tiles/00000-of-00001.json").read_text())["contents"].get("samples", [])) or 32

print("| processes | same bytes | s per update | speedup | efficiency | processor s per update | sum, ms per batch | waited for sums, ms per batch |")
print("|---|---|---|---|---|---|---|---|")
settings = set_to(epochs=1, accumulation_steps=group, network__width=64, precision="float32", checkpoint_minutes=1000)
first = None
for size in (1, 2, 3):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    check(*[call("train", *settings, "--threads", "1", "--input", "tiles/00000-of-00001.json", "--output", f"model{size}/model.json",
                 RANK=str(rank), WORLD_SIZE=str(size)) for rank in range(size)])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    log = json.loads((work / f"model{size}/model.log").read_text())
    steps = json.loads((work / f"model{size}/model.json").read_text())["contents"]["steps"]
    digest = hashlib.sha256((work / f"model{size}/model.safetensors").read_bytes()).hexdigest()
    seconds = log["seconds"] / steps
    first = first or (digest, seconds)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"| {size} | {'yes' if digest == first[0] else 'NO'} | {seconds:.2f} | {first[1] / seconds:.2f} | {first[1] / seconds / size:.0%} | "
          f"{used / steps:.2f} | {log.get('milliseconds_summing', 0):.0f} | {log.get('milliseconds_waiting_for_sums', 0):.0f} |", flush=True)
