"""Training logs as TensorBoard's event files: python -m unetflow.tensorboard work/em2012 [-o FOLDER]

Each training below the folder (model, seeds/*/model, folds/*/*/model, those under way too) becomes a run with the loss and
the learning rate of each update, and the mean loss and the validation's scores of each epoch.

An event file is a sequence of records (a length, its checksum, a protocol buffer of type tensorflow.Event, its checksum), as
in tensorflow's lib/io/record_writer.h and util/event.proto. A log has no clock, so an event's time is its update, in seconds:
the same log gives the same bytes.
"""
import argparse
import json
import math
import os
import struct
import sys
from pathlib import Path

_CRC = []  # of each byte, by Castagnoli's polynomial
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82F63B78 if _byte & 1 else 0)
    _CRC.append(_byte)


def _masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _record(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", _masked_crc(length)) + data + struct.pack("<I", _masked_crc(data))


def _varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _bytes_field(number, data):
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _event(step, scalars):
    """tensorflow.Event: 1 wall_time, 2 step, 5 summary; in it 1 value; in that 1 tag, 2 simple_value."""
    values = b"".join(_bytes_field(1, _bytes_field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
                      for tag, value in scalars.items())
    return b"\x09" + struct.pack("<d", step) + b"\x10" + _varint(step) + _bytes_field(5, values)


def events(lines):
    """The bytes of an event file, of the objects of a training log. Values that are not numbers are left out."""
    out = [_record(b"\x09" + struct.pack("<d", 0) + _bytes_field(3, b"brain.Event:2"))]
    updates = 0
    for line in lines:
        if "step" in line:
            updates = line["step"] + 1
            scalars = {"loss/update": line.get("loss"), "learning_rate": line.get("learning_rate")}
        else:
            scalars = {"loss/epoch": line.get("mean_loss"),
                       **{f"validation/{name}": value for name, value in (line.get("validation") or {}).items()}}
        scalars = {tag: value for tag, value in scalars.items() if isinstance(value, (int, float)) and math.isfinite(value)}
        if scalars:
            out.append(_record(_event(updates, scalars)))
    return b"".join(out)


def logs_below(folder):
    """The logs of all trainings below a folder, each with the name of its run: the model's, and that of a training under way."""
    logs = {}
    for log in sorted(folder.rglob("metrics.jsonl"), key=lambda path: path.stat().st_mtime):
        place = log.parent
        while place.parent != place and (place.parent.name == "checkpoints" or place.name == "checkpoints"):
            place = place.parent
        logs[place.relative_to(folder).as_posix()] = log
    return logs


def read_log(log):
    """Its lines; a last one that is not whole yet is left out."""
    lines = []
    for number, text in enumerate(log.read_text().splitlines(keepends=True), 1):
        if not text.endswith("\n"):
            break
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            raise ValueError(f"{log} line {number}: is not a JSON object")
        lines.append(line)
    return lines


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m unetflow.tensorboard", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of a pipeline's artifacts: work/em2012")
    parser.add_argument("-o", "--output", type=Path, help="where the runs go (default: tensorboard/ in it)")
    options = parser.parse_args(arguments)
    output = options.output or options.folder / "tensorboard"
    try:
        logs = logs_below(options.folder)
        if not logs:
            raise ValueError(f"{options.folder}: has no training log, expected a folder such as work/em2012 that has a model")
        for run, log in logs.items():
            file = output / run / "events.out.tfevents.0.unetflow"
            content = events(read_log(log))
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_name(".partial")
            partial.write_bytes(content)
            os.replace(partial, file)
    except ValueError as error:
        print(f"unetflow.tensorboard: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"unetflow.tensorboard: {error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(1)
    print(f"{len(logs)} training{'s' if len(logs) > 1 else ''}: tensorboard --logdir {output}")


if __name__ == "__main__":
    main()
