"""`python -m bench`: parsing alone by format family, then the whole path from upload to committed rows.

`python -m bench NAME ...` is `python -m bench.NAME ...`: parse, pipeline, or webhook, which takes a minute of its own.
"""

import sys

from bench import parse, pipeline, webhook

BENCHMARKS = {"parse": parse.main, "pipeline": pipeline.main, "webhook": webhook.main}
USUAL = ("parse", "pipeline")


def main(arguments: list[str]) -> None:
    """Runs the one that is named, with its arguments, or the usual ones."""
    if not arguments:
        for name in USUAL:
            BENCHMARKS[name]([])
        return
    name, *rest = arguments
    if name not in BENCHMARKS:
        sys.exit(f"there is no benchmark {name}: {', '.join(BENCHMARKS)}")
    BENCHMARKS[name](rest)


if __name__ == "__main__":
    main(sys.argv[1:])
