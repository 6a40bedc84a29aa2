"""Command line: python -m local.stack run|up|down|status|env|clean [--config stack.toml] [--port-offset N]."""

import argparse
import sys
from pathlib import Path

from local.stack import commands, config
from local.stack.errors import StackError

VERBS = {
    "run": "start everything, seed, show a live view; Ctrl-C stops all",
    "up": "start everything in the background and seed",
    "down": "stop everything",
    "status": "show what runs, and where",
    "env": 'print where it runs, for a shell: eval "$(python -m local.stack env)"',
    "clean": "stop everything and delete its data and logs",
}


def main() -> int:
    """Carry out one verb; what goes wrong is one message on stderr and exit code 1."""
    arguments = _parser().parse_args()
    try:
        return _carry_out(arguments.verb, arguments.config, arguments.port_offset)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _carry_out(verb: str, path: Path, offset: int) -> int:
    match verb:
        case "run":
            commands.run(config.read(path, offset), offset)
        case "up":
            commands.up(config.read(path, offset), path, offset)
        case "supervise":
            commands.supervise(config.read(path, offset), offset)
        case "down":
            commands.down(config.folder_of(path))
        case "status":
            return 0 if commands.status(config.folder_of(path)) else 1
        case "env":
            commands.env(path)
        case "clean":
            commands.clean(config.folder_of(path))
    return 0


def _parser() -> argparse.ArgumentParser:
    summary = "\n".join(f"  {verb:<8}{text}" for verb, text in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="python -m local.stack",
        description=f"The local stack of a function app.\n\n{summary}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=[*VERBS, "supervise"], metavar="|".join(VERBS))
    parser.add_argument("--config", type=Path, default=Path("stack.toml"), help="default: stack.toml")
    parser.add_argument("--port-offset", type=int, default=0, metavar="N", help="shift all ports by N")
    return parser


if __name__ == "__main__":
    sys.exit(main())
