"""hearth check, reindex, version: look after the storage."""
from appliance import app
from appliance.core import errors, release


def register(commands, shared):
    """Add the commands."""
    check = commands.add_parser("check", parents=[shared], help="examine the storage against its rules",
                                description="Examine the storage against its rules; exit status 0 sound, 1 not.")
    check.add_argument("--repair", action="store_true", help="mend what can be mended; deletes nothing; stop the server first")
    check.add_argument("--deep", action="store_true", help="also read every file and compare its checksums")
    check.set_defaults(run=_check, as_root=True)
    reindex = commands.add_parser("reindex", parents=[shared], help="rebuild everything under the cache")
    reindex.set_defaults(run=_reindex)
    commands.add_parser("version", parents=[shared], help="tell which version this is").set_defaults(run=_version)


def _check(config, options):
    if not config.data.is_dir():
        raise errors.Unavailable(f"There is no folder {config.data}. Is the disk mounted? Name another with --data.")
    findings = app.check(config, options.repair, options.deep)
    broken = [finding for finding in findings if not finding.mended]
    document = {"sound": not broken, "findings": [finding._asdict() for finding in findings]}
    lines = [f"{'mended' if finding.mended else 'broken'} {finding.rule}: {finding.where!r}: {finding.text}" for finding in findings]
    if broken and not options.repair:
        lines.append('Stop the server and run "hearth check --repair" to mend what can be mended.')
    return document, "\n".join(lines or ["The storage is sound."]), 1 if broken else 0


def _reindex(config, options):
    app.reindex(config)
    return {"done": True}, "The index is rebuilt."


def _version(config, options):
    number = release.number()
    return {"version": number}, f"hearth {number}"
