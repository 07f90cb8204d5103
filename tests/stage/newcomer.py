#!/usr/bin/env python3
"""What newcomers do with their own images and labels, each tried through the real program: either it means what they
meant, or one line says what is wrong and what to write. Each case makes a folder d and says what to expect.
usage: newcomer.py BIN_DIR"""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

bin_dir = pathlib.Path(sys.argv[1]).resolve()
N = 48  # px, width and height of all images


def png(path, pixel, bits=8, channels=1, palette=None, size=N):
    """pixel(y, x) gives a value, or a tuple of them; 2 channels are gray and alpha."""
    colour = 3 if palette else {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b""
    for y in range(size):
        values = [pixel(y, x) for x in range(size)]
        flat = values if channels == 1 else [v for value in values for v in value]
        rows += b"\0" + struct.pack(f">{len(flat)}{'B' if bits == 8 else 'H'}", *flat)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, bits, colour, 0, 0, 0))
                     + (chunk(b"PLTE", bytes(palette)) if palette else b"") + chunk(b"IDAT", zlib.compress(rows))
                     + chunk(b"IEND", b""))


def tiff(path, pixel, code="B", photometric=1, size=N):
    """One page of the type that struct calls `code`."""
    data = struct.pack(f"<{size * size}{code}", *(pixel(y, x) for y in range(size) for x in range(size)))
    kind = 3 if code in "fd" else 2 if code.islower() else 1
    tags = [(256, size), (257, size), (258, 8 * struct.calcsize(code)), (259, 1), (262, photometric), (273, 8),
            (277, 1), (278, size), (279, len(data)), (339, kind)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags))
                     + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags) + struct.pack("<I", 0))


def spot(y, x):
    """The number of the spot that a pixel is in, or 0: 16 discs, 12 px apart, of a radius of 3.5 px."""
    v, u = y % 12 - 5.5, x % 12 - 5.5
    return 4 * (y // 12) + x // 12 + 1 if v * v + u * u < 13 else 0


def gray(y, x):
    v, u = y % 12 - 5.5, x % 12 - 5.5
    return max(20, 200 - int(9 * (v * v + u * u))) + (7 * y + 3 * x) % 5


def mask(y, x):
    return 255 if spot(y, x) else 0


def soft(y, x):
    v, u = y % 12 - 5.5, x % 12 - 5.5
    return min(255, max(0, int(128 + 50 * (3.5 - (v * v + u * u) ** 0.5))))


def constant(value):
    return lambda y, x: value


def images(d, *names, pixel=gray):
    for name in names or ("a", "b"):
        png(d / f"image/{name}.png", pixel)


def labels(d, pixel=mask, names=("a", "b"), **how):
    for name in names:
        png(d / f"label/{name}.png", pixel, **how)


CASES = []


def case(expected, code=0, pictures="image/*.png", label="label/*.png", kind="binary", pairs=None, scaling=None,
         **keys):
    """Runs ingest on what the function makes; `expected` must be in what it tells, or in the manifest's pairs."""
    def add(function):
        source = {"pairs": pairs} if pairs else {"pictures": pictures, "labels": label}
        config = {"sources": [source],
                  "labels": {"kind": kind, **keys}, "scaling": scaling or {}}
        CASES.append((function, config, expected, code))
    return add


@case("2 images of 1 channel, 8-bit integers from 20 to 200, scaled by 0 to 255; 2 labelled: 69.4 % background, 30.6 %")
def what_is_meant(d):
    images(d), labels(d)


@case("image/a.png page 0: has values in between along its edges", code=2, pictures="label/*.png", label="image/*.png")
def images_and_labels_swapped(d):
    images(d), labels(d)


@case("has two gray values only, as a label has; is it an image?", label="")
def labels_given_as_images(d):
    images(d, pixel=mask)


@case("label/a.png page 0: looks inverted: its foreground is one region around spots of background")
def inverted(d):
    images(d), labels(d, lambda y, x: 255 - mask(y, x))


@case("69.4 % background, 30.6 % foreground", foreground=0)
def inverted_and_said_so(d):
    images(d), labels(d, lambda y, x: 255 - mask(y, x))


@case("label/b.png page 0: has a label without any foreground")
def an_empty_label(d):
    images(d), labels(d, names=["a"]), labels(d, constant(0), names=["b"])


@case({"A": "label/A_mask.png", "A_crop": "label/A_crop_mask.png"})
def names_that_sort_in_another_order(d):
    images(d, "A", "A_crop"), labels(d, names=["A_mask", "A_crop_mask"])


@case("label/4.png: has no image that is named like it, as other labels have", code=2)
def a_label_of_no_image(d):
    images(d, "1", "2", "3"), labels(d, names=["1", "3", "4"])


@case("3 images of 1 channel, 8-bit integers from 20 to 200, scaled by 0 to 255; 2 labelled")
def an_image_without_label(d):
    images(d, "1", "2", "3"), labels(d, names=["1", "3"])


@case("nearly all gray values lie from 20 to 200, in 0.27 % of their scale, which ends at 65535",
      scaling={"rule": "range", "range": [0, 65535]})
def the_range_of_another_camera(d):
    images(d), labels(d)


@case("has the class 255, expected ids below 3 (labels.classes); if it marks what nobody has annotated, set labels.ignore to 255",
      code=2, kind="classes", classes=3)
def classes_and_255(d):
    images(d), labels(d, lambda y, x: 255 if y < 9 else spot(y, x) % 3)


@case({"Zelle_\u00e4": "label/Zelle_a\u0308.png", "b": "label/b.png"})
def names_as_macos_writes_them(d):
    images(d, "Zelle_\u00e4", "b"), labels(d, names=["Zelle_a\u0308", "b"])


@case("pairs.csv: is text in UTF-16, expected UTF-8", code=2, pairs="pairs.csv")
def a_list_in_utf_16(d):
    images(d), labels(d)
    (d / "pairs.csv").write_text("picture,label\nimage/a.png,label/a.png\n", encoding="utf-16")


@case("1 labelled: ", label="label", kind="instances")
def geojson_with_a_mark_in_a_folder_of_its_own(d):
    images(d, "a")
    (d / "label").mkdir()
    ring = [[2, 2], [9, 2], [9, 9], [2, 9], [2, 2]]
    text = json.dumps({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}})
    (d / "label/a.geojson").write_text(text, encoding="utf-8-sig")


@case({"t001": "", "t013": "label/man_seg013.png"}, kind="instances")
def some_frames_of_a_movie(d):
    images(d, "t001", "t013"), labels(d, spot, names=["man_seg013"])


@case("label/x.png page 0: belongs to", label="label/*.png")
def names_that_say_nothing(d):
    images(d), labels(d, names=["x", "y"])


@case({"a": "label/y.png", "b": "label/x.png"}, pairs="pairs.csv")
def pairs_in_a_list(d):
    images(d), labels(d, names=["x", "y"])
    (d / "pairs.csv").write_text("picture,label\nimage/a.png,label/y.png\nimage/b.png,label/x.png\n")


@case("69.4 % background, 30.6 % foreground")
def masks_of_0_and_1(d):
    images(d), labels(d, lambda y, x: spot(y, x) > 0)


@case("label/b.png page 0: has the foreground 1, expected 255 as in", code=2)
def masks_of_0_and_1_beside_those_of_0_and_255(d):
    images(d), labels(d, names=["a"]), labels(d, lambda y, x: spot(y, x) > 0, names=["b"])


@case("label/a.png page 0: has the label value 1, expected 0 and the foreground 255", code=2, foreground=255)
def a_mask_that_is_1_everywhere(d):
    images(d), labels(d, constant(1))


@case("69.4 % background, 30.6 % foreground", label="label/*.tif")
def a_boolean_mask_that_is_white_is_zero(d):
    images(d)
    for name in "ab":
        tiff(d / f"label/{name}.tif", lambda y, x: spot(y, x) > 0, photometric=0)


@case("; 32 cells", kind="instances")
def ids_with_a_palette_of_grays(d):
    images(d), labels(d, spot, palette=[value for i in range(256) for value in (i * 37 % 256,) * 3])


@case("69.4 % background, 30.6 % foreground")
def rgb_masks(d):
    images(d), labels(d, lambda y, x: (mask(y, x),) * 3, channels=3)


@case('has the class #ff0000, expected ids below 2 (labels.classes); or say what its values mean, as in "values": '
      '{"#000000": 0, "#ff0000": 1}', code=2, kind="classes")
def classes_in_colours(d):
    images(d), labels(d, lambda y, x: (mask(y, x), 0, 0), channels=3)


@case("30.6 % class 1", kind="classes", values={"#000000": 0, "#ff0000": 1})
def classes_in_colours_and_said_which(d):
    images(d), labels(d, lambda y, x: (mask(y, x), 0, 0), channels=3)


@case('"values": {"0": 0, "50": 1, "100": 2}', code=2, kind="classes", classes=3)
def classes_with_gaps(d):
    images(d), labels(d, lambda y, x: 0 if not spot(y, x) else 50 + spot(y, x) % 2 * 50)


@case("has more than two label values (0, 1, 2, 3, 4, 5, 6, 7, ...), expected binary labels; set labels.kind to classes "
      "or instances", code=2)
def cells_with_ids_as_binary_labels(d):
    images(d), labels(d, spot)


@case("set labels.threshold to the value from which on they are foreground", code=2)
def soft_masks(d):
    images(d), labels(d, soft)


@case("so they are not ids of cells; expected labels without smoothing, or labels.kind binary with a labels.threshold",
      code=2, kind="instances")
def soft_masks_as_instances(d):
    images(d), labels(d, soft)


@case("77.8 % background, 22.2 % foreground", threshold=128)
def soft_masks_with_a_threshold(d):
    images(d), labels(d, soft)


@case("is transparent (alpha) in some pixels of one colour and not in others, first at y = ", code=2)
def white_on_transparent(d):
    images(d), labels(d, lambda y, x: (255, mask(y, x)), channels=2)


@case("label/a.png page 0: is 40 x 40 (height x width), expected 48 x 48 like", code=2)
def labels_of_another_size(d):
    images(d), labels(d, size=40)


@case("has the label -1, expected ids from 0 on; if it is what is not annotated, set labels.ignore to -1", code=2,
      label="label/*.tif", kind="instances")
def minus_one_for_what_is_not_annotated(d):
    images(d)
    for name in "ab":
        tiff(d / f"label/{name}.tif", lambda y, x: spot(y, x) if y > 5 else -1, "h")


@case("has the label nan at y = 0, x = 0, expected whole numbers; give what is not annotated a value, and name it by "
      "labels.ignore", code=2, label="label/*.tif", kind="instances")
def not_a_number_for_what_is_not_annotated(d):
    images(d)
    for name in "ab":
        tiff(d / f"label/{name}.tif", lambda y, x: spot(y, x) if y > 5 else float("nan"), "f")


@case("12.5 % not annotated; 32 cells", label="label/*.tif", kind="instances", ignore=-1)
def minus_one_and_said_so(d):
    images(d)
    for name in "ab":
        tiff(d / f"label/{name}.tif", lambda y, x: spot(y, x) if y > 5 else -1, "h")


@case("nearly all gray values lie from 320 to 3200, in 4.4 % of their scale, which ends at 65535; scaling by the range "
      "[0, 4095] or by percentiles would spread them",
      label="")
def twelve_bits_in_sixteen(d):
    for name in "ab":
        png(d / f"image/{name}.png", lambda y, x: 16 * gray(y, x), bits=16)


@case("image/a.tif page 0: has signed 32-bit integers from 20 to 200, a type that does not say their scale; state it: "
      'set scaling to {"rule": "range", "range": [LOW, HIGH]} or {"rule": "percentiles"}', code=2, pictures="image/*.tif", label="")
def signed_images(d):
    tiff(d / "image/a.tif", gray, "i")


@case("has floats far from 0 to 1, which are taken as they are", pictures="image/*.tif", label="")
def floats_from_0_to_255(d):
    tiff(d / "image/a.tif", gray, "f")


@case("image/b.png page 0: has the gray value 0 everywhere", label="")
def a_black_image(d):
    images(d, "a"), images(d, "b", pixel=constant(0))


@case("1 image with another scale than the rest", label="")
def an_image_of_another_scale(d):
    images(d, "a", "b", "c"), images(d, "d", pixel=lambda y, x: gray(y, x) // 20)


@case("image/b.png page 0: has 3 channels, expected 1 like the images before it", code=2, label="")
def a_colour_image_among_gray_ones(d):
    images(d, "a"), png(d / "image/b.png", lambda y, x: (gray(y, x), 0, 0), channels=3)


@case("image/*.tif: matches no file, expected at least one", code=2, pictures="image/*.tif")
def a_pattern_of_another_ending(d):
    images(d), labels(d)


@case("image/c.PNG: is left out by image/*.png, as it is spelled otherwise", pictures="image/*.png", label="label/*.png")
def an_ending_in_capital_letters(d):
    images(d, "a", "b", "c"), labels(d), (d / "image/c.png").rename(d / "image/c.PNG")


@case("imgs/*.png: matches no file, expected at least one", code=2, pictures="imgs/*.png")
def a_folder_that_is_not_there(d):
    images(d), labels(d)


@case("; 3 cells", pictures="*/images/*.png", label="*/masks/*.png", kind="objects")
def a_file_per_nucleus(d):
    for name, nuclei in (("n1", (1, 7)), ("n2", (3,))):
        png(d / f"{name}/images/{name}.png", gray)
        for number in nuclei:
            png(d / f"{name}/masks/{number}f.png", lambda y, x: 255 * (spot(y, x) == number))


def labels_beside_their_images(d):
    images(d)
    for name in "ab":
        png(d / f"image/{name}_cp_masks.png", spot)


@case({"a": "image/a_cp_masks.png", "b": "image/b_cp_masks.png"}, label="image/*_cp_masks.png", kind="instances")
def labels_in_the_folder_of_their_images(d):
    labels_beside_their_images(d)


@case("image/a_cp_masks.png: matches the patterns of images and of labels; taken for one of the labels (and 1 more)",
      label="image/*_cp_masks.png", kind="instances")
def labels_in_the_folder_of_their_images_are_told(d):
    labels_beside_their_images(d)


@case("image/a.png: matches the patterns of images and of labels, expected one of them", code=2, label="image/*.png")
def the_same_pattern_twice(d):
    images(d)


@case("image/b.png page 0: is, pixel by pixel, the same image as image/a.png page 0")
def an_image_that_is_there_twice(d):
    images(d), labels(d)


@case("label/b.png page 0: is, pixel by pixel, the same label as that of another image, label/a.png page 0")
def one_label_for_all_images(d):
    images(d, "a"), images(d, "b", pixel=lambda y, x: gray(y, x) + x % 2), labels(d)


@case("label/a.png page 0: looks like a mask or classes, not like ids of cells: 16 pieces of 1 value", kind="instances")
def a_mask_as_instances(d):
    images(d), labels(d)


@case("label/a.png page 0: has outlines of cells that are not filled")
def contours_that_are_not_filled(d):
    images(d), labels(d, lambda y, x: 255 * (max(abs(y % 12 - 5), abs(x % 12 - 5)) == 4))


@case("image/c.czi: is a Zeiss CZI file, which is not read here", pictures="image", label="label")
def raw_files_of_the_microscope_beside_images(d):
    images(d), labels(d), (d / "image/c.czi").write_bytes(b"ZISRAWFILE")


@case({"pos1_z01": "label/z1_pos1_mask.png", "pos1_z02": "label/z2_pos1_mask.png",
       "pos2_z01": "label/z1_pos2_mask.png"})
def the_same_words_in_another_order(d):
    images(d, "pos1_z01", "pos1_z02", "pos2_z01")
    labels(d, mask, ("z1_pos1_mask", "z1_pos2_mask", "z2_pos1_mask"))


@case("label/03-04-2021.png: would belong to image/2021-03-04.png by order, but names of labels have words of other "
      "images", code=2)
def dates_in_another_order(d):
    images(d, "2021-03-04", "2021-04-03"), labels(d, mask, ("04-03-2021", "03-04-2021"))


@case("label/aaa.png: would belong to image/alpha.png by order, but names of labels have words of other images", code=2)
def only_one_name_fits(d):
    images(d, "alpha", "beta", "gamma"), labels(d, mask, ("aaa", "beta", "delta"))


@case("nearly all gray values lie from 320 to 3200, in 4.4 % of their scale, which ends at 65535")
def twelve_bits_in_sixteen_and_one_hot_pixel(d):
    tiff(d / "image/a.png", lambda y, x: 65535 if (y, x) == (3, 4) else 16 * gray(y, x), "H")
    labels(d, mask, ("a",))


@case("label/a.png page 0: has values in between along its edges", code=2, kind="instances")
def a_mask_that_was_a_jpeg_once(d):
    images(d, "a")
    labels(d, lambda y, x: abs(mask(y, x) - (7 * x + 3 * y + x * y) % 9), ("a",))


@case("label/a.png page 0: has the id 255, far above its others: if it marks what nobody has annotated, set labels.ignore "
      "to it", kind="instances")
def not_annotated_is_255_among_ids(d):
    images(d, "a"), labels(d, lambda y, x: 255 if y < 4 else spot(y, x), ("a",))


@case("label/c.json: names the image zz.png, which is not there", code=2, label="label/c.json",
      kind="instances")
def coco_of_other_images(d):
    images(d, "a")
    (d / "label").mkdir()
    (d / "label/c.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "zz.png", "width": N, "height": N}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0,
                         "segmentation": [[10, 10, 30, 10, 30, 30]]}]}))


@case("label/1.png: and the other labels have 3 pages in 3 files for 1 page in 1 file of images, and their names do not "
      "say which belong together (where each is one cell, set labels.kind to objects)", code=2)
def a_file_for_each_nucleus(d):
    images(d, "a"), labels(d, mask, ("1", "2", "3"))


def run(function, config, expected, code):
    d = pathlib.Path(tempfile.mkdtemp())
    try:
        function(d)
        (d / "ingest.json").write_text(json.dumps(config))
        output = d / "out/00000-of-00001.json"
        done = subprocess.run([bin_dir / "unetflow-ingest", "--config", d / "ingest.json", "--input", d, "--output",
                               output], capture_output=True, text=True)
        if done.returncode != code:
            return f"exit {done.returncode}, expected {code}: {done.stderr}"
        if code and (output.exists() or done.stderr.count("\n") != 1):
            return f"expected one line and no artifact: {done.stderr}"
        if isinstance(expected, dict):
            pairs = {entry["name"]: "".join(entry["labels"])
                     for entry in json.loads(output.read_text())["contents"]["pictures"]}
            return "" if pairs == expected else f"the pairs are {pairs}"
        return "" if expected in done.stderr.replace(f"{d}/", "") else f"expected '{expected}' in: {done.stderr}"
    finally:
        shutil.rmtree(d)


failures = 0
for one in CASES:
    wrong = run(*one)
    if wrong:
        print(f"FAILED: {one[0].__name__.replace('_', ' ')}: {wrong}")
    failures += bool(wrong)
print(f"{len(CASES)} cases, {failures} failed")
sys.exit(failures > 0)
