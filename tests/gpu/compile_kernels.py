#!/usr/bin/env python3
"""Compiles the GPU's kernels as the programs do at run time, without a GPU.

usage: compile_kernels.py SOURCE LIBNVRTC ARCHITECTURE...        such as 80, 90
"""
import ctypes
import glob
import os
import sys

source, library, *architectures = sys.argv[1:]
builtins, *_ = glob.glob(os.path.join(os.path.dirname(library), "libnvrtc-builtins.so.*"))
ctypes.CDLL(builtins, mode=ctypes.RTLD_GLOBAL)
nvrtc = ctypes.CDLL(library)
with open(source, "rb") as file:
    text = file.read()
for architecture in architectures:
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    options = [f"--gpu-architecture=sm_{architecture}".encode(), b"--std=c++17"]
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), text, b"kernels.cu", 0, None, None)
    failed = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    if failed:
        sys.exit(f"{source} does not compile for {architecture}: {log.value.decode()}")
    print(f"{source} compiles for {architecture}")
