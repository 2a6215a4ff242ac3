"""From LLVM text to a function that can be called."""

from __future__ import annotations

import ctypes
import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from pysd_runner.kernel.cache import ObjectCache, user_cache
from pysd_runner.kernel.emit import ENTRY, INTEGERS, POINTERS

_SIGNATURE = ctypes.CFUNCTYPE(
    None, *[ctypes.c_void_p] * len(POINTERS), *[ctypes.c_int64] * len(INTEGERS)
)
_LEVEL = 2
_OPTIONS = ("--disable-post-ra",)
"""Of LLVM: scheduling once more after registers are chosen takes half of the time to compile, and
today's processors reorder by themselves."""


@cache
def _target() -> llvm.Target:
    for option in _OPTIONS:
        llvm.set_option("", option)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def register_width() -> int:
    """Return how many floats a register of this processor holds: runs integrated together.

    Notes
    -----
    Two registers a value would hide what operations wait for. So do values computed in pairs
    (:mod:`~pysd_runner.kernel.pairs`), and LLVM takes half of the time for them.
    """
    features = llvm.get_host_cpu_features()
    return 8 if features.get("avx512f") else 4 if features.get("avx2") else 2


@dataclass(frozen=True, slots=True)
class Processor:
    """What machine code is made for.

    Parameters
    ----------
    name : str
        As LLVM knows it; empty: any processor of this architecture.
    features : str
        What it has beyond that, as LLVM writes it.
    """

    name: str = ""
    features: str = ""

    @classmethod
    def host(cls) -> Processor:
        """Return the one that this process runs on."""
        return cls(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


@dataclass(frozen=True, slots=True)
class MachineCode:
    """A compiled module; it lives as long as the function is used.

    Parameters
    ----------
    function : callable
        ``integrate`` of :func:`pysd_runner.kernel.emit.emit`.
    """

    function: Any
    _engine: Any = field(repr=False)


def compile_text(
    text: str, objects: ObjectCache | None = None, processor: Processor | None = None
) -> MachineCode:
    """Compile a module, or take its machine code from a cache.

    Parameters
    ----------
    text : str
        LLVM text.
    objects : ObjectCache or None
        ``None`` takes the user's own.
    processor : Processor or None
        ``None`` takes the one that this process runs on.
    """
    objects = user_cache() if objects is None else objects
    processor = processor or Processor.host()
    machine = _target().create_target_machine(
        cpu=processor.name, features=processor.features, opt=_LEVEL
    )
    named = [llvmlite.__version__, machine.triple, processor.name, processor.features]
    key = hashlib.sha256("\n".join([*named, str(_LEVEL), *_OPTIONS, text]).encode()).hexdigest()
    code = objects.get(key)
    if code is None:
        code = object_code(text, machine)
        objects.put(key, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return MachineCode(_SIGNATURE(engine.get_function_address(ENTRY)), engine)


def object_code(text: str, machine: llvm.TargetMachine) -> bytes:
    """Return the object file of a module for a machine."""
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    # what LLVM's own passes could do has been done before the text was written
    return bytes(machine.emit_object(module))
