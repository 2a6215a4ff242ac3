"""From LLVM text to a function that can be called."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from pysd_runner.kernel.emit import ENTRY

_SIGNATURE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, *[ctypes.c_int64] * 4)


@cache
def _target() -> llvm.Target:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def native_width() -> int:
    """Return how many runs to integrate together on this processor."""
    features = llvm.get_host_cpu_features()
    return 8 if features.get("avx512f") or features.get("avx2") else 4


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


def compile_text(text: str, level: int = 2) -> MachineCode:
    """Compile a module for this processor."""
    machine = _target().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=level
    )
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    options.loop_vectorization = False
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return MachineCode(_SIGNATURE(engine.get_function_address(ENTRY)), engine)
