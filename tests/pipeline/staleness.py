#!/usr/bin/env python3
"""What is stale is made again and nothing else, by the real make and the real programs.

Each case changes one thing about a finished run, runs make, and says which artifacts it expects to be
made: a stage that works replaces its timing log, one that is up to date does not. Then make runs once
more, and nothing may work. usage: staleness.py SOURCE_DIR BIN_DIR
"""
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

tree = pathlib.Path(sys.argv[1]).resolve()
programs = pathlib.Path(sys.argv[2]).resolve()
top = pathlib.Path(tempfile.mkdtemp())
raw, config, work, bin_dir = top / "raw data", top / "config", top / "work/tiny", top / "bin"

SHARDS = ["00000-of-00002", "00001-of-00002"]
IMAGES, TILES, AUGMENTED, WEIGHTS, PREDICTIONS, SEGMENTS = (
    {f"{folder}/{shard}" for shard in SHARDS}
    for folder in ("images", "tiles", "augmented", "weights", "predictions", "segments"))
SPLIT = {"split/split"}
AFTER_TRAINING = PREDICTIONS | SEGMENTS | {"calibration/calibration", "evaluation/evaluation", "report/report"}
TRAINING = AFTER_TRAINING | {"model/model"}
ALL = IMAGES | SPLIT | TILES | AUGMENTED | WEIGHTS | TRAINING


def of_shard(number, *folders):
    return {f"{folder}/{SHARDS[number]}" for folder in folders}


def make(*arguments, goal="all", source=raw):
    command = ["make", "--no-print-directory", "-f", "Makefile.data", "PIPELINE=tiny", f"config={config}",
               f"work={work}", f"bin={bin_dir}/unetflow-", f"source={source}", *arguments, goal]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


def logs():
    """Each stage that worked replaces its log: artifact -> inode and time."""
    stamps = {}
    for log in work.glob("*/*.log"):
        status = log.stat()
        stamps[str(log.relative_to(work).with_suffix(""))] = (status.st_ino, status.st_mtime_ns)
    return stamps


def expect(wanted, *arguments, source=raw):
    """make makes just the `wanted` artifacts, and a second make none, in little time."""
    before = logs()
    done = make(*arguments, source=source)
    assert done.returncode == 0, done.stderr
    after = logs()
    worked = {name for name in after if after[name] != before.get(name)}
    assert worked == set(wanted), (f"missing: {sorted(set(wanted) - worked)}, "
                                   f"too many: {sorted(worked - set(wanted))}\n{done.stderr}")
    again = make(*arguments, source=source)
    assert again.returncode == 0 and logs() == after, f"a second make did work again\n{again.stderr}"
    return done


def write_config(ingest=None):
    shutil.rmtree(config, ignore_errors=True)
    shutil.copytree(tree / "tests/pipeline/tiny", config)
    (config / "pipeline.mk").write_text("shards ?= 2\n")


def old_date(*files):
    for file in files:
        os.utime(file, (1e9, 1e9))


def copy_image(number, name):
    for folder in ("image", "label"):
        shutil.copy(raw / folder / f"{number}.png", raw / folder / name)
        old_date(raw / folder / name)


# The cases; each leaves a finished run behind.

def a_second_make_does_nothing_in_less_than_a_second():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = make("flags=--quiet")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  {seconds:.2f} s of processor time")
    assert seconds < 1, "a second make takes too long"


def a_label_replaced_by_one_with_an_older_date():
    label = raw / "label/0.png"
    old = label.read_bytes()
    shutil.copy(raw / "label/1.png", label)
    old_date(label)
    shard = of_shard(0, "images", "tiles", "augmented", "weights")
    expect(shard | SPLIT | TRAINING)
    label.write_bytes(old)
    old_date(label)
    expect(shard | SPLIT | TRAINING)


def an_image_added_with_an_old_date():
    copy_image(1, "2a.png")
    expect(ALL - of_shard(0, "images", "tiles", "augmented", "weights"))


def an_image_deleted():
    for folder in ("image", "label"):
        (raw / folder / "2a.png").unlink()
    expect(ALL - of_shard(0, "images", "tiles", "augmented", "weights"))


def another_seed():
    expect(TRAINING, "seed=9")
    expect(TRAINING)


def a_comparison_given_and_left_out():
    other = work.parent / "other"
    shutil.copytree(work / "evaluation", other / "evaluation", copy_function=shutil.copy2)
    old_date(other / "evaluation/evaluation.json")
    expect({"evaluation/evaluation", "report/report"}, "compare=other")
    assert "other" in (work / "evaluation/metrics.json").read_text()
    expect({"evaluation/evaluation", "report/report"})
    assert "other" not in (work / "evaluation/metrics.json").read_text()


def flags_of_one_stage():
    expect(TRAINING, "train_flags=--set /epochs=1")
    expect(TRAINING)


def a_rebuilt_program_of_the_same_revision():
    for program in bin_dir.iterdir():
        with open(program, "ab") as file:
            file.write(b"a comment changed")
    expect(set())


def a_copied_tree():
    global config, work, raw, bin_dir
    places = config, work, raw, bin_dir
    shutil.copytree(top, top.with_name(top.name + "-copy"), copy_function=shutil.copy)  # new dates
    try:
        config, work, raw, bin_dir = (
            pathlib.Path(str(place).replace(str(top), f"{top}-copy")) for place in places)
        expect(set(), source=raw)
    finally:
        config, work, raw, bin_dir = places
        shutil.rmtree(f"{top}-copy")


def a_copied_trees_build_is_made_again():
    copy = top / "tree"
    (copy / "build").mkdir(parents=True)
    for name in ("Makefile", "CMakeLists.txt"):
        shutil.copy(tree / name, copy)
    (copy / ".deps.stamp").touch()
    (copy / "build/build.ninja").touch()

    def configures(home):
        (copy / "build/CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={home}\n")
        done = subprocess.run(["make", "-n", "-o", ".deps.stamp", "-o", "CMakeLists.txt", "build/build.ninja"],
                              cwd=copy, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return "rm -rf build" in done.stdout
    assert configures(tree) and configures("/gone") and not configures(copy)
    shutil.rmtree(copy)


def deleted_images_come_back_and_nothing_else():
    before = (work / "images/00000-of-00002.json").read_bytes()
    shutil.rmtree(work / "images")
    expect(IMAGES)
    assert (work / "images/00000-of-00002.json").read_bytes() == before


def damaged_tiles():
    file = work / "tiles/00001-of-00002.h5"
    status = file.stat()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    expect(of_shard(1, "tiles"))


def one_shard_instead_of_two_and_back():
    one = {f"{folder}/00000-of-00001" for folder in ("images", "tiles", "augmented", "weights", "predictions", "segments")}
    rest = {"split/split", "model/model", "calibration/calibration", "evaluation/evaluation", "report/report"}
    expect(one | rest, "shards=1")
    left = [file.name for file in work.glob("*/*-of-00002.*")]
    assert not left, f"of two shards are left: {left}"
    expect(ALL)
    left = [file.name for file in work.glob("*/*-of-00001.*")]
    assert not left, f"of one shard are left: {left}"


def names_that_a_shell_or_make_would_read():
    names = ["2 a;touch PWNED;#.png", "2 50%|b:c.png", "2 $(HOME)$HOME `id`.png", "2 it's \"q\" \\ é.png"]
    for name in names:
        copy_image(1, name)
    expect(ALL)
    for name in names:
        for folder in ("image", "label"):
            (raw / folder / name).unlink()
    expect(ALL)
    assert not (tree / "PWNED").exists() and not list(top.glob("**/PWNED"))


def dates_in_the_future():
    for folder in (raw, config, work, bin_dir):
        for file in folder.rglob("*"):
            os.utime(file, (4e9, 4e9))
    expect(set())
    os.utime(config / "pipeline.mk")  # make itself warns of this one


def source_images_that_went_to_tape():
    time.sleep(2.1)
    expect(set())  # remembers where the images are, as they changed more than two seconds ago
    raw.rename(top / "tape")
    done = expect(set())
    assert "its source files are gone" in done.stderr, done.stderr
    wrong = make(source=top / "rawn")
    assert wrong.returncode == 2 and "rawn: has none of the images, which were read from " in wrong.stderr, wrong.stderr
    (work / "images/00000-of-00002.h5").unlink()
    failed = make()
    assert failed.returncode == 2 and "image/*.png: matches no file" in failed.stderr, failed.stderr
    (top / "tape").rename(raw)
    expect(of_shard(0, "images"))


def a_stage_file_that_is_missing_means_defaults():
    (config / "evaluate.json").write_text('{"warping": true}')
    expect(set())
    (config / "evaluate.json").unlink()
    expect(set())
    (config / "augment.json").rename(top / "augment.json")
    expect(AUGMENTED | WEIGHTS | TRAINING)
    (top / "augment.json").rename(config / "augment.json")
    expect(AUGMENTED | WEIGHTS | TRAINING)


def why_tells_what_changed_and_does_nothing():
    before = {file: file.stat().st_mtime_ns for file in work.rglob("*")}
    up_to_date = make(goal="why")
    assert up_to_date.returncode == 0, up_to_date.stderr
    lines = up_to_date.stdout.splitlines()
    assert len(lines) == 17 and all(line.endswith(": up to date") for line in lines), up_to_date.stdout
    told = make("tile_flags=--set /stride=30", "seed=3", goal="why").stdout
    assert "tile 00000-of-00002: /stride is 30, was 20\n" in told, told
    assert f"train model.json: {work}/tiles/00000-of-00002.json must be made first\n" in told, told
    assert "ingest 00000-of-00002: up to date\n" in told, told
    assert "train model.json: /seed is 3, was 1\n" in make("seed=3", goal="why").stdout
    (raw / "image/0.png").rename(raw / "kept")
    (raw / "label/0.png").rename(raw / "kept too")
    told = make(goal="why").stdout
    assert "ingest 00000-of-00002: image/0.png is gone\n" in told, told
    (raw / "kept").rename(raw / "image/0.png")
    (raw / "kept too").rename(raw / "label/0.png")
    assert before == {file: file.stat().st_mtime_ns for file in work.rglob("*")}, "why changed something"


def places_that_make_cannot_name_are_refused():
    for bad in ("my work", "a;b", "a%b", "a:b"):
        done = make(f"work={top}/{bad}")
        assert done.returncode == 2 and f"work is '{top}/{bad}'" in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr


def synthetic_images_that_are_no_longer_made():
    global work
    here, work = work, top / "work/phantom"
    phantom = work / "source/phantom.json"
    for count, shards in ((4, 2), (2, 1)):
        done = make(f"phantom_flags=--set /pictures={count}", f"shards={shards}", source=phantom, goal="images")
        assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in work.glob("source/*/*.png")) == ["0.png", "0.png", "1.png", "1.png"]
    # What is there but is not named by the manifest is refused.
    stray = work / "source/image/7.png"
    shutil.copy(work / "source/image/0.png", stray)
    shutil.rmtree(work / "images")
    done = make("phantom_flags=--set /pictures=2", "shards=1", source=phantom, goal="images")
    assert done.returncode != 0 and f"{stray}: is a file that the manifest of its folder does not" in done.stderr, done.stderr
    stray.unlink()
    done = make("phantom_flags=--set /pictures=2", "shards=1", source=phantom, goal="images")
    assert done.returncode == 0, done.stderr
    work = here


CASES = [a_second_make_does_nothing_in_less_than_a_second, a_label_replaced_by_one_with_an_older_date,
         an_image_added_with_an_old_date, an_image_deleted, another_seed, a_comparison_given_and_left_out,
         flags_of_one_stage, a_rebuilt_program_of_the_same_revision, a_copied_tree,
         a_copied_trees_build_is_made_again, deleted_images_come_back_and_nothing_else, damaged_tiles,
         one_shard_instead_of_two_and_back, names_that_a_shell_or_make_would_read, dates_in_the_future,
         source_images_that_went_to_tape, a_stage_file_that_is_missing_means_defaults,
         why_tells_what_changed_and_does_nothing, places_that_make_cannot_name_are_refused,
         synthetic_images_that_are_no_longer_made]


def main():
    for folder in ("bin", "libexec"):
        shutil.copytree(programs.parent / folder, top / folder,
                        ignore=lambda _, names: [n for n in names if not n.startswith("unetflow-")])
    # The programs find LibTorch relative to where they were built.
    os.environ["LD_LIBRARY_PATH"] = ":".join(map(str, tree.glob(".venv/lib/python*/site-packages/torch/lib")))
    write_config()
    subprocess.run([bin_dir / "unetflow-phantom", "--quiet", "--config", tree / "tests/pipeline/tiny/phantom.json",
                    "--output", raw / "phantom.json"], check=True)
    old_date(*raw.glob("*/*.png"))
    expect(ALL)
    failures = 0
    for case in CASES:
        print(case.__name__.replace("_", " "), flush=True)
        try:
            case()
        except AssertionError as error:
            print(f"  FAILED: {error}", flush=True)
            failures += 1
    return failures > 0


try:
    status = main()
finally:
    shutil.rmtree(top)
sys.exit(status)
