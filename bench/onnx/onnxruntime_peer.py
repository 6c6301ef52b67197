#!/usr/bin/env python3
"""ONNX Runtime for bench_onnx: a line in, a line out; fields of a line are parted by tabs.

hello                         -> ready, where the wheel onnxruntime is installed
load MODEL THREADS INPUT…     -> loaded: a session over the inputs, which are .npy files
outputs PREFIX                -> the number of outputs, which are then in PREFIX0.npy, …
run CALLS CLOCK               -> seconds per call; CLOCK thread: that this thread ran, wall: by the clock
once MODEL THREADS INPUT…     -> seconds to load, seconds of the first run, and the bytes by which the process grew at most
                                 while loading, and over all; the process has to be a fresh one
"""
import sys
import time

try:
    import numpy as np
    import onnxruntime
except ImportError:
    sys.exit(1)


def status(key):
    """VmRSS or VmHWM of this process in bytes."""
    for line in open("/proc/self/status"):
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


class Loaded:
    def __init__(self, model, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = int(threads), 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def bind(self, files):
        self.binding = self.session.io_binding()
        for value, file in zip(self.session.get_inputs(), files, strict=True):
            self.binding.bind_ortvalue_input(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(np.load(file)))
        for value in self.session.get_outputs():
            self.binding.bind_output(value.name, "cpu")

    def bind_outputs(self):
        """Into the same memory each time from now on."""
        self.run()
        for value, result in zip(self.session.get_outputs(), self.binding.get_outputs()):
            self.binding.bind_ortvalue_output(value.name, result)

    def run(self):
        self.session.run_with_iobinding(self.binding)


def once(model, threads, *files):
    before, begin = status("VmRSS"), time.perf_counter()
    loaded = Loaded(model, threads)
    load = time.perf_counter() - begin
    grown = status("VmHWM") - before
    loaded.bind(files)
    begin = time.perf_counter()
    loaded.run()
    first = time.perf_counter() - begin
    return f"{load} {first} {grown} {status('VmHWM') - before}"


def main():
    loaded = None
    for line in sys.stdin:
        command, *rest = line.rstrip("\n").split("\t")
        if command == "hello":
            answer = "ready"
        elif command == "load":
            loaded = Loaded(*rest[:2])
            loaded.bind(rest[2:])
            loaded.bind_outputs()
            answer = "loaded"
        elif command == "outputs":
            results = loaded.binding.copy_outputs_to_cpu()
            for k, result in enumerate(results):
                np.save(f"{rest[0]}{k}.npy", result)
            answer = str(len(results))
        elif command == "once":
            answer = once(*rest)
        else:
            clock = time.thread_time if rest[1] == "thread" else time.perf_counter
            begin = clock()
            for _ in range(int(rest[0])):
                loaded.run()
            answer = str((clock() - begin) / int(rest[0]))
        print(answer, flush=True)


if __name__ == "__main__":
    main()
