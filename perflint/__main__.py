"""The way in, for the command `perflint` and for `python -m perflint`."""

import sys

# `python -m` puts the working folder first on the import path: there a file click.py of the linted repository would
# run in the library's place. It goes before anything else is imported. (Python's own -P and -I leave it out already.)
if __name__ == "__main__" and not (getattr(sys.flags, "safe_path", False) or sys.flags.isolated):
    del sys.path[0]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    import contextlib
    import gc
    import os

    # A run keeps what it builds to its end, and the first collection would walk over all of it once more.
    gc.disable()

    from perflint.cli import run

    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or nobody reads it any more
            stream.flush()
    # Tearing down millions of small values one by one can take longer than the run: the system has them at once.
    os._exit(code)


if __name__ == "__main__":
    main()
