"""No crash leaves keys on a disk."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this switch")
def test_a_dump_that_is_piped_to_a_program_is_forbidden_too() -> None:
    program = (
        "import ctypes, resource; from memberarc.cli.core_dumps import forbid_core_dumps;"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)); forbid_core_dumps();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert told.stdout == "1\n0 (0, 0)\n"


def test_to_tell_the_version_nothing_is_imported_for_it() -> None:
    program = (
        "import sys; sys.argv = ['memberarc', '--version']; from memberarc.cli.main import main;"
        "main(); print({'ctypes', 'resource', 'memberarc.cli.core_dumps'} & sys.modules.keys())"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert told.stdout.splitlines()[1] == "set()"
