"""The command line: options in, exit code out. Everything else is done elsewhere, and imported when it is needed.

Exit codes: 0 clean, 1 findings, 2 usage, configuration or internal error, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click

from perflint import __version__

if TYPE_CHECKING:
    from perflint.catalog.cards import Card
    from perflint.check import Stdin
    from perflint.config import Output, Settings
    from perflint.report.result import Result

CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130
ERRORS = 20
"""Faults of perflint itself that are told one by one: one cause may break every function of a project."""
TEXT_FORMATS = ("full", "concise")
"""Formats for people: they end with a summary."""
PROGRESS_AFTER = 1.0
"""Seconds of work before a progress bar shows."""


# --- options in groups ------------------------------------------------------------------------------------------


class GroupedOption(click.Option):
    """An option that belongs under a heading of `--help`."""

    def __init__(self, *args: Any, heading: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading = heading


class GroupedCommand(click.Command):
    """A command whose `--help` lists its options under headings, in the order of their first option."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        # Options without a heading (--help) go last; what PATHS are is said above.
        for parameter in sorted(self.get_params(ctx), key=lambda one: not hasattr(one, "heading")):
            if isinstance(parameter, click.Argument):
                continue
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups.setdefault(getattr(parameter, "heading", "Other"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records, col_max=34)


class DefaultGroup(click.Group):
    """A group whose `check` runs when no command is named: `perflint shop/` is `perflint check shop/`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version", "-V"}
        if args and args[0] not in own and args[0] not in self.commands:
            args = ["check", *args]
        if not args:
            args = ["--help"]
        return super().parse_args(ctx, args)


def _option(heading: str, *names: str, **kwargs: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(*names, cls=GroupedOption, heading=heading, **kwargs)


_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
_RULES, _FILES, _OUTPUT, _RUN = "Which rules", "Which files", "Output", "Settings and run"


@click.group(cls=DefaultGroup, context_settings=_CONTEXT, subcommand_metavar="COMMAND [ARGS]...")
@click.version_option(__version__, "-V", "--version", prog_name="perflint", message="%(prog)s %(version)s")
def main() -> None:
    """Find what makes a Python web application slow: N+1 queries, blocked event loops, clients built per request.

    \b
    perflint shop/           lint a folder (short for: perflint check shop/)
    perflint rule PW101      explain a rule
    perflint rules           list all rules
    """


@main.command(cls=GroupedCommand, context_settings=_CONTEXT)
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@_option(_RULES, "--select", multiple=True, metavar="CODES", help="Only these rules: codes, prefixes, names or ALL.")
@_option(_RULES, "--ignore", multiple=True, metavar="CODES", help="Leave these rules out.")
@_option(_RULES, "--extend-select", multiple=True, metavar="CODES", help="These rules as well.")
@_option(
    _RULES, "--per-file-ignores", multiple=True, metavar="PATTERN:CODES", help="Leave rules out in files that match."
)
@_option(
    _RULES,
    "--min-confidence",
    metavar="LEVEL",
    help="low, medium or high: how sure a finding must be.  [default: medium]",
)
@_option(_FILES, "--exclude", multiple=True, metavar="PATTERN", help="Skip these, in place of the default list.")
@_option(_FILES, "--extend-exclude", multiple=True, metavar="PATTERN", help="Skip these as well.")
@_option(_FILES, "--include-tests", is_flag=True, help="Report on tests, migrations and commands too.")
@_option(_FILES, "--extension", multiple=True, metavar="SUFFIX:LANGUAGE", help="Read other files, as in txt:markdown.")
@_option(_FILES, "--stdin-filename", metavar="FILE", help="The name of the text that is piped in (path: -).")
@_option(
    _OUTPUT,
    "--output-format",
    multiple=True,
    metavar="FORMAT[:FILE]",
    help="full, concise, json, json-lines, sarif, github or gitlab; may be given several times.  [default: full]",
)
@_option(_OUTPUT, "--statistics", is_flag=True, help="Count findings by rule in place of listing them.")
@_option(_OUTPUT, "--quiet", "-q", is_flag=True, help="Print findings and nothing else.")
@_option(
    _OUTPUT,
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="When to colour.  [default: auto]",
)
@_option(_OUTPUT, "--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@_option(_RUN, "--config", metavar="FILE", help="Read this settings file.")
@_option(_RUN, "--isolated", is_flag=True, help="Read no settings file.")
@_option(_RUN, "--jobs", "-j", type=click.IntRange(min=0), metavar="N", help="Processes to use.")
@click.pass_context
def check(ctx: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Lint files and folders (the working folder if none is named).

    Exit code 0: clean. 1: findings. 2: wrong usage or settings, or an internal error.
    """
    from perflint import check as checking

    piped = _stdin(paths, options["stdin_filename"])
    named = tuple(path for path in paths if path != "-")
    settings = _settings(named or ((piped.name,) if piped and piped.name else ()), options)
    progress = None if options["quiet"] else _progress()
    try:
        result = checking.run(named, settings, stdin=piped, progress=progress)
    finally:
        if progress is not None:
            progress.close()
    _report(result, settings.output, options)
    for error in result.errors[:ERRORS]:
        _complain(error)
    if len(result.errors) > ERRORS:
        _complain(f"{len(result.errors) - ERRORS} more internal errors (SARIF output has all of them)")
    if not result.files and not options["quiet"]:
        _complain("no Python files found", "warning")
    if result.errors:
        ctx.exit(FAILED)
    ctx.exit(FINDINGS if result.findings and not options["exit_zero"] else CLEAN)


# --- settings ---------------------------------------------------------------------------------------------------


def _stdin(paths: Sequence[str], name: str | None) -> Stdin | None:
    from perflint.check import Stdin

    if "-" not in paths:
        if name:
            raise click.UsageError("--stdin-filename goes with the path - (and the text on standard input)")
        return None
    return Stdin(name or "", sys.stdin.buffer.read())


def _settings(paths: Sequence[str], options: dict[str, Any]) -> Settings:
    """The settings file's settings with the command line over them."""
    from perflint import config

    settings = config.settings_for(paths, config=options["config"], isolated=options["isolated"])
    here = os.getcwd()
    changes: dict[str, Any] = {}
    if options["exclude"]:
        changes["exclude"] = config.Globs(here, _patterns(options["exclude"]))
    if options["extend_exclude"]:
        extra = config.Globs(here, _patterns(options["extend_exclude"]))
        changes["extend_exclude"] = (*settings.extend_exclude, extra)
    if options["per_file_ignores"]:
        ignores = (config.parse_file_ignores(one, here, "--per-file-ignores") for one in options["per_file_ignores"])
        changes["per_file_ignores"] = (*settings.per_file_ignores, *ignores)
    if options["min_confidence"]:
        changes["min_confidence"] = config.parse_confidence(options["min_confidence"], "--min-confidence")
    if options["output_format"]:
        changes["output"] = tuple(config.parse_output(one, "--output-format") for one in options["output_format"])
    if options["extension"]:
        pairs = (config.parse_extension(one, "--extension") for one in config.split_codes(options["extension"]))
        changes["extension"] = (*settings.extension, *pairs)
    if options["include_tests"]:
        changes["include_tests"] = True
    if options["jobs"] is not None:
        changes["jobs"] = options["jobs"]
    choice = config.Choice(
        "",
        config.split_codes(options["select"]) if options["select"] else None,
        config.split_codes(options["extend_select"]),
        config.split_codes(options["ignore"]),
    )
    return config.override(settings, changes, choice)


def _patterns(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(one.strip() for text in given for one in text.split(",") if one.strip())


# --- output -----------------------------------------------------------------------------------------------------


def _report(result: Result, outputs: Sequence[Output], options: dict[str, Any]) -> None:
    """Write every report that was asked for: files first, so that a closed pipe costs none of them."""
    from perflint.config import Output
    from perflint.report import render, write_file
    from perflint.report.result import summary

    wanted = outputs or (Output("full"),)
    for one in wanted:
        if one.file:
            write_file(one.file, render(result, one.format))
    for one in wanted:
        if not one.file:
            _print(result, one.format, options)
    # A report for machines on standard output must hold nothing else.
    if not options["quiet"] and all(one.file or one.format in TEXT_FORMATS for one in wanted):
        click.echo(summary(result))


def _print(result: Result, format_name: str, options: dict[str, Any]) -> None:
    if options["statistics"]:
        _print_statistics(result, format_name)
    elif format_name == "full" and _coloured(sys.stdout, options["color"]):
        import shutil

        from perflint.report.terminal import lines

        for line in lines(result, shutil.get_terminal_size().columns):
            click.echo(line, nl=False, color=True)
    else:
        from perflint.report import render

        _write(render(result, format_name))


def _print_statistics(result: Result, format_name: str) -> None:
    from perflint.report.full import statistics
    from perflint.report.result import counts

    rows = counts(result)
    if format_name in TEXT_FORMATS:
        _write(statistics(rows))
    else:
        import json

        _write(
            json.dumps([{"code": code, "name": name, "count": count} for code, name, count in rows], indent=2) + "\n"
        )


def _write(text: str) -> None:
    """Print text as it is, also where the terminal's encoding has no word for a character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        text = text.encode("ascii", "backslashreplace").decode("ascii")
    click.echo(text, nl=False, color=True)


def _coloured(stream: TextIO, choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or _is_terminal(stream)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


class ProgressBar:
    """A bar on standard error that shows itself when a run takes long, and wipes itself out at the end."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.started = time.monotonic()
        self.drawn = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.started < PROGRESS_AFTER or now - self.drawn < 0.1:
            return
        self.drawn = now
        filled = 24 * done // max(total, 1)
        self.stream.write(f"\r{'━' * filled}{'╌' * (24 - filled)} {done:,} of {total:,} files")
        self.stream.flush()

    def close(self) -> None:
        """Wipe the bar out."""
        if self.drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def _progress() -> ProgressBar | None:
    return ProgressBar(sys.stderr) if _is_terminal(sys.stderr) else None


def _complain(message: str, kind: str = "error") -> None:
    from perflint.report.result import visible

    click.echo("\n".join(visible(line) for line in f"perflint: {kind}: {message}".split("\n")), err=True)


# --- rules ------------------------------------------------------------------------------------------------------


@main.command(cls=GroupedCommand, context_settings=_CONTEXT)
@click.argument("code", metavar="RULE")
@_option(_OUTPUT, "--output-format", type=click.Choice(["text", "json"]), default="text", help="text or json.")
@_option(_OUTPUT, "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to colour.")
def rule(code: str, output_format: str, color: str) -> None:
    """Explain a rule, given by its code or name: what it finds, why that is slow, how to mend it."""
    from perflint import config

    cards = _cards()
    names = {one.code: one.name for one in cards.values()}
    found = [one for one in cards.values() if code.upper() == one.code or code.lower() == one.name]
    if not found:
        raise config.ConfigError(f"there is no rule {code!r}{config.nearest(code, [*names, *names.values()])}")
    card = found[0]
    if output_format == "json":
        import json

        _write(json.dumps(_card_record(card), indent=2) + "\n")
    elif _coloured(sys.stdout, color):
        _write(_coloured_card(card))
    else:
        _write(_card_text(card))


@main.command(cls=GroupedCommand, context_settings=_CONTEXT)
@_option(_OUTPUT, "--output-format", type=click.Choice(["text", "json"]), default="text", help="text or json.")
def rules(output_format: str) -> None:
    """List all rules: code, name, severity, whether it is on by default, and what it finds."""
    cards = list(_cards().values())
    if output_format == "json":
        import json

        _write(json.dumps([_card_record(card) for card in cards], indent=2) + "\n")
        return
    width = max((len(card.name) for card in cards), default=0)
    for card in cards:
        on = "on " if card.default else "off"
        _write(f"{card.code}  {card.name:<{width}}  {card.severity!s:<7}  {on}  {card.summary}\n")


def _cards() -> dict[str, Card]:
    """Every rule, with those that the settings of the working folder add."""
    from perflint import catalog, config

    settings = config.settings_for(())
    return catalog.load(settings.packs, settings.cards).cards


def _card_record(card: Card) -> dict[str, Any]:
    return {
        "code": card.code,
        "name": card.name,
        "summary": card.summary,
        "family": card.family,
        "severity": str(card.severity),
        "max_confidence": str(card.max_confidence),
        "default": card.default,
        "since": card.since,
        "fix": card.fix,
        "frameworks": list(card.frameworks),
        "references": list(card.references),
        "explanation": card.body,
    }


def _card_head(card: Card) -> str:
    on = "on by default" if card.default else "off by default"
    since = f", since {card.since}" if card.since else ""
    return f"{card.severity}, {on}, confidence up to {card.max_confidence}{since}"


def _card_text(card: Card) -> str:
    references = "".join(f"- {one}\n" for one in card.references)
    tail = f"\n## References\n\n{references}" if references else ""
    return f"# {card.code} {card.name}\n\n{card.summary}\n\n{_card_head(card)}\n\n{card.body.rstrip()}\n{tail}"


def _coloured_card(card: Card) -> str:
    import shutil

    from rich.console import Console
    from rich.markdown import Markdown

    width = min(shutil.get_terminal_size().columns, 110)
    console = Console(width=width, force_terminal=True, color_system="standard", no_color=False)
    with console.capture() as capture:
        console.print(Markdown(_card_text(card), code_theme="ansi_dark"))
    return capture.get()


# --- the way in -------------------------------------------------------------------------------------------------


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code. Never raises."""
    if sys.stdout is None:  # closed by who started us
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it lives as long as the process
    try:
        returned = main.main(list(arguments), prog_name="perflint", standalone_mode=False)
        sys.stdout.flush()
        return returned if isinstance(returned, int) else CLEAN
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        click.echo("perflint: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Who reads only the first lines is content with them. Nothing may be written to the pipe any more, not even
        # when Python closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDINGS
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    from perflint.catalog.format import CatalogError
    from perflint.config import ConfigError
    from perflint.files import PathError
    from perflint.report.write import ReportError

    if isinstance(error, (ConfigError, PathError, ReportError, CatalogError)):
        _complain(str(error))
    elif isinstance(error, FileNotFoundError) and not _has_working_folder():
        _complain("the working folder does not exist any more")
    else:
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
        _complain(f"internal error, nothing was checked: {type(error).__name__}: {error}")
    return FAILED


def _has_working_folder() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True
