"""`python -m bench`: parsing alone by format family, then the whole path from upload to committed rows."""

from bench import parse, pipeline


def main() -> None:
    """Prints both."""
    parse.main([])
    pipeline.main([])


if __name__ == "__main__":
    main()
